// Writes facts.json: what the explorer knows about one kernel.
//
// usage: node facts.js KERNEL SYMBOLS LISTING TABLE LAYOUT OUT
//   KERNEL   the linked kernel, an ELF file: for the checksum of its text
//   SYMBOLS  nm -n -S
//   LISTING  objdump -d --no-show-raw-insn: the addresses of instructions
//   TABLE    the output of tools/ksyms: functions, files, lines
//   LAYOUT   the section .facts of layout.c's object
//
// The result is a JSON object:
//   text          [start, end) of text and constants, virtual addresses
//   checksum      CRC-32 of these bytes
//   functions     start, name; sorted
//   files         ["kern/page.c"]
//   lines         start, index into files, line; sorted
//   symbols       address, name, size, global; sorted. The size is 0 if nm
//                 prints none, global is 1 or 0
//   instructions  [[first, base64 of the lengths that follow]]
//   layout        { name: value }
// functions, lines and symbols are tables by columns: see DIFFERENCES in
// src/facts.js.

import { readFileSync, writeFileSync } from "node:fs";
import { pack } from "../src/columns.js";
import { crc32 } from "../src/crc32.js";
import { DIFFERENCES } from "../src/facts.js";

const [kernelFile, symbolsFile, listingFile, tableFile, layoutFile, outFile] =
	process.argv.slice(2);
const lines = (file) => readFileSync(file, "latin1").split("\n");

// The labels of the strings in the tables that tools/ksyms writes: thousands.
const OF_A_STRING = /^(name|file)\d+$/;

// nm's lines: address [size] type name.
function readSymbols()
{
	const symbols = [];
	for (const line of lines(symbolsFile)) {
		const m = /^([0-9a-f]+) (?:([0-9a-f]+) )?([A-Za-z]) (\S+)$/.exec(line);
		if (m && !m[4].startsWith(".L") && !OF_A_STRING.test(m[4]))
			symbols.push([parseInt(m[1], 16), m[4],
				m[2] ? parseInt(m[2], 16) : 0,
				m[3] >= "A" && m[3] <= "Z" ? 1 : 0]);
	}
	return symbols;
}

// The assembly that tools/ksyms writes. A function: ".long ADDRESS, nameN", then
// ".short FILE, FIRST", FIRST being the number of its first line; after the last
// function ".long 0xffffffff, 0". A line: ".short OFFSET, LINE". ".asciz" for
// the names of functions and files.
function readTable()
{
	const found = [], names = new Map(), files = [], offsets = [];
	let pending;
	for (const line of lines(tableFile)) {
		let m;
		if ((m = /^\t\.long 0x([0-9a-f]+), (?:name)?(\d+)$/.exec(line)))
			pending = { start: parseInt(m[1], 16), name: m[2] };
		else if ((m = /^\t\.short (\d+), (\d+)$/.exec(line)) && pending) {
			found.push({ ...pending, file: Number(m[1]),
				first: Number(m[2]) });
			pending = undefined;
		} else if (m)
			offsets.push([Number(m[1]), Number(m[2])]);
		else if ((m = /^name(\d+): \.asciz "(.*)"$/.exec(line)))
			names.set(m[1], m[2]);
		else if ((m = /^\w+: \.asciz "(.*)"$/.exec(line)))
			files.push(m[1]);
	}
	const functions = [], absolute = [];
	for (let i = 0; i + 1 < found.length; i++) {
		const f = found[i];
		functions.push([f.start, names.get(f.name)]);
		for (let n = f.first; n < found[i + 1].first; n++)
			absolute.push([f.start + offsets[n][0], f.file,
				offsets[n][1]]);
	}
	if (!functions.length || !absolute.length || !files.length)
		throw new Error(`${tableFile}: not the output of tools/ksyms`);
	return { functions, lines: absolute, files };
}

function readInstructions([start, end])
{
	const runs = [];
	let last, lengths;
	const finish = () => lengths
		&& runs[runs.length - 1].push(Buffer.from(lengths)
			.toString("base64"));
	for (const line of lines(listingFile)) {
		const m = /^ *([0-9a-f]+):\t/.exec(line);
		const address = m ? parseInt(m[1], 16) : 0;
		if (address < start || address >= end)
			continue;
		// Longer than an instruction can be: the listing has a gap.
		if (last === undefined || address - last > 15) {
			finish();
			runs.push([address]);
			lengths = [];
		} else {
			lengths.push(address - last);
		}
		last = address;
	}
	finish();
	return runs;
}

function readLayout()
{
	const bytes = readFileSync(layoutFile), layout = {};
	for (let at = 0; at < bytes.length; at += 40) {
		const name = bytes.toString("latin1", at, at + 36).split("\0")[0];
		layout[name] = bytes.readUInt32LE(at + 36);
	}
	return layout;
}

// The loaded bytes of an ELF32 file at [start, end), virtual addresses.
function loadedBytes(file, start, end)
{
	const elf = readFileSync(file), out = Buffer.alloc(end - start);
	const phoff = elf.readUInt32LE(28), phnum = elf.readUInt16LE(44);
	for (let i = 0; i < phnum; i++) {
		const ph = phoff + 32 * i;
		const offset = elf.readUInt32LE(ph + 4);
		const va = elf.readUInt32LE(ph + 8);
		const size = elf.readUInt32LE(ph + 16);
		const from = Math.max(va, start), to = Math.min(va + size, end);
		if (elf.readUInt32LE(ph) === 1 && from < to)
			elf.copy(out, from - start, offset + from - va,
				offset + to - va);
	}
	return out;
}

const symbols = readSymbols();
const addressOf = (name) => symbols.find((s) => s[1] === name && s[3])[0];
const range = [addressOf("stext"), addressOf("erodata")];
const table = readTable();
const facts = {
	text: range,
	checksum: crc32(loadedBytes(kernelFile, ...range)),
	functions: table.functions, files: table.files, lines: table.lines,
	symbols: symbols.filter((s) => s[0] >= range[0]),
	instructions: readInstructions([range[0], addressOf("etext")]),
	layout: readLayout(),
};
for (const [name, columns] of Object.entries(DIFFERENCES))
	facts[name] = pack(facts[name], columns);
writeFileSync(outFile, JSON.stringify(facts));
