// Compares the explorer with QEMU: what our walker reads from memory, with
// QEMU's monitor; then v86 with QEMU on the same image.
//
// The two machines have the same memory map if v86 has 128 KiB less, which
// QEMU's firmware reserves for ACPI at the top.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { audit } from "../../src/audit.js";
import { KIND, Snapshot } from "../../src/frames.js";
import { Memory } from "../../src/memory.js";
import { A, D, rightsRanges, eachMapping, G, PS, PCD, PWT, U, W }
	from "../../src/walk.js";
import { OBJ, TestMachine, loadFacts } from "../support.js";
import { Qemu } from "./qemu.js";

const MEGABYTES = 128, KEPT = 128 << 10;
// Commands that change the free list's order, and one that leaves an
// environment alive, stopped in the monitor.
const COMMANDS = ["run hello", "run badjump", "run breakpoint"];

let qemu, v86, facts, theirs, ours;
const compared = {};

before(async () => {
	facts = loadFacts();
	[qemu, v86] = await Promise.all([
		Qemu.boot(`${OBJ}/own/kernel.img`, MEGABYTES),
		TestMachine.boot("own", (MEGABYTES << 20) - KEPT)]);
	await Promise.all([qemu.prompt(), v86.prompt()]);
	for (const line of COMMANDS) {
		await qemu.command(line);
		await v86.command(line);
	}
	await qemu.ask("stop");
	v86.pause();
	theirs = Snapshot.take(new Memory(await qemu.memory(MEGABYTES << 20)),
		await qemu.registers(), facts);
	ours = Snapshot.take(v86.memory(), v86.registers(), facts);
});

after(async () => {
	await v86?.dispose();
	await qemu?.close();
	console.log("compared: " + Object.entries(compared)
		.map(([what, n]) => `${n} ${what}`).join(", "));
	// v86's timers keep node running.
	setTimeout(() => process.exit(), 100).unref();
});

const digits = (n, width) => n.toString(16).padStart(width, "0");

test("ranges and rights equal QEMU's `info mem`, letter for letter", async () => {
	const words = (await qemu.hmp("info mem")).trim().split("\n");
	const width = words[0].indexOf("-");
	const own = rightsRanges(theirs.memory, theirs.registers.cr3, theirs.pse)
		.map((r) => `${digits(r.va, width)}-${digits(r.va + r.size, width)}`
			+ ` ${digits(r.size, width)} ${r.user ? "u" : "-"}r`
			+ (r.writable ? "w" : "-"));
	assert.deepEqual(own, words);
	assert.ok(words.length >= 5);
	compared["ranges of info mem"] = words.length;
});

test("the pages are exactly those of QEMU's `info tlb`", async () => {
	const words = (await qemu.hmp("info tlb")).trim().split("\n");
	const m = /^([0-9a-f]+): ([0-9a-f]+) (.*)$/.exec(words[0]);
	const own = [];
	eachMapping(theirs.memory, theirs.registers.cr3, theirs.pse,
		(va, pa, pages, flags, pdx, table) => {
			// QEMU prints the entry's bits without the directory
			// entry's.
			const entry = table ? table[va >>> 12 & 0x3FF] : flags;
			const bit = (mask, letter) => entry & mask ? letter : "-";
			own.push(`${digits(va, m[1].length)}: ${digits(pa, m[2].length)}`
				+ ` -${bit(G, "G")}${table ? "-" : bit(PS, "P")}`
				+ `${bit(D, "D")}${bit(A, "A")}${bit(PCD, "C")}`
				+ `${bit(PWT, "T")}${bit(U, "U")}${bit(W, "W")}`);
		});
	assert.equal(own.length, words.length);
	assert.deepEqual(own.slice(0, 20), words.slice(0, 20));
	assert.ok(own.join("\n") === words.join("\n"), "all lines");
	compared["entries of info tlb"] = own.length;
});

test("frame states and the free list agree with the monitor", async () => {
	await qemu.ask("cont");
	const text = await qemu.command("meminfo");
	const said = (what) =>
		Number(new RegExp(`${what} +(\\d+) frames`).exec(text)[1]);
	const states = [0, 0, 0];
	for (let n = 0; n < theirs.npages; n++)
		states[theirs.state[n]]++;
	assert.equal(theirs.npages, said("all"));
	assert.deepEqual(states, [said("reserved"), said("free"), said("used")]);
	assert.equal(theirs.list.length, said("free"));
	assert.equal(theirs.list.end, "whole");
	assert.equal(theirs.count.filter((c) => c).length,
		said("of these referenced"));
	assert.match(await qemu.command("audit"), /all invariants hold/);
	await qemu.ask("stop");
	compared["frame states with meminfo"] = theirs.npages;
});

test("v86 and QEMU: registers of paging", () => {
	for (const name of ["cr0", "cr3", "cr4"])
		assert.equal(ours.registers[name], theirs.registers[name], name);
});

test("v86 and QEMU: the whole of pages[], byte for byte", () => {
	const bytes = (s) => Buffer.from(s.memory.bytes(s.kernel.pages,
		s.kernel.npages * facts.get("sizeof PageInfo")));
	assert.equal(ours.npages, theirs.npages);
	assert.ok(bytes(ours).equals(bytes(theirs)));
	compared["bytes of pages[]"] = bytes(ours).length;
});

test("v86 and QEMU: the free list, frame by frame in order", () => {
	assert.equal(ours.list.length, theirs.list.length);
	assert.deepEqual(ours.list.order.slice(0, ours.list.length),
		theirs.list.order.slice(0, theirs.list.length));
	compared["frames of the free list"] = ours.list.length;
});

test("v86 and QEMU: kinds, references, owners of all frames", () => {
	for (const what of ["kind", "state", "count", "found", "aliases", "owner"])
		assert.deepEqual(ours[what].slice(0, ours.npages),
			theirs[what].slice(0, ours.npages), what);
	compared["frames' classes, counts, owners"] = ours.npages;
	// The comparison is not empty: there is an environment with pages.
	assert.equal(ours.kernel.envs.length, 1);
	assert.ok(ours.totals()[KIND.USER] >= 3);
});

test("v86 and QEMU: all tables of all directories, except A and D", () => {
	let entries = 0;
	// The number of an environment's runs depends on the timer.
	const whose = (s) => s.directories.map((d) => [d.name, d.pgdir, d.shared,
		d.current, d.env?.status, d.env?.parent]);
	assert.deepEqual(whose(ours), whose(theirs));
	for (const { pgdir } of ours.directories) {
		const tables = [pgdir, ...ours.memory.table(pgdir)];
		for (const pa of tables) {
			if (pa !== pgdir && (pa & (1 | PS)) !== 1)
				continue;
			const one = ours.memory.table(pa), two = theirs.memory.table(pa);
			for (let i = 0; i < 1024; i++)
				assert.equal(one[i] & ~(A | D), two[i] & ~(A | D));
			entries += 1024;
		}
	}
	compared["entries of tables and directories"] = entries;
});

test("the audit finds nothing in either", () => {
	assert.deepEqual(audit(ours).findings, []);
	assert.deepEqual(audit(theirs).findings, []);
	assert.equal(audit(ours).judged.length, 8);
});
