// The code panel: where the processor is, breakpoints, the stack, the
// registers.

import { backtrace } from "../backtrace.js";
import { stateWords } from "./controls.js";
import { button, el, goto, hex, put, refresh } from "./dom.js";

export class CodePanel {
	constructor(root, app)
	{
		this.app = app;
		this.where = el("p", { class: "words big", id: "where" });
		this.input = el("input", { list: "function-names", spellcheck: "false",
			id: "breakpoint-name", autocomplete: "off",
			placeholder: "page_alloc", "aria-label":
				"Function to stop at" });
		this.trouble = el("span", { class: "bad", role: "alert" });
		this.breakpoints = el("div", { class: "breakpoints" });
		this.registers = el("div", { class: "registers" });
		this.stack = el("div", { class: "stack" });
		put(root, this.where, el("form", {
			class: "row", onsubmit: (e) => {
				e.preventDefault();
				this.add(this.input.value.trim());
			},
		}, el("label", {}, "Stop at function ", this.input),
		el("button", { type: "submit" }, "Add"), this.trouble),
		this.breakpoints,
		el("div", { class: "columns" }, this.stack, this.registers));
	}

	add(name)
	{
		const address = this.app.facts?.functionNamed(name);
		this.trouble.textContent = address === undefined
			? `this kernel has no function "${name}"` : "";
		if (address === undefined)
			return;
		this.input.value = "";
		this.app.machine.addBreakpoint(address);
		this.app.refresh();
	}

	update()
	{
		const { snapshot: s, machine } = this.app;
		// Stops outlive a reset, after which the kernel is unknown for
		// a while.
		const facts = this.app.builtFacts;
		const running = machine.state === "running";
		this.where.textContent = stateWords(this.app);
		const stops = [...machine.breakpoints];
		refresh(this.breakpoints, JSON.stringify(stops), () => stops.map((a) =>
			el("span", { class: "chip" }, facts.functionAt(a)?.name ?? hex(a),
				button("×", () => {
					machine.removeBreakpoint(a);
					this.app.refresh();
				}, { "aria-label": `Remove the stop at ${facts.place(a)}` }))));
		const r = s.registers;
		refresh(this.registers, JSON.stringify(r), () => registerList(r));
		const frames = running ? [] : backtrace(s);
		refresh(this.stack, JSON.stringify([running, frames]), () => [
			el("h3", {}, "Stack"), running ? el("p", {}, "Shown when paused.")
				: stackList(frames, this.app)]);
	}
}

// The frames of a backtrace as a list.
export function stackList(frames, app)
{
	return el("ol", { class: "frames" }, ...frames.map((f) => el("li", {},
		goto(f.place ?? hex(f.eip), () => app.select({ va: f.eip,
			show: "walk" })),
		f.args.length ? el("small", {}, ` args ${f.args.map((a) =>
			a === undefined ? "--------" : a.toString(16).padStart(8, "0"))
			.join(" ")}`) : null,
		f.broken ? el("p", { class: "bad" }, f.broken) : null)));
}

// The registers, with a heading.
export function registerList(r)
{
	const names = ["eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip",
		"eflags", "cr0", "cr2", "cr3", "cr4"];
	return [
		el("h3", {}, "Registers"),
		el("dl", { class: "mono pairs" },
			...names.flatMap((name) => [el("dt", {}, name.toUpperCase()),
				el("dd", {}, hex(r[name]))]),
			el("dt", {}, "CPL"),
			el("dd", {}, r.cpl === 3 ? "3 (user)" : "0 (kernel)")),
	];
}
