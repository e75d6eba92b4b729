// The machine: a small interface to v86. Boots an image, reads memory and
// registers, pauses, steps one instruction, stops at addresses, and survives
// errors that end the emulator.
//
// v86 has no debug registers and no trap flag. To stop at an instruction, a HLT
// (F4) replaces its first byte. To step, src/successors.js computes from its
// bytes where execution can continue. With interrupts on, the next interrupt
// would continue after the HLT; so run_hardware_timers, which v86 calls from
// inside that HLT, clears IF during the stop.
//
// A triple fault, or a fault that cannot be delivered, ends v86 with an
// exception. The machine is "dead" then; memory and registers stay readable.
//
// Uses internal names of v86: its version is pinned, and adopt() reports a name
// that is missing after a change.

import { asDisk } from "./image.js";
import { Memory } from "./memory.js";
import { successors } from "./successors.js";

const HLT = 0xF4;
const IF = 0x200;
// The guest's time slice in ms, after which the page is updated: shorter than a
// frame of the screen, but much longer than the update.
const SLICE = 8;
// A stopped machine is polled at this interval, in ms.
const REST = 20;
// A step that takes longer than this, in ms, continues in the background.
const STEP_PATIENCE = 100;

const CPU_NAMES = ["main_loop", "run_hardware_timers", "cr", "reg32", "cpl",
	"instruction_pointer", "flags", "get_eflags", "sreg", "in_hlt", "mem8",
	"idtr_offset", "idtr_size", "gdtr_offset", "gdtr_size", "full_clear_tlb",
	"reboot_internal"];

export class Machine {
	// options: V86 (the class), wasm (WebAssembly.Module), bios, vgaBios,
	// image (ArrayBuffers), swap (likewise, the second channel's disk; or
	// undefined), memorySize in bytes, screen (element, or null for none),
	// facts, and the callbacks onSerial(byte), onReady(), onState(),
	// onSlice(). Nothing runs before start().
	constructor(options)
	{
		this.options = options;
		this.facts = options.facts;
		this.kernbase = this.facts.get("KERNBASE");
		// "off", "running", "paused", "dead"
		this.state = "off";
		// The reason that it is paused or dead: { kind, address, error }.
		this.cause = { kind: "start" };
		this.speed = 1;
		this.breakpoints = new Set();	// addresses, set by the user
		this.watched = new Map();	// address -> callback
		this.temporary = new Set();	// targets of the current step
		this.planted = new Map();	// address -> original byte
		this.onceHere = null;		// { address, above, then }
		this.pasted = "";
		// Whether memory has the kernel that `facts` describes. In
		// another one, a planted byte could be any part of its code.
		this.known = true;
		// How often the kernel has reset the processor, and where: an
		// EIP.
		this.resets = 0;
		this.resetAt = undefined;
	}

	// Create the emulator. Resolves when its first instruction can run;
	// state is then "running". Rejects if the emulator cannot start, for
	// lack of memory, say; dispose() is then the only valid call.
	start()
	{
		return new Promise((resolve, reject) => {
			// v86 loses the errors of its own start.
			const checked = (run) => async (...args) => {
				try {
					return await run(...args);
				} catch (error) {
					reject(error);
					return new Promise(() => {});
				}
			};
			const emulator = this.emulator = this.create(checked);
			const init = emulator.continue_init;
			if (!init)
				throw new Error("this v86 has no continue_init");
			emulator.continue_init = checked((...args) =>
				init.apply(emulator, args));
			emulator.add_listener("serial0-output-byte",
				(byte) => this.options.onSerial?.(byte));
			emulator.add_listener("emulator-ready", () => {
				this.adopt(emulator.v86.cpu);
				emulator.run();
				resolve();
			});
		});
	}

	create(checked)
	{
		const o = this.options;
		return new o.V86({
			wasm_fn: checked(async (imports) =>
				(await WebAssembly.instantiate(o.wasm, imports)).exports),
			bios: { buffer: o.bios }, vga_bios: { buffer: o.vgaBios },
			hda: { buffer: asDisk(o.image) },
			// A second channel, for the swap disk: see attachSwap.
			cdrom: o.swap ? { buffer: new ArrayBuffer(2048) } : undefined,
			memory_size: o.memorySize, vga_memory_size: 2 << 20,
			screen_container: o.screen, disable_mouse: true,
			disable_speaker: true, autostart: false,
			// Without this, the BIOS waits for the key of its boot
			// menu.
			fastboot: true,
		});
	}

	adopt(cpu)
	{
		const gone = CPU_NAMES.filter((name) => cpu[name] === undefined);
		if (gone.length)
			throw new Error(`this v86 has no ${gone.join(", ")}`);
		this.cpu = cpu;
		if (this.options.swap)
			this.attachSwap(cpu.devices.ide);
		this.emulator.keyboard_set_enabled?.(false);
		const loop = cpu.main_loop, timers = cpu.run_hardware_timers;
		this.mainLoop = () => loop.call(cpu);
		cpu.main_loop = () => {
			try {
				return this.slice();
			} catch (error) {
				// An error of the page is no end of the
				// emulator's loop.
				setTimeout(() => {
					throw error;
				});
				return REST;
			}
		};
		cpu.run_hardware_timers = (acpi, now) => {
			if (cpu.in_hlt[0] && this.atTrap()) {
				this.maskedIf |= cpu.flags[0] & IF;
				cpu.flags[0] &= ~IF;
			}
			return timers.call(cpu, acpi, now);
		};
		const reboot = cpu.reboot_internal;
		cpu.reboot_internal = () => {
			this.resets++;
			this.resetAt = cpu.instruction_pointer[0] >>> 0;
			reboot.call(cpu);
		};
		this.maskedIf = 0;
		this.setState("running", { kind: "start" });
	}

	// Put a disk in the place of the second channel's CD-ROM, the only drive
	// that v86 offers there. (The first channel's slave, hdb, is the file
	// server's.)
	attachSwap({ primary, secondary })
	{
		const { constructor: Drive, buffer } = primary.master;
		secondary.master = new Drive(secondary, 0,
			new buffer.constructor(this.options.swap), false);
		secondary.current_interface = secondary.master;
	}

	// Free the emulator's memory. The object cannot be used afterwards.
	async dispose()
	{
		const { emulator } = this;
		this.options.onSerial = this.options.onState = undefined;
		this.options.onSlice = undefined;
		this.state = "off";
		// Its memory is free when nothing refers to it.
		this.emulator = this.cpu = this.mainLoop = undefined;
		if (!emulator)
			return;
		// If the start failed, destroy() finds no processor.
		emulator.v86 ??= { destroy() {} };
		// It resolves only at the end of a slice.
		await Promise.race([emulator.destroy().catch(() => {}),
			new Promise((resolve) => setTimeout(resolve, 200))]);
	}

	setState(state, cause)
	{
		this.state = state;
		this.cause = cause;
		this.options.onState?.();
	}

	// ---- Memory and registers

	// Physical memory as it is now. Do not keep it: growth detaches it.
	memory()
	{
		const m = this.cpu.mem8;
		return new Memory(new Uint8Array(m.buffer, m.byteOffset, m.length));
	}

	// The registers that the explorer shows, as unsigned numbers.
	registers()
	{
		const c = this.cpu, u = (n) => n >>> 0;
		const r = c.reg32;
		return {
			eax: u(r[0]), ecx: u(r[1]), edx: u(r[2]), ebx: u(r[3]),
			esp: u(r[4]), ebp: u(r[5]), esi: u(r[6]), edi: u(r[7]),
			eip: u(c.instruction_pointer[0]), eflags: u(c.get_eflags()),
			cr0: u(c.cr[0]), cr2: u(c.cr[2]), cr3: u(c.cr[3]),
			cr4: u(c.cr[4]), cs: c.sreg[1], ss: c.sreg[2], ds: c.sreg[3],
			cpl: c.cpl[0], idt: u(c.idtr_offset[0]),
			idtLimit: c.idtr_size[0], gdt: u(c.gdtr_offset[0]),
			gdtLimit: c.gdtr_size[0],
		};
	}

	// True while the processor is halted until the next interrupt, or
	// forever.
	get resting()
	{
		return this.cpu.in_hlt[0] !== 0;
	}

	// True if the processor is halted with interrupts off, which only a
	// reset ends.
	get stuck()
	{
		return this.state === "running" && this.resting && !this.atTrap()
			&& (this.cpu.get_eflags() & IF) === 0;
	}

	// Instructions since the start; wraps at 2^32.
	get instructions()
	{
		return this.emulator.get_instruction_counter();
	}

	// ---- Running

	// Replaces v86's main loop: runs the guest for some ms. Returns how
	// many ms v86 waits before the next call.
	slice()
	{
		if (this.state !== "running")
			return REST;
		this.feed();
		this.replantLost();
		const began = performance.now();
		let wait;
		do {
			wait = this.guarded(this.mainLoop);
			if (this.state !== "running")
				return REST;
			if (this.cpu.in_hlt[0] && this.atTrap())
				this.arrive();
			this.options.onSlice?.();
		} while (this.state === "running" && this.speed >= 1 && !(wait > 0)
			&& performance.now() - began < SLICE);
		if (this.speed >= 1 || this.cpu.in_hlt[0])
			return wait;
		return (performance.now() - began) * (1 / this.speed - 1);
	}

	// Run emulator code; if it throws, the machine is dead.
	guarded(run)
	{
		try {
			return run();
		} catch (error) {
			// Hide planted bytes: they are not the kernel's code.
			this.unplantAll();
			this.setState("dead", { kind: "death", error: String(error) });
			return REST;
		}
	}

	pause()
	{
		if (this.state === "running") {
			this.forgetStep();
			this.setState("paused", { kind: "pause" });
		}
	}

	resume()
	{
		if (this.state !== "paused")
			return;
		this.setState("running", { kind: "run" });
		this.leaveHere();
		this.plantAll();
	}

	// ---- Stops

	atTrap()
	{
		return this.planted.has((this.cpu.instruction_pointer[0] - 1) >>> 0);
	}

	// A planted HLT was executed: remove it, and find out its purpose.
	arrive()
	{
		const c = this.cpu;
		const address = (c.instruction_pointer[0] - 1) >>> 0;
		c.instruction_pointer[0] = address;
		c.in_hlt[0] = 0;
		c.flags[0] |= this.maskedIf;
		this.maskedIf = 0;

		if (this.temporary.has(address)) {
			const stepping = this.stepping;
			this.temporary.clear();
			this.stepping = false;
			this.unplantAll();
			if (stepping) {
				this.setState("paused", { kind: "step", address });
				return;
			}
		}
		const once = this.onceHere;
		if (once && once.address === address
		    && (c.reg32[4] >>> 0) > once.above) {
			this.onceHere = null;
			if (once.then()) {
				this.unplantAll();
				this.setState("paused", { kind: "arrived", address });
				return;
			}
		} else if (this.breakpoints.has(address)) {
			this.unplantAll();
			this.setState("paused", { kind: "breakpoint", address });
			return;
		}
		if (this.watched.get(address)?.()) {
			this.unplantAll();
			this.setState("paused", { kind: "watched", address });
			return;
		}
		this.unplantAll();
		this.leaveHere();
		this.plantAll();
	}

	// Run to a return address: stop there only when ESP is above the given
	// value. then() returns whether to pause.
	runTo(address, above, then = () => true)
	{
		this.onceHere = { address, above, then };
		if (this.state === "paused")
			this.resume();
		else
			this.plantAll();
	}

	// Remove all stops except breakpoints.
	forgetStep()
	{
		this.stepping = false;
		this.onceHere = null;
		this.temporary.clear();
	}

	// Execute the original instruction at EIP, even if a HLT is planted
	// there.
	leaveHere()
	{
		const eip = this.cpu.instruction_pointer[0] >>> 0;
		if (this.breakpoints.has(eip) || this.watched.has(eip)
		    || this.onceHere?.address === eip)
			this.stepOnce();
	}

	// Step one instruction. Ends in state "paused"; or, if the instruction
	// takes long (a HLT that waits, user code), in "running" until it has
	// finished.
	step()
	{
		if (this.state !== "paused")
			return;
		this.forgetStep();
		if (this.stepOnce())
			this.setState("paused", {
				kind: "step", address: this.cpu.instruction_pointer[0] >>> 0,
			});
	}

	// Returns whether the step has finished.
	stepOnce()
	{
		const c = this.cpu, was = this.state;
		const eip = c.instruction_pointer[0] >>> 0;
		const end = performance.now() + STEP_PATIENCE;
		this.unplantAll();
		for (const target of successors(this.memory(), this.registers(),
			this.facts))
			if (target !== eip) {
				this.temporary.add(target);
				this.plant(target);
			}
		this.state = "running";
		do {
			this.guarded(this.mainLoop);
			if (this.state === "dead")
				return false;
			if (c.in_hlt[0] && this.atTrap()) {
				c.instruction_pointer[0]--;
				c.in_hlt[0] = 0;
				c.flags[0] |= this.maskedIf;
				this.maskedIf = 0;
				this.unplantAll();
				this.temporary.clear();
				this.state = was;
				return true;
			}
		} while (performance.now() < end);
		this.stepping = was === "paused";
		if (this.stepping)
			this.setState("running", { kind: "long step" });
		return false;
	}

	// Plant HLTs. Code addresses are in the kernel's window.
	plant(address)
	{
		if (this.planted.has(address))
			return;
		const pa = address - this.kernbase;
		const byte = this.memory().read8(pa);
		if (!this.known || pa < 0 || byte === undefined)
			return;
		this.planted.set(address, byte);
		this.emulator.write_memory(Uint8Array.of(HLT), pa);
	}

	plantAll()
	{
		if (this.state !== "running")
			return;
		for (const address of this.breakpoints)
			this.plant(address);
		for (const address of this.watched.keys())
			this.plant(address);
		for (const address of this.temporary)
			this.plant(address);
		if (this.onceHere)
			this.plant(this.onceHere.address);
	}

	unplantAll()
	{
		for (const [address, byte] of this.planted) {
			const pa = address - this.kernbase;
			// If the byte was overwritten (by a loader, a bug),
			// keep it.
			if (this.memory().read8(pa) === HLT)
				this.emulator.write_memory(Uint8Array.of(byte), pa);
		}
		this.planted.clear();
	}

	addBreakpoint(address)
	{
		this.breakpoints.add(address);
		this.replant();
	}

	removeBreakpoint(address)
	{
		this.breakpoints.delete(address);
		this.replant();
	}

	// Call back each time execution reaches an address; if the callback
	// returns true, pause there.
	watch(address, callback)
	{
		this.watched.set(address, callback);
		this.replant();
	}

	unwatchAll()
	{
		this.watched.clear();
		this.replant();
	}

	// Plant again where a loader has written over a planted byte.
	replantLost()
	{
		const memory = this.memory();
		for (const address of [...this.planted.keys()])
			if (memory.read8(address - this.kernbase) !== HLT) {
				this.planted.delete(address);
				this.plant(address);
			}
	}

	// After breakpoints changed while running.
	replant()
	{
		if (this.state !== "running")
			return;
		this.unplantAll();
		this.plantAll();
	}

	// ---- Input

	// Send text to the serial line in small pieces: its buffer is short.
	type(text)
	{
		this.pasted += text.replaceAll("\r\n", "\n").replaceAll("\n", "\r");
	}

	feed()
	{
		if (!this.pasted)
			return;
		this.emulator.serial0_send(this.pasted.slice(0, 8));
		this.pasted = this.pasted.slice(8);
	}

	// Keys of the PS/2 keyboard, as scan codes (set 1).
	scancodes(codes)
	{
		if (this.cpu)
			this.emulator.keyboard_send_scancodes(codes);
	}
}
