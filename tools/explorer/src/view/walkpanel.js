// The walk panel: an address split into ten, ten and twelve bits, the entries
// that the processor reads, the frame that it reaches, and the allowed
// accesses.

import { shareWords } from "../sharing.js";
import { absentOf } from "../swap.js";
import { access, flagNames, reservedOnMachines, walk } from "../walk.js";
import { button, el, goto, hex, put, refresh } from "./dom.js";

const ACCESSES = [["read", {}], ["write", { write: true }],
	["run", { fetch: true }]];

export class WalkPanel {
	constructor(root, app)
	{
		this.app = app;
		this.input = el("input", {
			id: "walk-address", spellcheck: "false", autocomplete: "off",
			placeholder: "0xf0100000 or a symbol", list: "symbol-names",
			"aria-label": "Virtual address, or the name of a symbol",
		});
		this.trouble = el("span", { class: "bad", role: "alert" });
		this.result = el("div", { class: "walk" });
		const form = el("form", {
			class: "row", onsubmit: (e) => {
				e.preventDefault();
				this.go(this.input.value);
			},
		}, el("label", {}, "Address ", this.input),
		el("button", { type: "submit" }, "Walk"),
		button("EIP", () => this.register("eip")),
		button("ESP", () => this.register("esp")),
		button("CR2", () => this.register("cr2"),
			{ title: "Address of the last page fault" }),
		this.trouble);
		put(root, form, this.result);
	}

	register(name)
	{
		this.app.select({ va: this.app.snapshot.registers[name] });
	}

	// Read an address or a symbol from the input field.
	go(text)
	{
		const { facts } = this.app, word = text.trim();
		let va = /^(0x)?[0-9a-f]{1,8}$/i.test(word)
			? parseInt(word.replace(/^0x/i, ""), 16) : undefined;
		const named = facts?.symbol(word) ?? facts?.functionNamed(word);
		va = named ?? va;
		this.trouble.textContent = va === undefined
			? `"${word}" is neither an address nor a symbol of this kernel` : "";
		if (va !== undefined)
			this.app.select({ va });
	}

	update()
	{
		const s = this.app.snapshot, directory = this.app.directory();
		const va = this.app.selection.va ?? s.registers.eip;
		if (document.activeElement !== this.input)
			this.input.value = hex(va);
		if (!directory) {
			refresh(this.result, "off", () => el("p", {}, "Paging is off: every"
				+ " address is physical."));
			return;
		}
		const w = walk(s.memory, directory.pgdir, va, s.pse);
		w.absent = absentOf(s, w);
		const { cr0, cr4, eflags } = s.registers;
		const key = JSON.stringify([w, directory.pgdir, cr0, cr4,
			eflags & 0x40000, s.aliases[w.pa >>> 12]]);
		refresh(this.result, key, () => this.steps(s, w, directory));
	}

	steps(s, w, directory)
	{
		return [
			this.split(w),
			el("ol", { class: "steps" },
				el("li", {}, `The directory: ${directory.name}, at physical `,
					goto(hex(directory.pgdir), () => this.frame(
						directory.pgdir >>> 12)),
					directory.current ? " (in CR3)" : " (not in CR3 now)"),
				el("li", {}, `Entry ${w.pdx} of it, at ${hex(w.pdeAt)}, is `,
					entry(w.pde)),
				w.pteAt === undefined ? null
					: el("li", {}, `Entry ${w.ptx} of the table, at`
						+ ` ${hex(w.pteAt)}, is `, entry(w.pte)),
				el("li", { class: w.present ? "" : "bad" }, w.present
					? (w.large ? "It maps 4 MiB itself. " : "")
						+ "The frame reached: " : `The walk ends: ${w.stop}${
					w.absent ? `: the page is ${w.absent}` : ""}.`,
				w.present ? goto(hex(w.pa), () => this.frame(w.pa >>> 12))
					: null,
				w.present && w.pa >= s.memory.size
					? " — outside RAM: a device, or nothing" : null),
				this.sharing(s, w)),
			this.rights(s, w),
			w.reserved ? this.machines(s, w) : null,
		];
	}

	// How a user page is shared, as a step of its own; null if it is not.
	sharing(s, w)
	{
		const user = s.facts && w.present && !w.large
			&& w.va < s.facts.get("UTOP");
		const words = user ? shareWords(w.pte, s.aliases[w.pa >>> 12] ?? 1) : "";
		return words ? el("li", {}, `The page is ${words}.`
			+ (w.pte & 0x800 ? " A write faults, and the program's handler copies"
				+ " it." : "")) : null;
	}

	frame(frame)
	{
		this.app.select({ frame, show: "physical" });
	}

	split(w)
	{
		const bits = (value, n) => value.toString(2).padStart(n, "0");
		const part = (name, value, n, of) => el("div", { class: "part" },
			el("b", {}, bits(value, n)),
			el("span", {}, `${name} ${value} (${hex(value, 3)})`),
			el("small", {}, of));
		return el("div", { class: "split" },
			part("directory index", w.pdx, 10, "bits 31 to 22"),
			part(w.large ? "part of the offset" : "table index", w.ptx, 10,
				"bits 21 to 12"),
			part("offset", w.offset, 12, "bits 11 to 0"));
	}

	// A reserved bit is the case in which machines differ.
	machines(s, w)
	{
		const { error } = access(w, {}, s.registers);
		return el("div", { class: "machines" },
			el("p", { class: "words" }, "A reserved bit is set. A read by the"
				+ " kernel then:"),
			el("ul", {}, ...reservedOnMachines(w, error).map(([name, words]) =>
				el("li", {}, el("b", {}, `On ${name}: `), words))));
	}

	rights(s, w)
	{
		const row = (who, user) => el("tr", {}, el("th", {}, who),
			...ACCESSES.map(([, kind]) => {
				const verdict = access(w, { user, ...kind }, s.registers);
				return el("td", { class: verdict.allowed ? "yes" : "no" },
					el("b", {}, verdict.allowed ? "✓ yes" : "✗ faults"),
					el("small", {}, verdict.why + (verdict.allowed ? ""
						: ` — error code ${hex(verdict.error, 1)}`)));
			}));
		return el("table", { class: "rights" },
			el("tr", {}, el("th"), ...ACCESSES.map(([name]) =>
				el("th", {}, `may ${name}?`))),
			row("the kernel", false), row("users", true));
	}
}

function entry(value)
{
	return el("span", {}, el("code", {}, value === undefined ? "outside RAM"
		: hex(value)), value ? ` (${flagNames(value) || "no flag set"})` : "");
}
