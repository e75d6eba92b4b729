import { test } from "node:test";
import assert from "node:assert/strict";
import { RULES, audit } from "../../src/audit.js";
import { Snapshot } from "../../src/frames.js";
import { G, P, PS, U, W } from "../../src/walk.js";
import { AT, DFSTACKTOP, KERNBASE, UPAGES, UVPT, World, random } from "./world.js";

const judge = (w) =>
	audit(Snapshot.take(w.memory, w.registers, w.facts));

test("a correct kernel breaks no rule, with environments or without", () => {
	const w = new World();
	assert.deepEqual(judge(w).findings, []);
	assert.deepEqual(judge(w).judged,
		["F1", "F2", "F3", "M1", "M2", "M3", "MAP", "EMU"]);
	const pgdir = w.addEnvironment(2, 0x400);
	w.take(0x500, 2);
	w.map(pgdir, 0x800000, 0x500000, P | U | W);
	w.map(pgdir, 0x900000, 0x500000, P | U);
	w.take(0x600);				// its x87 state
	w.set(AT.privates + 8 * 2 + 4, w.pointer(0x600));
	assert.deepEqual(judge(w).findings, []);
	assert.equal(Object.keys(judge(w).unknown).length, 2);
	assert.equal(RULES.length, 10);
});

// Each kind of damage: the rule that must report it, the text, and the
// culprits.
const DAMAGES = [
	["a ring in the free list", "F1", /ring/, (w) =>
		w.setFrame(0x300, { link: w.pointer(0x200 - 0x40) })],
	["a wild link", "F1", /wild link.*0xdeadbeef/, (w) =>
		w.setFrame(0x300, { link: 0xDEADBEEF })],
	["a listed frame that is used", "F1", /0x00300000.*state is used/, (w) =>
		w.setFrame(0x300, { state: 2 })],
	["a listed frame with a count", "F1", /0x00300000.*count 3/, (w) =>
		w.setFrame(0x300, { count: 3 })],
	["a free frame that is not listed", "F1", /0x00300000.*not on the free/, (w) => {
		w.take(0x300, 0);
		w.setFrame(0x300, { state: 1 });
	}],
	["a count too high", "F2", /used frame 0x00300000 has count 2, but 0/,
		(w) => w.take(0x300, 2)],
	["a free frame that is mapped", "F2", /free frame 0x00300000.*1 entries/,
		(w) => w.map(AT.kernPgdir, 0x800000, 0x300000, P)],
	["frame 0 allocated", "F3", /frame 0x00000000 is not reserved.*BIOS/,
		(w) => w.setFrame(0, { state: 2 })],
	["a frame of the I/O hole allocated", "F3", /I\/O hole/, (w) =>
		w.setFrame(0xB8, { state: 2 })],
	["usable RAM reserved", "F3", /0x00300000.*usable RAM, but reserved/, (w) => {
		w.take(0x300, 0);
		w.setFrame(0x300, { state: 0 });
	}],
	["users reach the kernel", "M1", /users reach 0xf0000000/, (w) => {
		const pde = AT.kernPgdir + 4 * (KERNBASE >>> 22);
		w.set(pde, w.get(pde) | U);
		w.set(w.get(pde) & ~0xFFF, P | W | U);
	}],
	["users write pages", "M1", /users write 0xef000000/, (w) => {
		w.map(AT.kernPgdir, UPAGES, AT.pages, P | U | W);
	}],
	["users see a frame that they must not", "M1", /users see 0x00300000 at 0xef100000/, (w) =>
		w.map(AT.kernPgdir, UPAGES + 0x100000, 0x300000, P | U)],
	["an environment's kernel part differs", "M1", /environment 00001000 has/,
		(w) => w.set(w.addEnvironment(0, 0x400) + 4 * 1023, 0)],
	["text is writable", "M2", /text or constants are writable/, (w) =>
		w.map(AT.kernPgdir, KERNBASE + AT.image, AT.image, P | W)],
	["constants are writable elsewhere", "M2", /writable.*0x00800000/, (w) => {
		w.map(AT.kernPgdir, 0x800000, AT.etext, P | W);
	}],
	["the stack's gap is mapped", "M2", /gap.*0xefff7000/, (w) =>
		w.map(AT.kernPgdir, KERNBASE - 0x9000, AT.bootstack, P | W)],
	["the gap of the double fault's stack is mapped", "M2", /gap.*fault.*0xefc07000/, (w) =>
		w.map(AT.kernPgdir, DFSTACKTOP - 0x9000, AT.dfStack, P | W)],
	["UVPT leads elsewhere", "M3", /entry for UVPT/, (w) =>
		w.set(AT.kernPgdir + 4 * (UVPT >>> 22), 0x300000 | P | U)],
	["UVPT is writable", "M3", /entry for UVPT/, (w) =>
		w.set(AT.kernPgdir + 4 * (UVPT >>> 22), AT.kernPgdir | P | U | W)],
	["the window maps something else", "MAP", /0xf0400000 maps 0x00800000/,
		(w) => w.set(AT.kernPgdir + 4 * ((KERNBASE >>> 22) + 1),
			0x800000 | P | W | PS)],
	["SSE is not enabled", "EMU", /OSFXSR is clear: this emulator runs SSE/, (w) =>
		w.registers.cr4 &= ~0x200],
	["a reserved bit of a large page", "EMU", /entry 0x3c1 of the kernel's.*reserved/,
		(w) => w.set(AT.kernPgdir + 4 * ((KERNBASE >>> 22) + 1),
			0x600000 | P | W | PS | G)],
	["a high bit of a large page's address", "EMU", /entry 0x3c1.*reserved bits/,
		(w) => w.set(AT.kernPgdir + 4 * ((KERNBASE >>> 22) + 1),
			0x402000 | P | W | PS | G)],
	["the double fault's stack is another's", "MAP",
		/0xefc0f000 maps 0x00110000; in the double fault's stack/, (w) =>
			w.map(AT.kernPgdir, DFSTACKTOP - 0x1000, AT.bootstack, P | W)],
	["the stack is unmapped", "MAP", /0xeffff000 is not mapped/, (w) =>
		w.map(AT.kernPgdir, KERNBASE - 0x1000, 0, 0)],
];
for (const [what, rule, words, damage] of DAMAGES)
	test(`${rule} is broken: ${what}`, () => {
		const w = new World();
		damage(w);
		const found = judge(w).findings.filter((f) => f.rule === rule);
		assert.ok(found.some((f) => words.test(f.words)),
			`${rule} said: ${JSON.stringify(found.slice(0, 3))}`);
		assert.ok(found.every((f) => f.frames?.length || f.va !== undefined
			|| /ring|wild|directory in RAM|OSFXSR/.test(f.words)), "a culprit each");
	});

test("random damage never stops the audit", () => {
	for (let seed = 1; seed <= 25; seed++) {
		const w = new World(), rnd = random(seed);
		w.addEnvironment(1, 0x400);
		for (let i = 0; i < 300; i++)
			w.set(rnd(2) ? AT.pages + 4 * rnd(8192) : AT.erodata
				+ 4 * rnd(0x40000), rnd(3) ? rnd(0xFFFFFFFF) : 0);
		const result = judge(w);
		assert.ok(result.findings.length > 0 || result.judged.length < 8);
	}
});

test("before there are frames and tables, nothing is audited", () => {
	const w = new World();
	w.memory.u8.fill(0);
	assert.deepEqual(judge(w).judged, []);
});

test("before the floating-point unit is set up, SSE is not audited", () => {
	const w = new World();
	w.registers.cr0 &= ~0x20;
	w.registers.cr4 &= ~0x200;
	assert.deepEqual(judge(w).findings, []);
	assert.match(judge(w).unknown.EMU, /not set up yet/);
});
