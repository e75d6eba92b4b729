import { test } from "node:test";
import assert from "node:assert/strict";
import { Snapshot } from "../../src/frames.js";
import { Moment, Timeline, difference } from "../../src/history.js";
import { A, D, P, U, W } from "../../src/walk.js";
import { AT, World } from "./world.js";

const look = (w) => Snapshot.take(w.memory, w.registers, w.facts);
const moment = (w, previous) => new Moment(look(w), "now", 0, previous);

test("nothing changed: the moments are the same and share their tables", () => {
	const w = new World(), a = moment(w), b = moment(w, a);
	assert.ok(difference(a, b, w.facts).same);
	for (const [pa, table] of b.tables)
		assert.equal(table, a.tables.get(pa));
});

test("a page that was mapped: its frame, its entry, and the new table", () => {
	const w = new World(), a = moment(w);
	w.take(0x500);
	w.map(AT.kernPgdir, 0x800000, 0x500000, P | U | W);
	const change = difference(a, moment(w, a), w.facts);
	assert.equal(change.same, false);
	const entries = change.entries.map((e) => [e.level, e.va, e.before, e.after]);
	assert.deepEqual(entries, [
		["directory", 0x800000, 0, (w.nextTable - 0x1000) | P | W | U],
		["table", 0x800000, 0, 0x500000 | P | U | W]]);
	assert.deepEqual(change.frames.map((f) => [f.frame, f.before.count,
		f.after.count]), [[(w.nextTable >>> 12) - 1, 0, 1], [0x500, 0, 1]]);
});

test("accessed and dirty alone are no change", () => {
	const w = new World(), a = moment(w);
	const pte = 0x200000 + 4 * 3;
	w.set(pte, w.get(pte) | A | D);
	assert.ok(difference(a, moment(w, a), w.facts).same);
});

test("an environment that came and went, table by table", () => {
	const w = new World(), a = moment(w);
	const pgdir = w.addEnvironment(0, 0x400);
	w.take(0x500);
	w.map(pgdir, 0x800000, 0x500000, P | U);
	const b = moment(w, a);
	const born = difference(a, b, w.facts);
	assert.ok(born.entries.some((e) => e.level === "table"
		&& e.va === 0x800000 && e.directory.pgdir === pgdir));
	const died = difference(b, a, w.facts);
	assert.deepEqual(died.entries.map((e) => [e.va, e.after]),
		born.entries.map((e) => [e.va, e.before]));
});

test("the timeline keeps changes and stays bounded", () => {
	const t = new Timeline(100);
	for (let i = 0; i < 5; i++)
		t.add(i, 7);
	assert.deepEqual(t.points, [[0, 7, 4]]);
	for (let i = 0; i < 10000; i++)
		t.add(i, i);
	assert.ok(t.points.length <= 101 && t.points.length > 40);
});
