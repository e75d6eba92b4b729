import { test } from "node:test";
import assert from "node:assert/strict";
import { KIND, SHARED, Snapshot } from "../../src/frames.js";
import { P, U, W } from "../../src/walk.js";
import { AT, KERNBASE, World, random } from "./world.js";

const look = (w, reuse) => Snapshot.take(w.memory, w.registers, w.facts, reuse);

test("a correct kernel: every frame has its kind", () => {
	const w = new World(), s = look(w);
	const kindAt = (pa) => s.kind[pa >>> 12];
	assert.equal(s.npages, 4096);
	assert.equal(kindAt(0), KIND.RESERVED);
	assert.equal(kindAt(0x1000), KIND.FREE);
	assert.equal(kindAt(0x9F000), KIND.RESERVED);
	assert.equal(kindAt(0xB8000), KIND.HOLE);
	assert.equal(kindAt(AT.image), KIND.TEXT);
	assert.equal(kindAt(AT.etext), KIND.RODATA);
	assert.equal(kindAt(AT.bootstack), KIND.DATA);
	assert.equal(kindAt(AT.kernPgdir), KIND.DIRECTORY);
	assert.equal(kindAt(AT.pages), KIND.PAGES);
	assert.equal(kindAt(AT.envs), KIND.ENVS);
	assert.equal(kindAt(0x200000), KIND.TABLE);
	assert.equal(s.totals().reduce((a, b) => a + b), s.total);
	assert.equal(s.totals()[KIND.BROKEN], 0);
	assert.equal(s.list.end, "whole");
	assert.equal(s.list.length, s.totals()[KIND.FREE]);
});

test("user pages, aliases, frames shared between environments", () => {
	const w = new World();
	const a = w.addEnvironment(0, 0x400), b = w.addEnvironment(1, 0x401);
	for (const [frame, count] of [[0x500, 1], [0x501, 2], [0x502, 2]])
		w.take(frame, count);
	w.take(0x503, 0);
	w.map(a, 0x800000, 0x500000, P | U);
	w.map(a, 0x801000, 0x501000, P | U | W);
	w.map(a, 0x802000, 0x501000, P | U);
	w.map(a, 0x803000, 0x502000, P | U);
	w.map(b, 0x800000, 0x502000, P | U);
	const s = look(w);
	assert.deepEqual([0x500, 0x501, 0x502, 0x503].map((n) => s.kind[n]),
		[KIND.USER, KIND.USER, KIND.USER, KIND.HELD]);
	assert.deepEqual([0x500, 0x501, 0x502].map((n) => s.owner[n]),
		[1, 1, SHARED]);
	assert.deepEqual([0x500, 0x501, 0x502].map((n) => s.aliases[n]), [1, 2, 2]);
	assert.deepEqual([0x500, 0x501, 0x502, 0x400].map((n) => s.found[n]),
		[1, 2, 2, 1]);
	const where = s.mappingsOf(0x501).map((m) => [m.directory.name, m.va]);
	assert.deepEqual(where, [["the kernel's", KERNBASE + 0x501000],
		["environment 00001000's", 0x801000],
		["environment 00001000's", 0x802000]]);
});

test("a ring, a wild link and a link into the middle are reported, not followed",
	() => {
		const ring = new World();
		ring.setFrame(0x300, { link: ring.pointer(0x120 + 0x20) });
		const r = look(ring).list;
		assert.equal(r.end, "ring");
		assert.equal(r.at, 0x300);
		assert.match(r.summary, /frame 0x00300000 leads back to frame 0x00140000/);
		const wild = new World();
		wild.setFrame(5, { link: 0xDEADBEEF });
		assert.equal(look(wild).list.end, "wild");
		assert.equal(look(wild).list.length, 5);
		const middle = new World();
		middle.setVariable("page_free_list", middle.pointer(7) + 4);
		assert.equal(look(middle).list.end, "wild");
		assert.equal(look(middle).list.at, -1);
	});

test("a frame in two states at once is a contradiction, with a reason", () => {
	const w = new World();
	w.setFrame(0x300, { state: 2 });	// on the list, but used
	w.take(0x301);
	w.setFrame(0x301, { state: 1, count: 0 });	// free, but not listed
	const s = look(w);
	assert.equal(s.kind[0x300], KIND.BROKEN);
	assert.match(s.contradiction(0x300), /on the free list, but.*used/);
	assert.equal(s.kind[0x301], KIND.BROKEN);
	assert.match(s.contradiction(0x301), /does not have it/);
});

test("reused arrays keep nothing of the last snapshot", () => {
	const w = new World(), one = look(w);
	w.take(0x300, 0);
	const two = look(w, one);
	assert.equal(two.kind, one.kind);
	assert.equal(two.kind[0x300], KIND.HELD);
	assert.equal(two.list.position[0x300], -1);
});

test("an unknown kernel shows its tables", () => {
	const w = new World();
	const s = Snapshot.take(w.memory, w.registers, null);
	assert.equal(s.kind[AT.kernPgdir >>> 12], KIND.DIRECTORY);
	assert.equal(s.kind[0x200], KIND.TABLE);
	assert.equal(s.directories[0].name, "CR3's");
});

test("a kernel before mem_init or with random variables does no harm", () => {
	const young = new World();
	young.memory.u8.fill(0);
	young.registers.cr0 = 1;
	const s = look(young);
	assert.equal(s.npages, 0);
	assert.equal(s.list.end, "absent");
	for (let seed = 1; seed <= 30; seed++) {
		const w = new World(), rnd = random(seed);
		for (let i = 0; i < 40; i++)
			w.set(AT.variables + 4 * rnd(40), rnd(0xFFFFFFFF));
		for (let i = 0; i < 2000; i++)
			w.set(0x108000 + 4 * rnd(0x100000), rnd(0xFFFFFFFF));
		w.registers.cr3 = rnd(2) ? AT.kernPgdir : rnd(0xFFFFFFFF);
		const damaged = look(w);
		assert.equal(damaged.totals().reduce((a, b) => a + b), damaged.total);
		damaged.mappingsOf(0x200);
	}
});
