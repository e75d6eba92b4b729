// Virtual memory: the directory's 1024 entries, the table behind the chosen one,
// and the memory diagram of inc/memlayout.h to scale.

import { P, PS, U, W, FLAGS, flagNames } from "../walk.js";
import { entryColour, theme } from "./colours.js";
import { choice, el, fit, goto, hex, put, refresh, setChoices } from "./dom.js";

// Entries in a row of the grids: a row of the directory is 256 MiB, the kernel's
// window is the last; a row of a table is 256 KiB.
const SIDE = 64, ROWS = 1024 / SIDE;

// The diagram's width.
const DIAGRAM = 146;

const LEGEND = [["none", "nothing"], ["notPresent", "not 0, not present"],
	["kernelRead", "kernel reads"], ["kernelWrite", "kernel writes"],
	["userRead", "users read"], ["userWrite", "users write"],
	["self", "the directory itself"], ["wild", "leads outside RAM"]];

// What an entry is, as one of LEGEND's names. rights: U and W of the level above.
function kindOf(entry, rights, ram)
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

// A grid of 1024 entries that can be pointed at and chosen.
class Grid {
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
		for (let i = 0; i < 1024; i++) {
			const x = i % SIDE * cell, y = Math.floor(i / SIDE) * cell;
			context.fillStyle = colourOf(i);
			context.fillRect(x, y, cell - 1, cell - 1);
			const mark = markOf(i);
			context.fillStyle = ink;
			if (mark === "large")
				context.fillRect(x + cell / 2 - 2, y + cell / 2 - 2, 3, 3);
			else if (mark === "changed")
				context.fillRect(x, y, cell / 2, cell / 3);
		}
		context.strokeStyle = ink;
		context.lineWidth = 2;
		context.strokeRect(selected % SIDE * cell - 0.5,
			Math.floor(selected / SIDE) * cell - 0.5, cell, cell);
	}
}

export class Virtual {
	constructor(root, app)
	{
		this.app = app;
		this.which = choice([], (v) => app.select({ pgdir: Number(v) }),
			{ "aria-label": "Which directory", id: "which-directory" });
		this.words = el("p", { class: "words", "aria-live": "polite" },
			"Point at an entry to see what it is; click it for its bits.");
		this.directory = new Grid("Page directory", (i) =>
			app.select({ va: i * 0x400000 + this.ptx * 4096 }),
		(i) => this.sayDirectory(i));
		this.table = new Grid("Page table", (i) =>
			app.select({ va: this.pdx * 0x400000 + i * 4096 }),
		(i) => this.sayTable(i));
		this.entry = el("div", { class: "entry" });
		this.tableTitle = el("h3", {});
		this.list = el("div", { class: "ranges" });
		this.diagram = el("div", { class: "diagram" });
		this.legend = el("div", { class: "legend" });
		put(root,
			el("div", { class: "row" }, el("label", {}, "Directory ",
				this.which)),
			this.words,
			el("div", { class: "columns" },
				el("div", {}, el("h3", {}, "To scale"), this.diagram),
				el("div", { class: "grids" },
					el("h3", {}, "The directory: a row 256 MiB"),
					this.directory.canvas, this.tableTitle,
					this.table.canvas)),
			this.legend, this.entry, this.list);
	}

	get pdx()
	{
		return (this.app.selection.va ?? 0xF0000000) >>> 22;
	}

	get ptx()
	{
		return (this.app.selection.va ?? 0xF0000000) >>> 12 & 0x3FF;
	}

	update()
	{
		const s = this.app.snapshot, current = this.app.directory();
		setChoices(this.which, s.directories.map((d) => [d.pgdir,
			`${d.name} (${hex(d.pgdir)})${d.current ? ", in CR3" : ""}`]));
		if (!current) {
			this.words.textContent = "Paging is off: there is no directory yet.";
			return;
		}
		this.which.value = String(current.pgdir);
		this.entries = s.memory.table(current.pgdir);
		this.tableEntries = this.tableOf(s, this.pdx);
		const width = this.legend.parentElement.clientWidth - 24;
		const cell = Math.max(5, Math.min(14,
			Math.floor((width - DIAGRAM - 16) / SIDE)));
		this.drawGrids(s, current, cell);
		this.showDiagram(s, Math.max(250, 2 * ROWS * cell + 30));
		this.showLegend();
		this.showEntry(s, current);
		this.showRanges(s, current);
	}

	// The table behind entry i; undefined for none and for a 4 MiB page.
	tableOf(s, i)
	{
		const pde = this.entries?.[i] ?? 0;
		return pde & P && !(pde & PS && s.pse) ? s.memory.table(pde) : undefined;
	}

	isSelf(i)
	{
		return this.app.snapshot.facts
			&& i === this.app.snapshot.facts.get("UVPT") >>> 22;
	}

	drawGrids(s, current, cell)
	{
		const ram = s.memory.size, pde = this.entries?.[this.pdx] ?? 0;
		const changed = new Set(this.app.changedEntries
			.filter((e) => e.directory.pgdir === current.pgdir)
			.map((e) => e.level === "table" ? e.va : -1 - (e.va >>> 22)));
		const changedIn = new Set([...changed].map((v) => v < 0 ? -1 - v
			: v >>> 22));
		this.directory.draw(cell, (i) => entryColour(this.isSelf(i)
			&& this.entries?.[i] & P ? "self"
			: kindOf(this.entries?.[i] ?? 0, U | W, ram)),
		(i) => changedIn.has(i) ? "changed"
			: (this.entries?.[i] & (P | PS)) === (P | PS) ? "large" : "",
		this.pdx);
		const large = pde & P && pde & PS && s.pse;
		this.table.draw(cell, (i) => entryColour(large
			? kindOf(pde, U | W, ram)
			: this.tableEntries ? kindOf(this.tableEntries[i], pde, ram)
				: "none"),
		(i) => changed.has((this.pdx * 1024 + i) * 4096) ? "changed" : "",
		this.ptx);
		this.tableTitle.textContent = large ? "A 4 MiB page, no table"
			: this.tableEntries ? `The table of ${hex(this.pdx * 0x400000)}: a row`
				+ " 256 KiB" : "No table here";
	}

	sayDirectory(i)
	{
		if (i === undefined || !this.entries)
			return;
		this.words.textContent = `${hex(i * 0x400000)}: `
			+ this.entryWords(this.entries[i], true);
	}

	sayTable(i)
	{
		if (i === undefined)
			return;
		const va = hex((this.pdx * 1024 + i) * 4096);
		this.words.textContent = this.tableEntries
			? `${va}: ${this.entryWords(this.tableEntries[i], false)}`
			: `${va}: no table`;
	}

	entryWords(entry, directory)
	{
		if (!(entry & P))
			return entry ? `not present, but holds ${hex(entry)}` : "nothing";
		const what = !directory ? "frame" : entry & PS && this.app.snapshot.pse
			? "4 MiB page at" : "table at";
		return `${what} ${hex(entry & ~0xFFF)}, ${flagNames(entry)}`;
	}

	showLegend()
	{
		refresh(this.legend, theme(), () => [...LEGEND.map(([kind, words]) =>
			el("span", { class: "chip" },
				el("i", { style: `background:${entryColour(kind)}` }), words)),
		el("span", { class: "chip note" },
			"dot: 4 MiB page · corner: changed since the last pause")]);
	}

	// The chosen entries with their bits named.
	showEntry(s, current)
	{
		const pde = this.entries?.[this.pdx], pte = this.tableEntries?.[this.ptx];
		refresh(this.entry, `${current.pgdir} ${this.pdx} ${this.ptx} ${pde}`
			+ ` ${pte}`, () => [
			this.bits(`Directory entry ${this.pdx}`, pde, true),
			this.tableEntries ? this.bits(`Table entry ${this.ptx}`, pte, false)
				: null,
			goto("Walk to it", () => this.app.select({ show: "walk",
				va: (this.pdx * 1024 + this.ptx) * 4096 })),
		]);
	}

	bits(title, entry, directory)
	{
		if (entry === undefined)
			return el("p", {}, `${title}: outside RAM`);
		return el("p", { class: "bits" }, el("b", {}, title + " "),
			el("code", {}, hex(entry)), " ",
			...FLAGS.filter(([bit]) => bit !== PS || directory)
				.map(([bit, name, words]) => el("span", {
					class: entry & bit ? "bit set" : "bit", title: words,
				}, name)),
			entry & P ? goto(hex(entry & ~0xFFF), () => this.app.select({
				frame: entry >>> 12, show: "physical" })) : null);
	}

	showRanges(s, current)
	{
		const ranges = s.mapOf(current).filter((m) =>
			m.va >>> 22 <= this.pdx
			&& m.va + m.pages * 4096 > this.pdx * 0x400000);
		const key = JSON.stringify([current.pgdir, this.pdx, ranges.slice(0, 200)]);
		refresh(this.list, key, () => [
			el("h3", {}, `Mapped in these 4 MiB: ${ranges.length} range`
				+ (ranges.length === 1 ? "" : "s")),
			el("table", {}, ...ranges.slice(0, 200).map((m) => el("tr", {},
				el("td", {}, goto(hex(m.va), () =>
					this.app.select({ va: m.va }))),
				el("td", {}, "→ " + hex(m.pa)),
				el("td", {}, m.large ? `${m.pages / 1024} × 4 MiB`
					: `${m.pages} page${m.pages === 1 ? "" : "s"}`),
				el("td", {}, flagNames(m.flags))))),
		]);
	}

	// ---- The diagram

	showDiagram(s, height)
	{
		const { facts } = s, current = this.app.directory();
		if (!facts)
			return;
		const map = s.mapOf(current);
		const key = JSON.stringify([current.pgdir, map.length, map[0], height,
			theme(), this.app.selection.va]);
		refresh(this.diagram, key, () => diagram(facts, map, height,
			this.app.selection.va, (va) => this.app.select({ va })));
	}
}

// Named places, from the top; what lies above each up to the one before.
const PLACES = [["KERNBASE", "all physical memory"], ["MMIOLIM", "kernel stacks"],
	["MMIOBASE", "devices"], ["UVPT", "page tables"], ["UPAGES", "pages"],
	["UENVS", "envs"], ["USTACKTOP", "exception stack"], ["UTEXT",
		"program … stack"], ["UTEMP", "scratch"]];

function diagram(facts, map, height, selected, go)
{
	const y = (va) => height - va / 0x100000000 * height;
	const dark = theme() === "dark";
	const ns = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(ns, "svg");
	const add = (tag, attributes, text) => {
		const e = document.createElementNS(ns, tag);
		for (const [k, v] of Object.entries(attributes))
			e.setAttribute(k, v);
		if (text)
			e.textContent = text;
		svg.append(e);
		return e;
	};
	svg.setAttribute("width", DIAGRAM);
	svg.setAttribute("height", height);
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", "4 GiB from top to bottom, with what is"
		+ " mapped and the names of inc/memlayout.h");
	add("rect", { x: 0, y: 0, width: 34, height, class: "space" });
	for (const m of map) {
		const top = y(m.va + m.pages * 4096);
		add("rect", { x: 1, y: top, width: 32,
			height: Math.max(1, y(m.va) - top),
			fill: entryColour(kindOf(m.flags | P, U | W, 2 ** 33)) });
	}
	// Labels keep their distance, each with a line to its place.
	let last = -10;
	const line = Math.max(20, Math.min(26, height / (PLACES.length + 3)));
	for (const [name, words] of PLACES) {
		const va = facts.get(name);
		const at = Math.min(Math.max(y(va) + 4, last + line),
			height - 12 - line * (name === "UTEXT" ? 1 : 0));
		last = at;
		add("path", { d: `M34 ${y(va)} L44 ${at - 4} L48 ${at - 4}`,
			class: "lead" });
		const g = add("g", { class: "mark", tabindex: 0, role: "button",
			"aria-label": `${name} ${hex(va)}` });
		g.addEventListener("click", () => go(va));
		g.addEventListener("keydown", (e) => e.key === "Enter" && go(va));
		const label = document.createElementNS(ns, "text");
		label.setAttribute("x", 50);
		label.setAttribute("y", at);
		label.textContent = name;
		const title = document.createElementNS(ns, "title");
		title.textContent = `${hex(va)}: ${words}`;
		const small = document.createElementNS(ns, "text");
		small.setAttribute("x", 50);
		small.setAttribute("y", at + 9);
		small.setAttribute("class", "small");
		small.textContent = words;
		g.append(title, label, small);
	}
	if (selected !== undefined)
		add("path", { d: `M0 ${y(selected)} H38`, stroke: dark ? "#fff" : "#000",
			"stroke-width": 2 });
	return svg;
}
