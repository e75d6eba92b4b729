// The free-list panel: a summary, the order as a plot, and runs from the head.

import { theme } from "./colours.js";
import { el, fit, goto, hex, put, refresh } from "./dom.js";

export class FreeListPanel {
	constructor(root, app)
	{
		this.app = app;
		this.words = el("p", { class: "words big" });
		this.canvas = el("canvas", { class: "plot", role: "img",
			"aria-label": "The list's order: position to the right, frame"
				+ " upwards" });
		this.runs = el("div", { class: "ranges" });
		put(root, this.words, this.canvas, el("p", { class: "hint" },
			"To the right: the order in which frames will be allocated."
			+ " Upwards: their addresses."), this.runs);
	}

	update()
	{
		const { list } = this.app.snapshot;
		this.words.textContent = `The free list: ${list.summary}.`;
		this.words.classList.toggle("bad", list.end === "ring"
			|| list.end === "wild");
		this.plot(list);
		this.showRuns(list);
	}

	plot(list)
	{
		const width = Math.max(200, this.canvas.parentElement.clientWidth - 24);
		const height = 110, context = fit(this.canvas, width, height);
		context.clearRect(0, 0, width, height);
		context.fillStyle = theme() === "light" ? "#0072b2" : "#8fd0f5";
		const frames = this.app.snapshot.total;
		const step = Math.max(1, Math.floor(list.length / (width * 4)));
		for (let i = 0; i < list.length; i += step)
			context.fillRect(i / list.length * (width - 2),
				height - 3 - list.order[i] / frames * (height - 4), 2, 2);
		const broken = list.end === "ring" || list.end === "wild";
		if (broken && list.at >= 0) {
			context.fillStyle = theme() === "light" ? "#d00060" : "#ff4f9a";
			context.fillRect(width - 5, height - 5 - list.at / frames
				* (height - 4), 5, 5);
		}
	}

	// Combine consecutive frames into runs.
	showRuns(list)
	{
		const runs = [];
		for (let i = 0; i < list.length && runs.length < 60;) {
			const first = list.order[i], step = list.order[i + 1] - first;
			let n = 1;
			while (Math.abs(step) === 1 && i + n < list.length
			       && list.order[i + n] === first + n * step)
				n++;
			runs.push([i, first, n, step]);
			i += n;
		}
		refresh(this.runs, JSON.stringify([runs, list.summary]), () => [
			el("h3", {}, "From the head"),
			el("ol", { class: "runs" }, ...runs.map(([at, first, n, step]) =>
				el("li", { value: at }, goto(hex(first * 4096), () =>
					this.app.select({ frame: first, show: "physical" })),
				n > 1 ? ` and ${n - 1} more, ${step > 0 ? "upwards" :
					"downwards"} to ${hex((first + (n - 1) * step) * 4096)}`
					: ""))),
			runs.length === 60 ? el("p", {}, "…") : null,
			list.at >= 0 && list.end !== "whole" ? el("p", { class: "bad" },
				"It breaks at ", goto(hex(list.at * 4096), () =>
					this.app.select({ frame: list.at, show: "physical" })))
				: null]);
	}
}
