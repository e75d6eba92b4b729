// Facts of the build about the kernel: symbols, lines, the layout of
// structures, the addresses of instructions. build/facts.js writes facts.json;
// this file answers queries. Not its job: reading memory, except in check().

import { unpack } from "./columns.js";
import { crc32 } from "./crc32.js";

// The tables of facts.json, with the columns that ascend or change by little.
export const DIFFERENCES = { functions: [0], lines: [0, 1, 2], symbols: [0] };

// The index of the last entry of a sorted array that is <= value, or -1.
export function floorIndex(sorted, value)
{
	let low = -1, high = sorted.length;
	while (high - low > 1) {
		const mid = (low + high) >> 1;
		if (sorted[mid] <= value)
			low = mid;
		else
			high = mid;
	}
	return low;
}

function decodeBase64(text)
{
	return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export class Facts {
	// The facts in the text of a facts.json: see build/facts.js.
	static parse(text)
	{
		const json = JSON.parse(text);
		for (const [name, columns] of Object.entries(DIFFERENCES))
			json[name] = unpack(json[name], columns);
		return new Facts(json);
	}

	// json: the object that build/facts.js writes, its tables as rows.
	constructor(json)
	{
		this.json = json;
		this.layout = json.layout;
		this.functionStarts = json.functions.map((f) => f[0]);
		this.lineStarts = json.lines.map((l) => l[0]);
		this.symbols = new Map();
		// If a name occurs twice, keep only the global symbol.
		for (const [address, name, size, global] of json.symbols)
			if (global)
				this.symbols.set(name, { address, size, global });
			else if (!this.symbols.get(name)?.global)
				this.symbols.set(name, this.symbols.has(name) ? null
					: { address, size });
		this.decodeInstructions(json.instructions);
	}

	decodeInstructions(runs)
	{
		const starts = [];
		for (const [first, lengths] of runs) {
			let at = first;
			starts.push(at);
			for (const length of decodeBase64(lengths))
				starts.push(at += length);
		}
		this.instructions = starts;
	}

	// A constant, the offset of a field ("Env.env_id") or a size ("sizeof
	// Env"). Throws if it is missing.
	get(name)
	{
		const value = this.layout[name];
		if (value === undefined)
			throw new Error(`facts.json has no ${name}`);
		return value;
	}

	// The address of a symbol; undefined if there is none, or two.
	symbol(name)
	{
		return this.symbols.get(name)?.address;
	}

	// The function that a code address is in: { name, start, offset }, or
	// undefined.
	functionAt(address)
	{
		if (address < this.json.text[0] || address >= this.json.text[1])
			return undefined;
		const i = floorIndex(this.functionStarts, address);
		if (i < 0)
			return undefined;
		const [start, name] = this.json.functions[i];
		return { name, start, offset: address - start };
	}

	// The start of the function with this name; undefined if there is none.
	functionNamed(name)
	{
		return this.json.functions.find((f) => f[1] === name)?.[0];
	}

	// { file, line } of a code address, or undefined.
	lineAt(address)
	{
		if (!this.functionAt(address))
			return undefined;
		const i = floorIndex(this.lineStarts, address);
		if (i < 0)
			return undefined;
		const [, file, line] = this.json.lines[i];
		return { file: this.json.files[file], line };
	}

	// "page_alloc+5, kern/page.c:245", or the bare number.
	place(address)
	{
		const f = this.functionAt(address), l = this.lineAt(address);
		if (!f)
			return hex(address);
		return `${f.name}+${f.offset}` + (l ? `, ${l.file}:${l.line}` : "");
	}

	// The end of the instruction at address; undefined if none begins
	// there.
	instructionEnd(address)
	{
		const i = floorIndex(this.instructions, address);
		if (i < 0 || this.instructions[i] !== address)
			return undefined;
		return this.instructions[i + 1];
	}

	// Compare the kernel in memory with the one that these facts describe,
	// by a checksum of text and constants, which do not change. patched:
	// Map from virtual address to the original byte. Returns { known: false
	// } before the kernel is loaded.
	check(memory, patched = new Map())
	{
		const [start, end] = this.json.text;
		const pa = start - this.get("KERNBASE");
		const bytes = memory.bytes(pa, end - start)?.slice();
		if (!bytes)
			return { known: false };
		// Before it is loaded, memory has no Multiboot header.
		if (!hasMultibootHeader(bytes))
			return { known: false };
		for (const [address, byte] of patched)
			if (address >= start && address < end)
				bytes[address - start] = byte;
		return { known: true, same: crc32(bytes) === this.json.checksum };
	}
}

// Loaders search the first 8 KiB of the file for it, at multiples of 4.
function hasMultibootHeader(bytes)
{
	const words = new Uint32Array(bytes.buffer, 0,
		Math.min(bytes.length, 8192) >> 2);
	return words.includes(0x1BADB002);
}

// A number in the format of addresses in the kernel's messages.
export function hex(value, digits = 8)
{
	return "0x" + (value >>> 0).toString(16).padStart(digits, "0");
}
