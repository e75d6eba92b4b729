// The faults panel: the handlers of faults, and the post-mortem when a fault
// could not be delivered.

import { gateOf, postMortem } from "../postmortem.js";
import { access, walk } from "../walk.js";
import { registerList, stackList } from "./codepanel.js";
import { el, goto, hex, put, refresh } from "./dom.js";

const VECTORS = ["Divide error", "Debug", "Non-Maskable Interrupt",
	"Breakpoint", "Overflow", "BOUND Range Exceeded", "Invalid Opcode",
	"Device Not Available", "Double Fault", "(coprocessor)", "Invalid TSS",
	"Segment Not Present", "Stack Fault", "General Protection", "Page Fault",
	"(reserved)", "x87 FPU Error", "Alignment Check", "Machine-Check",
	"SIMD Error"];

// A PC's behaviour where the emulator ended.
const PC_WORDS = {
	"resets": "A PC would reset here: a fault could not be delivered (a triple"
		+ " fault).",
	"handles it": "A PC would run its double-fault handler here; this emulator"
		+ " cannot.",
	"goes on": "A PC would go on here.",
};

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
			gates, s.facts !== null]), () => this.alive(s, gates));
	}

	postMortem(s, report)
	{
		return [
			el("h3", { class: "bad" }, "The machine is dead"),
			el("p", {}, `${PC_WORDS[report.pc]} From memory and registers:`),
			el("ul", { class: "causes" }, ...report.causes.map((c) =>
				el("li", {}, c))),
			el("p", {}, "Look at ",
				goto(`EIP ${hex(s.registers.eip)}`, () => this.walk("eip")), ", ",
				goto(`CR2 ${hex(s.registers.cr2)}`, () => this.walk("cr2")), ", ",
				goto(`ESP ${hex(s.registers.esp)}`, () => this.walk("esp")),
				", or at any other panel: memory is unchanged."),
			el("div", { class: "columns" },
				el("div", { class: "stack" }, el("h3", {}, "Backtrace"),
					stackList(report.frames, this.app)),
				el("div", {}, ...registerList(s.registers))),
			el("p", { class: "hint" }, `The emulator's message:`
				+ ` ${this.app.machine.cause.error}. It means: ${report.emulator}.`),
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
			el("h3", {}, "Fault handlers"),
			el("table", {}, ...gates.map((g, i) => el("tr", {
				class: g.problem ? "bad" : "" },
			el("td", {}, String(i)), el("td", {}, VECTORS[i]),
			el("td", {}, g.problem ?? (g.type === 5 ? "task gate"
				: s.facts?.place(g.target) ?? hex(g.target)))))),
		];
	}
}
