// The reference string that the kernel records (kern/reftrace.h), read from RAM,
// and the kernel's own count beside those of policies on the same string.

import { physical } from "./kernel.js";
import { POLICIES, faultsOf } from "./policies.js";

// The longest string that is replayed here, in events.
const LONGEST = 1 << 17;

// Read the kernel's record of references. Returns { on, count, frames, faults,
// at, trouble }; undefined if there is none. at: where the events are. trouble: why there is
// nothing to compare, in words.
export function readRecord({ memory, facts })
{
	const record = facts ? physical(facts, facts.symbol("reftrace"))
		: undefined;
	if (record === undefined)
		return undefined;
	const field = (name) => memory.read32(record
		+ facts.get("reftrace." + name));
	const flag = (name) => (field(name) & 0xFF) !== 0;
	if (!field("events"))
		return undefined;
	const on = (memory.read32(physical(facts,
		facts.symbol("resident_traced"))) & 0xFF) !== 0;
	const loads = on ? memory.read32(physical(facts,
		facts.symbol("swap_counts")) + facts.get("swap_counts.loads"))
		: field("after.loads");
	const r = { on, count: field("count"), frames: field("frames"),
		faults: loads - field("before.loads") >>> 0,
		at: physical(facts, field("events")) };
	const lost = field("lost"), end = r.at
		+ r.count * facts.get("sizeof ref_event");
	r.trouble = !(end <= memory.size) ? "The record makes no sense."
		: lost ? `The record was cut off: ${lost} uses did not fit. The`
			+ " kernel's count goes on beyond it, so there is nothing to"
			+ " compare. Record more, or less of a run."
		: !r.frames ? "The number of frames was not limited, so there is none"
			+ " to compare with. Type swap frames 24 before you record."
		: flag("varied") ? "The number of frames has changed during the record."
			+ " Record again with one limit."
		: flag("shared") ? "Programs have shared pages. The record has several"
			+ " names for one, so there is nothing to compare."
		: r.count > LONGEST ? `The string has ${r.count} events, too many to`
			+ " replay here. Use swap trace, and tools/paging."
		: undefined;
	return r;
}

// The string of a record without trouble: see policies.js.
export function readString({ memory, facts }, { at, count })
{
	const size = facts.get("sizeof ref_event"), names = new Map();
	const env = facts.get("ref_event.env"), string = [];
	const free = facts.get("REF_FREE"), end = facts.get("REF_END");
	let pages = 0;
	for (let i = 0; i < count; i++, at += size) {
		const id = memory.read32(at + env), word = memory.read32(at + env + 4);
		const number = word & 0xFFFFF, kind = word >>> 20 & 3;
		let own = names.get(id);
		if (!own)
			names.set(id, own = new Map());
		if (kind === end) {
			for (const page of own.values())
				string.push(~page);
			names.delete(id);
		} else if (kind === free) {
			// It may have been allocated, but never used.
			if (own.has(number))
				string.push(~own.get(number));
			own.delete(number);
		} else {
			if (!own.has(number))
				own.set(number, pages++);
			string.push(own.get(number));
		}
	}
	return string;
}

// The faults of each policy with the frames of the record: { OPT, LRU, FIFO }.
export function compare(string, frames)
{
	return Object.fromEntries(POLICIES.map((policy) =>
		[policy, faultsOf(policy, string, frames)]));
}

// The same for several numbers of frames: [{ frames, OPT, LRU, FIFO }].
export function curves(string, frames, points = 12)
{
	const from = Math.max(1, frames >> 1);
	const step = Math.max(1, Math.round((2 * frames - from) / points));
	const all = [];
	// The one of the record is among them.
	for (let n = frames - Math.floor((frames - from) / step) * step;
	     n <= 2 * frames; n += step)
		all.push({ frames: n, ...compare(string, n) });
	return all;
}
