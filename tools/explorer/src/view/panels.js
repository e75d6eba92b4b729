// The smaller panels: the free list, the audit, code (stops, registers, stack),
// faults and post-mortem.

import { RULES } from "../audit.js";
import { backtrace } from "../backtrace.js";
import { gateOf, postMortem } from "../postmortem.js";
import { access, walk } from "../walk.js";
import { theme } from "./colours.js";
import { button, el, fit, goto, hex, put, refresh } from "./dom.js";

// ---- The free list

export class FreeListPanel {
	constructor(root, app)
	{
		this.app = app;
		this.words = el("p", { class: "words big" });
		this.canvas = el("canvas", { class: "plot", role: "img",
			"aria-label": "The list's order: position to the right, frame"
				+ " upwards" });
		this.runs = el("div", { class: "ranges" });
		put(root, this.words, this.canvas, el("p", { class: "hint" },
			"To the right: the order in which frames will be given out."
			+ " Upwards: where they lie in memory."), this.runs);
	}

	update()
	{
		const { list } = this.app.snapshot;
		this.words.textContent = `The free list: ${list.words}.`;
		this.words.classList.toggle("bad", list.end === "ring"
			|| list.end === "wild");
		this.plot(list);
		this.showRuns(list);
	}

	plot(list)
	{
		const width = Math.max(200, this.canvas.parentElement.clientWidth - 24);
		const height = 110, context = fit(this.canvas, width, height);
		context.clearRect(0, 0, width, height);
		context.fillStyle = theme() === "light" ? "#0072b2" : "#8fd0f5";
		const frames = this.app.snapshot.total;
		const step = Math.max(1, Math.floor(list.length / (width * 4)));
		for (let i = 0; i < list.length; i += step)
			context.fillRect(i / list.length * (width - 2),
				height - 3 - list.order[i] / frames * (height - 4), 2, 2);
		const broken = list.end === "ring" || list.end === "wild";
		if (broken && list.at >= 0) {
			context.fillStyle = theme() === "light" ? "#d00060" : "#ff4f9a";
			context.fillRect(width - 5, height - 5 - list.at / frames
				* (height - 4), 5, 5);
		}
	}

	// Neighbours that follow each other are told as one run.
	showRuns(list)
	{
		const runs = [];
		for (let i = 0; i < list.length && runs.length < 60;) {
			const first = list.order[i], step = list.order[i + 1] - first;
			let n = 1;
			while (Math.abs(step) === 1 && i + n < list.length
			       && list.order[i + n] === first + n * step)
				n++;
			runs.push([i, first, n, step]);
			i += n;
		}
		refresh(this.runs, JSON.stringify([runs, list.words]), () => [
			el("h3", {}, "From the head"),
			el("ol", { class: "runs" }, ...runs.map(([at, first, n, step]) =>
				el("li", { value: at }, goto(hex(first * 4096), () =>
					this.app.select({ frame: first, show: "physical" })),
				n > 1 ? ` and ${n - 1} more, ${step > 0 ? "upwards" :
					"downwards"} to ${hex((first + (n - 1) * step) * 4096)}`
					: ""))),
			runs.length === 60 ? el("p", {}, "…") : null,
			list.at >= 0 && list.end !== "whole" ? el("p", { class: "bad" },
				"It breaks at ", goto(hex(list.at * 4096), () =>
					this.app.select({ frame: list.at, show: "physical" })))
				: null]);
	}
}

// ---- The audit

export class AuditPanel {
	constructor(root, app)
	{
		this.app = app;
		this.when = el("p", { class: "words" });
		this.rules = el("div", { class: "rules" });
		put(root, this.when, this.rules);
	}

	update()
	{
		const { audit: a, auditWhen } = this.app;
		if (!a) {
			this.when.textContent = "Judged when the kernel waits for input or"
				+ " is paused: in the middle of its work, rules are broken for a"
				+ " moment.";
			return;
		}
		this.when.textContent = auditWhen;
		refresh(this.rules, JSON.stringify([a, theme()]),
			() => RULES.map(([rule, words]) => this.rule(a, rule, words)));
	}

	rule(a, rule, words)
	{
		const found = a.findings.filter((f) => f.rule === rule);
		const unknown = a.unknown[rule];
		const verdict = unknown ? `– ${unknown}`
			: found.length ? `✗ broken ${a.counts[rule]} time`
				+ (a.counts[rule] === 1 ? "" : "s") : "✓ holds";
		return el("section", { class: unknown ? "rule unknown"
			: found.length ? "rule broken" : "rule" },
		el("h3", {}, el("b", {}, rule), " ", el("span", {}, verdict)),
		el("p", {}, words),
		found.length ? el("ul", {}, ...found.slice(0, 12).map((f) =>
			el("li", {}, goto(f.words, () => this.show(f)))),
		found.length > 12 ? el("li", {}, `… and ${a.counts[rule] - 12}`
			+ " more") : null) : null);
	}

	show(finding)
	{
		const { frames, va, directory } = finding;
		this.app.culprits = frames ?? [];
		if (va !== undefined)
			this.app.select({ va, pgdir: directory?.pgdir, show: "walk" });
		else if (frames?.length)
			this.app.select({ frame: frames[0], show: "physical" });
	}
}

// ---- Code: breakpoints, registers, the stack

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
		const { snapshot: s, machine, facts } = this.app;
		const running = machine.state === "running";
		this.where.textContent = this.app.stateWords();
		const stops = [...machine.breakpoints];
		refresh(this.breakpoints, JSON.stringify(stops), () => stops.map((a) =>
			el("span", { class: "chip" }, facts.functionAt(a)?.name ?? hex(a),
				button("×", () => {
					machine.removeBreakpoint(a);
					this.app.refresh();
				}, { "aria-label": `Remove the stop at ${facts.place(a)}` }))));
		const r = s.registers;
		refresh(this.registers, JSON.stringify(r), () => [
			el("h3", {}, "Registers"),
			el("dl", { class: "mono pairs" }, ...["eax", "ebx", "ecx", "edx",
				"esi", "edi", "ebp", "esp", "eip", "eflags", "cr0", "cr2",
				"cr3", "cr4"].flatMap((name) => [el("dt", {}, name.toUpperCase()),
				el("dd", {}, hex(r[name]))]),
			el("dt", {}, "CPL"), el("dd", {}, r.cpl === 3 ? "3 (user)"
				: "0 (kernel)"))]);
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

// ---- Faults

const VECTORS = ["Divide error", "Debug", "Non-Maskable Interrupt",
	"Breakpoint", "Overflow", "BOUND Range Exceeded", "Invalid Opcode",
	"Device Not Available", "Double Fault", "(coprocessor)", "Invalid TSS",
	"Segment Not Present", "Stack Fault", "General Protection", "Page Fault",
	"(reserved)", "x87 FPU Error", "Alignment Check", "Machine-Check",
	"SIMD Error"];

export class FaultsPanel {
	constructor(root, app)
	{
		this.app = app;
		this.body = el("div");
		put(root, this.body);
	}

	update()
	{
		const { snapshot: s, machine } = this.app;
		if (machine.state === "dead") {
			const report = postMortem(s, machine.cause.error);
			refresh(this.body, JSON.stringify([s.registers, report.causes]),
				() => this.postMortem(s, report));
			return;
		}
		const gates = VECTORS.map((_, i) => gateOf(s, i));
		refresh(this.body, JSON.stringify([s.registers.cr2, s.registers.cr3,
			gates]), () => this.alive(s, gates));
	}

	postMortem(s, report)
	{
		return [
			el("h3", { class: "bad" }, "The machine is dead"),
			el("p", {}, "A PC would reset itself here: a fault came that could"
				+ " not be delivered. What memory and registers say:"),
			el("ul", { class: "causes" }, ...report.causes.map((c) =>
				el("li", {}, c))),
			el("p", {}, "Look at ",
				goto(`EIP ${hex(s.registers.eip)}`, () => this.walk("eip")), ", ",
				goto(`CR2 ${hex(s.registers.cr2)}`, () => this.walk("cr2")), ", ",
				goto(`ESP ${hex(s.registers.esp)}`, () => this.walk("esp")),
				", or at any other panel: memory is as it was."),
			el("h3", {}, "Who called whom"), stackList(report.frames, this.app),
			el("p", { class: "hint" }, `The emulator's own words:`
				+ ` ${report.error}`),
		];
	}

	walk(name)
	{
		this.app.select({ va: this.app.snapshot.registers[name], show: "walk" });
	}

	alive(s, gates)
	{
		const { cr2, cr3 } = s.registers;
		const w = walk(s.memory, cr3, cr2, s.pse);
		return [
			el("p", {}, cr2 ? "The last page fault was at " : "No page fault yet.",
				cr2 ? goto(hex(cr2), () => this.walk("cr2")) : null,
				cr2 ? `. A read by the kernel there now: ${
					access(w, {}, s.registers).why}.` : null),
			el("h3", {}, "Where faults go"),
			el("table", {}, ...gates.map((g, i) => el("tr", {
				class: g.words ? "bad" : "" },
			el("td", {}, String(i)), el("td", {}, VECTORS[i]),
			el("td", {}, g.words ?? (g.type === 5 ? "task gate"
				: s.facts?.place(g.target) ?? hex(g.target)))))),
		];
	}
}
