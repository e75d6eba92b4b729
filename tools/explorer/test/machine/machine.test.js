// Tests of the machine without a page: start-up check, stops, steps, calls that
// change the map, and kernels that die.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { audit } from "../../src/audit.js";
import { KIND, Snapshot } from "../../src/frames.js";
import { postMortem } from "../../src/postmortem.js";
import { Tracer } from "../../src/trace.js";
import { OBJ, TestMachine, fileBuffer, sleep } from "../support.js";

const look = (m) => Snapshot.take(m.memory(), m.registers(), m.facts);
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
		assert.ok(calls.some((c) => c.call.name === "page_remove"));
		m.resume();
		await m.prompt();
		assert.match(await m.command("audit"), /all invariants hold/);
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
	assert.match(report.frames[0].place, /kern\/\w+\.c:\d+$/);
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
