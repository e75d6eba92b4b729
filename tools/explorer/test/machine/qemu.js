// QEMU with the kernel's image, for comparison: its serial line, its monitor,
// and its memory.

import { spawn } from "node:child_process";
import { connect } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../support.js";

export const QEMU = process.env.QEMU ?? "qemu-system-i386";

async function connected(path)
{
	for (let i = 0; i < 200; i++) {
		const socket = await new Promise((resolve) => {
			const s = connect(path);
			s.once("connect", () => resolve(s));
			s.once("error", () => resolve(null));
		});
		if (socket)
			return socket;
		await sleep(25);
	}
	throw new Error(`no answer at ${path}`);
}

export class Qemu {
	static async boot(image, megabytes)
	{
		const q = new Qemu();
		q.folder = mkdtempSync(join(tmpdir(), "explorer-"));
		const at = (name) => join(q.folder, name);
		q.process = spawn(QEMU, ["-display", "none", "-no-reboot",
			"-m", String(megabytes),
			"-drive", `file=${image},format=raw,snapshot=on,`
				+ "file.locking=off",
			"-serial", `unix:${at("serial")},server=on,wait=off`,
			"-qmp", `unix:${at("qmp")},server=on,wait=off`],
			{ stdio: "inherit" });
		q.output = "";
		q.serial = await connected(at("serial"));
		q.serial.on("data", (d) => q.output += d.toString("latin1"));
		q.qmp = await connected(at("qmp"));
		q.replies = [];
		let rest = "";
		q.qmp.on("data", (d) => {
			const lines = (rest + d).split("\n");
			rest = lines.pop();
			for (const line of lines.map((l) => JSON.parse(l)))
				if ("return" in line || "error" in line)
					q.replies.shift()?.(line);
		});
		await q.ask("qmp_capabilities");
		return q;
	}

	ask(execute, args = {})
	{
		return new Promise((resolve, reject) => {
			this.replies.push((reply) => "error" in reply
				? reject(new Error(JSON.stringify(reply.error)))
				: resolve(reply.return));
			this.qmp.write(JSON.stringify({ execute, arguments: args }) + "\n");
		});
	}

	// Send a line to the monitor; returns its answer.
	async hmp(line)
	{
		const text = await this.ask("human-monitor-command",
			{ "command-line": line });
		return text.replaceAll("\r", "");
	}

	async until(condition, what, ms = 150000)
	{
		const end = Date.now() + ms;
		while (!condition()) {
			if (Date.now() > end)
				throw new Error(`QEMU: ${what}: not within ${ms} ms; output`
					+ ` ends with ${JSON.stringify(this.output.slice(-300))}`);
			await sleep(10);
		}
	}

	prompt()
	{
		return this.until(() => this.output.endsWith("K> "), "a prompt");
	}

	async command(line)
	{
		const before = this.output.length;
		for (const c of line + "\r") {
			this.serial.write(c);
			await sleep(3);
		}
		await this.until(() => this.output.length > before + line.length
			&& this.output.endsWith("\nK> "), `the end of ${line}`);
		return this.output.slice(before);
	}

	// All of physical memory.
	async memory(bytes)
	{
		const file = join(this.folder, "memory");
		await this.ask("pmemsave", { val: 0, size: bytes, filename: file });
		const b = readFileSync(file);
		return new Uint8Array(b.buffer.slice(b.byteOffset,
			b.byteOffset + b.length));
	}

	// The control registers, from QEMU's monitor.
	async registers()
	{
		const text = await this.hmp("info registers");
		const value = (name) => parseInt(
			new RegExp(`\\b${name} *=([0-9a-f]+)`).exec(text)[1], 16);
		return {
			cr0: value("CR0"), cr2: value("CR2"), cr3: value("CR3"),
			cr4: value("CR4"), eip: value("EIP"), esp: value("ESP"),
			ebp: value("EBP"), eflags: value("EFL"), cpl: 0, idt: 0,
			idtLimit: 0,
		};
	}

	async close()
	{
		this.qmp?.destroy();
		this.serial?.destroy();
		this.process.kill("SIGKILL");
		await new Promise((done) => this.process.once("exit", done));
		rmSync(this.folder, { recursive: true, force: true });
	}
}
