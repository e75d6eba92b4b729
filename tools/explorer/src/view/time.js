// The time panel: free frames as a curve, moments, and changes between two.

import { KIND_NAMES } from "../frames.js";
import { difference } from "../history.js";
import { variable } from "../kernel.js";
import { sharingStory } from "../sharing.js";
import { absentWords } from "../swap.js";
import { flagNames } from "../walk.js";
import { theme } from "./colours.js";
import { button, choice, el, fit, goto, hex, put, refresh, setChoices }
	from "./dom.js";

const SHOWN = 100;
// The number of changes in the curve.
const PLOTTED = 160;
// Numbers this near to the present one are drawn to scale.
const NEAR = 256;
// Room for the numbers on the left.
const AXIS = 44;

export class TimePanel {
	constructor(root, app)
	{
		this.app = app;
		this.canvas = el("canvas", { class: "plot", role: "img",
			"aria-label": "Free frames over time" });
		this.words = el("p", { class: "hint" });
		this.from = choice([], () => this.compare(), { "aria-label": "From" });
		this.to = choice([], () => this.compare(), { "aria-label": "To" });
		this.call = el("div", { class: "call" });
		this.changes = el("div", { class: "changes" });
		put(root, this.canvas, this.words,
			el("div", { class: "row" },
				button("Next change", () => app.nextChange(), { class: "main",
					title: "Run until a call has changed the memory map (F9)" }),
				button("Mark this moment", () => app.mark("marked"))),
			el("div", { class: "row" },
				el("label", {}, "Changes from ", this.from),
				el("label", {}, "to ", this.to)),
			this.call, this.changes);
	}

	update()
	{
		this.plot();
		const { moments, change } = this.app.record;
		const pairs = moments.map((m, i) => [i, `${i}: ${m.label}`]);
		const grew = this.known !== moments[moments.length - 1];
		this.known = moments[moments.length - 1];
		setChoices(this.from, pairs);
		setChoices(this.to, pairs);
		if (grew && moments.length) {
			this.from.value = String(Math.max(0, moments.length - 2));
			this.to.value = String(moments.length - 1);
			this.compare();
		}
		const traced = change && change.after === this.known ? change : null;
		refresh(this.call, JSON.stringify(traced?.call ?? null),
			() => traced ? this.callWords(traced) : []);
		if (!moments.length)
			refresh(this.changes, "none", () => el("p", {}, "Each pause is a"
				+ " moment; changes between two moments are listed here."));
	}

	// Each change has the same width, because at the prompt time passes
	// without changes. Checks empty the list for a moment, so numbers far
	// from the present one are drawn at the edge; single frames stay
	// visible near it.
	plot()
	{
		const points = this.app.record.timeline.points.slice(-PLOTTED);
		const width = Math.max(200, this.canvas.parentElement.clientWidth - 24);
		const height = 64, context = fit(this.canvas, width, height);
		context.clearRect(0, 0, width, height);
		this.words.textContent = points.length
			? `Free frames: now ${points.at(-1)[1]}. One step for each change;`
				+ " to scale near the present number."
			: "No free frames yet.";
		if (points.length < 2)
			return;
		const now = points.at(-1)[1];
		const values = points.map((p) => p[1])
			.filter((v) => Math.abs(v - now) <= NEAR);
		const low = Math.min(...values), high = Math.max(...values, low + 1);
		const step = (width - AXIS) / points.length;
		context.strokeStyle = theme() === "light" ? "#0072b2" : "#8fd0f5";
		context.lineWidth = 1.5;
		context.beginPath();
		points.forEach((p, i) => {
			const v = Math.max(low, Math.min(high, p[1]));
			const y = height - 4 - (v - low) / (high - low) * (height - 8);
			context.lineTo(AXIS + i * step, y);
			context.lineTo(AXIS + (i + 1) * step, y);
		});
		context.stroke();
		context.fillStyle = theme() === "light" ? "#55616a" : "#9fadb7";
		context.font = "10px sans-serif";
		context.fillText(String(high), 4, 11);
		context.fillText(String(low), 4, height - 4);
	}

	callWords(change)
	{
		const { call } = change;
		return [
			el("p", { class: "words big" }, el("code", {}, `${call.name}(${
				call.args.map(([name, value]) => `${name} = ${
					value === undefined ? "?" : hex(value, 1)}`).join(", ")})`),
			` returned ${hex(call.result, 1)} to ${call.caller}.`),
			change.broke ? el("p", { class: "bad" }, "The call failed, but"
				+ " something changed: rule E1 is broken.") : null,
			...sharingStory(change, this.app.snapshot).map((words) =>
				el("p", { class: "story" },
					words[0].toUpperCase() + words.slice(1))),
		];
	}

	compare()
	{
		const { snapshot } = this.app, { moments } = this.app.record;
		const a = moments[Number(this.from.value)];
		const b = moments[Number(this.to.value)];
		if (!a || !b)
			return;
		const d = difference(a, b, snapshot.facts);
		refresh(this.changes, `${this.from.value} ${this.to.value} ${moments.length}`,
			() => [
				el("h3", {}, `${several(d.entries.length, "entry", "entries")} and`
					+ ` ${several(d.frames.length, "frame", "frames")} changed;`
					+ ` free frames ${a.free} → ${b.free}`),
				el("table", {}, ...d.entries.slice(0, SHOWN).map((e) =>
					this.entryRow(e))),
				el("table", {}, ...d.frames.slice(0, SHOWN).map((f) =>
					this.frameRow(f))),
				d.entries.length > SHOWN || d.frames.length > SHOWN
					? el("p", {}, "…") : null]);
	}

	entryRow(e)
	{
		return el("tr", {}, el("td", {}, goto(hex(e.va), () =>
			this.app.select({ va: e.va, pgdir: e.directory.pgdir,
				show: "walk" }))),
		el("td", {}, `${e.level} entry of ${e.directory.name} directory`),
		el("td", {}, this.entryText(e, e.before)), el("td", {}, "→ "
			+ this.entryText(e, e.after)));
	}

	entryText({ level, va }, entry)
	{
		const { memory, facts } = this.app.snapshot;
		const absent = entry && level === "table" && va < facts.get("UTOP")
			? absentWords(entry, variable(memory, facts, "slots_total"))
			: undefined;
		return absent ?? (entry ? `${hex(entry & ~0xFFF)} ${flagNames(entry)}`
			: "0");
	}

	frameRow(f)
	{
		const side = (x) => `${KIND_NAMES[x.kind]}, count ${x.count}`;
		return el("tr", {}, el("td", {}, goto(hex(f.frame * 4096), () =>
			this.app.select({ frame: f.frame, show: "physical" }))),
		el("td", {}, "frame"), el("td", {}, side(f.before)),
		el("td", {}, "→ " + side(f.after)));
	}
}

function several(n, one, more)
{
	return `${n} ${n === 1 ? one : more}`;
}
