// Reads the kernel's variables from physical memory: the number of frames, the
// place of `pages`, the environments. Addresses in the kernel's window become
// physical by subtraction, so that this works with any CR3.
//
// No value is trusted: the variables of a broken or unfinished kernel may hold
// anything. An impossible value becomes undefined, and `problems` names it.

import { hex } from "./facts.js";

// The physical address of a pointer into the window; undefined for others.
export function physical(facts, pointer)
{
	const base = facts.get("KERNBASE");
	return pointer !== undefined && pointer >= base ? pointer - base
		: undefined;
}

// The value of a 32-bit variable of the kernel; undefined if there is no such
// symbol.
export function variable(memory, facts, name)
{
	const pa = physical(facts, facts.symbol(name));
	return pa === undefined ? undefined : memory.read32(pa);
}

// The physical address of an array of n items of size bytes that a pointer
// variable points to; undefined if it does not exist yet, or cannot be there.
function arrayAt(memory, facts, name, n, size, problems)
{
	const pointer = variable(memory, facts, name);
	if (!pointer)
		return undefined;
	const pa = physical(facts, pointer);
	if (pa === undefined || pa % 4 || pa + n * size > memory.size) {
		problems.push(`${name} is ${hex(pointer)}: an array of ${n * size}`
			+ " bytes cannot be there");
		return undefined;
	}
	return pa;
}

// The kernel's ranges of RAM: [{ start, end }], in bytes.
function readRanges(memory, facts, problems)
{
	const at = physical(facts, facts.symbol("mem_ranges"));
	const n = variable(memory, facts, "mem_nranges");
	const ranges = [];
	if (at === undefined || n === undefined)
		return ranges;
	if (n > facts.get("MEM_MAX")) {
		problems.push(`mem_nranges is ${n}`);
		return ranges;
	}
	const size = facts.get("sizeof mem_range");
	const wide = (pa) => memory.read32(pa) + memory.read32(pa + 4) * 2 ** 32;
	for (let i = 0; i < n; i++)
		ranges.push({
			start: wide(at + i * size + facts.get("mem_range.start")),
			end: wide(at + i * size + facts.get("mem_range.end")),
		});
	return ranges;
}

// The text at a pointer into the window, of at most 40 printable characters;
// undefined if there is none.
function textAt(memory, facts, pointer)
{
	const pa = physical(facts, pointer);
	let text = "";
	for (let i = 0; pa !== undefined && i < 40; i++) {
		const byte = memory.read8(pa + i);
		if (byte === 0)
			return text || undefined;
		if (byte === undefined || byte < 32 || byte > 126)
			return undefined;
		text += String.fromCharCode(byte);
	}
	return undefined;
}

// The name of the program in slot i, or undefined.
function programName(memory, facts, privates, i)
{
	if (privates === undefined)
		return undefined;
	const program = physical(facts, memory.read32(privates
		+ i * facts.get("sizeof EnvPrivate") + facts.get("EnvPrivate.program")));
	return program === undefined ? undefined : textAt(memory, facts,
		memory.read32(program + facts.get("program.name")));
}

// What the environment in slot i waits for: { reason, of, ms }. reason: "its
// parent", "message", "receiver", "time", "end" or "nonsense"; ms: until it wakes.
function readWait(memory, facts, waits, i)
{
	const field = (name) => memory.read32(waits + i * facts.get("sizeof wait")
		+ facts.get("wait." + name));
	if (waits === undefined)
		return undefined;
	const reason = field("reason");
	const name = [["WAIT_NONE", "its parent"], ["WAIT_MESSAGE", "message"],
		["WAIT_RECEIVER", "receiver"], ["WAIT_TIME", "time"],
		["WAIT_END", "end"], ["WAIT_PAGE", "page"],
		["WAIT_FRAME", "frame"]].find(([n]) => facts.get(n) === reason)?.[1];
	const ticks = field("tick") - (variable(memory, facts, "timer_ticks") ?? 0);
	return { reason: name ?? "nonsense", of: field("of"),
		ms: Math.max(0, ticks | 0) * 1000 / facts.get("TIMER_HZ") };
}

// The slots in the run queue, the next one to run first; it ends early where a
// link makes no sense.
function readRunQueue(memory, facts)
{
	const at = physical(facts, facts.symbol("queue_links"));
	const head = facts.get("QUEUE_RUN"), slots = [];
	for (let n = head; at !== undefined && slots.length < facts.get("NENV");) {
		n = memory.read32(at + n * facts.get("sizeof queue_link")
			+ facts.get("queue_link.next"));
		if (!(n < facts.get("NENV")) || slots.includes(n))
			break;
		slots.push(n);
	}
	return slots;
}

// The environments in use: [{ index, id, parent, status, runs, pgdir, eip,
// program, wait }]; pgdir is a physical address or undefined; wait is undefined
// unless it is not runnable.
function readEnvironments(memory, facts, at, privates)
{
	const field = (pa, name) => memory.read32(pa + facts.get(name));
	const found = [];
	if (at === undefined)
		return found;
	const size = facts.get("sizeof Env"), free = facts.get("ENV_FREE");
	const waits = physical(facts, facts.symbol("waits"));
	for (let i = 0; i < facts.get("NENV"); i++) {
		const pa = at + i * size;
		const status = field(pa, "Env.env_status");
		if (status === free)
			continue;
		found.push({
			index: i, id: field(pa, "Env.env_id"), status,
			parent: field(pa, "Env.env_parent_id"),
			runs: field(pa, "Env.env_runs"),
			pgdir: physical(facts, field(pa, "Env.env_pgdir")),
			eip: memory.read32(pa + facts.get("Env.env_tf")
				+ facts.get("Trapframe.tf_eip")),
			program: programName(memory, facts, privates, i),
			wait: status === facts.get("ENV_NOT_RUNNABLE")
				? readWait(memory, facts, waits, i) : undefined,
		});
	}
	return found;
}

// Names of env_status.
export function statusName(facts, status)
{
	return ["FREE", "DYING", "RUNNABLE", "RUNNING", "NOT_RUNNABLE"]
		.find((name) => facts.get("ENV_" + name) === status)
		?.toLowerCase().replace("_", " ") ?? `status ${status}`;
}

// Read everything:
//   npages       frames that the kernel manages; 0 before it knows
//   pages        physical address of the array; undefined before it exists
//   freeList     the pointer page_free_list (a virtual address, 0: empty)
//   kernPgdir    physical address; undefined before
//   entryPgdir   of the first page tables
//   envs envsAt  environments in use; where the array is
//   runQueue     the slots of the runnable ones, the next one first
//   curenv       index of the current one, or undefined
//   privates     physical address of env_privates, or undefined
//   ranges       the kernel's ranges of RAM
//   image        [start, end) of the kernel's image, physical
//   bootEnd      end of the memory from boot_alloc, physical
//   problems     descriptions of impossible values
export function readKernel(memory, facts)
{
	const problems = [];
	const pa = (name) => {
		const found = physical(facts, facts.symbol(name));
		if (found === undefined)
			problems.push(`the kernel has no unique symbol ${name}`);
		return found;
	};
	const limit = facts.get("KERNWINSIZE") / 4096;
	let npages = variable(memory, facts, "npages") ?? 0;
	if (npages > limit) {
		problems.push(`npages is ${npages}, more than the window has`);
		npages = 0;
	}
	const kernel = {
		npages, problems,
		pages: arrayAt(memory, facts, "pages", npages,
			facts.get("sizeof PageInfo"), problems),
		pagesVa: variable(memory, facts, "pages"),
		freeList: variable(memory, facts, "page_free_list"),
		kernPgdir: arrayAt(memory, facts, "kern_pgdir", 1, 4096, problems),
		entryPgdir: pa("entry_pgdir"),
		envsAt: arrayAt(memory, facts, "envs", facts.get("NENV"),
			facts.get("sizeof Env"), problems),
		privates: facts.symbols.get("env_privates")
			? pa("env_privates") : undefined,
		ranges: readRanges(memory, facts, problems),
		text: [pa("stext"), pa("etext")], rodata: [pa("etext"), pa("erodata")],
		image: [pa("stext"), pa("end")],
	};
	kernel.envs = readEnvironments(memory, facts, kernel.envsAt,
		kernel.privates);
	kernel.runQueue = kernel.envsAt === undefined ? []
		: readRunQueue(memory, facts);
	const current = physical(facts, variable(memory, facts, "curenv"));
	if (current !== undefined && kernel.envsAt !== undefined)
		kernel.curenv = (current - kernel.envsAt) / facts.get("sizeof Env");
	kernel.bootEnd = bootEnd(kernel, facts);
	return kernel;
}

// The memory from boot_alloc ends after the last of its arrays.
function bootEnd(kernel, facts)
{
	const ends = [kernel.image[1], (kernel.kernPgdir ?? -4096) + 4096];
	if (kernel.pages !== undefined)
		ends.push(kernel.pages
			+ kernel.npages * facts.get("sizeof PageInfo"));
	if (kernel.envsAt !== undefined)
		ends.push(kernel.envsAt
			+ facts.get("NENV") * facts.get("sizeof Env"));
	return Math.ceil(Math.max(...ends) / 4096) * 4096;
}
