// Classifies each frame of physical memory for the map: its kind, its count and
// the references that the tables really have, its mappings, and contradictions.
//
// A Snapshot describes the whole memory at one moment. Many are taken each
// second, so a new one takes over the arrays of an old one (reuse).

import { readFreeList } from "./freelist.js";
import { readKernel } from "./kernel.js";
import { Memory } from "./memory.js";
import { CR4_PSE, CR0_PG, P, PS, mappings } from "./walk.js";

// Kinds, in the order of the legend. An unknown kernel's page tables can be
// shown, but not its counts.
export const KIND = {
	RESERVED: 0,	// firmware, frame 0, absent
	HOLE: 1,	// I/O hole
	TEXT: 2, RODATA: 3, DATA: 4,	// the kernel's image
	PAGES: 5, ENVS: 6,		// the arrays after it
	DIRECTORY: 7, TABLE: 8,
	USER: 9,	// mapped below UTOP
	HELD: 10,	// used, mapped only in the window
	FREE: 11,
	UNMANAGED: 12,	// RAM that the kernel does not use
	BROKEN: 13,	// its state and the free list contradict each other
};
export const KIND_NAMES = ["reserved", "I/O hole", "kernel text",
	"kernel constants", "kernel data, stack", "pages", "envs",
	"page directory", "page table", "user page", "used, mapped nowhere", "free",
	"RAM not managed", "contradiction"];

// Bits of sharing[]: an entry of a user has PTE_SHARE, or PTE_COW.
export const SHARE = 1, COW = 2;

// owner[] beyond an environment's index + 1.
export const NO_OWNER = 0, SHARED = 0xFFFF;

function makeArrays(total, npages)
{
	return {
		kind: new Uint8Array(total),
		state: new Uint8Array(total),	// pp_state, 0xFF unknown
		count: new Uint16Array(total),	// pp_ref
		found: new Uint32Array(total),	// entries and holds that refer to it
		aliases: new Uint16Array(total),	// user pages that lead to it
		owner: new Uint16Array(total),
		sharing: new Uint8Array(total),
		npages,
	};
}

export class Snapshot {
	// A snapshot of no machine: no RAM, no kernel, no directory.
	static nothing()
	{
		const names = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
			"eip", "eflags", "cr0", "cr2", "cr3", "cr4", "cs", "ss", "ds",
			"cpl", "idt", "idtLimit", "gdt", "gdtLimit"];
		return Snapshot.take(new Memory(new Uint8Array(0)),
			Object.fromEntries(names.map((name) => [name, 0])), null);
	}

	// Take a snapshot. registers: see Machine.registers(). facts: null for
	// an unknown kernel; then only tables are known.
	static take(memory, registers, facts, reuse)
	{
		const s = new Snapshot();
		s.memory = memory;
		s.registers = registers;
		s.facts = facts;
		s.pse = (registers.cr4 & CR4_PSE) !== 0;
		s.paging = (registers.cr0 & CR0_PG) !== 0;
		s.total = memory.size >>> 12;
		s.kernel = facts ? readKernel(memory, facts)
			: { npages: 0, envs: [], runQueue: [], problems: [],
				ranges: [] };
		const n = s.kernel.npages;
		s.npages = Math.min(n, s.total);
		s.arrays = reuse?.total === s.total && reuse.kernel.npages === n
			? reuse.arrays : makeArrays(s.total, n);
		Object.assign(s, s.arrays);
		s.list = readFreeList(memory, s.kernel, facts, reuse?.list);
		s.directories = findDirectories(s);
		s.readStates();
		s.countReferences();
		s.classify();
		return s;
	}

	// Read states and counts from `pages`.
	readStates()
	{
		const { kernel, memory, facts, state, count } = this;
		state.fill(0xFF);
		count.fill(0);
		if (kernel.pages === undefined)
			return;
		const size = facts.get("sizeof PageInfo");
		const refAt = kernel.pages + facts.get("PageInfo.pp_ref");
		const stateAt = kernel.pages + facts.get("PageInfo.pp_state");
		const u8 = memory.u8;
		for (let i = 0; i < this.npages; i++) {
			const ref = refAt + i * size;
			count[i] = u8[ref] | u8[ref + 1] << 8;
			state[i] = u8[stateAt + i * size];
		}
	}

	// Count the references to each frame, as rule F2 defines them: page
	// tables once each, user pages once an entry, directories and x87
	// frames of environments. Entries above UTOP, made by boot_map_region,
	// do not count.
	countReferences()
	{
		this.found.fill(0);
		this.aliases.fill(0);
		this.owner.fill(NO_OWNER);
		this.sharing.fill(0);
		this.tableFrames = new Set();
		if (!this.facts) {
			this.countDirectory(this.registers.cr3, 1024, NO_OWNER, 1024);
			return;
		}
		const utop = this.facts.get("UTOP") >>> 22;
		const { kernel, found } = this;
		if (kernel.kernPgdir !== undefined)
			this.countDirectory(kernel.kernPgdir, 1024, NO_OWNER, utop);
		for (const e of kernel.envs) {
			if (e.pgdir === undefined)
				continue;
			if (e.pgdir >>> 12 < this.total)
				found[e.pgdir >>> 12]++;
			const fpu = this.fpuFrame(e.index);
			if (fpu !== undefined)
				found[fpu]++;
			this.countDirectory(e.pgdir, utop, e.index + 1, utop);
		}
	}

	// Count the directory's entries [0, limit), and its tables' below
	// `user`.
	countDirectory(pgdir, limit, owner, user)
	{
		const directory = this.memory.table(pgdir);
		const self = this.facts ? this.facts.get("UVPT") >>> 22 : -1;
		if (!directory)
			return;
		for (let i = 0; i < limit; i++) {
			const pde = directory[i];
			if (i === self || (pde & (P | PS)) !== P)
				continue;
			const frame = pde >>> 12;
			if (frame < this.total)
				this.found[frame]++;
			this.tableFrames.add(frame);
			if (i < user)
				this.countTable(this.memory.table(pde), owner);
		}
	}

	countTable(table, owner)
	{
		if (!table)
			return;
		const { found, aliases, owner: owners, total } = this;
		for (let j = 0; j < 1024; j++) {
			const pte = table[j];
			if (!(pte & P))
				continue;
			const frame = pte >>> 12;
			if (frame >= total)
				continue;
			found[frame]++;
			aliases[frame]++;
			this.sharing[frame] |= pte >>> 10 & (SHARE | COW);
			owners[frame] = owners[frame] === NO_OWNER
				|| owners[frame] === owner ? owner : SHARED;
		}
	}

	// The frame of an environment's x87 state, or undefined.
	fpuFrame(index)
	{
		const { kernel, memory, facts } = this;
		if (kernel.privates === undefined)
			return undefined;
		const pointer = memory.read32(kernel.privates
			+ index * facts.get("sizeof EnvPrivate")
			+ facts.get("EnvPrivate.fpu.frame"));
		const frame = (pointer - kernel.pagesVa) / facts.get("sizeof PageInfo");
		return pointer && frame >= 0 && frame < this.npages ? frame : undefined;
	}

	classify()
	{
		const { kind, facts } = this;
		if (!facts) {
			kind.fill(KIND.UNMANAGED);
			this.markTables();
			return;
		}
		this.classifyByState();
		const { kernel } = this, size = facts.get("sizeof PageInfo");
		const fill = (range, value) => kind.fill(value, range[0] >>> 12,
			Math.min(this.total, Math.ceil(range[1] / 4096)));
		fill([facts.get("IOPHYSMEM"), facts.get("EXTPHYSMEM")], KIND.HOLE);
		fill(kernel.image, KIND.DATA);
		fill(kernel.text, KIND.TEXT);
		fill(kernel.rodata, KIND.RODATA);
		if (kernel.pages !== undefined)
			fill([kernel.pages, kernel.pages + kernel.npages * size],
				KIND.PAGES);
		if (kernel.envsAt !== undefined)
			fill([kernel.envsAt, kernel.envsAt + facts.get("NENV")
				* facts.get("sizeof Env")], KIND.ENVS);
		this.markTables();
		this.markContradictions();
	}

	// Classify managed frames by state; other RAM is unused.
	classifyByState()
	{
		const { kind, state, aliases, npages, list, facts } = this;
		const used = facts.get("PG_USED"), free = facts.get("PG_FREE");
		const known = this.kernel.pages !== undefined;
		for (let i = 0; i < npages; i++) {
			if (!known)
				kind[i] = KIND.UNMANAGED;
			else if (state[i] === free)
				kind[i] = KIND.FREE;
			else if (state[i] === used)
				kind[i] = aliases[i] ? KIND.USER : KIND.HELD;
			else if (list.position[i] >= 0)
				kind[i] = KIND.FREE;
			else
				kind[i] = KIND.RESERVED;
		}
		kind.fill(KIND.UNMANAGED, npages);
	}

	markTables()
	{
		const { kind, total } = this;
		for (const frame of this.tableFrames)
			if (frame < total && kind[frame] !== KIND.FREE)
				kind[frame] = KIND.TABLE;
		for (const d of this.directories)
			if (d.pgdir >>> 12 < total)
				kind[d.pgdir >>> 12] = KIND.DIRECTORY;
	}

	// Find contradictions between a frame's state, the free list, and the
	// page tables (a free frame that is mapped).
	markContradictions()
	{
		const { kind, state, npages, list, found } = this;
		const free = this.facts.get("PG_FREE");
		if (list.end === "absent")
			return;
		for (let i = 0; i < npages; i++) {
			const listed = list.position[i] >= 0;
			// A broken list tells nothing about frames that it did
			// not reach.
			if (listed ? state[i] !== free || found[i]
				: state[i] === free && list.end === "whole")
				kind[i] = KIND.BROKEN;
		}
	}

	// The contradiction of a frame of kind BROKEN, as text.
	contradiction(frame)
	{
		const free = this.facts.get("PG_FREE");
		const listed = this.list.position[frame] >= 0;
		if (listed && this.state[frame] !== free)
			return `on the free list, but its state is`
				+ ` ${this.stateName(frame)}`;
		if (listed && this.found[frame])
			return `free, but ${this.found[frame]} entries refer to it`;
		return "its state is free, but the free list does not have it";
	}

	stateName(frame)
	{
		const { facts } = this, state = this.state[frame];
		if (state === 0xFF)
			return "unknown";
		return ["reserved", "free", "used"].find((name) =>
			facts.get("PG_" + name.toUpperCase()) === state) ?? "nonsense";
	}

	// Every virtual address that maps a frame: [{ va, directory, flags,
	// large }], at most `limit` of them. directory: an element of
	// this.directories.
	mappingsOf(frame, limit = 64)
	{
		const found = [], pa = frame * 4096;
		for (const directory of this.directories) {
			for (const m of this.mapOf(directory)) {
				if (pa < m.pa || pa >= m.pa + m.pages * 4096)
					continue;
				if (this.isKernelPart(m.va) && directory.shared)
					continue;
				found.push({
					va: m.va + (pa - m.pa), directory, flags: m.flags,
					large: m.large,
				});
				if (found.length >= limit)
					return found;
			}
		}
		return found;
	}

	// Environments' directories share the part above UTOP with the
	// kernel's.
	isKernelPart(va)
	{
		return this.facts !== null && va >= this.facts.get("UTOP");
	}

	// All mappings of a directory (see mappings() in walk.js), computed
	// once.
	mapOf(directory)
	{
		this.maps ??= new Map();
		if (!this.maps.has(directory.pgdir))
			this.maps.set(directory.pgdir,
				mappings(this.memory, directory.pgdir, this.pse));
		return this.maps.get(directory.pgdir);
	}

	// The number of frames of each kind.
	totals()
	{
		const n = new Uint32Array(KIND_NAMES.length), { kind } = this;
		for (let i = 0; i < kind.length; i++)
			n[kind[i]]++;
		return n;
	}
}

// All directories: the kernel's, each environment's, and the current one if it
// is none of these: [{ name, pgdir, env, current, shared }]. shared: its part
// above UTOP is (or should be) the kernel's.
function findDirectories(s)
{
	const found = [], { kernel, registers } = s;
	const cr3 = (registers.cr3 & ~0xFFF) >>> 0;
	const add = (name, pgdir, env, shared) => {
		if (pgdir !== undefined && !found.some((d) => d.pgdir === pgdir))
			found.push({
				name, pgdir, env, shared,
				current: s.paging && pgdir === cr3,
			});
	};
	add("the kernel's", kernel.kernPgdir, undefined, false);
	for (const e of kernel.envs)
		add(`environment ${e.id.toString(16).padStart(8, "0")}'s`, e.pgdir, e,
			true);
	if (s.paging)
		add(cr3 === kernel.entryPgdir ? "the first" : "CR3's", cr3,
			undefined, false);
	return found;
}
