// Tests of the machine without a page: start-up check, stops, steps, calls that
// change the map, and kernels that die.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { audit } from "../../src/audit.js";
import { KIND, Snapshot } from "../../src/frames.js";
import { postMortem } from "../../src/postmortem.js";
import { compare, readRecord, readString } from "../../src/references.js";
import { readSwap, swapDisk } from "../../src/swap.js";
import { Tracer } from "../../src/trace.js";
import { OBJ, TestMachine, fileBuffer, loadFacts, sleep } from "../support.js";

const look = (m) => Snapshot.take(m.memory(), m.registers(), m.facts);
const PAGING = fileURLToPath(new URL("../../../paging", import.meta.url));
const machines = [];

async function boot(...options)
{
	const machine = await TestMachine.boot(...options);
	machines.push(machine);
	return machine;
}

after(async () => {
	await Promise.all(machines.map((m) => m.dispose()));
	setTimeout(() => process.exit(), 100).unref();
});

const functionAtEip = (m) => m.facts.functionAt(m.registers().eip);

test("the kernel boots, matches its facts, and breaks no rule", async () => {
	const m = await boot();
	await m.prompt();
	assert.deepEqual(m.facts.check(m.memory(), m.planted),
		{ known: true, same: true });
	const s = look(m);
	assert.deepEqual(s.kernel.problems, []);
	assert.deepEqual(audit(s).findings, []);
	assert.equal(audit(s).judged.length, 8);
	assert.match(await m.command("meminfo"),
		new RegExp(`free +${s.list.length} frames`));
});

test("an image of another build is recognised", async () => {
	const m = await boot("own", 128 << 20,
		fileBuffer(`${OBJ}/ring/kernel.img`));
	await m.until(() => m.output.includes("Physical memory"), "a kernel");
	assert.deepEqual(m.facts.check(m.memory(), m.planted),
		{ known: true, same: false });
});

test("a breakpoint stops at a function; it can be stepped and continued",
	async () => {
		const m = await boot();
		await m.prompt();
		const start = m.facts.functionNamed("page_alloc");
		m.addBreakpoint(start);
		m.type("run hello\n");
		await m.until(() => m.state === "paused", "the breakpoint");
		assert.deepEqual(m.cause, { kind: "breakpoint", address: start });
		assert.equal(m.registers().eip, start);
		assert.equal(m.planted.size, 0, "memory has no planted byte");
		const seen = new Set();
		for (let i = 0; i < 200; i++) {
			m.step();
			assert.equal(m.state, "paused");
			assert.equal(m.cause.kind, "step");
			assert.notEqual(m.facts.instructionEnd(m.registers().eip),
				undefined, "each stop is at an instruction's start");
			seen.add(functionAtEip(m).name);
		}
		assert.ok(seen.size >= 2, [...seen].join(" "));
		m.removeBreakpoint(start);
		m.resume();
		await m.prompt();
		assert.match(m.output, /hello, world/);
		assert.match(await m.command("audit"), /all invariants hold/);
	});

test("breakpoints in code that runs with interrupts on lose nothing",
	async () => {
		// The kernel's checks run so. They would hang or fail if an
		// interrupt continued after a stop.
		const m = await boot();
		await m.prompt();
		const start = m.facts.functionNamed("page_insert");
		let stops = 0, on = 0;
		m.watch(start, () => {
			stops++;
			on += m.registers().eflags >>> 9 & 1;
			// Few, because each costs the emulator a translation.
			if (on === 30)
				m.watched.clear();
			return false;
		});
		const text = await m.command("check check_page");
		assert.ok(on === 30, `${stops} stops, ${on} with IF`);
		assert.match(text, /succeeded/);
		assert.doesNotMatch(text, /FAIL/);
	});

test("pause and resume; input typed while paused is kept", async () => {
	const m = await boot();
	await m.prompt();
	m.pause();
	const before = m.instructions;
	m.type("meminfo\n");
	await sleep(100);
	assert.equal(m.instructions, before);
	m.resume();
	await m.until(() => /reserved +\d+ frames/.test(m.output), "meminfo");
});

test("each call that changes the map is shown with what it changed",
	async () => {
		const m = await boot();
		await m.prompt();
		m.pause();
		let change;
		const tracer = new Tracer(m, () => look(m), (c) => change = c);
		m.type("run hello\n");
		const calls = [];
		for (let i = 0; i < 14; i++) {
			change = undefined;
			tracer.start();
			await m.until(() => m.state === "paused", "a change");
			calls.push(change);
			assert.equal(change.broke, false);
		}
		tracer.stop();
		assert.equal(calls[0].call.name, "page_alloc");
		assert.match(calls[0].call.caller, /^env_\w+\+\d+, kern\/env\.c:\d+$/);
		const insert = calls.find((c) => c.call.name === "page_insert");
		const va = insert.call.args.find(([name]) => name === "va")[1];
		assert.ok(insert.entries.some((e) => e.level === "table"
			&& e.va === va && e.before === 0 && e.after & 1));
		assert.ok(insert.frames.length >= 1);
		// The end of the environment.
		assert.ok(calls.some((c) => c.call.name === "page_decref"
			&& /env\.c/.test(c.call.caller)));
		m.resume();
		await m.prompt();
		assert.match(await m.command("audit"), /all invariants hold/);
	});

test("v86 runs SSE though CR4.OSFXSR is clear, and the audit says so", async () => {
	const m = await boot("nosse");
	await m.prompt();
	// A PC would raise Invalid Opcode in this program.
	assert.match(await m.command("run fpu"), /registers are full/);
	const { findings, counts } = audit(look(m));
	assert.deepEqual(counts, { EMU: 1 });
	assert.match(findings[0].words, /OSFXSR is clear/);
});

test("a disk of any size starts: the machine rounds it to sectors", async () => {
	for (const size of [0, 1, 511, 513]) {
		const m = await boot("own", 8 << 20, new ArrayBuffer(size));
		assert.equal(m.state, "running");
		await m.until(() => m.instructions > 1000, "the BIOS");
		await m.dispose();
	}
});

test("a start that fails is reported, and can be disposed of", async () => {
	const m = new TestMachine({
		V86: (await import("v86")).V86, wasm: "no module", facts: loadFacts(),
		memorySize: 8 << 20, screen: null, bios: new ArrayBuffer(8),
		vgaBios: new ArrayBuffer(8), image: new ArrayBuffer(512),
	});
	await assert.rejects(m.start());
	await m.dispose();
	assert.equal(m.state, "off");
});

test("a kernel that halts for ever, and one that resets the machine", async () => {
	const m = await boot();
	await m.prompt();
	m.type("halt\n");
	await m.until(() => m.stuck, "a halt with interrupts off");
	assert.match(functionAtEip(m).name, /halt|power_off/);
	const other = await boot();
	await other.prompt();
	assert.equal(other.stuck, false, "a prompt waits with interrupts on");
	other.output = "";
	other.type("reboot\n");
	await other.until(() => other.resets === 1, "a reset");
	assert.equal(other.facts.functionAt(other.resetAt).name, "reset");
	await other.prompt();
});

test("a stop survives that the kernel is loaded over it", async () => {
	const m = await boot();
	await m.prompt();
	m.type("reboot\n");
	await m.until(() => m.resets === 1, "a reset");
	m.addBreakpoint(m.facts.functionNamed("mem_init"));
	await m.until(() => m.state === "paused", "the stop");
	assert.equal(functionAtEip(m).name, "mem_init");
});

test("no stop is planted in a kernel that is not the one of the facts", async () => {
	const m = await boot();
	await m.prompt();
	m.known = false;
	m.addBreakpoint(m.facts.functionNamed("page_alloc"));
	assert.equal(m.planted.size, 0);
	assert.match(await m.command("run hello"), /hello, world/);
});

async function dead(name, provoke)
{
	const m = await boot(name);
	if (provoke) {
		await m.prompt();
		m.type(provoke);
	}
	await m.until(() => m.state === "dead", "its death");
	const s = look(m);
	const report = postMortem(s);
	console.log(`${name}: ${report.causes.join("; ")}; at`
		+ ` ${report.frames[0].place}`);
	return { m, s, report, words: report.causes.join("; ") };
}

test("post-mortem: CR3 beside the directory", async () => {
	const { s, words } = await dead("nodir");
	assert.match(words, /instruction at EIP .* cannot be fetched/);
	assert.match(words, /page fault cannot be delivered/);
	assert.equal(s.list.end, "whole");
	assert.ok(s.totals()[KIND.FREE] > 30000);
});

test("post-mortem: no IDT", async () => {
	const { words, report } = await dead("noidt");
	assert.match(words, /^the IDT was never loaded.*page fault cannot be delivered/);
	assert.ok(report.frames.length > 3);
});

test("post-mortem: no stack", async () => {
	const { words } = await dead("nostack");
	assert.match(words, /stack below ESP .* cannot be written/);
});

test("post-mortem: our own kernel, its stack unmapped by `fault`", async () => {
	const { words, report } = await dead("own", "fault unmap-stack\n");
	assert.match(words, /stack below ESP .*table entry is 0/);
	assert.match(report.frames[0].place, /kern\/[\w/]+\.c:\d+$/);
});

test("a free list that loops is shown as one", async () => {
	const m = await boot("ring");
	// While checks run, the kernel cuts the list, and it is not circular.
	let s;
	await m.until(() => m.output.includes("a second time")
		&& (s = look(m)).list.end === "ring", "a ring");
	const { findings } = audit(s);
	assert.ok(findings.some((f) => f.rule === "F1" && /ring/.test(f.words)));
});

test("pages that come and go are shown, each with the entries that changed",
	async () => {
		const m = await boot("own", 128 << 20, undefined, swapDisk(4096));
		await m.prompt();
		await m.command("swap frames 8");
		m.pause();
		let change;
		const calls = { pagein: [], evict_one: [], pagein_transfer_ended: [] };
		const tracer = new Tracer(m, () => look(m), (c) => change = c);
		m.type("run pageout\n");
		for (let i = 0; i < 300 && !calls.pagein_transfer_ended.length; i++) {
			change = undefined;
			tracer.start();
			await m.until(() => m.state === "paused", "a change");
			calls[change.call.name]?.push(change);
		}
		tracer.stop();
		const entry = ({ entries }) => entries.find((e) => e.level === "table");
		// The first page is a part of the program's file.
		const first = entry(calls.pagein[0]);
		assert.equal(first.va, 0x800000);
		assert.equal(first.before & 1, 0, "not present");
		assert.notEqual(first.before, 0, "but there");
		assert.equal(first.after & 1, 1, "present");
		const left = entry(calls.evict_one[0]);
		assert.deepEqual([left.before & 1, left.after & 1], [1, 0]);
		assert.notEqual(left.after, 0, "it names a slot or a page of a file");
		assert.ok(calls.pagein_transfer_ended[0].frames.length >= 1);
		m.resume();
		await m.prompt();
		await m.command("continue");
		assert.match(await m.command("continue"), /all 40 pages are as they were/);
	});

// What `swap` prints, by the words before the numbers.
function countsOf(text)
{
	return Object.fromEntries([...text.matchAll(/^ +(\S.*?) {2,}(\d+)/gm)]
		.map((m) => [m[1], Number(m[2])]));
}

test("the swap disk: the panel's data are what the monitor prints", async () => {
	const m = await boot("own", 128 << 20, undefined, swapDisk(4096));
	await m.prompt();
	assert.match(m.output, /^swap: 16 MB on secondary master, generation 1\r?$/m);
	await m.command("swap frames 16");
	await m.command("run pageout");
	const text = countsOf(await m.command("swap"));
	const lines = (await m.command("swap pages")).split(/\r?\n/)
		.filter((line) => line.startsWith("0x"));
	const s = look(m), swap = readSwap(s);
	assert.deepEqual(s.kernel.problems, []);
	assert.deepEqual(audit(s).findings, []);
	assert.equal(swap.limit, 16);
	assert.equal(swap.policy, "clock");
	assert.deepEqual([swap.total, swap.free], [4095, 4095 - swap.kinds
		.subarray(1).filter((kind) => kind !== 0).length]);
	assert.equal(text["pages that may leave memory"], swap.ring.length);
	assert.equal(text["written to the disk"], swap.counts.page_outs);
	assert.ok(swap.counts.page_outs >= 24 && swap.victim.frame);
	assert.deepEqual(swap.ring.map((p) => `0x${
		p.frame.toString(16).padStart(5, "0")}  ${
		p.va.toString(16).padStart(8, "0")}  ${p.used ? "A" : "-"} ${
		p.dirty ? "D" : "-"}`), lines.map((line) => line.slice(0, 22)));
	await m.command("continue");
	assert.match(await m.command("continue"), /all 40 pages are as they were/);
});

test("each transfer of the swap disk ends by its interrupt, at the first try",
	async () => {
		const m = await boot("own", 128 << 20, undefined, swapDisk(4096));
		await m.prompt();
		await m.command("swap frames 16");
		let interrupts = 0;
		m.watch(m.facts.functionNamed("ide_interrupt"), () => {
			interrupts++;
			return false;
		});
		await m.command("run pageout");
		await m.command("continue");
		assert.match(await m.command("continue"),
			/all 40 pages are as they were/);
		const { counts } = readSwap(look(m));
		assert.ok(counts.page_ins >= 24 && counts.page_outs >= 24);
		assert.ok(interrupts >= counts.page_ins + counts.page_outs,
			`${interrupts} interrupts: ${JSON.stringify(counts)}`);
		assert.doesNotMatch(await m.command("disks"), /tried again/);
	});

test("the kernel's count beside OPT's: the record is what the monitor prints",
	async () => {
		const m = await boot("own", 128 << 20, undefined, swapDisk(4096));
		await m.prompt();
		await m.command("swap frames 6");
		await m.command("swap record 64");
		await m.command("swap reset");
		await m.command("run belady");
		const { on, faults } = readRecord(look(m));
		assert.equal(on, true);
		await m.command("swap record 0");
		// Faults after the end of the recording do not count.
		await m.command("run belady");
		await m.command("swap reset");
		const trace = await m.command("swap trace");
		const s = look(m), r = readRecord(s);
		assert.deepEqual([r.on, r.trouble, r.frames, r.faults],
			[false, undefined, 6, faults]);
		assert.equal(r.faults, Number(/^faults (\d+)/m.exec(trace)[1]));
		const counts = compare(readString(s, r), r.frames);
		const table = execFileSync("python3", [PAGING, "table", "-",
			"--policies", "opt,lru,fifo"], { input: trace, encoding: "latin1" });
		for (const [name, n] of Object.entries(counts))
			assert.match(table, new RegExp(`^${name.toLowerCase()} +${n} `, "m"));
		// It has five pages besides those of its code, data and stack.
		assert.ok(counts.OPT <= r.faults && counts.OPT <= counts.LRU
			&& counts.OPT <= counts.FIFO && counts.OPT >= 9,
			JSON.stringify([r.faults, counts]));
	});

test("a record that was cut off, or of programs that share, is not compared",
	async () => {
		const m = await boot("own", 128 << 20, undefined, swapDisk(4096));
		await m.prompt();
		await m.command("swap record 64");
		await m.command("run hello");
		assert.match(readRecord(look(m)).trouble, /was not limited/);
		await m.command("swap frames 60");
		await m.command("swap record 64");
		await m.command("run hello");
		assert.equal(readRecord(look(m)).trouble, undefined);
		await m.command("run family");
		assert.match(readRecord(look(m)).trouble, /have shared pages/);
		await m.command("swap record 64");
		await m.command("swap frames 50");
		await m.command("run hello");
		assert.match(readRecord(look(m)).trouble, /has changed/);
		await m.command("swap record 1");
		await m.command("run testbss");
		assert.match(readRecord(look(m)).trouble, /was cut off: \d+ uses/);
	});
