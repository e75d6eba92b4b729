// The map of physical memory: one cell a frame. Paints one pixel a frame into
// an image, and draws its visible rows scaled to the zoom.

import { crc32 } from "../crc32.js";
import { COW, KIND, KIND_NAMES, SHARED } from "../frames.js";
import { frameColour, palette, shadeOf, theme, userColour } from "./colours.js";
import { button, el, fit, hex, put, refresh } from "./dom.js";
import { describe, frameDetail } from "./framedetail.js";
import { STRIP, Strip } from "./strip.js";

const CELLS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16];
// Zoom levels; at first, the one that fits the width best.
const START_CELLS = [8, 7, 6];

export class Physical {
	constructor(root, app)
	{
		this.app = app;
		this.only = -1;
		this.canvas = el("canvas", {});
		this.spacer = el("div", { class: "spacer" });
		this.view = el("div", {
			class: "map", tabindex: 0, role: "application", id: "physical-map",
			"aria-label": "Map of physical memory. Arrow keys choose a frame,"
				+ " plus and minus zoom.",
			onkeydown: (e) => this.keydown(e),
			onmousemove: (e) => this.hover(e),
			onmouseleave: () => this.say(this.app.selection.frame),
			onclick: (e) => this.click(e),
			onscroll: () => this.paint(),
		}, this.canvas, this.spacer);
		this.strip = new Strip((share) => this.view.scrollTop = share
			* this.rows * this.cell - this.view.clientHeight / 2);
		this.legend = el("div", { class: "legend", "aria-label": "Legend" });
		this.words = el("p", { class: "words two", "aria-live": "polite" });
		this.problems = el("p", { class: "bad" });
		this.detail = el("div", { class: "detail" });
		this.scale = el("span", { class: "scale" });
		put(root,
			el("div", { class: "row" }, this.words,
				button("−", () => this.zoom(-1), { title: "Smaller cells (-)",
					"aria-label": "Smaller cells" }),
				button("+", () => this.zoom(1), { title: "Larger cells (+)",
					"aria-label": "Larger cells" }), this.scale),
			el("div", { class: "maps" }, this.view, this.strip.canvas),
			this.legend, this.problems, this.detail);
		this.picture = document.createElement("canvas");
	}

	zoom(step, around = this.app.selection.frame ?? 0)
	{
		const i = CELLS.indexOf(this.cell) + step;
		if (!CELLS[i])
			return;
		this.cell = this.zoomed = CELLS[i];
		this.layout();
		this.reveal(around);
		this.paint();
	}

	// Columns: a power of two, so that addresses line up.
	layout()
	{
		// Subtract the strip, the gap and a scroll bar.
		const width = Math.max(64, this.view.parentElement.clientWidth - STRIP
			- 26);
		const { total } = this.app.snapshot;
		const filled = (cell) => cell * 2 ** Math.floor(Math.log2(width / cell));
		this.cell = this.zoomed ?? START_CELLS.reduce((a, b) =>
			filled(b) > filled(a) ? b : a);
		this.columns = 2 ** Math.floor(Math.log2(width / this.cell));
		this.rows = Math.ceil(total / this.columns);
		this.view.style.width = this.columns * this.cell + 17 + "px";
		this.spacer.style.height = this.rows * this.cell + 4 + "px";
		this.scale.textContent = `a row: ${this.columns * 4} KiB`;
	}

	update()
	{
		this.layout();
		this.paint();
		this.showLegend();
		refresh(this.problems, this.app.snapshot.kernel.problems.join("; "),
			() => this.problems.dataset.key);
		if (this.hovered === undefined)
			this.say(this.app.selection.frame);
		this.showDetail();
	}

	// ---- Drawing

	paint()
	{
		const s = this.app.snapshot, { cell, columns } = this;
		const height = Math.max(40, this.view.clientHeight);
		const width = columns * cell;
		const first = Math.floor(this.view.scrollTop / cell);
		// The first row may be partly visible.
		const above = this.view.scrollTop - first * cell;
		const rows = Math.min(Math.ceil(height / cell) + 2, this.rows - first);
		this.first = first;
		if (rows <= 0)
			return;
		this.paintPicture(s, first, rows);
		const context = fit(this.canvas, width, height);
		context.imageSmoothingEnabled = false;
		context.clearRect(0, 0, width, height);
		context.translate(0, -above);
		context.drawImage(this.picture, 0, 0, columns, rows,
			0, 0, columns * cell, rows * cell);
		if (cell >= 6)
			this.paintGrid(context, width, rows);
		this.paintMarks(context, s, first, rows);
		const whole = this.rows * cell;
		this.strip.paint(s, this.view.clientHeight, this.view.scrollTop / whole,
			this.view.clientHeight / whole);
	}

	paintPicture(s, first, rows)
	{
		const { picture, columns } = this;
		if (picture.width !== columns || picture.height < rows) {
			picture.width = columns;
			picture.height = rows;
			this.image = null;
		}
		this.image ??= picture.getContext("2d").createImageData(columns,
			picture.height);
		const key = theme() + this.only;
		if (this.paletteKey !== key)
			this.palette = palette(this.only);
		this.paletteKey = key;
		const pixels = new Uint32Array(this.image.data.buffer).fill(0);
		const { frames, users, count: turns, sharedUser } = this.palette;
		const { kind, count, owner } = s;
		const start = first * columns;
		const end = Math.min(s.total, start + rows * columns);
		for (let n = start; n < end; n++) {
			const shade = shadeOf(count[n]);
			if (kind[n] === KIND.USER && owner[n])
				pixels[n - start] = users[(owner[n] === SHARED ? sharedUser
					: (owner[n] - 1) % turns) * 4 + shade];
			else
				pixels[n - start] = frames[kind[n] * 4 + shade];
		}
		picture.getContext("2d").putImageData(this.image, 0, 0);
	}

	paintGrid(context, width, rows)
	{
		context.strokeStyle = theme() === "light" ? "#fff" : "#12181d";
		context.lineWidth = 1;
		context.beginPath();
		for (let x = 0; x <= width; x += this.cell) {
			context.moveTo(x + 0.5, 0);
			context.lineTo(x + 0.5, rows * this.cell);
		}
		for (let y = 0; y <= rows; y++) {
			context.moveTo(0, y * this.cell + 0.5);
			context.lineTo(width, y * this.cell + 0.5);
		}
		context.stroke();
	}

	// Aliases have a dot, or their number if there is room for it, and a
	// hatch if they are copied when written, or shared for good; culprits and
	// contradictions, a border; changed frames, a corner; the selection, a
	// border of its own.
	paintMarks(context, s, first, rows)
	{
		const ink = theme() === "light" ? "#000" : "#fff";
		const start = first * this.columns, cell = this.cell;
		const end = Math.min(s.total, start + rows * this.columns);
		context.fillStyle = ink;
		if (cell >= 3)
			for (let n = start; n < end; n++)
				if (s.aliases[n] > 1)
					this.paintShared(context, s, n);
		context.fillStyle = ink;
		context.strokeStyle = ink;
		for (const n of this.app.record.changedFrames)
			if (n >= start && n < end)
				this.corner(context, n);
		for (const n of this.app.culprits)
			if (n >= start && n < end)
				this.ring(context, n, theme() === "light" ? "#d00060"
					: "#ff4f9a", 2, 3);
		const selected = this.app.selection.frame;
		if (selected !== undefined)
			this.ring(context, selected, ink, 2);
	}

	at(n)
	{
		const i = n - this.first * this.columns;
		return [i % this.columns * this.cell,
			Math.floor(i / this.columns) * this.cell];
	}

	paintShared(context, s, n)
	{
		const light = theme() === "light";
		const mark = s.owner[n] === SHARED ? light ? "#fff" : "#000"
			: light ? "#000" : "#fff";
		context.strokeStyle = context.fillStyle = mark;
		if (this.cell >= 5 && s.sharing[n])
			this.hatch(context, n, (s.sharing[n] & COW) !== 0);
		if (this.cell < 12)
			this.dot(context, n);
		else
			this.number(context, n, s.aliases[n], userColour(s.owner[n]));
	}

	// Diagonal lines for copy-on-write, horizontal ones for PTE_SHARE.
	hatch(context, n, diagonal)
	{
		const [x, y] = this.at(n), c = this.cell, step = Math.max(3, c / 4);
		context.save();
		context.beginPath();
		context.rect(x, y, c, c);
		context.clip();
		context.lineWidth = 0.7;
		context.beginPath();
		for (let d = step / 2; d < 2 * c; d += step) {
			context.moveTo(x + (diagonal ? d : 0), y + (diagonal ? 0 : d));
			context.lineTo(x + (diagonal ? 0 : c), y + d);
		}
		context.stroke();
		context.restore();
	}

	// A number with a margin of that colour.
	number(context, n, value, colour)
	{
		const [x, y] = this.at(n);
		context.font = `bold ${this.cell - 4}px sans-serif`;
		context.textAlign = "center";
		const at = [value > 9 ? "+" : String(value), x + this.cell / 2,
			y + this.cell - 3];
		context.strokeStyle = colour;
		context.lineWidth = 3;
		context.strokeText(...at);
		context.fillText(...at);
	}

	dot(context, n)
	{
		const [x, y] = this.at(n), r = Math.max(1, this.cell / 4);
		context.fillRect(x + this.cell / 2 - r / 2, y + this.cell / 2 - r / 2,
			r, r);
	}

	corner(context, n)
	{
		const [x, y] = this.at(n), size = Math.max(2, this.cell / 2);
		context.beginPath();
		context.moveTo(x, y);
		context.lineTo(x + size, y);
		context.lineTo(x, y + size);
		context.fill();
	}

	// Keep the border inside the map, for cells at its edge.
	ring(context, n, colour, width, further = 0)
	{
		const [x, y] = this.at(n), margin = (this.cell < 6 ? 3 : 1) + further;
		const left = Math.max(1, x - margin), top = Math.max(1, y - margin);
		const right = Math.min(this.columns * this.cell - 1,
			x + this.cell + margin);
		context.strokeStyle = colour;
		context.lineWidth = width;
		context.strokeRect(left, top, right - left,
			y + this.cell + margin - top);
	}

	// ---- Text

	showLegend()
	{
		const s = this.app.snapshot, totals = s.totals();
		refresh(this.legend, `${totals.join()} ${theme()} ${this.only}`
			+ s.kernel.envs.map((e) => e.id).join(),
			() => this.legendChips(s, totals));
	}

	legendChips(s, totals)
	{
		const chips = KIND_NAMES.map((name, kind) => totals[kind] === 0 ? null
			: el("button", {
				type: "button", class: "chip",
				"aria-pressed": String(this.only === kind),
				title: "Show only these",
				onclick: () => {
					this.only = this.only === kind ? -1 : kind;
					// The snapshot's memory may be detached.
					this.app.refresh();
				},
			}, el("i", { style: `background:${frameColour(kind)}` }), name,
			el("b", {}, String(totals[kind]))));
		const owners = s.kernel.envs.slice(0, 12).map((e) =>
			el("span", { class: "chip" },
				el("i", { style: `background:${userColour(e.index + 1)}` }),
				"environment " + e.id.toString(16).padStart(8, "0")));
		return [...chips, ...owners, el("span", { class: "chip note" },
			"stronger: counted more than once · dot or number: mapped so"
				+ " often by users · hatched: copy-on-write · striped:"
				+ " PTE_SHARE · corner: changed since the last pause")];
	}

	frameUnder(event)
	{
		const box = this.canvas.getBoundingClientRect();
		const x = Math.floor((event.clientX - box.left) / this.cell);
		const y = Math.floor((event.clientY - box.top + this.view.scrollTop)
			/ this.cell);
		const n = y * this.columns + x;
		return x >= 0 && x < this.columns && y >= 0
			&& n < this.app.snapshot.total ? n : undefined;
	}

	hover(event)
	{
		this.hovered = this.frameUnder(event);
		this.say(this.hovered ?? this.app.selection.frame);
	}

	say(n)
	{
		const s = this.app.snapshot;
		if (n === undefined || n >= s.total) {
			this.words.textContent = "Point at a frame to identify it;"
				+ " click it to see its contents.";
			return;
		}
		const where = s.mappingsOf(n, 3).map((m) => hex(m.va));
		this.words.textContent = `${hex(n * 4096)}: ${describe(s, n)}`
			+ (where.length ? `, at ${where.join(", ")}` : ", not mapped");
	}

	click(event)
	{
		const n = this.frameUnder(event);
		if (n !== undefined)
			this.app.select({ frame: n });
	}

	reveal(n)
	{
		const y = Math.floor(n / this.columns) * this.cell;
		const { scrollTop, clientHeight } = this.view;
		if (y < scrollTop || y + this.cell + 4 > scrollTop + clientHeight)
			this.view.scrollTop = y - clientHeight / 2;
	}

	keydown(event)
	{
		const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns,
			ArrowDown: this.columns }[event.key];
		if (step !== undefined) {
			const n = (this.app.selection.frame ?? 0) + step;
			if (n >= 0 && n < this.app.snapshot.total)
				this.app.select({ frame: n });
		} else if (event.key === "+" || event.key === "=") {
			this.zoom(1);
		} else if (event.key === "-") {
			this.zoom(-1);
		} else {
			return;
		}
		event.preventDefault();
	}

	showDetail()
	{
		const s = this.app.snapshot, n = this.app.selection.frame;
		if (n === undefined || n >= s.total) {
			refresh(this.detail, "", () => []);
			return;
		}
		const mappings = s.mappingsOf(n, 40);
		const bytes = s.memory.bytes(n * 4096, 4096);
		// The emulator's memory has grown since the snapshot.
		if (!bytes)
			return;
		const facts = [n, describe(s, n), s.state[n], s.found[n],
			s.list.position[n], mappings.map((m) => [m.va, m.directory.pgdir,
				m.flags]), crc32(bytes)];
		refresh(this.detail, JSON.stringify(facts),
			() => frameDetail(s, n, mappings, bytes, this.app));
		// The details may have made the map smaller.
		if (this.shown !== n) {
			this.shown = n;
			this.detail.scrollTop = 0;
			this.reveal(n);
			this.paint();
		}
	}
}
