// Colours of frames and entries, light and dark. Hues follow Okabe and Ito;
// test/unit/colours.test.js checks that people with any kind of colour vision
// can distinguish them. No information is in the colour alone.

import { KIND, SHARED } from "../frames.js";
import { P, PS, U, W } from "../walk.js";

const FRAMES = {
	light: ["#a9b0b5", "#757c82", "#0072b2", "#56b4e9", "#1b4b72", "#009e73",
		"#7fcfb4", "#b03a00", "#e69f00", "#cc79a7", "#f0e442", "#edf2f5",
		"#d5d9dc", "#d00060"],
	dark: ["#5c666d", "#8b959c", "#2f9be0", "#8fd0f5", "#2d6697", "#0c9670",
		"#b5ecd9", "#f0662a", "#f2b632", "#d98ebb", "#f7f08a", "#202b33",
		"#39434b", "#ff4f9a"],
};
// Colours of user pages, by environment, cyclically; the last one: shared
// pages.
const USERS = {
	light: ["#cc79a7", "#8d5ab5", "#e2a3c6", "#6b3f8f", "#b8418a", "#c3a5e0"],
	dark: ["#d98ebb", "#a67bd1", "#f0c2dc", "#8a5fc0", "#e060ae", "#cdb6ea"],
};
const SHARED_USER = { light: "#4a1f5c", dark: "#ffffff" };

export function theme()
{
	const chosen = document.documentElement.dataset.theme;
	if (chosen)
		return chosen;
	return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function frameColour(kind)
{
	return FRAMES[theme()][kind];
}

// The colour of user pages with owner number n.
export function userColour(owner)
{
	return owner === SHARED ? SHARED_USER[theme()]
		: owner === 0 ? USERS[theme()][0]
		: USERS[theme()][(owner - 1) % USERS[theme()].length];
}

function parts(colour)
{
	return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}

function pixel([r, g, b])
{
	return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
}

// Shift a colour towards black (light theme) or white (dark) for more
// references.
function shaded(colour, step)
{
	const to = theme() === "light" ? 0 : 255, share = [0, 0.18, 0.34, 0.5][step];
	return parts(colour).map((c) => Math.round(c + (to - c) * share));
}

// The shade of a count: 0 and 1, 2, 3 to 9, more.
export function shadeOf(count)
{
	return count < 2 ? 0 : count < 3 ? 1 : count < 10 ? 2 : 3;
}

// Pixel values for a whole map: palette.frames[kind * 4 + shade], palette.users
// [n * 4 + shade]. `only`: a kind to show alone, with the rest faded; -1: all.
export function palette(only)
{
	const background = theme() === "light" ? 0xFFFFFF : 0x12181D;
	const fade = (rgb) => rgb.map((c, i) =>
		Math.round(c * 0.15 + (background >> (16 - 8 * i) & 0xFF) * 0.85));
	const frames = new Uint32Array(FRAMES.light.length * 4);
	const users = new Uint32Array((USERS.light.length + 1) * 4);
	for (let step = 0; step < 4; step++) {
		for (let kind = 0; kind < FRAMES.light.length; kind++) {
			const rgb = shaded(frameColour(kind), step);
			frames[kind * 4 + step] = pixel(only < 0 || only === kind ? rgb
				: fade(rgb));
		}
		for (let n = 0; n <= USERS.light.length; n++) {
			const rgb = shaded(n === USERS.light.length
				? SHARED_USER[theme()] : USERS[theme()][n], step);
			users[n * 4 + step] = pixel(only < 0 || only === KIND.USER ? rgb
				: fade(rgb));
		}
	}
	return { frames, users, sharedUser: USERS.light.length,
		count: USERS.light.length };
}

// The class of a directory or table entry, as a name for entryColour.
// rights: U and W of the level above. ram: bytes of RAM.
export function entryKind(entry, rights, ram)
{
	if (!(entry & P))
		return entry ? "notPresent" : "none";
	if ((entry >>> 12) * 4096 >= ram && !(entry & PS))
		return "wild";
	const both = entry & rights;
	if (both & U)
		return both & W ? "userWrite" : "userRead";
	return both & W ? "kernelWrite" : "kernelRead";
}

// The colour of such an entry.
export function entryColour(kind)
{
	const dark = theme() === "dark";
	return {
		none: dark ? "#202b33" : "#edf2f5",
		notPresent: dark ? "#5c666d" : "#a9b0b5",
		kernelRead: dark ? "#8fd0f5" : "#56b4e9",
		kernelWrite: dark ? "#2f9be0" : "#0072b2",
		userRead: dark ? "#f2b632" : "#e69f00",
		userWrite: dark ? "#f0662a" : "#b03a00",
		self: dark ? "#0c9670" : "#009e73",
		wild: dark ? "#ff4f9a" : "#d00060",
	}[kind];
}
