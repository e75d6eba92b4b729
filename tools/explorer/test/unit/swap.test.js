import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { Snapshot } from "../../src/frames.js";
import { waitWords } from "../../src/sharing.js";
import { PagingHistory, SLOT_KIND, absentOf, absentWords, readCounts, readSwap,
	swapDisk, victimWords } from "../../src/swap.js";
import { P, U, W, walk } from "../../src/walk.js";
import { AT, World } from "./world.js";

const look = (w) => Snapshot.take(w.memory, w.registers, w.facts);
const A = 0x20, D = 0x40;

test("the swap disk is what tools/mkswap makes", () => {
	const path = `${tmpdir()}/explorer-swap.${process.pid}`;
	execFileSync("sh", [fileURLToPath(new URL("../../../mkswap",
		import.meta.url)), path, "1"]);
	const made = readFileSync(path);
	rmSync(path);
	const ours = swapDisk(256);
	assert.equal(ours.byteLength, made.length);
	assert.deepEqual(Buffer.from(ours), made);
});

test("without a swap area there is nothing to read", () => {
	const w = new World();
	assert.equal(readSwap(look(w)), undefined);
	assert.equal(readCounts(w.memory, w.facts), undefined);
	assert.equal(readSwap(Snapshot.nothing()), undefined);
});

test("the ring, from the hand on, with the bits of its entries", () => {
	const w = new World(), pgdir = w.addEnvironment(1, 0x400);
	w.addSwap(8);
	w.take(0x500);
	w.take(0x501);
	w.take(0x502);
	w.map(pgdir, 0x10000000, 0x500000, P | U | W | A | D);
	w.map(pgdir, 0x10001000, 0x501000, P | U | A);
	w.map(pgdir, 0x10002000, 0x502000, P | U | W);
	w.setRing([{ frame: 0x501, env: 1, va: 0x10001000, home: 1 << 20 | 5 },
		{ frame: 0x500, env: 1, va: 0x10000000, home: 3, age: 9 },
		{ frame: 0x502, env: 1, va: 0x10002000, flags: 1 | 2 | 8 }]);
	const { ring, policy, total } = readSwap(look(w));
	assert.equal(policy, "clock");
	assert.equal(total, 8);
	assert.deepEqual(ring, [
		{ frame: 0x501, env: 1, va: 0x10001000, used: true, dirty: false,
			age: 0, slot: 0, inFile: true, busy: false },
		{ frame: 0x500, env: 1, va: 0x10000000, used: true, dirty: true,
			age: 9, slot: 3, inFile: false, busy: false },
		{ frame: 0x502, env: 1, va: 0x10002000, used: false, dirty: true,
			age: 0, slot: 0, inFile: false, busy: true },
	]);
});

test("a record of a mapping that has gone has no bits", () => {
	const w = new World(), pgdir = w.addEnvironment(1, 0x400);
	w.addSwap(8);
	w.take(0x500);
	w.map(pgdir, 0x10000000, 0x600000, P | U | W | A | D);
	w.setRing([{ frame: 0x500, env: 1, va: 0x10000000 }]);
	const [page] = readSwap(look(w)).ring;
	assert.equal(page.used || page.dirty, false);
});

test("a damaged ring ends: at a frame outside, at a circle, at nonsense", () => {
	const w = new World();
	w.addSwap(8);
	w.take(0x500);
	w.setRing([{ frame: 0x500 }]);
	w.setVariable("resident_count", 1000000);
	assert.ok(readSwap(look(w)).ring.length <= 4096);
	w.memory.u8[AT.residents + 16 * 0x500 + 1] = 0xFF;	// next: outside
	assert.equal(readSwap(look(w)).ring.length, 1);
	w.setVariable("resident_hand", 0x12345678);
	assert.deepEqual(readSwap(look(w)).ring, []);
	w.setVariable("residents", 0x1000);
	w.setVariable("slots", 4);
	assert.deepEqual(readSwap(look(w)).ring, []);
});

test("slots by what refers to them", () => {
	const w = new World();
	w.addSwap(8);
	w.take(0x500);
	w.take(0x501);
	w.take(0x502);
	w.memory.u8[w.pageInfo(0x501) + 7] = 2 | 4;
	w.memory.u8[w.pageInfo(0x502) + 7] = 2;
	w.setSlot(1, 1, 0);
	w.setSlot(2, 3, 0);
	w.setSlot(3, 0, 0x500);
	w.setSlot(4, 1, 0x501);
	w.setSlot(5, 2, 0x502);
	w.setSlot(6, 0xFFEF, 0);
	const K = SLOT_KIND;
	assert.deepEqual([...readSwap(look(w)).kinds].slice(1), [K.ONE, K.SEVERAL,
		K.HELD, K.READ, K.WRITTEN, K.BAD, K.FREE, K.FREE]);
});

test("the last victim, and why, by each policy", () => {
	const victim = (policy, more) => victimWords({ policy, victim: { slot: 7,
		written: true, age: 3, looks: 3, ...more } });
	assert.equal(victimWords({ policy: "clock" }),
		"No page has left memory yet.");
	assert.match(victim("clock"), /2 pages with A set had a second chance\. It was written to slot 7/);
	assert.match(victim("clock", { looks: 2 }), /1 page with A/);
	assert.match(victim("fifo"), /in memory longest/);
	assert.match(victim("aging"), /smallest age, 3/);
	assert.match(victim("random"), /at random/);
	assert.match(victim("fifo", { written: false }), /It was dropped: slot 7 has it/);
	assert.match(victim("fifo", { slot: 0, written: false }), /program's file/);
	const w = new World();
	w.addSwap(8);
	[0x500, 1 << 20 | 0x10001, 7, 1, 3, 2].forEach((value, i) =>
		w.set(AT.victim + 4 * i, value));
	assert.deepEqual(readSwap(look(w)).victim, { frame: 0x500, env: 1,
		va: 0x10001000, slot: 7, written: true, age: 3, looks: 2 });
});

test("entries of pages that are not in memory, in words", () => {
	assert.equal(absentWords(17 << 12 | U, 20), "on disk, slot 17");
	assert.equal(absentWords(17 << 12 | U, 16), undefined);
	assert.equal(absentWords(5 << 12 | 0x80 | U, 20),
		"in the program's file, not loaded");
	assert.equal(absentWords(0xFFFFF080 | U, 20), "zeroes, not allocated");
	assert.equal(absentWords(17 << 12 | U, 0), undefined);
	assert.equal(absentWords(17 << 12 | U | P, 20), undefined);
	assert.equal(absentWords(0, 20), undefined);
	const w = new World(), pgdir = w.addEnvironment(1, 0x400);
	w.addSwap(20);
	w.map(pgdir, 0x10000000, 17 << 12, U | W);
	const words = (va) => absentOf(look(w), walk(w.memory, pgdir, va));
	assert.equal(words(0x10000000), "on disk, slot 17");
	assert.equal(words(0x10001000), undefined);
	assert.equal(words(0x20000000), undefined);
});

test("environments that wait for the disk", () => {
	const w = new World();
	w.addEnvironment(0, 0x400);
	w.wait(0, 5, 17);
	assert.equal(waitWords(look(w).kernel.envs[0]),
		"waits for a page on disk (slot 17)");
	w.wait(0, 6);
	assert.equal(waitWords(look(w).kernel.envs[0]), "waits for a free frame");
});

test("page-ins and page-outs over time: bounded, nothing is lost", () => {
	const h = new PagingHistory(10);
	let ins = 5, outs = 7;
	h.add({ page_ins: ins, page_outs: outs });
	h.add({ page_ins: ins, page_outs: outs });
	assert.deepEqual(h.samples, [], "nothing has happened yet");
	for (let i = 0; i < 1000; i++)
		h.add({ page_ins: ins += i % 3, page_outs: outs += 1 });
	assert.ok(h.samples.length <= 10);
	const sum = (name) => h.samples.reduce((n, x) => n + x[name], 0)
		+ h.pending[name];
	assert.equal(sum("ins"), ins - 5);
	assert.equal(sum("outs"), outs - 7);
	// The counts were reset: no negative samples.
	h.add({ page_ins: 0, page_outs: 0 });
	h.add({ page_ins: 1, page_outs: 2 });
	assert.ok(h.samples.every((x) => x.ins >= 0 && x.outs >= 0));
});
