// What is remembered of a run: moments, one for each pause and each traced call,
// what changed since the last, and how many frames were free over time.

import { Moment, Timeline, difference } from "./history.js";
import { hex } from "./facts.js";
import { readFreeList } from "./freelist.js";

const MAX_MOMENTS = 60;
// Between two samples of the free list, in ms, and the share of the time that
// they may take.
const SAMPLE = 5, SAMPLE_SHARE = 0.1;

export class Record {
	constructor()
	{
		this.timeline = new Timeline();
		this.clear();
	}

	// Before another run.
	clear()
	{
		this.moments = [];
		this.timeline.clear();
		this.lastPause = undefined;
		this.change = null;		// what the tracer last found
		this.changedFrames = [];	// since the last pause: frame numbers
		this.changedEntries = [];	// as difference() gives them
		this.lastHead = undefined;
		this.nextSample = 0;
	}

	add(moment)
	{
		this.moments.push(moment);
		if (this.moments.length > MAX_MOMENTS)
			this.moments.shift();
	}

	// Keep Snapshot s under a name of somebody's.
	mark(s, label, instructions)
	{
		this.add(new Moment(s, label, instructions, this.moments.at(-1)));
	}

	// The machine was paused, or died, where Snapshot s shows it.
	pause(s, machine)
	{
		// The tracer has noted its own.
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
		// Steps that change nothing are no moments.
		if (machine.cause.kind !== "step" || !d.same)
			this.add(moment);
	}

	// A call that changed the memory map has returned (see trace.js).
	traced(change)
	{
		this.change = change;
		this.add(change.before);
		this.add(change.after);
		this.changedFrames = change.frames.map((f) => f.frame);
		this.changedEntries = change.entries;
		this.lastPause = change.after;
	}

	// Between looks, notice that the free list moved. s: the last Snapshot.
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
