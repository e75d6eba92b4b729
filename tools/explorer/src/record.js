// The record of a run: moments, one for each pause and each traced call; the
// changes since the last one; and the number of free frames over time.

import { Moment, Timeline, difference } from "./history.js";
import { hex } from "./facts.js";
import { readFreeList } from "./freelist.js";
import { PagingHistory, readCounts } from "./swap.js";

const MAX_MOMENTS = 60;
// Time between two samples of the free list, in ms, and the largest share of
// the time that samples may take.
const SAMPLE = 5, SAMPLE_SHARE = 0.1;

export class Record {
	constructor()
	{
		this.timeline = new Timeline();
		this.paging = new PagingHistory();
		this.clear();
	}

	// Forget the last run.
	clear()
	{
		this.moments = [];
		this.timeline.clear();
		this.paging.clear();
		this.lastPause = undefined;
		this.change = null;		// the tracer's last result
		this.changedFrames = [];	// since the last pause: frame numbers
		this.changedEntries = [];	// as difference() returns them
		this.lastHead = undefined;
		this.nextSample = 0;
	}

	add(moment)
	{
		this.moments.push(moment);
		if (this.moments.length > MAX_MOMENTS)
			this.moments.shift();
	}

	// Keep Snapshot s under the user's label.
	mark(s, label, instructions)
	{
		this.add(new Moment(s, label, instructions, this.moments.at(-1)));
	}

	// Keep Snapshot s of a machine that was paused, or died.
	pause(s, machine)
	{
		// The tracer keeps its own moments.
		if (this.change && this.lastPause === this.change.after
		    && machine.cause.kind === "arrived")
			return;
		const moment = new Moment(s, pauseLabel(s, machine),
			machine.instructions, this.lastPause);
		const d = this.lastPause ? difference(this.lastPause, moment, s.facts)
			: { frames: [], entries: [], same: false };
		this.changedFrames = d.frames.map((f) => f.frame);
		this.changedEntries = d.entries;
		this.lastPause = moment;
		// Steps that change nothing are not kept.
		if (machine.cause.kind !== "step" || !d.same)
			this.add(moment);
	}

	// Keep a traced call that changed the memory map (see trace.js).
	traced(change)
	{
		this.change = change;
		this.add(change.before);
		this.add(change.after);
		this.changedFrames = change.frames.map((f) => f.frame);
		this.changedEntries = change.entries;
		this.lastPause = change.after;
	}

	// Note the counts of paging to disk.
	notePaging(s)
	{
		const counts = s.facts && readCounts(s.memory, s.facts);
		if (counts)
			this.paging.add(counts);
	}

	// Between snapshots, note changes of the free list. s: the last
	// Snapshot.
	sample(s, machine, facts)
	{
		const memory = machine.memory();
		const head = memory.read32(facts.symbol("page_free_list")
			- facts.get("KERNBASE"));
		const now = performance.now();
		if (head === this.lastHead || now < this.nextSample)
			return;
		this.lastHead = head;
		this.sampled = readFreeList(memory, { ...s.kernel, freeList: head },
			facts, this.sampled);
		this.timeline.add(machine.instructions, this.sampled.length);
		const done = performance.now();
		this.nextSample = done + Math.max(SAMPLE, (done - now) / SAMPLE_SHARE);
	}
}

function pauseLabel(s, machine)
{
	const place = s.facts.functionAt(s.registers.eip)?.name
		?? hex(s.registers.eip);
	return (machine.state === "dead" ? "death in " : "pause in ") + place;
}
