// Computes where execution can continue after the instruction at EIP. Decodes
// as much of the i386's encoding as a C compiler uses in a kernel (SDM 2,
// appendix A). Every instruction may also fault or be interrupted, so the
// handlers of all present interrupt gates are targets, too.
//
// Returns only addresses in the kernel's text: no HLT can be planted in user
// code, where it would fault.

import { walk, CR4_PSE } from "./walk.js";

const PREFIXES = new Set([0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0,
	0xF2, 0xF3]);
const REGISTERS = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];

// Reads code and stack as the processor does, through its page tables.
class Linear {
	constructor(memory, registers)
	{
		this.memory = memory;
		this.r = registers;
		this.paging = (registers.cr0 & 0x80000000) !== 0;
	}

	u8(va)
	{
		if (!this.paging)
			return this.memory.read8(va);
		const w = walk(this.memory, this.r.cr3, va,
			(this.r.cr4 & CR4_PSE) !== 0);
		return w.present ? this.memory.read8(w.pa) : undefined;
	}

	u32(va)
	{
		let value = 0;
		for (let i = 3; i >= 0; i--) {
			const byte = this.u8((va + i) >>> 0);
			if (byte === undefined)
				return undefined;
			value = value * 256 + byte;
		}
		return value;
	}

	s8(va)
	{
		return this.u8(va) << 24 >> 24;
	}
}

// The effective address of a ModRM operand in memory, 32-bit addressing.
function effectiveAddress(at, linear)
{
	const modrm = linear.u8(at), mod = modrm >> 6, rm = modrm & 7;
	const r = linear.r;
	let next = at + 1, base;
	if (rm === 4) {
		const sib = linear.u8(next++);
		const index = sib >> 3 & 7, low = sib & 7;
		base = low === 5 && mod === 0 ? linear.u32(next) : r[REGISTERS[low]];
		if (low === 5 && mod === 0)
			next += 4;
		if (index !== 4)
			base += r[REGISTERS[index]] << (sib >> 6);
	} else if (rm === 5 && mod === 0) {
		base = linear.u32(next);
	} else {
		base = r[REGISTERS[rm]];
	}
	if (mod === 1)
		base += linear.s8(next);
	else if (mod === 2)
		base += linear.u32(next);
	return base >>> 0;
}

// The targets of the instruction itself, which ends at `end`.
function flow(eip, end, linear)
{
	let at = eip;
	while (PREFIXES.has(linear.u8(at)))
		at++;
	const op = linear.u8(at), r = linear.r;
	if (op === 0xEB)
		return [end + linear.s8(at + 1)];
	if (op === 0xE9 || op === 0xE8)
		return [end + linear.u32(at + 1)];
	if (op >= 0x70 && op <= 0x7F || op >= 0xE0 && op <= 0xE3)
		return [end, end + linear.s8(at + 1)];
	if (op === 0x0F && linear.u8(at + 1) >> 4 === 8)
		return [end, end + linear.u32(at + 2)];
	if (op === 0xC3 || op === 0xC2 || op === 0xCF || op === 0xCB)
		return [linear.u32(r.esp)];
	if (op === 0xEA)
		return [linear.u32(at + 1)];
	if (op === 0xFF) {
		const modrm = linear.u8(at + 1), what = modrm >> 3 & 7;
		if (what === 2 || what === 4)
			return [modrm >> 6 === 3 ? r[REGISTERS[modrm & 7]]
				: linear.u32(effectiveAddress(at + 1, linear))];
	}
	return [end];
}

// The handlers in the interrupt descriptor table.
export function handlers(memory, registers)
{
	const linear = new Linear(memory, registers), found = [];
	const count = Math.min(256, (registers.idtLimit + 1) >> 3);
	for (let i = 0; i < count; i++) {
		const low = linear.u32((registers.idt + 8 * i) >>> 0);
		const high = linear.u32((registers.idt + 8 * i + 4) >>> 0);
		if (low === undefined || high === undefined)
			break;
		// Present, and an interrupt or trap gate.
		if ((high & 0x9E00) === 0x8E00)
			found.push(((high & 0xFFFF0000) | low & 0xFFFF) >>> 0);
	}
	return found;
}

// All addresses of kernel text where execution can continue.
export function successors(memory, registers, facts)
{
	const targets = new Set(handlers(memory, registers));
	const sysenter = facts.symbol("sysenter_entry");
	const end = facts.instructionEnd(registers.eip);
	if (sysenter && registers.cpl === 3)
		targets.add(sysenter);
	if (end !== undefined)
		for (const target of flow(registers.eip, end,
			new Linear(memory, registers)))
			targets.add(target >>> 0);
	const [start, limit] = facts.json.text;
	return [...targets].filter((t) => t >= start && t < limit
		&& facts.instructionEnd(t) !== undefined);
}
