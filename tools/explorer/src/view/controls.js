// The row of buttons at the top, their keys, and the state of the machine.

import { theme } from "./colours.js";
import { button, choice, el, hex, put } from "./dom.js";

const SPEEDS = [[1, "full speed"], [0.1, "1/10 speed"], [0.01, "1/100 speed"],
	[0.001, "1/1000 speed"]];
const SIZES = [8, 16, 32, 64, 128, 256, 512, 1024, 2047];

export class Controls {
	// root: parent of the buttons. status: element for the state.
	constructor(root, status, app)
	{
		this.app = app;
		this.status = status;
		this.run = button("Pause", () => app.toggle(), { class: "main",
			id: "run", title: "Pause or run (F6)" });
		this.step = button("Step", () => app.step(), { id: "step",
			title: "Execute one instruction of the kernel (F7)" });
		this.out = button("Step out", () => app.stepOut(), { id: "step-out",
			title: "Run to the end of this function (F8)" });
		this.next = button("Next change", () => app.nextChange(), {
			id: "next-change",
			title: "Run until a call has changed the memory map (F9)" });
		put(root, this.run, this.step, this.out, this.next,
			button("Reset", () => app.reset(), { id: "reset" }),
			choice(SPEEDS, (v) => app.setSpeed(Number(v)),
				{ "aria-label": "Speed", id: "speed" }),
			this.sizes(), ...this.images(),
			button("Light/dark", () => this.switchTheme(), { id: "theme" }),
			button("About", () => document.getElementById("about").showModal()));
		document.documentElement.dataset.theme = theme();
		addEventListener("keydown", (e) => this.shortcut(e));
	}

	sizes()
	{
		const e = choice(SIZES.map((n) => [n, `${n} MiB RAM`]),
			(v) => this.app.setMemory(Number(v) << 20),
			{ "aria-label": "RAM; a change resets the machine", id: "ram" });
		e.value = String(this.app.memorySize >>> 20);
		return e;
	}

	images()
	{
		const file = el("input", { type: "file", hidden: true,
			onchange: () => {
				const [chosen] = file.files;
				if (chosen)
					this.app.loadFile(chosen);
				// Or choosing the same file again would be no
				// change.
				file.value = "";
			} });
		return [button("Image…", () => file.click(),
			{ title: "Boot another kernel.img" }), file];
	}

	update()
	{
		const { machine, facts, snapshot } = this.app, { state } = machine;
		this.run.textContent = state === "paused" ? "Run" : "Pause";
		this.run.disabled = state === "dead";
		this.step.disabled = state === "dead" || !facts;
		this.out.disabled = state !== "paused" || !facts;
		this.next.disabled = state === "dead" || !facts;
		const words = snapshot ? stateWords(this.app) : "Starting";
		if (this.status.textContent !== words) {
			this.status.textContent = words;
			this.status.title = words;
		}
	}

	switchTheme()
	{
		document.documentElement.dataset.theme = theme() === "light" ? "dark"
			: "light";
		this.app.refresh();
	}

	shortcut(event)
	{
		const { app } = this;
		const action = { F6: () => app.toggle(), F7: () => app.step(),
			F8: () => app.stepOut(), F9: () => app.nextChange() }[event.key];
		if (!action)
			return;
		action();
		event.preventDefault();
	}
}

// Describe what the kernel did to the machine that the user may not expect, in
// sentences; undefined if nothing.
export function machineWords({ machine, facts, snapshot })
{
	const at = (eip) => facts?.place(eip) ?? hex(eip), said = [];
	const { resets, resetAt } = machine;
	if (resets)
		said.push(`The kernel has reset the machine${resets === 1 ? ""
			: ` ${resets} times`}, ${resets === 1 ? "" : "the last time "}at`
			+ ` ${at(resetAt)}; the BIOS boots it again.`);
	if (machine.stuck)
		said.push(`The processor is halted at ${at(snapshot.registers.eip)} with`
			+ " interrupts off (IF is clear): nothing continues it, here as on a"
			+ " PC. Reset starts again.");
	return said.length ? said.join(" ") : undefined;
}

// "Stopped at page_alloc+0, kern/page.c:240".
export function stateWords({ machine, facts, snapshot })
{
	const { eip } = snapshot.registers, place = facts?.place(eip) ?? hex(eip);
	const why = { breakpoint: "Stopped at", step: "Stepped to",
		arrived: "Returned to" }[machine.cause.kind] ?? "Paused at";
	switch (machine.state) {
	case "running":
		if (machine.stuck)
			return `Halted for ever at ${place}`;
		return machine.cause.kind === "long step"
			? "Running to the kernel's next instruction" : "Running";
	case "paused":
		return `${why} ${place}`;
	case "dead":
		return `Dead at ${place}`;
	default:
		return "Starting";
	}
}
