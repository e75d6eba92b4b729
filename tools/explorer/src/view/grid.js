// A grid of the 1024 entries of a directory or table.

import { theme } from "./colours.js";
import { el, fit } from "./dom.js";

// Entries in a row: a row of the directory is 256 MiB, so that the kernel's
// window is the last; a row of a table is 256 KiB.
export const SIDE = 64, ROWS = 1024 / SIDE;

// The mouse or arrow keys select an entry.
export class Grid {
	constructor(label, chosen, say)
	{
		this.chosen = chosen;
		this.say = say;
		this.index = 0;
		this.canvas = el("canvas", {
			class: "grid", tabindex: 0, role: "application", "aria-label": label,
			onclick: (e) => this.pick(this.under(e)),
			onmousemove: (e) => this.say(this.under(e)),
			onkeydown: (e) => this.keydown(e),
		});
	}

	under(event)
	{
		const box = this.canvas.getBoundingClientRect();
		const x = Math.floor((event.clientX - box.left) / this.cell);
		const y = Math.floor((event.clientY - box.top) / this.cell);
		return x >= 0 && x < SIDE && y >= 0 && y < ROWS ? y * SIDE + x
			: undefined;
	}

	pick(i)
	{
		if (i !== undefined)
			this.chosen(i);
	}

	keydown(event)
	{
		const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE,
			ArrowDown: SIDE }[event.key];
		if (step === undefined)
			return;
		this.pick(Math.min(1023, Math.max(0, this.index + step)));
		event.preventDefault();
	}

	// colourOf(i), markOf(i): "", "large" or "changed".
	draw(cell, colourOf, markOf, selected)
	{
		this.cell = cell;
		this.index = selected;
		const context = fit(this.canvas, SIDE * cell, ROWS * cell);
		context.clearRect(0, 0, SIDE * cell, ROWS * cell);
		const ink = theme() === "light" ? "#000" : "#fff";
		const dot = cell < 8 ? 1 : 3;
		for (let i = 0; i < 1024; i++) {
			const x = i % SIDE * cell, y = Math.floor(i / SIDE) * cell;
			context.fillStyle = colourOf(i);
			context.fillRect(x, y, cell - 1, cell - 1);
			const mark = markOf(i);
			context.fillStyle = ink;
			if (mark === "large")
				context.fillRect(x + (cell - 1 - dot) / 2,
					y + (cell - 1 - dot) / 2, dot, dot);
			else if (mark === "changed")
				context.fillRect(x, y, cell / 2, cell / 3);
		}
		context.strokeStyle = ink;
		context.lineWidth = 2;
		context.strokeRect(selected % SIDE * cell - 0.5,
			Math.floor(selected / SIDE) * cell - 0.5, cell, cell);
	}
}
