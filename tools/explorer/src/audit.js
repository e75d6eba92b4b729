// Checks the invariants of the design (doc/f-audit.md) from outside: from the
// tables, counts and free list in memory, sharing no code with the kernel's own
// audit. Each finding names its culprits, so that the page can show them.
//
// In the middle of an operation, invariants may be broken for a moment: the
// caller knows whether the kernel was idle.
//
// Not checked: T1 (the order of unmapping leaves no trace in memory). The
// tracer (trace.js) checks E1: it sees a call's result and what changed.

import { hex } from "./facts.js";
import { walk, A, D, LARGE_RESERVED, P, PS, U, W } from "./walk.js";

const CR0_NE = 0x20, CR4_OSFXSR = 0x200;

export const RULES = [
	["F1", "each frame is in one state; the free list holds exactly the free"
		+ " frames, each once"],
	["F2", "a used frame's count is the number of entries that map it, plus"
		+ " explicit holds"],
	["F3", "frame 0, the I/O hole, firmware ranges, the kernel and absent RAM"
		+ " are never free; all other RAM of the window is"],
	["M1", "users reach nothing at or above ULIM, and write nothing above UTOP"],
	["M2", "kernel text and constants are never writable; stack gaps are not"
		+ " mapped"],
	["M3", "the entry for UVPT is the directory itself"],
	["MAP", "the window maps physical memory from 0; the stack is in its place"],
	["EMU", "nothing depends on what only this emulator forgives: SSE"
		+ " instructions while CR4.OSFXSR is clear, and reserved bits in entries"
		+ " of 4 MiB pages"],
	["T1", "unmapping: entry, TLB, reference, in this order"],
	["E1", "a call that fails changes nothing"],
];

// The number of findings that are listed for one rule.
const MAX_FINDINGS = 200;

class Findings {
	constructor()
	{
		this.list = [];
		this.counts = {};
	}

	// culprit: { frames: [n], va, directory }; each part is optional.
	add(rule, words, culprit = {})
	{
		this.counts[rule] = (this.counts[rule] ?? 0) + 1;
		if (this.counts[rule] <= MAX_FINDINGS)
			this.list.push({ rule, words, ...culprit });
	}
}

// Audit a Snapshot. Returns { judged, findings, counts, unknown }: the rules
// that could be checked, the violations (at most MAX_FINDINGS of a rule), their
// number by rule, and why the other rules could not be checked.
export function audit(s)
{
	const out = new Findings(), judged = [], unknown = {};
	const { kernel, facts } = s;
	const judge = (rule, missing, fn) => {
		if (missing)
			unknown[rule] = `not checked: ${missing}`;
		else {
			judged.push(rule);
			fn(s, out);
		}
	};
	const noFrames = !facts ? "the kernel is unknown"
		: kernel.pages === undefined ? "pages does not exist yet"
		: kernel.freeList === 0 && !s.state.includes(facts.get("PG_USED"))
		? "the free list is not built yet" : undefined;
	const noTables = !facts ? "the kernel is unknown"
		: kernel.kernPgdir === undefined ? "kern_pgdir does not exist yet"
		: s.registers.cr3 === kernel.entryPgdir
		? "kern_pgdir is not loaded yet" : undefined;

	judge("F1", noFrames, auditList);
	judge("F2", noFrames ?? noTables, auditCounts);
	judge("F3", noFrames ?? (kernel.ranges.length ? undefined
		: "the kernel has found no memory yet"), auditReserved);
	judge("M1", noTables, auditUsers);
	judge("M2", noTables, auditText);
	judge("M3", noTables, auditSelf);
	judge("MAP", noTables, auditWindow);
	judge("EMU", noTables ?? (s.registers.cr0 & CR0_NE ? undefined
		: "the floating-point unit is not set up yet (CR0.NE is clear)"),
	auditForgiven);
	unknown.T1 = "not checked: the order leaves no trace in memory";
	unknown.E1 = "checked when calls are traced (panel Time)";
	return { judged, findings: out.list, counts: out.counts, unknown };
}

function auditList(s, out)
{
	const free = s.facts.get("PG_FREE"), { list } = s;
	if (list.end === "ring" || list.end === "wild")
		out.add("F1", `the free list is ${list.summary}`,
			{ frames: list.at >= 0 ? [list.at] : [] });
	for (let n = 0; n < s.npages; n++) {
		const listed = list.position[n] >= 0;
		if (listed && s.state[n] !== free)
			out.add("F1", `frame ${hex(n * 4096)} is on the free list, but`
				+ ` its state is ${s.stateName(n)}`, { frames: [n] });
		else if (!listed && s.state[n] === free && list.end === "whole")
			out.add("F1", `frame ${hex(n * 4096)} is free by its state, but`
				+ " not on the free list", { frames: [n] });
		if (listed && s.count[n])
			out.add("F1", `frame ${hex(n * 4096)} is on the free list with`
				+ ` count ${s.count[n]}`, { frames: [n] });
	}
}

function auditCounts(s, out)
{
	const used = s.facts.get("PG_USED");
	for (let n = 0; n < s.npages; n++) {
		const isUsed = s.state[n] === used;
		if (isUsed ? s.count[n] !== s.found[n]
			: s.list.position[n] >= 0 && s.found[n])
			out.add("F2", `${isUsed ? "used" : "free"} frame`
				+ ` ${hex(n * 4096)} has count ${s.count[n]}, but`
				+ ` ${s.found[n]} entries refer to it`, { frames: [n] });
	}
}

// True if all of frame n is usable RAM by the kernel's ranges, and unreserved.
export function mayBeFree(s, n)
{
	const { facts, kernel } = s, start = n * 4096;
	if (n === 0 || start >= facts.get("IOPHYSMEM") && start < kernel.bootEnd)
		return false;
	return kernel.ranges.some((r) => r.start <= start && start + 4096 <= r.end);
}

function whyReserved(s, n)
{
	const { facts, kernel } = s, start = n * 4096;
	if (n === 0)
		return "it holds the BIOS's data";
	if (start >= facts.get("IOPHYSMEM") && start < facts.get("EXTPHYSMEM"))
		return "it is in the I/O hole";
	if (start >= kernel.image[0] && start < kernel.image[1])
		return "it is in the kernel's image";
	if (start < kernel.bootEnd && start >= kernel.image[1])
		return "boot_alloc allocated it";
	return "it is no RAM, or firmware memory";
}

function auditReserved(s, out)
{
	const reserved = s.facts.get("PG_RESERVED");
	for (let n = 0; n < s.npages; n++) {
		const may = mayBeFree(s, n);
		if (!may && s.list.position[n] >= 0)
			out.add("F3", `frame ${hex(n * 4096)} is free, but`
				+ ` ${whyReserved(s, n)}`, { frames: [n] });
		else if (may !== (s.state[n] !== reserved))
			out.add("F3", `frame ${hex(n * 4096)} is ` + (may
				? "usable RAM, but reserved"
				: `not reserved, but ${whyReserved(s, n)}`),
				{ frames: [n] });
	}
}

function auditUsers(s, out)
{
	const { facts, kernel } = s;
	const ulim = facts.get("ULIM"), utop = facts.get("UTOP");
	for (const directory of s.directories)
		for (const m of s.mapOf(directory)) {
			const end = m.va + m.pages * 4096;
			if (!(m.flags & U) || end <= utop)
				continue;
			if (end > ulim)
				out.add("M1", `users reach ${hex(Math.max(m.va, ulim))} in`
					+ ` ${directory.name} directory`,
					{ va: Math.max(m.va, ulim), directory });
			if (m.flags & W)
				out.add("M1", `users write ${hex(Math.max(m.va, utop))},`
					+ ` above UTOP, in ${directory.name} directory`,
					{ va: Math.max(m.va, utop), directory });
			if (m.va < facts.get("UVPT") && !isShown(s, m))
				out.add("M1", `users see ${hex(m.pa)} at ${hex(m.va)} in`
					+ ` ${directory.name} directory`,
					{ va: m.va, directory, frames: [m.pa >>> 12] });
		}
	const main = s.memory.table(kernel.kernPgdir);
	for (const e of kernel.envs)
		auditEnvironment(s, e, main, out);
}

// Between UENVS and UVPT, users see only envs and pages.
function isShown(s, m)
{
	const { facts, kernel } = s;
	const shown = [
		[facts.get("UPAGES"), kernel.pages,
			kernel.npages * facts.get("sizeof PageInfo")],
		[facts.get("UENVS"), kernel.envsAt,
			facts.get("NENV") * facts.get("sizeof Env")],
	];
	return shown.some(([va, pa, size]) => pa !== undefined && m.va >= va
		&& m.pa === pa + (m.va - va)
		&& m.va + m.pages * 4096 <= va + Math.ceil(size / 4096) * 4096);
}

function auditEnvironment(s, e, main, out)
{
	const own = e.pgdir !== undefined && s.memory.table(e.pgdir);
	const id = e.id.toString(16).padStart(8, "0");
	if (!own) {
		out.add("M1", `environment ${id} has no directory in RAM`);
		return;
	}
	const directory = s.directories.find((d) => d.pgdir === e.pgdir);
	for (let i = s.facts.get("UTOP") >>> 22; i < 1024; i++)
		if (i !== s.facts.get("UVPT") >>> 22
		    && (own[i] ^ main[i]) & ~(A | D))
			out.add("M1", `environment ${id} has ${hex(own[i])} where the`
				+ ` kernel has ${hex(main[i])}, in entry ${hex(i, 3)}`,
				{ va: i * 0x400000, directory });
}

// The kernel's stacks: what each is called, where it begins, and the symbol of
// its memory.
function stacks(facts)
{
	const size = facts.get("KSTKSIZE");
	return [
		["kernel stack", facts.get("KSTACKTOP") - size, "bootstack"],
		["double fault's stack", facts.get("DFSTACKTOP") - size, "df_stack"],
	];
}

function auditText(s, out)
{
	const { facts, kernel } = s;
	const [start, end] = [kernel.text[0], kernel.rodata[1]];
	for (const directory of s.directories) {
		if (directory.pgdir === kernel.entryPgdir)
			continue;
		for (const m of s.mapOf(directory)) {
			const last = m.va + m.pages * 4096;
			if (m.flags & W && m.pa < end && m.pa + m.pages * 4096 > start)
				out.add("M2", `kernel text or constants are writable in`
					+ ` the ${m.pages} pages at ${hex(m.va)} of`
					+ ` ${directory.name} directory`,
					{ va: m.va + Math.max(0, start - m.pa), directory });
			for (const [name, bottom] of stacks(facts)) {
				const gap = Math.max(m.va, bottom - facts.get("KSTKGAP"));
				if (gap < Math.min(last, bottom))
					out.add("M2", `the gap below the ${name} is mapped,`
						+ ` from ${hex(gap)}`, { va: gap, directory });
			}
		}
	}
}

function auditSelf(s, out)
{
	const uvpt = s.facts.get("UVPT");
	for (const directory of s.directories) {
		const entry = s.memory.table(directory.pgdir)?.[uvpt >>> 22];
		if (directory.pgdir === s.kernel.entryPgdir || entry === undefined)
			continue;
		if (((entry & ~0xFFF) >>> 0) !== directory.pgdir
		    || (entry & (P | W | U)) !== (P | U))
			out.add("M3", `the entry for UVPT in ${directory.name} directory`
				+ ` is ${hex(entry)}, the directory at`
				+ ` ${hex(directory.pgdir)}`, { va: uvpt, directory });
	}
}

function auditWindow(s, out)
{
	const { facts, kernel } = s;
	const region = (name, va, size, pa) => {
		for (let i = 0; i < size; i += 4096) {
			const w = walk(s.memory, kernel.kernPgdir, va + i, s.pse);
			if (!w.present || w.pa !== pa + i)
				out.add("MAP", `${hex(va + i)} ${w.present
					? `maps ${hex(w.pa)}` : "is not mapped"}; in ${name} it`
					+ ` should map ${hex(pa + i)}`,
					{ va: va + i, directory: s.directories[0] });
			// A large page maps consistently: skip to its last
			// page. (va is a multiple of 4 MiB where pages can be
			// large.)
			if (w.large)
				i |= 0x3FF000;
		}
	};
	region("the window", facts.get("KERNBASE"), facts.get("KERNWINSIZE"), 0);
	for (const [name, bottom, symbol] of stacks(facts)) {
		const memory = facts.symbol(symbol);
		if (memory !== undefined)
			region(`the ${name}`, bottom, facts.get("KSTKSIZE"),
				memory - facts.get("KERNBASE"));
	}
}

// v86 runs SSE instructions where a processor raises #UD, and ignores the
// reserved bits of a large page, where a processor faults (doc/emulators.md).
function auditForgiven(s, out)
{
	if (!(s.registers.cr4 & CR4_OSFXSR))
		out.add("EMU", "CR4.OSFXSR is clear: this emulator runs SSE instructions"
			+ " all the same, and every other machine raises Invalid Opcode");
	for (const directory of s.directories) {
		const entries = s.pse && s.memory.table(directory.pgdir);
		for (let i = 0; entries && i < 1024; i++)
			if ((entries[i] & (P | PS)) === (P | PS)
			    && entries[i] & LARGE_RESERVED)
				out.add("EMU", `entry ${hex(i, 3)} of ${directory.name}`
					+ ` directory, ${hex(entries[i])}, has reserved bits`
					+ " of a 4 MiB page set: only this emulator ignores"
					+ " them", { va: i * 0x400000, directory });
	}
}
