// The environments panel: the tree of parents and children, and each one's user
// pages as a row of cells. A frame that several entries map has its count in the
// cell; copy-on-write pages are hatched, those with PTE_SHARE striped.

import { PTE_COW, PTE_SHARE, environmentTree, idText, shareWords, userPages,
	waitWords } from "../sharing.js";
import { statusName } from "../kernel.js";
import { flagNames } from "../walk.js";
import { SHARED } from "../frames.js";
import { theme, userColour } from "./colours.js";
import { button, el, goto, hex, put, refresh } from "./dom.js";

// The most cells of one environment.
const MOST = 300;

export class EnvPanel {
	constructor(root, app)
	{
		this.app = app;
		this.words = el("p", { class: "words two", "aria-live": "polite" });
		this.tree = el("div", { class: "family" });
		this.legend = el("div", { class: "legend" });
		this.states = new Map();	// id -> the element of its state
		put(root, this.words, this.tree, this.legend);
		root.addEventListener("mouseover", (e) => this.point(e.target));
		root.addEventListener("focusin", (e) => this.point(e.target));
		root.addEventListener("mouseleave", () => this.point(root));
		this.point(root);
	}

	update()
	{
		const s = this.app.snapshot, { envs } = s.kernel;
		const rows = new Map(envs.map((e) => [e, this.rowOf(s, e)]));
		const key = JSON.stringify([theme(), envs.map((e) => [e.id, e.parent,
			e.program, e.pgdir]), [...rows.values()]]);
		refresh(this.tree, key, () => envs.length
			? this.list(environmentTree(envs), rows)
			: el("p", {}, "There are no environments. Type run family at the"
				+ " kernel's prompt, or another program."));
		// These change often: rebuilding the tree would lose a click.
		for (const e of envs)
			this.states.get(e.id)?.replaceChildren(this.state(s, e));
		refresh(this.legend, theme(), () => this.legendChips());
	}

	// The cells of one environment, as data: what a cell depends on.
	rowOf(s, env)
	{
		if (env.pgdir === undefined || !s.facts)
			return [];
		const changed = new Set(this.app.record.changedEntries
			.filter((e) => e.level === "table"
				&& e.directory.pgdir === env.pgdir).map((e) => e.va));
		return userPages(s, env.pgdir, MOST).map((p) => ({
			...p, n: s.aliases[p.frame] ?? 1, changed: changed.has(p.va),
			owner: s.owner[p.frame],
		}));
	}

	list(nodes, rows)
	{
		return el("ul", { class: "tree" }, ...nodes.map((node) =>
			el("li", {}, this.head(node, rows.get(node.env)),
				this.cells(node.env, rows.get(node.env)),
				node.children.length ? this.list(node.children, rows) : null)));
	}

	head({ env, orphan }, cells)
	{
		const state = el("span", {});
		this.states.set(env.id, state);
		const shared = cells.filter((c) => c.n > 1).length;
		return el("p", { class: "head" },
			el("i", { style: `background:${userColour(env.index + 1)}` }),
			goto(idText(env.id), () => this.app.select({ pgdir: env.pgdir,
				show: "virtual" })),
			el("b", {}, ` ${env.program ?? "?"} `),
			state, el("span", {}, `${shared} shared, ${cells.length - shared}`
				+ ` private` + (orphan
				? `; its parent ${idText(env.parent)} has ended` : "")));
	}

	state(s, env)
	{
		const turn = s.kernel.runQueue.indexOf(env.index);
		return (waitWords(env) ?? statusName(s.facts, env.status)
			+ (turn >= 0 ? `, number ${turn + 1} in the queue` : "")) + "; ";
	}

	cells(env, row)
	{
		const parts = [];
		row.forEach((c, i) => {
			if (i === 0 || c.va !== row[i - 1].va + 4096)
				parts.push(el("span", { class: "start" }, hex(c.va)));
			parts.push(this.cell(env, c));
		});
		if (row.length === MOST)
			parts.push(el("span", { class: "start" }, "…"));
		return el("div", { class: "cells" }, ...parts);
	}

	cell(env, c)
	{
		const kind = c.flags & PTE_COW ? " cow" : c.flags & PTE_SHARE
			? " share" : "";
		const owner = c.n > 1 ? c.owner : env.index + 1;
		const e = button(c.n > 1 ? String(c.n) : "", () => this.app.select({
			va: c.va, pgdir: env.pgdir, frame: c.frame, show: "walk" }), {
			class: `page${kind}${c.changed ? " changed" : ""}`
				+ (c.n > 1 && c.owner === SHARED ? " several" : ""),
			style: `background-color:${userColour(owner)}`,
			"data-frame": c.frame, "aria-label": hex(c.va),
		});
		const shared = shareWords(c.flags, c.n);
		e.words = `${hex(c.va)} of ${idText(env.id)}: frame`
			+ ` ${hex(c.frame * 4096)}, ${flagNames(c.flags)}`
			+ (shared ? `; ${shared}` : "")
			+ (c.changed ? "; changed since the last pause" : "");
		return e;
	}

	// Describe the cell under the pointer, and mark the others of its frame.
	point(target)
	{
		const frame = target.dataset?.frame;
		this.words.textContent = target.words ?? "Point at a page to identify it,"
			+ " and to find the same frame elsewhere; click it to walk there.";
		for (const e of this.tree.querySelectorAll(".page"))
			e.classList.toggle("same", frame !== undefined
				&& e.dataset.frame === frame);
	}

	legendChips()
	{
		const cell = (kind, owner, text) => el("i", { class: `page ${kind}`,
			style: `background-color:${userColour(owner)}` }, text);
		const chip = (picture, words) => el("span", { class: "chip" }, picture,
			words);
		return [
			chip(cell("", 1, ""), "private: the environment's colour"),
			chip(cell("several", SHARED, "2"), "shared; the number of entries"
				+ " that lead to the frame"),
			chip(cell("several cow", SHARED, "2"), "copy-on-write"),
			chip(cell("several share", SHARED, "2"), "PTE_SHARE"),
			chip(cell("changed", 1, ""), "changed since the last pause"),
		];
	}
}
