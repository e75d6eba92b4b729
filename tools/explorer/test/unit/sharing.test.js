import { test } from "node:test";
import assert from "node:assert/strict";
import { COW, SHARE, SHARED, Snapshot } from "../../src/frames.js";
import { Moment, difference } from "../../src/history.js";
import { PTE_COW, PTE_SHARE, environmentTree, frameShareWords, shareWords,
	sharingStory, userPages, waitWords } from "../../src/sharing.js";
import { P, U, W } from "../../src/walk.js";
import { describe } from "../../src/view/framedetail.js";
import { AT, KERNBASE, World } from "./world.js";

const look = (w) => Snapshot.take(w.memory, w.registers, w.facts);

// Three environments: 0 is the parent of 1 and 2.
function family()
{
	const w = new World();
	const dirs = [0x400, 0x401, 0x402].map((frame, i) =>
		w.addEnvironment(i, frame));
	for (const i of [1, 2])
		w.set(AT.envs + 124 * i + 76, 0x1000);
	return { w, dirs };
}

const shape = (nodes) => nodes.map((n) => [n.env.id, shape(n.children)]);

test("the tree has children below their parents", () => {
	const { w } = family();
	w.addEnvironment(3, 0x403);
	w.set(AT.envs + 124 * 3 + 76, 0x1002);
	const roots = environmentTree(look(w).kernel.envs);
	assert.deepEqual(shape(roots),
		[[0x1000, [[0x1001, []], [0x1002, [[0x1003, []]]]]]]);
	assert.equal(roots[0].orphan, false);
});

test("orphans are roots, and circles are cut", () => {
	const { w } = family();
	w.set(AT.envs + 76, 0x7000);
	assert.equal(environmentTree(look(w).kernel.envs)[0].orphan, true);
	w.set(AT.envs + 76, 0x1002);
	assert.deepEqual(shape(environmentTree(look(w).kernel.envs)),
		[[0x1000, [[0x1001, []], [0x1002, []]]]]);
	w.set(AT.envs + 76, 0x1000);		// its own parent
	assert.deepEqual(shape(environmentTree(look(w).kernel.envs)),
		[[0x1000, [[0x1001, []], [0x1002, []]]]]);
});

test("what each environment waits for, and its program", () => {
	const { w } = family();
	w.addEnvironment(3, 0x403);
	w.setProgram(1, "forktree");
	const words = (...wait) => {
		w.wait(1, ...wait);
		return waitWords(look(w).kernel.envs[1]);
	};
	w.setVariable("timer_ticks", 100);
	assert.equal(words(0), "waits for its parent");
	assert.equal(words(1), "waits for a message");
	assert.equal(words(2, 0x1002), "waits to send to 00001002");
	assert.equal(words(3, 0, 112), "waits 120 ms");
	assert.equal(words(3, 0, 90), "waits 0 ms");
	assert.equal(words(4, 0x1000), "waits for the end of 00001000");
	assert.equal(words(77), "waits for something that makes no sense");
	const { envs } = look(w).kernel;
	assert.deepEqual(envs.map((e) => e.program),
		[undefined, "forktree", undefined, undefined]);
	assert.equal(waitWords(envs[0]), undefined);
	w.set(AT.envs + 124 + 76, 0);
	assert.equal(words(0), "waits for good");
});

test("the run queue, in order; a wild or circular one ends", () => {
	const { w } = family();
	w.setRunQueue(2, 0, 1);
	assert.deepEqual(look(w).kernel.runQueue, [2, 0, 1]);
	w.setRunQueue();
	assert.deepEqual(look(w).kernel.runQueue, []);
	w.setRunQueue(2, 0, 1);
	w.set(AT.queueLinks, 2);
	assert.deepEqual(look(w).kernel.runQueue, [2, 0]);
	w.set(AT.queueLinks, 0xDEADBEEF);
	assert.deepEqual(look(w).kernel.runQueue, [2, 0]);
});

test("shared frames: by copy-on-write, by PTE_SHARE, plainly, no longer", () => {
	const { w, dirs } = family();
	const rows = [[0x500, 3, PTE_COW], [0x501, 2, PTE_SHARE | W], [0x502, 2, 0],
		[0x503, 1, PTE_COW], [0x504, 1, W]];
	rows.forEach(([frame, n, flags], i) => {
		w.take(frame, n);
		for (const pgdir of dirs.slice(0, n))
			w.map(pgdir, 0x800000 + 0x1000 * i, frame * 4096, P | U | flags);
	});
	const s = look(w);
	assert.deepEqual(rows.map(([frame]) => frameShareWords(s, frame)),
		["copy-on-write, shared by 3", "shared (PTE_SHARE) by 2",
			"shared by 2", "copy-on-write, shared no longer", ""]);
	assert.deepEqual(rows.map(([frame]) => s.sharing[frame]),
		[COW, SHARE, 0, COW, 0]);
	assert.deepEqual(rows.map(([frame]) => s.owner[frame]),
		[SHARED, SHARED, SHARED, 1, 1]);
	assert.equal(describe(s, 0x500), "user page of several environments,"
		+ " copy-on-write, shared by 3, count 3");
	assert.deepEqual(userPages(s, dirs[1]), [
		{ va: 0x800000, frame: 0x500, flags: P | U | PTE_COW },
		{ va: 0x801000, frame: 0x501, flags: P | U | W | PTE_SHARE },
		{ va: 0x802000, frame: 0x502, flags: P | U }]);
	assert.equal(userPages(s, dirs[0], 2).length, 2);
	assert.equal(shareWords(W, 1), "");
});

test("a snapshot that takes over arrays keeps no sharing", () => {
	const { w, dirs } = family();
	w.take(0x500);
	w.map(dirs[0], 0x800000, 0x500000, P | U | PTE_COW);
	const one = look(w);
	w.map(dirs[0], 0x800000, 0x500000, P | U | W);
	const two = Snapshot.take(w.memory, w.registers, w.facts, one);
	assert.equal(two.sharing, one.sharing);
	assert.equal(two.sharing[0x500], 0);
});

// The difference that a change makes, as the tracer reports it.
function traced(w, name, args, act, result = 0)
{
	const before = new Moment(look(w), "before", 0);
	act();
	const s = look(w);
	const change = difference(before, new Moment(s, "after", 0, before), w.facts);
	return sharingStory({ ...change, call: { name, args, result } }, s);
}

test("cow_share is told: how many pages, and how", () => {
	const { w, dirs: [from, to] } = family();
	[0x500, 0x501, 0x502, 0x503].forEach((frame) => w.take(frame));
	w.map(from, 0x800000, 0x500000, P | U);
	w.map(from, 0x801000, 0x501000, P | U | W);
	w.map(from, 0x802000, 0x502000, P | U | W);
	w.map(from, 0x803000, 0x503000, P | U | W | PTE_SHARE);
	const args = [["from", KERNBASE + from], ["to", KERNBASE + to],
		["start", 0], ["end", 0xEEBFE000]];
	const share = () => {
		for (const d of [from, to]) {
			w.map(d, 0x800000, 0x500000, P | U);
			w.map(d, 0x801000, 0x501000, P | U | PTE_COW);
			w.map(d, 0x802000, 0x502000, P | U | PTE_COW);
			w.map(d, 0x803000, 0x503000, P | U | W | PTE_SHARE);
		}
	};
	assert.deepEqual(traced(w, "cow_share", args, share), [
		"environment 00001001 shares 4 pages now: 2 copy-on-write, 1 with"
			+ " PTE_SHARE, 1 with the permissions that they had.",
		"2 pages of the caller lost PTE_W for PTE_COW. No page was copied; 1"
			+ " page table was made for the entries."]);
	assert.deepEqual(traced(w, "cow_share", args, () => {}, 0xFFFFFFFC), []);
	assert.deepEqual(traced(w, "page_insert", args, () => {}), []);
});

test("cow_copy is told: which frame was copied, and when none was", () => {
	const { w, dirs: [one, two] } = family();
	w.take(0x500, 2);
	for (const d of [one, two])
		w.map(d, 0x801000, 0x500000, P | U | PTE_COW);
	const args = [["pgdir", KERNBASE + one], ["va", 0x801000]];
	assert.deepEqual(traced(w, "cow_copy", args, () => {
		w.take(0x501);
		w.setFrame(0x500, { count: 1 });
		w.map(one, 0x801000, 0x501000, P | U | W);
	}), ["Frame 0x00500000 was copied to 0x00501000 for environment 00001000,"
		+ " which writes to 0x00801000. 1 entry leads to the old frame."]);
	assert.deepEqual(traced(w, "cow_copy", [["pgdir", KERNBASE + two], args[1]],
		() => w.map(two, 0x801000, 0x500000, P | U | W)),
	["environment 00001001 is the last one to map frame 0x00500000: its entry for"
		+ " 0x00801000 gets PTE_W, and nothing is copied."]);
});
