// The diagram of inc/memlayout.h to scale: 4 GiB from top to bottom, with the
// mapped ranges and the names of addresses.

import { P, U, W } from "../walk.js";
import { entryColour, entryKind } from "./colours.js";
import { hex } from "./dom.js";

// Widths of the diagram and of its bar; where the labels begin.
export const DIAGRAM = 146;
const BAR = 34, LABELS = 50;

// Named addresses, from the top, and the use of the range above each.
const PLACES = [["KERNBASE", "physical memory"], ["MMIOLIM", "kernel stacks"],
	["MMIOBASE", "devices"], ["UVPT", "page tables"], ["UPAGES", "pages"],
	["UENVS", "envs"], ["USTACKTOP", "exception stack"], ["UTEXT",
		"program … stack"], ["UTEMP", "scratch"]];

function svg(tag, attributes, ...children)
{
	const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const [name, value] of Object.entries(attributes))
		e.setAttribute(name, value);
	e.append(...children);
	return e;
}

// facts: null for an unknown kernel, whose addresses have no names. map: from
// mappings() in walk.js. selected: an address, or undefined. go(va): called
// when an address is chosen.
export function diagram(facts, map, height, selected, go)
{
	const y = (va) => height - va / 0x100000000 * height;
	const bars = map.map((m) => {
		const top = y(m.va + m.pages * 4096);
		return svg("rect", { x: 1, y: top, width: BAR - 2,
			height: Math.max(1, y(m.va) - top),
			fill: entryColour(entryKind(m.flags | P, U | W, 2 ** 33)) });
	});
	const here = selected === undefined ? []
		: [svg("path", { d: `M0 ${y(selected)} H${BAR + 4}`, class: "here" })];
	return svg("svg", {
		width: DIAGRAM, height, role: "group", "aria-label": "4 GiB from top to"
			+ " bottom, with what is mapped and the names of inc/memlayout.h",
	}, svg("rect", { x: 0, y: 0, width: BAR, height, class: "space" }), ...bars,
	...(facts ? places(facts, y, height, go) : []), ...here);
}

// Labels at a minimum distance, each with a line to its address.
function places(facts, y, height, go)
{
	const line = Math.max(20, Math.min(26, height / (PLACES.length + 3)));
	let last = -10;
	return PLACES.flatMap(([name, words], i) => {
		const va = facts.get(name);
		// Leave room for the labels below.
		const lowest = height - 12 - (PLACES.length - 1 - i) * line;
		const at = Math.min(Math.max(y(va) + 4, last + line), lowest);
		last = at;
		return [svg("path", { class: "lead",
			d: `M${BAR} ${y(va)} L${LABELS - 6} ${at - 4} H${LABELS - 2}` }),
		place(name, words, va, at, go)];
	});
}

function place(name, words, va, at, go)
{
	const g = svg("g", { class: "mark", tabindex: 0, role: "button",
		"aria-label": `${name} ${hex(va)}: ${words}` },
	svg("title", {}, `${hex(va)}: ${words}`),
	svg("text", { x: LABELS, y: at }, name),
	svg("text", { x: LABELS, y: at + 10, class: "small" }, words));
	g.addEventListener("click", () => go(va));
	g.addEventListener("keydown", (e) => {
		if (e.key === "Enter" || e.key === " ") {
			go(va);
			e.preventDefault();
		}
	});
	return g;
}
