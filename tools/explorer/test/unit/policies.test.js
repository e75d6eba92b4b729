import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Snapshot } from "../../src/frames.js";
import { POLICIES, faultsOf } from "../../src/policies.js";
import { compare, curves, readRecord, readString } from "../../src/references.js";
import { AT, World } from "./world.js";

const TOOL = fileURLToPath(new URL("../../../paging", import.meta.url));
const BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
const look = (w) => Snapshot.take(w.memory, w.registers, w.facts);

// tools/paging's output for a trace on its standard input.
const paging = (args, input) => execFileSync("python3", [TOOL, ...args],
	{ input, encoding: "latin1" });

// The faults that it prints for a trace: { OPT, LRU, FIFO } by frames.
function expected(trace, frames)
{
	const text = paging(["table", "-", "--frames", frames.join(), "--policies",
		"opt,lru,fifo"], trace);
	const found = {};
	let n;
	for (const line of text.split("\n")) {
		const m = /^(\d+) frames?|^(opt|lru|fifo) +(\d+)/.exec(line);
		if (m?.[1])
			found[n = Number(m[1])] = {};
		else if (m)
			found[n][m[2].toUpperCase()] = Number(m[3]);
	}
	return found;
}

// The events of a trace, as the kernel would record them.
function eventsOf(trace)
{
	return trace.split("\n").filter((line) => /^(free |end )?[0-9a-f]{8}\b/
		.test(line)).map((line) => {
		const words = line.split(" "), kind = words[0] === "free" ? 2
			: words[0] === "end" ? 3 : words[2] === "w" ? 1 : 0;
		const [env, page = "0"] = kind > 1 ? words.slice(1) : words;
		return [parseInt(env, 16), parseInt(page, 16), kind];
	});
}

// The string in the memory of a kernel that has recorded this trace.
function recorded(trace)
{
	const w = new World();
	w.setRecord(eventsOf(trace), { frames: 3 });
	const s = look(w), r = readRecord(s);
	assert.equal(r.trouble, undefined);
	return readString(s, r);
}

test("Belady's string, with three frames and with four", () => {
	const faults = (frames) => compare(BELADY, frames);
	assert.deepEqual(faults(3), { OPT: 7, LRU: 10, FIFO: 9 });
	assert.deepEqual(faults(4), { OPT: 6, LRU: 8, FIFO: 10 });
	assert.deepEqual(faults(1), { OPT: 12, LRU: 12, FIFO: 12 });
	assert.deepEqual(faults(5), { OPT: 5, LRU: 5, FIFO: 5 });
	assert.deepEqual(compare([], 3), { OPT: 0, LRU: 0, FIFO: 0 });
});

test("the counts are those of tools/paging: strings of known shape", () => {
	for (const kind of ["quicksort", "random", "matrix"]) {
		const trace = paging(["generate", kind]), frames = [1, 2, 5, 6, 12, 23];
		const string = recorded(trace), want = expected(trace, frames);
		for (const n of frames)
			assert.deepEqual(compare(string, n), want[n], `${kind}, ${n}`);
	}
	// The figures of doc/paging-tool.md.
	assert.deepEqual(compare(recorded(paging(["generate", "quicksort"])), 12),
		{ OPT: 50, LRU: 72, FIFO: 70 });
});

test("pages that are given up, by one environment of several", () => {
	let x = 12345;
	const random = (n) => (x = Math.imul(x, 1103515245) + 12345 >>> 0) % n;
	for (let round = 0; round < 4; round++) {
		const used = new Set(), lines = ["paging-trace 1"];
		for (let i = 0; i < 400; i++) {
			const env = "0000100" + random(3);
			const name = `${env} 008${10 + random(9)}`, what = random(20);
			if (what === 0 && used.delete(name)) {
				lines.push("free " + name);
			} else if (what === 1) {
				lines.push("end " + env);
				[...used].filter((n) => n.startsWith(env))
					.forEach((n) => used.delete(n));
			} else {
				used.add(name);
				lines.push(name + (what & 2 ? " w" : ""));
			}
		}
		const trace = lines.join("\n"), frames = [1, 3, 8, 20];
		const string = recorded(trace), want = expected(trace, frames);
		for (const n of frames)
			assert.deepEqual(compare(string, n), want[n], trace);
	}
});

test("a page that was given up, and never used, is none", () => {
	const w = new World();
	w.setRecord([[1, 5, 2], [1, 5, 0], [1, 5, 2], [1, 5, 1]], { frames: 1 });
	const s = look(w);
	assert.deepEqual(readString(s, readRecord(s)), [0, ~0, 1]);
});

test("curves: around the record's frames, which are among them", () => {
	for (const frames of [1, 2, 3, 24, 100]) {
		const all = curves(BELADY, frames);
		const own = all.find((p) => p.frames === frames);
		assert.deepEqual(own, { frames, ...compare(BELADY, frames) });
		assert.ok(all[0].frames >= 1 && all.length <= 16, String(frames));
		assert.ok(all.at(-1).frames > frames, String(frames));
	}
});

test("OPT has the fewest faults, and each first use is one", () => {
	const string = recorded(paging(["generate", "mergesort"]));
	const pages = new Set(string).size;
	for (let frames = 1; frames < 60; frames += 3) {
		const [opt, ...others] = POLICIES.map((name) =>
			faultsOf(name, string, frames));
		assert.ok(others.every((n) => n >= opt) && opt >= pages);
	}
});

test("the kernel's count: while it records, and afterwards", () => {
	const w = new World();
	assert.equal(readRecord(look(w)), undefined, "there is no record");
	w.setRecord([[1, 5, 0]], { frames: 9, faults: 40 });
	assert.deepEqual(readRecord(look(w)), { on: false, count: 1, frames: 9,
		faults: 40, at: AT.events, trouble: undefined });
	w.setRecord([[1, 5, 0]], { on: true, frames: 9, faults: 41 });
	const r = readRecord(look(w));
	assert.deepEqual([r.on, r.faults], [true, 41]);
	assert.equal(readRecord(Snapshot.nothing()), undefined);
});

test("where there is nothing to compare, words say why", () => {
	const trouble = (more, events = [[1, 5, 0]]) => {
		const w = new World();
		w.setRecord(events, { frames: 9, faults: 4, ...more });
		return readRecord(look(w)).trouble;
	};
	assert.match(trouble({ lost: 12 }), /was cut off: 12 uses did not fit/);
	assert.match(trouble({ frames: 0 }), /was not limited/);
	assert.match(trouble({ varied: 1 }), /has changed during the record/);
	assert.match(trouble({ shared: 1 }), /have shared pages/);
	const w = new World();
	w.setRecord([], { frames: 9 });
	w.set(AT.reftrace + 4, 200000);
	assert.match(readRecord(look(w)).trouble, /200000 events, too many/);
	w.set(AT.reftrace + 4, 0x7FFFFFFF);
	assert.match(readRecord(look(w)).trouble, /makes no sense/);
	w.set(AT.reftrace, 0x1000);
	assert.match(readRecord(look(w)).trouble, /makes no sense/);
});
