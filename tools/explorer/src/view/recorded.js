// A part of the paging panel: the string that the kernel records, and the kernel's
// own count beside those of policies on it, as a table and as curves.

import { POLICIES } from "../policies.js";
import { compare, curves, readRecord, readString } from "../references.js";
import { theme } from "./colours.js";
import { button, el, fit, put, refresh } from "./dom.js";

// The largest share of the time that replays may take while a record grows.
const SHARE = 0.05;
const WIDTH = 250, HEIGHT = 120, LEFT = 36, BOTTOM = 14;

const COLOURS = {
	light: { OPT: "#0072b2", LRU: "#00694c", FIFO: "#b03a00", ink: "#55616a",
		kernel: "#14191d" },
	dark: { OPT: "#8fd0f5", LRU: "#5fdcb5", FIFO: "#f0662a", ink: "#9fadb7",
		kernel: "#e4eaee" },
};

export class Recorded {
	constructor(root, app)
	{
		this.app = app;
		this.words = el("span", { "aria-live": "polite" });
		this.record = button("", () => app.machine.type(
			`swap record ${this.last?.on ? 0 : 64}\n`));
		this.table = el("div");
		this.curve = el("canvas", { class: "plot", role: "img" });
		this.figures = el("div", { class: "columns" }, this.table, this.curve);
		put(root, el("h3", {}, "The recorded string: the kernel beside OPT"),
			el("div", { class: "row" }, this.record, this.words),
			this.figures);
		this.next = 0;
	}

	update()
	{
		const s = this.app.snapshot, r = readRecord(s), now = performance.now();
		this.record.textContent = r?.on ? "End the record" : "Record";
		const { last } = this;
		// While it grows, replay it only now and then.
		if (r && last && r.at === last.at && !r.trouble && r.on
		    && this.app.machine.state === "running" && now < this.next)
			return;
		this.last = r;
		if (r && !r.trouble && JSON.stringify(r) !== JSON.stringify(last)) {
			const string = readString(s, r);
			this.counts = { kernel: r.faults, ...compare(string, r.frames) };
			this.curves = curves(string, r.frames);
			this.next = now + (performance.now() - now) / SHARE;
		}
		this.draw(r);
	}

	draw(r)
	{
		const good = r && !r.trouble
			&& this.counts.OPT <= this.counts.kernel;
		this.figures.hidden = !good;
		this.words.textContent = !r ? "Nothing is recorded. Limit the frames"
			+ " (swap frames 24), record, and run a program."
			: r.trouble ?? (good ? `${r.count} events, ${r.frames} frames`
				+ `${r.on ? "; the record goes on" : ""}`
				: "The record makes no sense: the kernel had fewer faults"
				+ " than are possible.");
		if (!good)
			return;
		refresh(this.table, JSON.stringify(this.counts), () =>
			this.rows(this.counts));
		this.drawCurves(r);
	}

	rows({ kernel, ...others })
	{
		const row = (name, n) => el("tr", {}, el("td", {}, name),
			el("td", {}, String(n)), el("td", {}, others.OPT
				? `+${((n / others.OPT - 1) * 100).toFixed(1)} %` : ""));
		return el("table", {},
			el("tr", {}, ...["", "faults", "over OPT"].map((words) =>
				el("th", {}, words))),
			row("the kernel", kernel),
			...POLICIES.map((name) => row(name, others[name])));
	}

	drawCurves(r)
	{
		const c = fit(this.curve, WIDTH, HEIGHT), colours = COLOURS[theme()];
		const all = this.curves, { kernel } = this.counts;
		const most = Math.max(1, kernel, ...all.map((p) =>
			Math.max(...POLICIES.map((name) => p[name]))));
		const from = all[0].frames, span = all.at(-1).frames - from || 1;
		const x = (frames) => LEFT + 4 + (frames - from) / span
			* (WIDTH - LEFT - 12);
		const y = (n) => 6 + (1 - n / most) * (HEIGHT - BOTTOM - 8);
		c.clearRect(0, 0, WIDTH, HEIGHT);
		c.font = "10px sans-serif";
		c.lineWidth = 1.5;
		POLICIES.forEach((name, i) => {
			c.fillStyle = c.strokeStyle = colours[name];
			c.fillText(name, WIDTH - 32, 12 + 11 * i);
			c.beginPath();
			for (const p of all)
				c.lineTo(x(p.frames), y(p[name]));
			c.stroke();
		});
		c.strokeStyle = colours.kernel;
		c.lineWidth = 2;
		c.beginPath();
		c.arc(x(r.frames), y(kernel), 4, 0, 2 * Math.PI);
		c.stroke();
		c.fillStyle = colours.ink;
		c.fillText(String(most), 3, 12);
		c.fillText("0", 3, HEIGHT - BOTTOM);
		c.fillText(`${from} frames`, LEFT, HEIGHT - 3);
		c.fillText(String(all.at(-1).frames), WIDTH - 26, HEIGHT - 3);
		this.curve.setAttribute("aria-label", `Faults of OPT, LRU and FIFO with`
			+ ` ${from} to ${all.at(-1).frames} frames; the kernel has`
			+ ` ${kernel} with ${r.frames}`);
	}
}
