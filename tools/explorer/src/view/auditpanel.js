// The audit panel: each rule, whether it holds, and what breaks it.

import { RULES } from "../audit.js";
import { theme } from "./colours.js";
import { el, goto, put, refresh } from "./dom.js";

export class AuditPanel {
	constructor(root, app)
	{
		this.app = app;
		this.when = el("p", { class: "words" });
		this.rules = el("div", { class: "rules" });
		put(root, this.when, this.rules);
	}

	update()
	{
		const { audit: a, auditWhen } = this.app;
		if (!a) {
			this.when.textContent = "Checked when the kernel waits for input or is"
				+ " paused: during its work, rules may be broken for a moment.";
			return;
		}
		this.when.textContent = auditWhen;
		refresh(this.rules, JSON.stringify([a, theme()]),
			() => RULES.map(([rule, words]) => this.rule(a, rule, words)));
	}

	rule(a, rule, words)
	{
		const found = a.findings.filter((f) => f.rule === rule);
		const unknown = a.unknown[rule];
		const verdict = unknown ? `– ${unknown}`
			: found.length ? `✗ broken ${a.counts[rule]} time`
				+ (a.counts[rule] === 1 ? "" : "s") : "✓ holds";
		return el("section", { class: unknown ? "rule unknown"
			: found.length ? "rule broken" : "rule" },
		el("h3", {}, el("b", {}, rule), " ", el("span", {}, verdict),
			...this.showAll(found)),
		el("p", {}, words),
		found.length ? el("ul", {}, ...found.slice(0, 12).map((f) =>
			el("li", {}, goto(f.words, () => this.show(f)))),
		found.length > 12 ? el("li", {}, `… and ${a.counts[rule] - 12}`
			+ " more") : null) : null);
	}

	// A link that shows several frames at once.
	showAll(found)
	{
		const frames = [...new Set(found.flatMap((f) => f.frames ?? []))];
		return frames.length < 2 ? [] : [" ",
			goto("show them all on the map", () => {
				this.app.culprits = frames;
				this.app.select({ frame: frames[0], show: "physical" });
			})];
	}

	show(finding)
	{
		const { frames, va, directory } = finding;
		this.app.culprits = frames ?? [];
		if (va !== undefined)
			this.app.select({ va, pgdir: directory?.pgdir, show: "walk" });
		else if (frames?.length)
			this.app.select({ frame: frames[0], show: "physical" });
	}
}
