// Symbols, successors of instructions, backtraces, post-mortems.

import { test } from "node:test";
import assert from "node:assert/strict";
import { backtrace, returnAddress } from "../../src/backtrace.js";
import { crc32 } from "../../src/crc32.js";
import { Facts, floorIndex } from "../../src/facts.js";
import { Snapshot } from "../../src/frames.js";
import { postMortem } from "../../src/postmortem.js";
import { handlers, successors } from "../../src/successors.js";
import { AT, KERNBASE, World } from "./world.js";

const TEXT = KERNBASE + AT.image;
const look = (w) => Snapshot.take(w.memory, w.registers, w.facts);

test("the checksum is CRC-32", () => {
	assert.equal(crc32(new TextEncoder().encode("123456789")), 0xCBF43926);
});

test("search for the last entry that is not above a value", () => {
	assert.deepEqual([0, 5, 6, 7, 99].map((v) => floorIndex([5, 7], v)),
		[-1, 0, 0, 1, 1]);
});

test("addresses become functions and lines", () => {
	const { facts } = new World();
	assert.equal(facts.place(TEXT + 4), "first+4, kern/a.c:10");
	assert.equal(facts.place(TEXT + 0x105), "second+5, kern/a.c:20");
	assert.equal(facts.place(0x1234), "0x00001234");
	assert.equal(facts.functionNamed("second"), TEXT + 0x100);
	assert.equal(facts.instructionEnd(TEXT + 1), TEXT + 3);
	assert.equal(facts.instructionEnd(TEXT + 2), undefined);
	assert.throws(() => facts.get("no such thing"));
});

test("a global symbol beats static ones of the same name; two static ones are"
	+ " none", () => {
	const facts = new Facts({ ...new World().facts.json, symbols: [
		[1, "end", 0, 0], [2, "end", 0, 1], [3, "end", 0, 0],
		[4, "next", 4, 0], [5, "next", 4, 0], [6, "ring", 4, 0]] });
	assert.equal(facts.symbol("end"), 2);
	assert.equal(facts.symbol("next"), undefined);
	assert.equal(facts.symbol("ring"), 6);
});

test("a kernel that is not loaded yet, and another kernel", () => {
	const w = new World();
	assert.deepEqual(w.facts.check(w.memory), { known: false });
	w.set(AT.image, 0x1BADB002);
	assert.deepEqual(w.facts.check(w.memory), { known: true, same: false });
	w.facts.json.checksum = crc32(w.memory.bytes(AT.image,
		AT.erodata - AT.image));
	assert.ok(w.facts.check(w.memory).same);
	w.memory.u8[AT.image + 50] = 0xF4;
	assert.equal(w.facts.check(w.memory).same, false);
	assert.ok(w.facts.check(w.memory, new Map([[TEXT + 50, 0]])).same);
});

// A model machine whose instructions begin at multiples of 16.
function codeWorld()
{
	const w = new World();
	w.facts.instructions = Array.from({ length: 256 }, (_, i) => TEXT + 16 * i);
	return w;
}

const CASES = [
	["a plain instruction", [0x90], {}, [16]],
	["jmp rel8, backwards", [0xEB, 0xF0 - 0x10], {}, [-32 + 16]],
	["jmp rel32", [0xE9, 0x20, 0, 0, 0], {}, [0x30]],
	["call rel32", [0xE8, 0x40, 0, 0, 0], {}, [0x50]],
	["jz rel8", [0x74, 0x10], {}, [0x10, 0x20]],
	["jz rel32", [0x0F, 0x84, 0x30, 0, 0, 0], {}, [0x10, 0x40]],
	["jmp *%ecx", [0xFF, 0xE1], { ecx: TEXT + 0x60 }, [0x60]],
	["call *8(%ebx)", [0xFF, 0x53, 8],
		{ ebx: KERNBASE + AT.variables + 0x80 - 8 }, [0x70]],
	["call *table(,%eax,4)", [0xFF, 0x14, 0x85, 0x78, 0x80, 0x10, 0xF0],
		{ eax: 2 }, [0x70]],
	["ret", [0xC3], { esp: KERNBASE + AT.variables + 0x80 }, [0x70]],
	["rep stos", [0xF3, 0xAB], {}, [16]],
];
for (const [what, bytes, registers, offsets] of CASES)
	test(`targets of ${what}`, () => {
		const w = codeWorld(), at = TEXT + 0x20;
		w.memory.u8.set(bytes, AT.image + 0x20);
		w.set(AT.variables + 0x80, TEXT + 0x70);
		Object.assign(w.registers, { eip: at, ...registers });
		// Relative targets count from the instruction's end, 16 here.
		const relative = /rel|plain|rep/.test(what);
		const want = offsets.map((o) => (relative ? at : TEXT) + o);
		assert.deepEqual(successors(w.memory, w.registers, w.facts).sort(),
			want.sort());
	});

test("interrupt gates are targets, task gates and absent ones are not", () => {
	const w = codeWorld(), idt = AT.variables + 0x200;
	const gate = (i, target, type) => {
		w.set(idt + 8 * i, 0x00080000 | target & 0xFFFF);
		w.set(idt + 8 * i + 4, (target & 0xFFFF0000 | type << 8) >>> 0);
	};
	gate(0, TEXT + 0x40, 0x8E);
	gate(1, TEXT + 0x50, 0x8F);
	gate(2, TEXT + 0x60, 0x85);
	gate(3, TEXT + 0x70, 0x0E);
	Object.assign(w.registers, { idt: KERNBASE + idt, idtLimit: 31 });
	assert.deepEqual(handlers(w.memory, w.registers),
		[TEXT + 0x40, TEXT + 0x50]);
});

test("the return address of a function, with a frame and without", () => {
	const w = new World(), stack = KERNBASE + AT.bootstack;
	const at = (offset, registers) => {
		Object.assign(w.registers, { eip: TEXT + offset, ebp: stack + 0x200,
			esp: stack + 0x100 }, registers);
		return returnAddress(look(w));
	};
	w.set(AT.bootstack + 0x100, TEXT + 0x40);
	w.set(AT.bootstack + 0x104, TEXT + 0x44);
	w.set(AT.bootstack + 0x204, TEXT + 0x48);
	w.memory.u8.set([0x55, 0x89, 0xE5], AT.image);
	assert.deepEqual([0, 1, 3].map((o) => at(o).eip),
		[TEXT + 0x40, TEXT + 0x44, TEXT + 0x48]);
	// No frame: of two return addresses, the one of a call to this
	// function.
	w.memory.u8.set([0x53, 0x90], AT.image);
	w.memory.u8.set([0xE8, 0x10, 0, 0, 0], AT.image + 0x40 - 5);
	w.memory.u8.set([0xE8], AT.image + 0x60 - 5);
	w.memory.u8.set([0xA0, 0xFF, 0xFF, 0xFF], AT.image + 0x60 - 4);
	w.set(AT.bootstack + 0x104, TEXT + 0x60);
	assert.deepEqual(at(1), { eip: TEXT + 0x60, at: stack + 0x104,
		framed: false });
	assert.equal(returnAddress({ ...look(w), facts: null }), undefined);
});

test("a backtrace follows EBP and reports where the chain ends", () => {
	const w = new World(), stack = KERNBASE + AT.bootstack;
	const put = (offset, value) => w.set(AT.bootstack + offset, value);
	w.memory.u8[AT.image] = 0x55;	// push %ebp: a function with a frame
	put(0x100, stack + 0x140);
	put(0x104, TEXT + 0x20);
	put(0x140, 0);
	put(0x144, TEXT + 0x180);
	Object.assign(w.registers, { eip: TEXT + 0x10, ebp: stack + 0x100,
		esp: stack + 0xF0 });
	assert.deepEqual(backtrace(look(w)).map((f) => f.place),
		["first+16, kern/a.c:10", "first+31, kern/a.c:10",
			"second+127, kern/a.c:20"]);
	put(0x100, 0xFE345678);
	assert.match(backtrace(look(w)).at(-1).broken, /no stack is mapped/);
	put(0x100, stack + 0x50);
	assert.match(backtrace(look(w)).at(-1).broken, /below/);
});

test("post-mortems: a wild CR3, no IDT, a lost stack, a wild jump", () => {
	const causes = (change) => {
		const w = new World();
		Object.assign(w.registers, { idtLimit: 2047,
			idt: KERNBASE + AT.variables + 0x400 }, change);
		return postMortem(look(w)).causes.join("; ");
	};
	assert.match(causes({ cr3: 0x7FFFF000 }), /CR3 is 0x7ffff000.*outside RAM/);
	assert.match(causes({ idtLimit: 0 }), /IDT ends before vector 14/);
	assert.match(causes({}), /vector 14 is not present in the IDT/);
	assert.match(causes({ esp: 0xE0000000 }), /stack below ESP.*cannot be wri/);
	assert.match(causes({ eip: 0x1234, cr2: 0x1234 }),
		/instruction at EIP \(0x00001234\) cannot be fetched/);
	assert.match(causes({ idt: 0x00800000 }), /IDT entry at .* is not mapped/);
});

// The entry of the double fault, a task gate, and that of the page fault.
function gates(w, pageFault, doubleFault)
{
	const idt = AT.variables + 0x400;
	w.set(idt + 8 * 14, pageFault & 0xFFFF | 0x80000);
	w.set(idt + 8 * 14 + 4, (pageFault & 0xFFFF0000 | 0x8E00) >>> 0);
	w.set(idt + 8 * 8, 0x280000);
	w.set(idt + 8 * 8 + 4, doubleFault);
	Object.assign(w.registers, { idt: KERNBASE + idt, idtLimit: 2047, eip: TEXT,
		esp: KERNBASE + AT.bootstack + 0x400, cr2: 0x00ABCDEF });
}

test("a post-mortem says what a PC does, and what v86's error means", () => {
	const w = new World();
	const report = (error) => postMortem(look(w), error);
	gates(w, TEXT + 0x10, 0x8500);
	// Nothing is wrong but an old CR2.
	const own = report("RuntimeError: null function");
	assert.equal(own.pc, "goes on");
	assert.match(own.causes[0], /the emulator itself has failed/);
	assert.match(own.emulator, /defect of the emulator, not of the kernel/);
	w.registers.esp = 0xE0000000;
	const lost = report("RuntimeError: unreachable");
	assert.equal(lost.pc, "handles it");
	assert.match(lost.causes.join("; "), /task gate/);
	assert.match(lost.emulator, /does not implement/);
	gates(w, TEXT + 0x10, 0);
	const triple = report("RangeError: Maximum call stack size exceeded");
	assert.equal(triple.pc, "resets");
	assert.match(triple.emulator, /without end/);
	assert.equal(report(undefined).emulator, undefined);
	assert.match(report("TypeError: x").emulator, /failed in a way of its own/);
});

test("a post-mortem of an unknown kernel", () => {
	const w = new World();
	for (const eip of [TEXT, 0x1234]) {
		Object.assign(w.registers, { eip, ebp: 0, idt: 0, idtLimit: 0 });
		const report = postMortem(Snapshot.take(w.memory, w.registers, null));
		assert.match(report.causes.join("; "), /IDT was never loaded/);
		assert.equal(report.frames[0].eip, eip);
	}
});
