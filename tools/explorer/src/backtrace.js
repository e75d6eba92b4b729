// The chain of saved frame pointers, read through a directory's tables, as the
// kernel's own `backtrace` shows it.

import { walk } from "./walk.js";

const MAX_FRAMES = 40;

// A word at a virtual address; undefined if it is not mapped or no RAM.
export function read32(s, va)
{
	if (!s.paging)
		return s.memory.read32(va);
	let value = 0;
	for (let i = 3; i >= 0; i--) {
		const w = walk(s.memory, s.registers.cr3, (va + i) >>> 0, s.pse);
		const byte = w.present ? s.memory.read8(w.pa) : undefined;
		if (byte === undefined)
			return undefined;
		value = value * 256 + byte;
	}
	return value;
}

// [{ eip, ebp, place, args }], innermost first: where execution is, then each
// caller. The last element may have `broken`, words on why the chain ends early.
export function backtrace(s)
{
	const { registers: r, facts } = s;
	const place = (eip) => facts ? facts.place(eip) : undefined;
	const frames = [{ eip: r.eip, ebp: r.ebp, place: place(r.eip), args: [] }];
	let ebp = r.ebp;
	const here = facts?.functionAt(r.eip);
	// Before the function has made its frame, its caller is on top of the
	// stack.
	if (here && here.offset <= 1) {
		const eip = read32(s, (r.esp + 4 * here.offset) >>> 0);
		if (eip !== undefined)
			frames.push({ eip, ebp, place: place(eip - 1), args: [] });
	}
	while (ebp !== 0 && frames.length < MAX_FRAMES) {
		const next = read32(s, ebp), eip = read32(s, (ebp + 4) >>> 0);
		if (next === undefined || eip === undefined) {
			frames[frames.length - 1].broken =
				"no stack is mapped where EBP points";
			break;
		}
		const args = [];
		for (let i = 0; i < 5; i++)
			args.push(read32(s, (ebp + 8 + 4 * i) >>> 0));
		frames.push({ eip, ebp, place: place((eip - 1) >>> 0), args });
		if (next !== 0 && next <= ebp) {
			frames[frames.length - 1].broken =
				"the next frame would lie below this one";
			break;
		}
		ebp = next;
	}
	return frames;
}
