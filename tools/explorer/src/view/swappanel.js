// The paging panel: the ring of pages as a dial with the policy's hand, the slots
// of the swap area as a map, page-ins and page-outs over time, and (recorded.js)
// what was recorded.

import { idText } from "../sharing.js";
import { SLOT_KIND, SLOT_NAMES, readSwap, victimWords } from "../swap.js";
import { theme } from "./colours.js";
import { el, fit, goto, hex, put, refresh } from "./dom.js";
import { Recorded } from "./recorded.js";

// The dial has at most so many marks; with more pages, one stands for several.
const MARKS = 180;
const DIAL = 250;
// The map of slots: its height, and the largest cell.
const MAP_HEIGHT = 130, CELL = 9;
const CURVE = 70, AXIS = 44;

const COLOURS = {
	light: { used: "#e69f00", dirty: "#b03a00", clear: "#dfe5e8",
		hand: "#14191d", ink: "#55616a", ins: "#0072b2", outs: "#b03a00",
		slots: ["#edf2f5", "#0072b2", "#1b4b72", "#56b4e9", "#f0e442",
			"#e69f00", "#d00060"] },
	dark: { used: "#f2b632", dirty: "#f0662a", clear: "#2b363e",
		hand: "#e4eaee", ink: "#9fadb7", ins: "#8fd0f5", outs: "#f0662a",
		slots: ["#202b33", "#2f9be0", "#8fd0f5", "#2d6697", "#f7f08a",
			"#f2b632", "#ff4f9a"] },
};

export class SwapPanel {
	constructor(root, app)
	{
		this.app = app;
		this.words = el("p", { class: "words two", "aria-live": "polite" });
		this.dial = el("canvas", { id: "swap-dial", role: "img",
			onmousemove: (e) => this.pointDial(e),
			onclick: (e) => this.chooseDial(e) });
		this.map = el("canvas", { id: "swap-map", role: "img",
			onmousemove: (e) => this.pointMap(e) });
		this.curve = el("canvas", { class: "plot", role: "img",
			"aria-label": "Page-ins and page-outs over time" });
		this.facts = el("div", { class: "paging-facts" });
		this.legend = el("div", { class: "legend" });
		const recorded = el("div");
		this.recorded = new Recorded(recorded, app);
		this.body = el("div", {},
			el("div", { class: "columns" }, this.dial, this.facts),
			el("h3", {}, "The swap area, slot by slot"), this.map, this.legend,
			el("h3", {}, "Pages read (up) and written (down)"), this.curve,
			recorded);
		put(root, this.words, this.body);
		this.said = "";
	}

	update()
	{
		const s = this.app.snapshot, swap = this.swap = readSwap(s);
		this.body.hidden = !swap;
		if (!swap) {
			this.words.textContent = "The kernel has no swap area, so pages"
				+ " stay in memory.";
			return;
		}
		this.words.textContent = this.said || (swap.ring.length
			? victimWords(swap) : "No page may leave memory yet. Type swap"
				+ " frames 24, and then run a program, or choose less RAM.");
		this.drawDial(swap);
		this.drawMap(swap);
		this.drawCurve(this.app.record.paging.samples);
		this.recorded.update();
		refresh(this.facts, JSON.stringify([swap.counts, swap.victim,
			swap.policy, swap.limit, swap.free, swap.reads, swap.writes,
			swap.ring.length]), () => this.list(swap));
		refresh(this.legend, theme(), () => this.chips());
	}

	// ---- The dial

	// The pages of each mark. The dial does not turn with the hand: it begins
	// at the page with the lowest frame.
	marksOf({ ring })
	{
		const n = Math.min(ring.length, MARKS), marks = [];
		let first = 0;
		ring.forEach((p, i) => {
			if (p.frame < ring[first].frame)
				first = i;
		});
		this.handAt = n ? (ring.length - first) % ring.length / ring.length : 0;
		for (let i = 0; i < n; i++) {
			const from = Math.floor(i * ring.length / n);
			const to = Math.floor((i + 1) * ring.length / n);
			const part = [];
			for (let k = from; k < to; k++)
				part.push(ring[(first + k) % ring.length]);
			marks.push(part);
		}
		return marks;
	}

	drawDial(swap)
	{
		const c = fit(this.dial, DIAL, DIAL), colours = COLOURS[theme()];
		const marks = this.marks = this.marksOf(swap), r = DIAL / 2;
		c.clearRect(0, 0, DIAL, DIAL);
		this.dial.setAttribute("aria-label", `${swap.ring.length} pages may leave`
			+ ` memory, ${swap.ring.filter((p) => p.used).length} with A,`
			+ ` ${swap.ring.filter((p) => p.dirty).length} with D`);
		const angle = (part) => part * 2 * Math.PI - Math.PI / 2;
		const gap = marks.length > 1 ? Math.min(0.02, 0.2 / marks.length) : 0;
		const band = (i, from, to, share, colour) => {
			c.beginPath();
			c.arc(r, r, to, angle(i / marks.length) + gap,
				angle((i + 1) / marks.length) - gap);
			c.arc(r, r, from, angle((i + 1) / marks.length) - gap,
				angle(i / marks.length) + gap, true);
			c.closePath();
			c.fillStyle = colours.clear;
			c.fill();
			c.globalAlpha = share;
			c.fillStyle = colour;
			c.fill();
			c.globalAlpha = 1;
		};
		marks.forEach((part, i) => {
			const share = (name) => part.filter((p) => p[name]).length
				/ part.length;
			band(i, r - 24, r - 4, share("used"), colours.used);
			band(i, r - 46, r - 28, share("dirty"), colours.dirty);
		});
		this.drawHand(c, colours, r, angle(this.handAt));
	}

	drawHand(c, colours, r, angle)
	{
		c.fillStyle = c.strokeStyle = colours.hand;
		c.lineWidth = 3;
		c.beginPath();
		c.moveTo(r, r);
		c.lineTo(r + (r - 50) * Math.cos(angle), r + (r - 50) * Math.sin(angle));
		c.stroke();
		c.beginPath();
		c.arc(r, r, 5, 0, 2 * Math.PI);
		c.fill();
	}

	// The mark under the pointer, or undefined.
	markAt(event)
	{
		const box = this.dial.getBoundingClientRect();
		const x = event.clientX - box.left - DIAL / 2;
		const y = event.clientY - box.top - DIAL / 2;
		const far = Math.hypot(x, y);
		if (!this.marks?.length || far > DIAL / 2 || far < DIAL / 2 - 48)
			return undefined;
		const part = (Math.atan2(y, x) / (2 * Math.PI) + 1.25) % 1;
		return this.marks[Math.floor(part * this.marks.length)];
	}

	pageWords(p)
	{
		const env = this.app.snapshot.kernel.envs.find((e) => e.index === p.env);
		const home = p.inFile ? "the program's file" : p.slot
			? `slot ${p.slot}` : "nowhere else";
		return `Frame ${hex(p.frame * 4096)}: ${hex(p.va)} of`
			+ ` ${env ? idText(env.id) : "?"}, A ${p.used ? "set" : "clear"},`
			+ ` D ${p.dirty ? "set" : "clear"}, age ${p.age}; its contents are`
			+ ` ${p.dirty && (p.slot || p.inFile) ? "older " : ""}in ${home}`
			.replace("in nowhere", "nowhere")
			+ (p.busy ? "; being written" : "") + ".";
	}

	pointDial(event)
	{
		const part = this.markAt(event);
		this.say(part ? this.pageWords(part[0])
			+ (part.length > 1 ? ` And ${part.length - 1} more.` : "") : "");
	}

	chooseDial(event)
	{
		const part = this.markAt(event);
		if (part)
			this.app.select({ frame: part[0].frame, show: "physical" });
	}

	say(words)
	{
		this.said = words;
		this.words.textContent = words || victimWords(this.swap);
	}

	// ---- The map of slots

	// A cell stands for one slot, or, in a large area, for several: then it
	// shows the one of the rarest kind.
	drawMap(swap)
	{
		const width = Math.max(240, this.map.parentElement.clientWidth - 24);
		const room = width * MAP_HEIGHT;
		const cell = Math.max(3, Math.min(CELL,
			Math.floor(Math.sqrt(room / swap.total))));
		const across = Math.floor(width / cell);
		const down = Math.floor(MAP_HEIGHT / cell);
		const each = Math.ceil(swap.total / (across * down));
		const c = fit(this.map, width, MAP_HEIGHT);
		this.grid = { cell, across, each };
		c.clearRect(0, 0, width, MAP_HEIGHT);
		const colours = COLOURS[theme()].slots;
		for (let n = 1, i = 0; n <= swap.total; n += each, i++) {
			let kind = 0;
			for (let k = n; k < n + each && k <= swap.total; k++)
				kind = Math.max(kind, swap.kinds[k]);
			c.fillStyle = colours[kind];
			c.fillRect(i % across * cell, Math.floor(i / across) * cell,
				cell - 1, cell - 1);
		}
		this.map.setAttribute("aria-label", `${swap.total - swap.free} of`
			+ ` ${swap.total} slots are in use`);
	}

	pointMap(event)
	{
		const box = this.map.getBoundingClientRect();
		const { cell, across, each } = this.grid;
		const x = Math.floor((event.clientX - box.left) / cell);
		const y = Math.floor((event.clientY - box.top) / cell);
		const n = (y * across + x) * each + 1;
		this.say(x < across && n >= 1 && n <= this.swap.total
			? this.slotWords(n) : "");
	}

	slotWords(n)
	{
		const { kinds, at } = this.swap, { memory, facts } = this.app.snapshot;
		const kind = kinds[n], pa = at + n * facts.get("sizeof slot");
		const frame = memory.read16(pa + facts.get("slot.frame"));
		const count = memory.read16(pa + facts.get("slot.count"));
		if (kind === SLOT_KIND.FREE || kind === SLOT_KIND.BAD)
			return `Slot ${n}: ${SLOT_NAMES[kind]}.`;
		return `Slot ${n}: ${count} ${count === 1 ? "entry names" : "entries name"}`
			+ ` it; ${frame ? `frame ${hex(frame * 4096)}, ` : ""}`
			+ `${SLOT_NAMES[kind]}.`;
	}

	chips()
	{
		const colours = COLOURS[theme()];
		const chip = (colour, words) => el("span", { class: "chip" },
			el("i", { style: `background:${colour}` }), words);
		return [chip(colours.used, "dial, outer ring: A is set"),
			chip(colours.dirty, "inner ring: D is set"),
			...SLOT_NAMES.map((name, kind) => chip(colours.slots[kind],
				`slot: ${name}`))];
	}

	// ---- The curve

	drawCurve(samples)
	{
		const width = Math.max(200, this.curve.parentElement.clientWidth - 24);
		const c = fit(this.curve, width, CURVE), colours = COLOURS[theme()];
		const middle = CURVE / 2;
		const most = Math.max(1, ...samples.map((x) => Math.max(x.ins, x.outs)));
		c.clearRect(0, 0, width, CURVE);
		const step = Math.min(8, (width - AXIS) / Math.max(1, samples.length));
		samples.forEach((x, i) => {
			const up = x.ins / most * (middle - 3);
			const down = x.outs / most * (middle - 3);
			c.fillStyle = colours.ins;
			c.fillRect(AXIS + i * step, middle - up, Math.max(1, step - 1), up);
			c.fillStyle = colours.outs;
			c.fillRect(AXIS + i * step, middle, Math.max(1, step - 1), down);
		});
		c.fillStyle = colours.ink;
		c.fillRect(AXIS, middle, width - AXIS, 0.5);
		c.font = "10px sans-serif";
		c.fillText(String(most), 4, 11);
		c.fillText(String(most), 4, CURVE - 4);
	}

	// ---- Numbers

	list(swap)
	{
		const { counts: n, victim: v } = swap;
		const row = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
		return el("dl", {},
			...row("policy", swap.policy),
			...row("pages", `${swap.ring.length} may leave memory`
				+ (swap.limit ? `, at most ${swap.limit}` : "")),
			...row("slots", `${swap.total}, ${swap.free} free`),
			...row("faults", `${n.faults} on pages not in memory`),
			...row("came in", `${n.page_ins} read, ${n.file_loads} loaded from`
				+ ` files, ${n.returned} still here`),
			...row("left", `${n.page_outs} written, ${n.dropped} dropped`),
			...row("under way", `${swap.reads} reads, ${swap.writes} writes`),
			...row("last victim", v ? goto(`${hex(v.va)}, frame`
				+ ` ${hex(v.frame * 4096)}`, () => this.app.select({
				va: v.va, show: "walk" })) : "none"));
	}
}
