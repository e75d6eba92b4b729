// Boots the machine without a page, for tests and measurements.
//
// EXPLORER_OBJ names the folder with own/kernel.img and own/facts.json, and the
// kernels of broken/; BIOS the folder of the firmware.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Facts } from "../src/facts.js";
import { Machine } from "../src/machine.js";

export const OBJ = process.env.EXPLORER_OBJ
	?? fileURLToPath(new URL("../../../obj/explorer", import.meta.url));
const BIOS = process.env.BIOS ?? "/usr/share/seabios";
const V86_WASM = new URL("../node_modules/v86/build/v86.wasm", import.meta.url);

// Read a file into an ArrayBuffer.
export function fileBuffer(path)
{
	const b = readFileSync(path);
	return b.buffer.slice(b.byteOffset, b.byteOffset + b.length);
}

export const haveBios = existsSync(`${BIOS}/bios.bin`);

export function loadFacts(name = "own")
{
	return Facts.parse(readFileSync(`${OBJ}/${name}/facts.json`));
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Create a machine with its serial output in `.output`.
export class TestMachine extends Machine {
	static async boot(name = "own", memorySize = 128 << 20, image = undefined,
		swap = undefined)
	{
		const { V86 } = await import("v86");
		const wasm = await WebAssembly.compile(fileBuffer(V86_WASM));
		const machine = new TestMachine({
			V86, wasm, memorySize, facts: loadFacts(name), screen: null,
			bios: fileBuffer(`${BIOS}/bios.bin`),
			vgaBios: fileBuffer(`${BIOS}/vgabios-stdvga.bin`),
			swap, image: image ?? fileBuffer(`${OBJ}/${name}/kernel.img`),
			onSerial: (byte) => machine.output += String.fromCharCode(byte),
		});
		machine.output = "";
		await machine.start();
		return machine;
	}

	// Wait until a condition holds. Throws, with the last output, after ms;
	// the default is long, because the host may be busy.
	async until(condition, what, ms = 150000)
	{
		const end = Date.now() + ms;
		while (!condition()) {
			if (Date.now() > end)
				throw new Error(`${what}: not within ${ms} ms; state`
					+ ` ${this.state}; output ends with `
					+ JSON.stringify(this.output.slice(-300)));
			await sleep(5);
		}
	}

	prompt()
	{
		return this.until(() => this.output.endsWith("K> "), "a prompt");
	}

	// Type a command, wait for the next prompt, and return the output.
	async command(line)
	{
		const before = this.output.length;
		this.type(line + "\n");
		await this.until(() => this.output.length > before + line.length
			&& this.output.endsWith("\nK> "), `the end of ${line}`);
		return this.output.slice(before);
	}
}
