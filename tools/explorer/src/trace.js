// Traces calls that change the memory map, one at a time: runs the machine
// until such a call has returned and something has changed, and pauses it
// there. Reports the call, its caller and result, and the changed frames and
// entries.

import { Moment, difference } from "./history.js";
import { read32 } from "./backtrace.js";

// The functions that change the memory map, with the result that means failure.
export const MEMORY_CALLS = new Map([
	["page_init", undefined], ["page_alloc", 0], ["page_free", undefined],
	["page_decref", undefined], ["page_insert", "negative"],
	["page_remove", undefined], ["pgdir_walk", 0],
	["boot_map_region", undefined], ["mmio_map_region", 0],
	["cow_share", "negative"], ["cow_copy", "negative"],
	["pagein", undefined], ["evict_one", undefined],
	["pagein_transfer_ended", undefined],
]);

// The names of these functions' arguments.
const ARGUMENTS = {
	page_init: [], page_alloc: ["flags"], page_free: ["frame"],
	page_decref: ["frame"], page_insert: ["pgdir", "frame", "va", "perm"],
	page_remove: ["pgdir", "va"], pgdir_walk: ["pgdir", "va", "create"],
	boot_map_region: ["pgdir", "va", "size", "pa", "perm"],
	mmio_map_region: ["pa", "size"],
	cow_share: ["from", "to", "start", "end"], cow_copy: ["pgdir", "va"],
	pagein: ["entry", "where"], evict_one: [],
	pagein_transfer_ended: ["write", "slot", "frame", "error"],
};

export class Tracer {
	// machine: Machine. look(): returns a new Snapshot. done(change):
	// called with the result when the machine has been paused.
	constructor(machine, look, done)
	{
		this.machine = machine;
		this.look = look;
		this.done = done;
	}

	// Run to the next change. => The machine is paused.
	start()
	{
		const { machine } = this, { facts } = machine;
		this.inside = false;
		for (const name of MEMORY_CALLS.keys()) {
			const address = facts.functionNamed(name);
			if (address !== undefined)
				machine.watch(address, () => this.entered(name));
		}
		machine.resume();
	}

	stop()
	{
		this.machine.unwatchAll();
		this.machine.onceHere = null;
	}

	// Called at such a function's first instruction: note the outermost call.
	entered(name)
	{
		if (this.inside)
			return false;
		const s = this.look(), { machine } = this;
		const back = read32(s, s.registers.esp);
		if (back === undefined)
			return false;
		this.inside = true;
		this.call = {
			name, caller: machine.facts.place((back - 1) >>> 0),
			args: (ARGUMENTS[name] ?? []).map((what, i) => [what,
				read32(s, (s.registers.esp + 4 + 4 * i) >>> 0)]),
		};
		this.before = new Moment(s, `before ${name}`, machine.instructions);
		machine.runTo(back, s.registers.esp, () => this.returned());
		return false;
	}

	// Called at the return to the caller. Returns whether to pause.
	returned()
	{
		const s = this.look(), { machine, call } = this;
		this.inside = false;
		const after = new Moment(s, `after ${call.name}`, machine.instructions,
			this.before);
		const change = difference(this.before, after, s.facts);
		if (change.same)
			return false;
		machine.watched.clear();
		call.result = s.registers.eax;
		this.done({ ...change, call, before: this.before, after,
			broke: brokeE1(call, change) });
		return true;
	}
}

// Rule E1: a call that failed must have changed nothing.
function brokeE1(call, change)
{
	const failure = MEMORY_CALLS.get(call.name);
	const failed = failure === "negative" ? call.result >= 0x80000000
		: failure !== undefined && call.result === failure;
	return failed && (change.frames.length > 0 || change.entries.length > 0);
}
