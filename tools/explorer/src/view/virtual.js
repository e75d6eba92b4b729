// The virtual-memory panel: the directory's 1024 entries, the table of the
// selected one, and the diagram of inc/memlayout.h to scale.

import { P, PS, U, W, FLAGS, flagNames } from "../walk.js";
import { entryColour, entryKind, theme } from "./colours.js";
import { DIAGRAM, diagram } from "./diagram.js";
import { choice, el, goto, hex, put, refresh, setChoices } from "./dom.js";
import { Grid, ROWS, SIDE } from "./grid.js";

const LEGEND = [["none", "0"], ["notPresent", "not 0, not present"],
	["kernelRead", "kernel reads"], ["kernelWrite", "kernel writes"],
	["userRead", "users read"], ["userWrite", "users write"],
	["self", "the directory itself"], ["wild", "points outside RAM"]];

export class Virtual {
	constructor(root, app)
	{
		this.app = app;
		this.which = choice([], (v) => app.select({ pgdir: Number(v) }),
			{ "aria-label": "Which directory", id: "which-directory" });
		this.words = el("p", { class: "words", "aria-live": "polite" },
			"Point at an entry to identify it; click it to see its bits.");
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
					el("h3", {}, "The directory: 256 MiB a row"),
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
			this.entries = this.tableEntries = undefined;
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

	// The table that entry i points to, or undefined.
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
		const changed = new Set(this.app.record.changedEntries
			.filter((e) => e.directory.pgdir === current.pgdir)
			.map((e) => e.level === "table" ? e.va : -1 - (e.va >>> 22)));
		const changedIn = new Set([...changed].map((v) => v < 0 ? -1 - v
			: v >>> 22));
		this.directory.draw(cell, (i) => entryColour(this.isSelf(i)
			&& this.entries?.[i] & P ? "self"
			: entryKind(this.entries?.[i] ?? 0, U | W, ram)),
		(i) => changedIn.has(i) ? "changed"
			: (this.entries?.[i] & (P | PS)) === (P | PS) ? "large" : "",
		this.pdx);
		const large = pde & P && pde & PS && s.pse;
		this.table.draw(cell, (i) => entryColour(large
			? entryKind(pde, U | W, ram)
			: this.tableEntries ? entryKind(this.tableEntries[i], pde, ram)
				: "none"),
		(i) => changed.has((this.pdx * 1024 + i) * 4096) ? "changed" : "",
		this.ptx);
		this.tableTitle.textContent = large ? "A 4 MiB page, without a table"
			: this.tableEntries ? `The table of ${hex(this.pdx * 0x400000)}: 256 KiB`
				+ " a row" : "No table here";
	}

	sayDirectory(i)
	{
		if (i === undefined || !this.entries)
			return;
		this.words.textContent = `${hex(i * 0x400000)}: `
			+ this.entryText(this.entries[i], true);
	}

	sayTable(i)
	{
		if (i === undefined)
			return;
		const va = hex((this.pdx * 1024 + i) * 4096);
		this.words.textContent = this.tableEntries
			? `${va}: ${this.entryText(this.tableEntries[i], false)}`
			: `${va}: no table`;
	}

	entryText(entry, directory)
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

	// The selected entries, with the names of their bits.
	showEntry(s, current)
	{
		const pde = this.entries?.[this.pdx], pte = this.tableEntries?.[this.ptx];
		refresh(this.entry, `${current.pgdir} ${this.pdx} ${this.ptx} ${pde}`
			+ ` ${pte}`, () => [
			this.bits(`Directory entry ${this.pdx}`, pde, true),
			this.tableEntries ? this.bits(`Table entry ${this.ptx}`, pte, false)
				: null,
			goto("Walk", () => this.app.select({ show: "walk",
				va: (this.pdx * 1024 + this.ptx) * 4096 })),
		]);
	}

	bits(title, entry, directory)
	{
		if (entry === undefined)
			return el("p", {}, `${title}: outside RAM`);
		return el("p", { class: "bits" }, el("b", {}, title + " "),
			el("code", {}, hex(entry)),
			entry & P ? el("span", {}, "→ ", goto(hex(entry & ~0xFFF), () =>
				this.app.select({ frame: entry >>> 12, show: "physical" })))
				: null,
			...FLAGS.filter(([bit]) => bit !== PS || directory)
				.map(([bit, name, words]) => el("span", {
					class: entry & bit ? "bit set" : "bit", title: words,
				}, name)));
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

	showDiagram(s, height)
	{
		const { facts } = s, current = this.app.directory();
		const map = s.mapOf(current);
		const key = JSON.stringify([current.pgdir, map.length, map[0], height,
			theme(), this.app.selection.va, facts !== null]);
		refresh(this.diagram, key, () => diagram(facts, map, height,
			this.app.selection.va, (va) => this.app.select({ va })));
	}
}
