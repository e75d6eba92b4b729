// The page: starts the machine, takes snapshots of its memory, and updates the
// panels. A panel has update(), and reads from here: snapshot, selection,
// record, audit, culprits.

import { V86 } from "v86";
import { audit } from "./audit.js";
import { returnAddress } from "./backtrace.js";
import { Facts } from "./facts.js";
import { Snapshot } from "./frames.js";
import { examineImage, sizeTrouble } from "./image.js";
import { Machine } from "./machine.js";
import { postMortem } from "./postmortem.js";
import { Record } from "./record.js";
import { swapDisk } from "./swap.js";
import { MEMORY_CALLS, Tracer } from "./trace.js";
import { CR0_PG } from "./walk.js";
import { AuditPanel } from "./view/auditpanel.js";
import { CodePanel } from "./view/codepanel.js";
import { Console } from "./view/console.js";
import { Controls, machineWords } from "./view/controls.js";
import { el, put } from "./view/dom.js";
import { EnvPanel } from "./view/envpanel.js";
import { FaultsPanel } from "./view/faultspanel.js";
import { FreeListPanel } from "./view/freelistpanel.js";
import { Physical } from "./view/physical.js";
import { SwapPanel } from "./view/swappanel.js";
import { Tabs } from "./view/tabs.js";
import { TimePanel } from "./view/time.js";
import { Virtual } from "./view/virtual.js";
import { WalkPanel } from "./view/walkpanel.js";

// Time between two snapshots, in ms: while the machine is busy, and while idle.
const LOOK_BUSY = 80, LOOK_QUIET = 400;
// The largest share of the time that snapshots may take.
const LOOK_SHARE = 0.1;
// The swap disk's size, in slots of 4 KiB: 64 MiB, like that of `make qemu`.
const SWAP_SLOTS = 16384;
// Attempts to start the emulator, and the time between two, in ms.
const TRIES = 3, RETRY = 500;

// Unpack an asset: gzip in base64, in its own script element.
async function asset(name)
{
	const text = document.getElementById("asset-" + name).textContent.trim();
	const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	const stream = new Blob([packed]).stream()
		.pipeThrough(new DecompressionStream("gzip"));
	return new Response(stream).arrayBuffer();
}

class App {
	constructor()
	{
		this.selection = {};
		this.record = new Record();
		this.culprits = [];
		this.memorySize = 128 << 20;
		this.speed = 1;
		this.facts = null;
		this.audit = null;
		this.breakpoints = new Set();
		// Panels may ask before there is a machine.
		this.machine = null;
		this.snapshot = Snapshot.nothing();
		// The banner's notes: of the image, the machine, the kernel.
		this.notes = {};
	}

	// Unpack the assets, build the page, start the machine.
	async start()
	{
		this.buildPage();
		const [wasm, bios, vgaBios, image, facts] = await Promise.all(
			["wasm", "bios", "vgabios", "image", "facts"].map(asset));
		this.assets = { wasm: await WebAssembly.compile(wasm), bios, vgaBios };
		this.image = image;
		this.builtFacts = Facts.parse(new TextDecoder().decode(facts));
		this.fillNames();
		await this.reset();
		this.tick();
	}

	buildPage()
	{
		const $ = (id) => document.getElementById(id);
		this.banner = $("banner");
		this.console = new Console($("console-panel"), this);
		this.left = new Tabs($("tabs-left"), "Kernel", [
			["code", "Code", (r) => new CodePanel(r, this)],
			["list", "Free list", (r) => new FreeListPanel(r, this)],
			["time", "Time", (r) => new TimePanel(r, this)],
			["faults", "Faults", (r) => new FaultsPanel(r, this)],
		], () => this.refresh());
		this.right = new Tabs($("tabs-right"), "Memory", [
			["physical", "Physical memory", (r) => new Physical(r, this)],
			["virtual", "Virtual memory", (r) => new Virtual(r, this)],
			["envs", "Environments", (r) => new EnvPanel(r, this)],
			["walk", "Walk", (r) => new WalkPanel(r, this)],
			["swap", "Paging", (r) => new SwapPanel(r, this)],
			["audit", "Audit", (r) => new AuditPanel(r, this)],
		], () => this.refresh());
		this.controls = new Controls(document.querySelector(".controls"),
			$("status"), this);
		addEventListener("resize", () => this.refresh());
	}

	fillNames()
	{
		const options = (names) => names.map((value) => el("option", { value }));
		const functions = this.builtFacts.json.functions.map((f) => f[1])
			.sort();
		put(document.getElementById("function-names"), options(functions));
		put(document.getElementById("symbol-names"),
			options([...new Set([...functions,
				...this.builtFacts.symbols.keys()])].sort()));
	}

	// ---- The machine

	// Start a new machine with the same image, whatever state the old one
	// is in, even if it never started. One reset serves all requests that
	// come before it begins. Never rejects.
	reset()
	{
		this.waiting ??= (this.resetting ?? Promise.resolve()).then(async () => {
			this.waiting = null;
			for (let tries = 1; ; tries++)
				try {
					return await this.startMachine();
				} catch (error) {
					console.warn(error);
					// The browser may free the old machine's
					// memory only now.
					await new Promise((go) => setTimeout(go, RETRY));
					if (tries === TRIES)
						return this.note("machine", "The emulator"
							+ ` cannot start: ${error.message ?? error}.`
							+ " Reset tries again; less RAM may help.");
				}
		});
		this.resetting = this.waiting;
		return this.resetting;
	}

	// Show a note in the banner, or remove it. what: "image", "machine" or
	// "kernel".
	note(what, words)
	{
		this.notes[what] = words;
		const all = Object.values(this.notes).filter(Boolean).join(" ");
		this.banner.hidden = !all;
		if (this.banner.textContent !== all)
			this.banner.textContent = all;
	}

	async startMachine()
	{
		const old = this.machine, screen = this.console.newScreen();
		this.tracer?.stop();
		this.tracer = null;
		const stops = old ? old.breakpoints : this.breakpoints;
		// Nothing may refer to the old machine's memory.
		this.facts = null;
		this.snapshot = Snapshot.nothing();
		if (old) {
			await old.dispose();
			this.draw();
		}
		this.checked = false;
		this.record.clear();
		this.audit = null;
		this.culprits = [];
		this.left.mark("list", "");
		this.left.mark("faults", "");
		this.right.mark("audit", "");
		this.note("machine", undefined);
		this.note("kernel", undefined);
		this.machine = new Machine({
			V86, ...this.assets, facts: this.builtFacts,
			image: this.image.slice(0), memorySize: this.memorySize,
			swap: swapDisk(SWAP_SLOTS),
			screen,
			onSerial: (byte) => this.heard(byte),
			onState: () => this.stateChanged(),
			onSlice: () => this.sliced(),
		});
		this.machine.breakpoints = stops;
		this.machine.known = false;
		this.machine.speed = this.speed;
		await this.machine.start();
	}

	heard(byte)
	{
		this.console.serial(byte);
		if (this.promptAt === undefined && this.console.text.endsWith("K> "))
			this.promptAt = performance.now();
	}

	// After each slice of the machine's time.
	sliced()
	{
		// Stops that were set before a reset hold from the boot on.
		if (!this.checked && this.machine.breakpoints.size)
			this.recognise();
		if (this.facts && this.snapshot.kernel.pages)
			this.record.sample(this.snapshot, this.machine, this.facts);
	}

	// Boot another image. If it cannot be one, say why, and change nothing.
	async loadFile(file)
	{
		const mine = this.loading = {};
		let image, refuse = sizeTrouble(file.name, file.size), warning;
		if (!refuse)
			try {
				image = await file.arrayBuffer();
				({ refuse, warning } = examineImage(file.name,
					new Uint8Array(image)));
			} catch (error) {
				refuse = `${file.name} cannot be read: ${error.message}.`;
			}
		// Another file was chosen meanwhile.
		if (this.loading !== mine)
			return;
		this.note("image", refuse ? `${refuse} The machine keeps its image.`
			: warning);
		if (refuse)
			return;
		this.image = image;
		await this.reset();
	}

	// Resets the machine.
	setMemory(bytes)
	{
		this.memorySize = bytes;
		this.reset();
	}

	setSpeed(speed)
	{
		this.speed = speed;
		if (this.machine)
			this.machine.speed = speed;
	}

	toggle()
	{
		const { machine } = this;
		if (machine?.state === "running") {
			this.tracer?.stop();
			machine.pause();
		} else if (machine?.state === "paused") {
			this.beforeRun();
			machine.resume();
		}
	}

	// Before the machine runs: stop tracing, and clear the marks on the
	// map.
	beforeRun()
	{
		this.tracer?.stop();
		this.culprits = [];
	}

	step()
	{
		if (this.machine?.state === "running")
			this.machine.pause();
		else if (this.facts)
			this.machine.step();
	}

	// Run until the function that EIP is in returns.
	stepOut()
	{
		if (!this.facts || this.machine.state !== "paused")
			return;
		const back = returnAddress(this.look());
		if (back)
			this.machine.runTo(back.eip, back.at);
	}

	nextChange()
	{
		if (!this.facts || this.machine.state === "dead")
			return;
		this.machine.pause();
		this.beforeRun();
		this.tracer ??= new Tracer(this.machine, () => this.look(),
			(change) => this.traced(change));
		this.tracer.start();
	}

	traced(change)
	{
		this.record.traced(change);
		this.left.show("time");
	}

	// ---- Snapshots

	look()
	{
		if (!this.checked)
			this.recognise();
		this.snapshot = Snapshot.take(this.machine.memory(),
			this.machine.registers(), this.facts, this.snapshot);
		return this.snapshot;
	}

	// Find out whether memory has the kernel that the page was built with.
	recognise()
	{
		const { machine } = this;
		const { known, same } = this.builtFacts.check(machine.memory(),
			machine.planted);
		// Until paging is on, the kernel may be partly loaded.
		const paging = machine.registers().cr0 & CR0_PG;
		this.checked = known && (same || paging !== 0);
		if (known && same) {
			this.facts = this.builtFacts;
			machine.known = true;
			machine.replant();
		} else if (this.checked) {
			this.note("kernel", "This image is not the kernel that this page"
				+ " was built with, so its symbols are unknown, and stops"
				+ " are off. The page shows only console, registers, page"
				+ " tables and walks. To see everything, run `make"
				+ " explorer` in that kernel's tree.");
		}
	}

	tick()
	{
		let wait = LOOK_BUSY;
		try {
			if (this.machine?.state === "running") {
				const began = performance.now();
				this.refresh();
				const took = performance.now() - began;
				wait = Math.max(this.machine.resting ? LOOK_QUIET
					: LOOK_BUSY, took / LOOK_SHARE);
			}
		} finally {
			setTimeout(() => this.tick(), wait);
		}
	}

	// Take a snapshot, and draw the visible panels.
	refresh()
	{
		if (!this.machine?.cpu)
			return;
		this.look();
		this.note("machine", machineWords(this));
		if (this.facts)
			this.record.timeline.add(this.machine.instructions,
				this.snapshot.list.length);
		this.record.notePaging(this.snapshot);
		this.judge();
		this.draw();
	}

	draw()
	{
		this.controls.update();
		this.console.update();
		this.left.update();
		this.right.update();
	}

	// Run the audit while the machine is paused or idle.
	judge()
	{
		const { machine, snapshot: s } = this, now = performance.now();
		const held = machine.state !== "running";
		if (!this.facts || !held && (!machine.resting
		    || now - (this.judgedAt ?? 0) < 1000))
			return;
		this.judgedAt = now;
		this.audit = audit(s);
		const inside = held && this.insideMemoryCall();
		this.auditWhen = !held ? "Checked while the kernel was idle."
			: inside ? `Checked at this pause, inside ${inside}: an unfinished`
				+ " change may break rules." : "Checked at this pause.";
		const broken = Object.keys(this.audit.counts).length;
		this.right.mark("audit", broken ? "✗" : "");
		const { end } = s.list;
		this.left.mark("list", end === "ring" || end === "wild" ? "✗" : "");
	}

	// The name of the memory call that is being executed, or undefined.
	insideMemoryCall()
	{
		const f = this.facts.functionAt(this.snapshot.registers.eip);
		return f && f.offset > 0 && MEMORY_CALLS.has(f.name) ? f.name : undefined;
	}

	// ---- Pauses and moments

	stateChanged()
	{
		const { machine } = this;
		if (!machine.cpu)
			return;
		if (machine.state === "running") {
			this.controls.update();
			return;
		}
		this.look();
		if (this.facts && machine.cause.kind !== "watched")
			this.record.pause(this.snapshot, machine);
		if (machine.state === "dead") {
			this.left.mark("faults", "✗");
			this.left.show("faults");
			this.selection.va = postMortem(this.snapshot,
				machine.cause.error).va;
			this.right.show("walk");
		} else {
			this.left.mark("faults", "");
		}
		this.refresh();
	}

	mark(label)
	{
		if (!this.facts)
			return;
		this.look();
		this.record.mark(this.snapshot, label, this.machine.instructions);
		this.draw();
	}

	// ---- The selection

	// frame, va, pgdir: what the panels show; show: the panel to open.
	select({ frame, va, pgdir, show })
	{
		if (frame !== undefined)
			this.selection.frame = frame;
		if (va !== undefined)
			this.selection.va = va >>> 0;
		if (pgdir !== undefined)
			this.selection.pgdir = pgdir;
		if (show)
			(this.left.has(show) ? this.left : this.right).show(show);
		this.refresh();
	}

	currentDirectory()
	{
		const all = this.snapshot.directories;
		return all.find((d) => d.current) ?? all[0];
	}

	// The directory that panels show: the selected one, or the current one.
	directory()
	{
		return this.snapshot.directories.find((d) =>
			d.pgdir === this.selection.pgdir) ?? this.currentDirectory();
	}
}

// For tests, and for use from the browser's console.
globalThis.explorer = new App();
globalThis.explorer.start();
