// All of physical memory as a narrow strip, with a border around the part that
// the map shows.

import { KIND, KIND_NAMES } from "../frames.js";
import { frameColour, theme } from "./colours.js";
import { el, fit } from "./dom.js";

// The width, the size of a dot, and the number of dots in a row.
export const STRIP = 48;
const DOT = 4, COLUMNS = STRIP / DOT;

// A dot stands for many frames: it shows the kind with the lowest rank.
const RANK = new Uint8Array(KIND_NAMES.length);
[KIND.BROKEN, KIND.HELD, KIND.USER, KIND.DIRECTORY, KIND.TABLE, KIND.PAGES,
	KIND.ENVS, KIND.TEXT, KIND.RODATA, KIND.DATA, KIND.HOLE, KIND.RESERVED,
	KIND.UNMANAGED, KIND.FREE].forEach((kind, i) => RANK[kind] = i);

export class Strip {
	// go(share): called on a click at this share of memory, 0 to 1.
	constructor(go)
	{
		this.canvas = el("canvas", {
			class: "strip", title: "All of memory; click to go there",
			onclick: (e) => go((e.clientY
				- this.canvas.getBoundingClientRect().top) / this.used),
		});
	}

	// The visible part begins at `first` and has size `part`: shares of
	// memory.
	paint(s, height, first, part)
	{
		const rows = Math.floor(Math.max(40, height) / DOT);
		const context = fit(this.canvas, STRIP, rows * DOT);
		const each = Math.ceil(s.total / (rows * COLUMNS));
		const colours = KIND_NAMES.map((_, kind) => frameColour(kind));
		context.clearRect(0, 0, STRIP, rows * DOT);
		for (let i = 0; i * each < s.total; i++) {
			context.fillStyle = colours[rarest(s.kind, i * each,
				Math.min(s.total, (i + 1) * each))];
			context.fillRect(i % COLUMNS * DOT, Math.floor(i / COLUMNS) * DOT,
				DOT, DOT);
		}
		this.used = Math.ceil(s.total / each / COLUMNS) * DOT;
		context.strokeStyle = theme() === "light" ? "#000" : "#fff";
		context.lineWidth = 2;
		context.strokeRect(1, first * this.used + 1, STRIP - 2,
			Math.max(3, Math.min(1, part) * this.used - 2));
	}
}

// The kind of lowest rank among frames [start, end).
function rarest(kinds, start, end)
{
	let best = RANK[KIND.FREE];
	let kind = KIND.FREE;
	for (let n = start; n < end; n++)
		if (RANK[kinds[n]] < best) {
			kind = kinds[n];
			best = RANK[kind];
		}
	return kind;
}
