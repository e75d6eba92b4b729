// Paging to disk: the kernel's ring of pages that may leave memory, the slots of
// the swap area, and counts; all read from RAM. Also a disk with such an area.
//
// As elsewhere, no value is trusted, and no loop follows links without a bound.

import { physical, variable } from "./kernel.js";
import { A, D, P } from "./walk.js";

// ---- A swap area

const SLOT = 4096;

// A disk whose whole is a swap area of n slots, the header's included: see
// kern/swaparea.h.
export function swapDisk(n)
{
	const disk = new ArrayBuffer(n * SLOT);
	new Uint8Array(disk, 0, 8).set([..."PAGESWAP"].map((c) => c.charCodeAt(0)));
	const words = new Uint32Array(disk, 0, 6);
	words[2] = 1;
	words[3] = n;
	words[5] = -words.reduce((sum, word) => sum + word | 0, 0);
	return disk;
}

// ---- The kernel's state

// What a slot is, in the order of the legend.
export const SLOT_KIND = { FREE: 0, ONE: 1, SEVERAL: 2, HELD: 3, READ: 4,
	WRITTEN: 5, BAD: 6 };
export const SLOT_NAMES = ["free", "on disk, 1 entry", "on disk, several entries",
	"also in memory", "being read", "being written", "failed"];

const COUNTS = ["faults", "page_ins", "file_loads", "returned", "page_outs",
	"dropped"];

// The counts alone, which are read often; undefined without a swap area.
export function readCounts(memory, facts)
{
	if (!(variable(memory, facts, "swap_on") & 0xFF))
		return undefined;
	const at = physical(facts, facts.symbol("swap_counts"));
	return Object.fromEntries(COUNTS.map((name) => [name,
		memory.read32(at + facts.get("swap_counts." + name))]));
}

// A text of at most 16 characters that a pointer points to.
function textAt(memory, facts, pointer)
{
	const at = physical(facts, pointer);
	let text = "";
	for (let c; at !== undefined && text.length < 16
	     && (c = memory.read8(at + text.length)); )
		text += String.fromCharCode(c);
	return text;
}

// The entry of page number va >>> 12 of the environment in slot n; 0 if there is
// none.
function entryOf(s, n, va)
{
	const env = s.kernel.envs.find((e) => e.index === n);
	const directory = env?.pgdir !== undefined && s.memory.table(env.pgdir);
	const pde = directory ? directory[va >>> 22] : 0;
	return pde & P ? s.memory.table(pde)?.[va >>> 12 & 0x3FF] ?? 0 : 0;
}

// A page of the ring: { frame, env, va, used, dirty, age, slot, inFile, busy }.
function readPage(s, frame, at, flags)
{
	const { memory, facts } = s;
	const where = memory.read32(at + facts.get("resident.where"));
	const home = memory.read32(at + facts.get("resident.pte") + 4);
	const env = where >>> 20, va = where << 12 >>> 0;
	const pte = entryOf(s, env, va);
	const here = pte & P && pte >>> 12 === frame ? pte : 0;
	return {
		frame, env, va, used: (here & A) !== 0,
		dirty: (here & D) !== 0 || (flags & facts.get("PP_DIRTY")) !== 0,
		age: home >>> 21, inFile: (home >>> 20 & 1) !== 0,
		slot: home >>> 20 & 1 ? 0 : home & 0xFFFFF,
		busy: (flags & facts.get("PP_BUSY")) !== 0,
	};
}

// The ring from the hand on, as far as it makes sense.
function readRing(s)
{
	const { memory, facts, kernel } = s, ring = [];
	const at = physical(facts, variable(memory, facts, "residents"));
	const n = Math.min(variable(memory, facts, "resident_count") ?? 0, s.npages);
	const flagsAt = kernel.pages + facts.get("PageInfo.pp_flags");
	let frame = variable(memory, facts, "resident_hand");
	while (at !== undefined && ring.length < n && frame < s.npages) {
		const flags = memory.read8(flagsAt + frame * facts.get("sizeof PageInfo"));
		if (!(flags & facts.get("PP_PAGED")))
			break;
		const record = at + frame * facts.get("sizeof resident");
		ring.push(readPage(s, frame, record, flags));
		frame = memory.read16(record + facts.get("resident.next"));
	}
	return ring;
}

function slotKind(s, count, frame)
{
	const { facts } = s;
	if (count >= facts.get("SLOT_FREE"))
		return SLOT_KIND.FREE;
	if (count === facts.get("SLOT_BAD"))
		return SLOT_KIND.BAD;
	const flags = frame ? s.memory.read8(s.kernel.pages + frame
		* facts.get("sizeof PageInfo") + facts.get("PageInfo.pp_flags")) : 0;
	if (flags & facts.get("PP_FILLING"))
		return SLOT_KIND.READ;
	if (flags & facts.get("PP_BUSY"))
		return SLOT_KIND.WRITTEN;
	if (frame)
		return SLOT_KIND.HELD;
	return count > 1 ? SLOT_KIND.SEVERAL : SLOT_KIND.ONE;
}

// The kind of each slot, and the number of its entries and its frame:
// { kinds, at }. Slot 0 is the header.
function readSlots(s, total)
{
	const { memory, facts } = s, kinds = new Uint8Array(total + 1);
	const at = physical(facts, variable(memory, facts, "slots"));
	const size = facts.get("sizeof slot"), count = facts.get("slot.count");
	const frame = facts.get("slot.frame");
	for (let n = 1; at !== undefined && n <= total; n++)
		kinds[n] = slotKind(s, memory.read16(at + n * size + count),
			memory.read16(at + n * size + frame));
	return { kinds, at };
}

function readVictim(s)
{
	const at = physical(s.facts, s.facts.symbol("swap_last_victim"));
	const field = (name) => s.memory.read32(at
		+ s.facts.get("swap_victim." + name));
	if (!field("frame"))
		return undefined;
	return { frame: field("frame"), env: field("where") >>> 20,
		va: field("where") << 12 >>> 0, slot: field("slot"),
		written: (field("written") & 0xFF) !== 0, age: field("age"),
		looks: field("looks") };
}

// The most slots that an entry of a page table can name.
const MOST_SLOTS = 1 << 20;

// Everything; undefined without a swap area.
export function readSwap(s)
{
	const counts = s.facts && s.kernel.pages !== undefined
		? readCounts(s.memory, s.facts) : undefined;
	if (!counts)
		return undefined;
	const get = (name) => variable(s.memory, s.facts, name);
	const total = Math.min(get("slots_total"), MOST_SLOTS - 1);
	return {
		counts, total, free: get("slots_free"), limit: get("swap_limit"),
		reads: get("swapio_reads"), writes: get("swapio_writes"),
		policy: textAt(s.memory, s.facts, s.memory.read32(physical(s.facts,
			get("policy")) + s.facts.get("policy.name"))),
		victim: readVictim(s), ring: readRing(s), ...readSlots(s, total),
	};
}

// Where a page is whose entry is neither present nor 0, in words; undefined if
// the entry does not say. total: the number of slots.
export function absentWords(pte, total)
{
	if (pte & P || !total)
		return undefined;
	if (pte & 0x80)
		return pte >>> 12 === 0xFFFFF ? "zeroes, not allocated"
			: "in the program's file, not loaded";
	const slot = pte >>> 12;
	return slot && slot <= total ? `on disk, slot ${slot}` : undefined;
}

// The same for the page that a walk() has not reached.
export function absentOf(s, w)
{
	if (!s.facts || w.present || !w.pte || w.va >= s.facts.get("UTOP"))
		return undefined;
	return absentWords(w.pte, variable(s.memory, s.facts, "slots_total"));
}

// Why the policy has chosen its last victim, in words.
export function victimWords(swap)
{
	const { victim: v, policy } = swap;
	if (!v)
		return "No page has left memory yet.";
	const passed = Math.max(0, v.looks - 1);
	const why = {
		clock: `the first with A clear; ${passed}`
			+ ` page${passed === 1 ? "" : "s"} with A set had a second chance`,
		fifo: "the page that has been in memory longest",
		aging: `the smallest age, ${v.age}`,
		random: "chosen at random",
	}[policy] ?? "chosen by the policy";
	const to = !v.slot ? "dropped: the program's file has it"
		: v.written ? `written to slot ${v.slot}`
		: `dropped: slot ${v.slot} has it`;
	return `The last victim, by ${policy}: ${why}. It was ${to}.`;
}

// ---- Over time

// Page-ins and page-outs, sampled; when there are too many samples, neighbours
// are put together.
export class PagingHistory {
	constructor(most = 240)
	{
		this.most = most;
		this.clear();
	}

	clear()
	{
		this.samples = [];	// [{ ins, outs }], between two samples
		this.last = undefined;
		this.pending = { ins: 0, outs: 0, n: 0 };
		this.every = 1;
	}

	add(counts)
	{
		const { last, pending: p } = this;
		this.last = counts;
		// The first one, or the counts were reset.
		if (!last || counts.page_ins < last.page_ins
		    || counts.page_outs < last.page_outs)
			return;
		p.ins += counts.page_ins - last.page_ins;
		p.outs += counts.page_outs - last.page_outs;
		if (++p.n < this.every || !(this.samples.length || p.ins || p.outs))
			return;
		this.samples.push({ ins: p.ins, outs: p.outs });
		this.pending = { ins: 0, outs: 0, n: 0 };
		if (this.samples.length > this.most)
			this.halve();
	}

	halve()
	{
		const all = this.samples;
		this.samples = [];
		for (let i = 0; i < all.length; i += 2)
			this.samples.push({ ins: all[i].ins + (all[i + 1]?.ins ?? 0),
				outs: all[i].outs + (all[i + 1]?.outs ?? 0) });
		this.every *= 2;
	}
}
