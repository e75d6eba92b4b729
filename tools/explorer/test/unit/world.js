// A model machine for unit tests: 16 MiB of RAM with the valid data of a small
// kernel, for tests to damage.

import { Facts } from "../../src/facts.js";
import { Memory } from "../../src/memory.js";
import { G, P, PS, U, W } from "../../src/walk.js";

export const KERNBASE = 0xF0000000, UVPT = 0xEF400000, UPAGES = 0xEF000000;
export const UENVS = 0xEEC00000, UTOP = UENVS, ULIM = 0xEF800000;
export const DFSTACKTOP = 0xEFC10000;
const NENV = 4, RAM = 16 << 20, NPAGES = RAM >> 12;

// Physical addresses of its parts.
export const AT = {
	image: 0x100000, etext: 0x104000, erodata: 0x108000, end: 0x120000,
	variables: 0x108000, waits: 0x108400, queueLinks: 0x108500, programs: 0x108600, bootstack: 0x110000, dfStack: 0x118000, ranges: 0x108100, privates: 0x108300,
	swapCounts: 0x108800, victim: 0x108840, policy: 0x108880,
	reftrace: 0x1088C0, events: 0xA00000,
	residents: 0x109000, slots: 0x10F000,
	kernPgdir: 0x120000, pages: 0x121000, envs: 0x129000, bootEnd: 0x12A000,
};
const VARIABLES = ["npages", "pages", "page_free_list", "kern_pgdir", "envs",
	"curenv", "mem_nranges", "timer_ticks", "swap_on", "residents",
	"resident_count", "resident_hand", "slots", "slots_total", "slots_free",
	"swap_limit", "swapio_reads", "swapio_writes", "policy", "resident_traced"];
const variableAt = (name) => AT.variables + 4 * VARIABLES.indexOf(name);

function makeFacts()
{
	const va = (pa) => KERNBASE + pa;
	const symbols = [
		[va(AT.image), "stext", 0], [va(AT.etext), "etext", 0],
		[va(AT.erodata), "erodata", 0], [va(AT.end), "end", 0],
		[va(AT.bootstack), "bootstack", 0x8000], [va(AT.dfStack), "df_stack", 0x8000],
		[va(AT.ranges), "mem_ranges", 64], [va(AT.privates), "env_privates", 8 * NENV],
		[va(AT.waits), "waits", 24 * NENV],
		[va(AT.queueLinks), "queue_links", 8 * (NENV + 1)],
		[va(AT.swapCounts), "swap_counts", 28],
		[va(AT.reftrace), "reftrace", 32],
		[va(AT.victim), "swap_last_victim", 24],
		...VARIABLES.map((name) => [va(variableAt(name)), name, 4]),
	];
	return new Facts({
		text: [va(AT.image), va(AT.erodata)], checksum: 0, files: ["kern/a.c"],
		functions: [[va(AT.image), "first"], [va(AT.image) + 0x100, "second"]],
		lines: [[va(AT.image), 0, 10], [va(AT.image) + 0x104, 0, 20]],
		symbols, instructions: [[va(AT.image), btoa("\x01\x02\x05")]],
		layout: {
			KERNBASE, KERNWINSIZE: 0x10000000, IOPHYSMEM: 0xA0000,
			EXTPHYSMEM: 0x100000, KSTACKTOP: KERNBASE, DFSTACKTOP, KSTKSIZE: 0x8000,
			"sizeof EnvPrivate": 8, "EnvPrivate.fpu.frame": 4,
			"EnvPrivate.program": 0, "program.name": 0,
			WAIT_NONE: 0, WAIT_MESSAGE: 1, WAIT_RECEIVER: 2, WAIT_TIME: 3,
			WAIT_END: 4, TIMER_HZ: 100, "sizeof wait": 24, "wait.reason": 0,
			"wait.of": 4, "wait.tick": 20, QUEUE_RUN: NENV,
			"sizeof queue_link": 8, "queue_link.next": 0,
			KSTKGAP: 0x8000, ULIM, UVPT, UPAGES, UENVS, UTOP, NENV,
			PG_RESERVED: 0, PG_FREE: 1, PG_USED: 2, "sizeof PageInfo": 8,
			"PageInfo.pp_link": 0, "PageInfo.pp_ref": 4,
			"PageInfo.pp_state": 6, ENV_FREE: 0, ENV_DYING: 1,
			ENV_RUNNABLE: 2, ENV_RUNNING: 3, ENV_NOT_RUNNABLE: 4,
			"sizeof Env": 124, "Env.env_id": 72, "Env.env_parent_id": 76,
			"Env.env_status": 84, "Env.env_runs": 88, "Env.env_pgdir": 96,
			"Env.env_tf": 0, "Trapframe.tf_eip": 48, "Trapframe.tf_esp": 60,
			WAIT_PAGE: 5, WAIT_FRAME: 6, "PageInfo.pp_flags": 7,
			PP_PAGED: 1, PP_BUSY: 2, PP_FILLING: 4, PP_DIRTY: 8,
			"sizeof resident": 16, "resident.next": 0,
			"resident.where": 4, "resident.pte": 8,
			"sizeof slot": 4, "slot.count": 0, "slot.frame": 2,
			SLOT_FREE: 0xFFF0, SLOT_BAD: 0xFFEF, "policy.name": 0,
			...Object.fromEntries(["faults", "page_ins", "file_loads",
				"returned", "page_outs", "dropped", "loads"].map((name, i) =>
				["swap_counts." + name, 4 * i])),
			...Object.fromEntries(["frame", "where", "slot", "written",
				"age", "looks"].map((name, i) =>
				["swap_victim." + name, 4 * i])),
			...Object.fromEntries(["events", "count", "lost", "frames",
				"varied", "shared", "before.loads", "after.loads"]
				.map((name, i) => ["reftrace." + name, 4 * i])),
			"sizeof ref_event": 8, "ref_event.env": 0, REF_FREE: 2,
			REF_END: 3,
			"sizeof mem_range": 16, "mem_range.start": 0,
			"mem_range.end": 8, MEM_MAX: 128,
		},
	});
}

export class World {
	constructor()
	{
		this.memory = new Memory(new Uint8Array(RAM));
		this.facts = makeFacts();
		this.registers = {
			cr0: 0x80010021, cr2: 0, cr3: AT.kernPgdir, cr4: 0x290, eflags: 2,
			eip: KERNBASE + AT.image, esp: KERNBASE - 64, ebp: 0, cpl: 0,
			eax: 0, idt: 0, idtLimit: 0,
		};
		this.nextTable = 0x200000;
		for (const [name, value] of Object.entries({
			npages: NPAGES, pages: KERNBASE + AT.pages,
			kern_pgdir: KERNBASE + AT.kernPgdir, envs: KERNBASE + AT.envs,
			mem_nranges: 2,
		}))
			this.set(variableAt(name), value);
		[[0, 0x9F000], [0x100000, RAM]].forEach(([start, end], i) => {
			this.set(AT.ranges + 16 * i, start);
			this.set(AT.ranges + 16 * i + 8, end);
		});
		this.buildFrames();
		this.buildTables();
	}

	set(pa, value)
	{
		this.memory.u32[pa >>> 2] = value;
	}

	get(pa)
	{
		return this.memory.u32[pa >>> 2];
	}

	setVariable(name, value)
	{
		this.set(variableAt(name), value);
	}

	// ---- Frames

	pageInfo(frame)
	{
		return AT.pages + 8 * frame;
	}

	pointer(frame)
	{
		return KERNBASE + this.pageInfo(frame);
	}

	setFrame(frame, { link, count, state })
	{
		const at = this.pageInfo(frame);
		if (link !== undefined)
			this.set(at, link);
		if (count !== undefined)
			this.memory.u8[at + 4] = count;
		if (state !== undefined)
			this.memory.u8[at + 6] = state;
	}

	buildFrames()
	{
		let last;
		for (let n = 1; n < NPAGES; n++) {
			if (n >= 0x9F && n < AT.bootEnd >> 12)
				continue;
			this.setFrame(n, { link: 0, count: 0, state: 1 });
			if (last === undefined)
				this.setVariable("page_free_list", this.pointer(n));
			else
				this.setFrame(last, { link: this.pointer(n) });
			last = n;
		}
	}

	// Remove a frame from the list, at any position.
	take(frame, count = 1)
	{
		const link = this.get(this.pageInfo(frame));
		if (this.get(variableAt("page_free_list")) === this.pointer(frame))
			this.setVariable("page_free_list", link);
		for (let n = 1; n < NPAGES; n++)
			if (this.get(this.pageInfo(n)) === this.pointer(frame))
				this.setFrame(n, { link });
		this.setFrame(frame, { link: 0, count, state: 2 });
	}

	// ---- Tables

	// Map a page in the directory at pgdir; tables are frames from 2 MiB
	// up.
	map(pgdir, va, pa, flags)
	{
		const pde = pgdir + 4 * (va >>> 22);
		if (!(this.get(pde) & P)) {
			this.take(this.nextTable >>> 12);
			this.memory.u8.fill(0, this.nextTable, this.nextTable + 4096);
			this.set(pde, this.nextTable | P | W | (va < ULIM ? U : 0));
			this.nextTable += 4096;
		}
		const table = this.get(pde) & ~0xFFF;
		this.set(table + 4 * (va >>> 12 & 0x3FF), (pa | flags) >>> 0);
	}

	buildTables()
	{
		const d = AT.kernPgdir;
		this.set(d + 4 * (UVPT >>> 22), d | P | U);
		for (let i = 0; i < 8 * NPAGES; i += 4096)
			this.map(d, UPAGES + i, AT.pages + i, P | U);
		this.map(d, UENVS, AT.envs, P | U);
		for (let i = 0; i < 0x8000; i += 4096) {
			this.map(d, KERNBASE - 0x8000 + i, AT.bootstack + i, P | W | G);
			this.map(d, DFSTACKTOP - 0x8000 + i, AT.dfStack + i, P | W | G);
		}
		for (let i = 0; i < 0x400000; i += 4096)
			this.map(d, KERNBASE + i, i, P | G
				| (i >= AT.image && i < AT.erodata ? 0 : W));
		for (let i = 1; i < 64; i++)
			this.set(d + 4 * ((KERNBASE >>> 22) + i),
				(i * 0x400000 | P | W | G | PS) >>> 0);
	}

	// Let the environment in slot `index` wait; it is not runnable.
	wait(index, reason, of = 0, tick = 0)
	{
		const w = AT.waits + 24 * index;
		[[0, reason], [4, of], [20, tick]].forEach(([at, value]) =>
			this.set(w + at, value));
		this.set(AT.envs + 124 * index + 84, 4);
	}

	// The run queue, as slots.
	setRunQueue(...slots)
	{
		const ring = [NENV, ...slots];
		ring.forEach((n, i) => this.set(AT.queueLinks + 8 * n,
			ring[(i + 1) % ring.length]));
	}

	// Let the environment in slot `index` run a program of that name.
	setProgram(index, name)
	{
		const at = AT.programs + 64 * index;
		this.set(AT.privates + 8 * index, KERNBASE + at);
		this.set(at, KERNBASE + at + 8);
		[...name, "\0"].forEach((c, i) =>
			this.memory.u8[at + 8 + i] = c.charCodeAt(0));
	}

	// A swap area of n slots, all free, and the clock policy.
	addSwap(n)
	{
		this.setVariable("swap_on", 1);
		this.setVariable("residents", KERNBASE + AT.residents);
		this.setVariable("slots", KERNBASE + AT.slots);
		this.setVariable("slots_total", n);
		this.setVariable("slots_free", n);
		this.setVariable("policy", KERNBASE + AT.policy);
		this.set(AT.policy, KERNBASE + AT.policy + 4);
		[..."clock", "\0"].forEach((c, i) =>
			this.memory.u8[AT.policy + 4 + i] = c.charCodeAt(0));
		for (let i = 1; i <= n; i++)
			this.setSlot(i, 0xFFF0, 0);
	}

	setSlot(n, count, frame)
	{
		this.set(AT.slots + 4 * n, (count | frame << 16) >>> 0);
	}

	// The ring: [{ frame, env, va, home, flags }], the first at the hand. home
	// is a slot, or bit 20 with a page of a file.
	setRing(pages)
	{
		this.setVariable("resident_count", pages.length);
		this.setVariable("resident_hand", pages[0]?.frame ?? 0);
		pages.forEach(({ frame, env = 0, va = 0, home = 0, age = 0, flags = 1 },
			i) => {
			const at = AT.residents + 16 * frame;
			this.set(at, pages[(i + 1) % pages.length].frame);
			this.set(at + 4, (env << 20 | va >>> 12) >>> 0);
			this.set(at + 12, (home | age << 21) >>> 0);
			this.memory.u8[this.pageInfo(frame) + 7] = flags;
		});
	}

	// A record that has ended, or goes on: [[environment, page, kind]] with
	// the kind 0 (used), 1 (written), 2 (given up), 3 (the environment ends).
	setRecord(events, { on = false, frames = 0, faults = 0, lost = 0, varied = 0,
		shared = 0 } = {})
	{
		const before = 0xFFFFFFF0;	// the difference counts
		[KERNBASE + AT.events, events.length, lost, frames, varied, shared,
			before, on ? 0 : before + faults].forEach((value, i) =>
			this.set(AT.reftrace + 4 * i, value >>> 0));
		this.setVariable("resident_traced", Number(on));
		this.set(AT.swapCounts + 24, on ? before + faults >>> 0 : 7);
		events.forEach(([env, page, kind], i) => {
			this.set(AT.events + 8 * i, env);
			this.set(AT.events + 8 * i + 4, (page | kind << 20) >>> 0);
		});
	}

	// Add an environment, with its directory in `frame`.
	addEnvironment(index, frame)
	{
		this.take(frame);
		const pgdir = frame * 4096;
		this.memory.u8.fill(0, pgdir, pgdir + 4096);
		for (let i = UTOP >>> 22; i < 1024; i++)
			this.set(pgdir + 4 * i, this.get(AT.kernPgdir + 4 * i));
		this.set(pgdir + 4 * (UVPT >>> 22), pgdir | P | U);
		const e = AT.envs + 124 * index;
		this.set(e + 72, 0x1000 + index);
		this.set(e + 84, 2);
		this.set(e + 96, KERNBASE + pgdir);
		return pgdir;
	}
}

// A small random generator: its seed reproduces a failure.
export function random(seed)
{
	let x = seed >>> 0 || 1;
	return (below) => {
		x ^= x << 13;
		x ^= x >>> 17;
		x ^= x << 5;
		return (x >>> 0) % below;
	};
}
