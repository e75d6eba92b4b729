// Backtraces: follows the chain of saved frame pointers through a directory's
// tables, like the kernel's own `backtrace`.

import { walk } from "./walk.js";

const MAX_FRAMES = 40;

// The word at a virtual address; undefined if it is not mapped, or not RAM.
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

// The number of words on the stack that are searched for the return address of a function
// without a frame.
const SEARCHED = 32;

function byteAt(s, va)
{
	const word = read32(s, va);
	return word === undefined ? undefined : word & 0xFF;
}

// True if a call instruction ends at va: with `start`, a direct call of it.
function afterCall(s, va, start)
{
	if (byteAt(s, va - 5) === 0xE8)
		return start === undefined || (va + read32(s, va - 4)) >>> 0 === start;
	if (start !== undefined)
		return false;
	return [2, 3, 6, 7].some((n) => byteAt(s, va - n) === 0xFF
		&& (byteAt(s, va - n + 1) >> 3 & 7) === 2);
}

// The return address of the function that EIP is in: { eip, at, framed }, where
// `at` is its place on the stack, and framed means that it belongs to EBP's
// frame. The first instruction shows whether the function has a frame (some hot
// paths have none). Without one, search the stack: first for the return address
// of a call of this function, then for any. undefined if none is found.
export function returnAddress(s)
{
	const { esp, ebp, eip } = s.registers, { facts } = s;
	const here = facts?.functionAt(eip);
	if (!here)
		return undefined;
	const found = (at, framed) => {
		const address = read32(s, at >>> 0);
		return address === undefined ? undefined
			: { eip: address, at: at >>> 0, framed };
	};
	if (here.offset === 0)
		return found(esp, false);
	if (byteAt(s, here.start) === 0x55)	// push %ebp
		return here.offset === 1 ? found(esp + 4, false)
			: found(ebp + 4, true);
	for (const start of [here.start, undefined])
		for (let i = 0; i < SEARCHED; i++) {
			const word = read32(s, (esp + 4 * i) >>> 0);
			if (word !== undefined && facts.functionAt(word)
			    && afterCall(s, word, start))
				return found(esp + 4 * i, false);
		}
	return undefined;
}

// [{ eip, ebp, place, args }], innermost first: where execution is, then each
// caller. If the chain ends early, the last element has `broken`, the reason.
export function backtrace(s)
{
	const { registers: r, facts } = s;
	const place = (eip) => facts ? facts.place(eip) : undefined;
	const frames = [{ eip: r.eip, ebp: r.ebp, place: place(r.eip), args: [] }];
	let ebp = r.ebp;
	const caller = returnAddress(s);
	if (caller && !caller.framed)
		frames.push({ eip: caller.eip, ebp, place: place(caller.eip - 1),
			args: [] });
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
				"the next frame would be below this one";
			break;
		}
		ebp = next;
	}
	return frames;
}
