// Explains what ended the machine. The emulator ends where a PC would reset:
// when neither a fault nor the resulting double fault can be delivered. The
// registers and tables show why.

import { backtrace, read32 } from "./backtrace.js";
import { hex } from "./facts.js";
import { access, walk } from "./walk.js";

const PAGE_FAULT = 14, DOUBLE_FAULT = 8, TASK_GATE = 0x5;
const GATES = { [TASK_GATE]: "task gate", 0xE: "interrupt gate", 0xF: "trap gate" };

// The gate of a vector: { present, type, target, problem }. problem: why it
// cannot be used, or undefined.
export function gateOf(s, vector)
{
	const { idt, idtLimit } = s.registers;
	const at = (idt + 8 * vector) >>> 0;
	if (8 * vector + 7 > idtLimit)
		return { problem: `the IDT ends before vector ${vector}: its limit is`
			+ ` ${idtLimit}` };
	const low = read32(s, at), high = read32(s, (at + 4) >>> 0);
	if (low === undefined || high === undefined)
		return { problem: `the IDT entry at ${hex(at)} is not mapped` };
	const type = high >>> 8 & 0x1F;
	const target = ((high & 0xFFFF0000) | low & 0xFFFF) >>> 0;
	const gate = { present: (high & 0x8000) !== 0, type, target };
	if (!gate.present)
		gate.problem = `vector ${vector} is not present in the IDT`
			+ (low || high ? "" : " (the entry is 0)");
	else if (!GATES[type])
		gate.problem = `vector ${vector} of the IDT is not a gate (type ${type})`;
	else if (type === TASK_GATE)
		gate.problem = undefined;
	else if (!reachable(s, target))
		gate.problem = `the handler of vector ${vector}, ${hex(target)}, is not`
			+ " mapped";
	return gate;
}

function reachable(s, va)
{
	return !s.paging || walk(s.memory, s.registers.cr3, va, s.pse).present;
}

// Check the stack words below ESP that delivering a fault would write.
function stackTrouble(s)
{
	const { esp, cr0, cr4, eflags } = s.registers;
	const va = (esp - 4) >>> 0;
	if (!s.paging || s.registers.cpl !== 0)
		return undefined;
	const w = walk(s.memory, s.registers.cr3, va, s.pse);
	const verdict = access(w, { user: false, write: true },
		{ cr0, cr4, eflags });
	return verdict.allowed ? undefined
		: `the stack below ESP (${hex(va)}) cannot be written: ${verdict.why}`;
}

// The reason that execution cannot continue at EIP; undefined if it can.
function codeTrouble(s)
{
	const { eip, cr0, cr4, eflags, cpl } = s.registers;
	if (!s.paging)
		return undefined;
	const w = walk(s.memory, s.registers.cr3, eip, s.pse);
	const verdict = access(w, { user: cpl === 3, fetch: true },
		{ cr0, cr4, eflags });
	if (!verdict.allowed)
		return `the instruction at EIP (${hex(eip)}) cannot be fetched:`
			+ ` ${verdict.why}`;
	return w.pa >= s.memory.size
		? `EIP (${hex(eip)}) maps physical ${hex(w.pa)}, outside RAM`
		: undefined;
}

// The meanings of v86's own errors.
const DEATHS = [
	[/unreachable/, "v86 has met what it does not implement: a fault that it"
		+ " cannot deliver, a task switch, or a rare instruction"],
	[/call stack|recursion/i, "v86 faulted again each time that it delivered a"
		+ " fault, without end: the IDT or the stack is not mapped"],
	[/null function|signature mismatch|table index|out of bounds/, "v86 lost its"
		+ " translation of the code: a defect of the emulator, not of the kernel"],
	[/memory|allocat/i, "the browser has no memory left for the emulator"],
];

// Describe an error of v86; undefined if there is none.
export function deathWords(error)
{
	return error === undefined ? undefined
		: DEATHS.find(([pattern]) => pattern.test(error))?.[1]
			?? "v86 failed in a way of its own";
}

// Explain a dead machine, for the page. error: v86's message. Returns
//   causes     sentences, the most likely first; never empty
//   pc         what a PC does there: "resets" (a triple fault), "handles it" (by
//              the task of its double fault), "goes on" (v86 itself failed)
//   emulator   what v86's message means
//   frames     backtrace (see backtrace.js)
//   va         the address whose walk shows the first cause
export function postMortem(s, error)
{
	const causes = [], r = s.registers;
	const directory = s.paging && !s.memory.table(r.cr3);
	if (directory)
		causes.push(`CR3 is ${hex(r.cr3)}: the directory is outside RAM, so`
			+ " nothing is mapped");
	const code = codeTrouble(s), stack = stackTrouble(s);
	const w = walk(s.memory, r.cr3, r.cr2, s.pse);
	if (code)
		causes.push(code);
	if (stack)
		causes.push(stack);
	// While it looked for a handler, the processor faulted in the IDT
	// itself.
	const inIdt = r.cr2 >= r.idt && r.cr2 <= r.idt + r.idtLimit;
	if (r.idt === 0)
		causes.push("the IDT was never loaded: its register still has the"
			+ " BIOS's 0, so no fault and no interrupt can be delivered");
	if (!code && r.cr2 && s.paging && !w.present && !inIdt)
		causes.push(`the last page fault was at ${hex(r.cr2)}:`
			+ ` ${access(w, {}, r).why}`);
	const gates = [[PAGE_FAULT, "a page fault"],
		[DOUBLE_FAULT, "the double fault that follows"]]
		.map(([vector, name]) => ({ ...gateOf(s, vector), name }));
	for (const { name, problem } of gates)
		if (problem)
			causes.push(`${name} cannot be delivered: ${problem}`);
	// CR2 may be old, and is no sign that a fault could not be delivered.
	const lost = directory || code || stack || r.idt === 0
		|| gates.some((gate) => gate.problem);
	const task = gates[1].type === TASK_GATE && !gates[1].problem;
	if (!lost)
		causes.unshift("registers and tables are valid, and faults can be"
			+ " delivered: the emulator itself has failed");
	else if (task)
		causes.push("the double fault has a task gate, so a PC would"
			+ " continue in the kernel's handler; this emulator has no"
			+ " task switches and ends here");
	const pc = !lost ? "goes on" : task ? "handles it" : "resets";
	const va = code ? r.eip : stack ? (r.esp - 4) >>> 0 : r.cr2;
	return { causes, pc, emulator: deathWords(error), frames: backtrace(s),
		va };
}
