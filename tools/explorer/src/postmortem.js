// What killed the machine. The emulator ends where a PC would reset itself: when
// a fault cannot be delivered, and the double fault neither. From the registers
// and tables that are left, this works out why, in words.

import { backtrace, read32 } from "./backtrace.js";
import { hex } from "./facts.js";
import { access, walk } from "./walk.js";

const PAGE_FAULT = 14, DOUBLE_FAULT = 8;
const GATES = { 0x5: "task gate", 0xE: "interrupt gate", 0xF: "trap gate" };

// The gate of a vector: { present, type, target, words }, words saying why it
// cannot be used, or undefined if it can.
export function gateOf(s, vector)
{
	const { idt, idtLimit } = s.registers;
	const at = (idt + 8 * vector) >>> 0;
	if (8 * vector + 7 > idtLimit)
		return { words: `the IDT ends before vector ${vector}: its limit is`
			+ ` ${idtLimit}` };
	const low = read32(s, at), high = read32(s, (at + 4) >>> 0);
	if (low === undefined || high === undefined)
		return { words: `the IDT entry at ${hex(at)} is not mapped` };
	const type = high >>> 8 & 0x1F;
	const target = ((high & 0xFFFF0000) | low & 0xFFFF) >>> 0;
	const gate = { present: (high & 0x8000) !== 0, type, target };
	if (!gate.present)
		gate.words = `vector ${vector} is not present in the IDT`
			+ (low || high ? "" : " (the entry is 0)");
	else if (!GATES[type])
		gate.words = `vector ${vector} of the IDT is no gate (type ${type})`;
	else if (type === 0x5)
		gate.words = undefined;
	else if (!reachable(s, target))
		gate.words = `the handler of vector ${vector}, ${hex(target)}, is not`
			+ " mapped";
	return gate;
}

function reachable(s, va)
{
	return !s.paging || walk(s.memory, s.registers.cr3, va, s.pse).present;
}

// The stack words below ESP that delivering a fault would write.
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

// Why execution cannot go on at EIP, if it can't.
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
		? `EIP (${hex(eip)}) leads to physical ${hex(w.pa)}, beyond RAM`
		: undefined;
}

// Everything that the page shows of a dead machine:
//   causes     sentences, the likeliest first; never empty
//   frames     backtrace (see backtrace.js)
//   va         the address whose walk shows the first cause
export function postMortem(s)
{
	const causes = [], r = s.registers;
	const directory = s.paging && !s.memory.table(r.cr3);
	if (directory)
		causes.push(`CR3 is ${hex(r.cr3)}: the directory lies outside RAM, so`
			+ " nothing is mapped any more");
	const code = codeTrouble(s), stack = stackTrouble(s);
	const w = walk(s.memory, r.cr3, r.cr2, s.pse);
	if (code)
		causes.push(code);
	if (stack)
		causes.push(stack);
	// While it looked for a handler, the processor faulted in the IDT itself.
	const inIdt = r.cr2 >= r.idt && r.cr2 <= r.idt + r.idtLimit;
	if (r.idt === 0)
		causes.push("the IDT was never loaded: its register still has the"
			+ " BIOS's 0, so no fault and no interrupt can be delivered");
	if (!code && r.cr2 && s.paging && !w.present && !inIdt)
		causes.push(`the last page fault was at ${hex(r.cr2)}:`
			+ ` ${access(w, {}, r).why}`);
	for (const [vector, name] of [[PAGE_FAULT, "a page fault"],
		[DOUBLE_FAULT, "the double fault that follows"]]) {
		const gate = gateOf(s, vector);
		if (gate.words)
			causes.push(`${name} cannot be delivered: ${gate.words}`);
		else if (vector === DOUBLE_FAULT && gate.type === 0x5)
			causes.push("the double fault has a task gate, so a PC would go"
				+ " on in the kernel's handler; this emulator has no task"
				+ " switch and ends here");
	}
	if (!causes.length)
		causes.push("registers and tables are in order; the emulator's own"
			+ " words are all there is");
	const va = code ? r.eip : stack ? (r.esp - 4) >>> 0 : r.cr2;
	return { causes, frames: backtrace(s), va };
}
