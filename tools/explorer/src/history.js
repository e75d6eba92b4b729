// Moments of the memory map, and what changed between two of them.
//
// A Moment keeps copies: the state, count and kind of each frame, and every
// page table and directory. Tables that did not change since the previous
// moment are shared with it, so a moment costs little more than `pages`.

import { A, D, P, PS } from "./walk.js";

export class Moment {
	// Copy Snapshot s. label: text for the list of moments. instructions:
	// the processor's count. previous: the previous moment, or undefined.
	constructor(s, label, instructions, previous)
	{
		this.label = label;
		this.instructions = instructions;
		this.npages = s.npages;
		this.kind = s.kind.slice();
		this.state = s.state.slice();
		this.count = s.count.slice();
		this.free = s.list.length;
		this.freeHead = s.list.length ? s.list.order[0] : -1;
		this.listEnd = s.list.end;
		this.cr3 = s.registers.cr3;
		this.directories = s.directories.map(({ name, pgdir, shared }) =>
			({ name, pgdir, shared }));
		this.tables = new Map();	// physical address -> Uint32Array(1024)
		for (const d of this.directories)
			this.keepDirectory(s, d.pgdir, previous);
	}

	keepDirectory(s, pgdir, previous)
	{
		const entries = this.keep(s.memory, pgdir, previous);
		if (!entries)
			return;
		for (const pde of entries)
			if ((pde & P) && !(pde & PS && s.pse))
				this.keep(s.memory, (pde & ~0xFFF) >>> 0, previous);
	}

	keep(memory, pa, previous)
	{
		if (this.tables.has(pa))
			return this.tables.get(pa);
		const now = memory.table(pa), before = previous?.tables.get(pa);
		if (!now)
			return undefined;
		const kept = before && equal(now, before) ? before : now.slice();
		this.tables.set(pa, kept);
		return kept;
	}
}

function equal(a, b)
{
	for (let i = 0; i < a.length; i++)
		if (a[i] !== b[i])
			return false;
	return true;
}

// A moment's entry j of the table of directory entry i; 0 without a table. In a
// table, the bit PS is PTE_FILE or PAT.
function entryAt(moment, directory, i, j)
{
	return tableOf(moment, directory?.[i] ?? 0)?.[j] ?? 0;
}

// The differences between moments a and b: { frames, entries, same }.
//   frames   [{ frame, before, after }]: before and after are { kind, state,
//            count }
//   entries  [{ directory, va, level, before, after }], level "directory" or
//            "table"; changes of only A and D are ignored
// facts: the self-map at UVPT is left out, as is the kernel's part of
// environments' directories.
export function difference(a, b, facts)
{
	const frames = [], entries = [];
	for (let n = 0; n < b.kind.length; n++)
		if (a.kind[n] !== b.kind[n] || a.state[n] !== b.state[n]
		    || a.count[n] !== b.count[n])
			frames.push({ frame: n, before: frameAt(a, n),
				after: frameAt(b, n) });
	const all = new Map([...a.directories, ...b.directories]
		.map((d) => [d.pgdir, d]));
	for (const d of all.values())
		compareDirectories(a, b, d, facts, entries);
	return { frames, entries, same: !frames.length && !entries.length
		&& a.free === b.free && a.freeHead === b.freeHead };
}

function frameAt(moment, n)
{
	return { kind: moment.kind[n], state: moment.state[n],
		count: moment.count[n] };
}

function compareDirectories(a, b, d, facts, entries)
{
	const before = a.tables.get(d.pgdir), after = b.tables.get(d.pgdir);
	const self = facts ? facts.get("UVPT") >>> 22 : -1;
	const limit = d.shared && facts ? facts.get("UTOP") >>> 22 : 1024;
	for (let i = 0; i < limit; i++) {
		const x = before?.[i] ?? 0, y = after?.[i] ?? 0;
		if ((x ^ y) & ~(A | D))
			entries.push({ directory: d, va: i * 0x400000,
				level: "directory", before: x, after: y });
		if (i === self || tableOf(a, x) === tableOf(b, y))
			continue;
		for (let j = 0; j < 1024; j++) {
			const p = entryAt(a, before, i, j);
			const q = entryAt(b, after, i, j);
			if ((p ^ q) & ~(A | D))
				entries.push({ directory: d, va: (i * 1024 + j) * 4096,
					level: "table", before: p, after: q });
		}
	}
}

function tableOf(moment, pde)
{
	return (pde & (P | PS)) === P ? moment.tables.get((pde & ~0xFFF) >>> 0)
		: undefined;
}

// Free frames over time: [instructions, free frames], a bounded number of
// points. When full, it drops every second point, and from then on takes only
// every second one.
export class Timeline {
	constructor(size = 2000)
	{
		this.size = size;
		this.clear();
	}

	clear()
	{
		this.points = [];
		this.every = 1;
		this.seen = 0;
	}

	// Keep every change, but an unchanged number only sometimes.
	add(instructions, free)
	{
		const last = this.points[this.points.length - 1];
		if (last && last[1] === free) {
			last[2] = instructions;
			return;
		}
		if (this.seen++ % this.every)
			return;
		this.points.push([instructions, free, instructions]);
		if (this.points.length > this.size) {
			this.points = this.points.filter((_, i) => i % 2 === 0);
			this.every *= 2;
		}
	}
}
