// Panels with tabs, one of them visible (WAI-ARIA's pattern: arrow keys move;
// the Tab key stops once). Hidden panels are not updated.

import { el, put } from "./dom.js";

export class Tabs {
	// panels: [[id, title, make(root)]]; changed(): called when another is
	// shown.
	constructor(root, label, panels, changed)
	{
		this.changed = changed;
		this.tabs = panels.map(([id, title, make]) => {
			const dot = el("span", { class: "dot" });
			const tab = el("button", {
				type: "button", role: "tab", id: "tab-" + id,
				"aria-controls": "panel-" + id, onclick: () => this.show(id),
			}, title, dot);
			const panel = el("section", { class: "panel", role: "tabpanel",
				id: "panel-" + id, "aria-labelledby": "tab-" + id });
			return { id, tab, dot, panel, view: make(panel) };
		});
		put(root, el("div", {
			class: "tablist", role: "tablist", "aria-label": label,
			onkeydown: (e) => this.keydown(e),
		}, ...this.tabs.map((t) => t.tab)), ...this.tabs.map((t) => t.panel));
		this.choose(panels[0][0]);
	}

	choose(id)
	{
		this.current = this.tabs.find((t) => t.id === id);
		for (const t of this.tabs) {
			const chosen = t === this.current;
			t.tab.setAttribute("aria-selected", String(chosen));
			t.tab.tabIndex = chosen ? 0 : -1;
			t.panel.hidden = !chosen;
		}
	}

	has(id)
	{
		return this.tabs.some((t) => t.id === id);
	}

	show(id)
	{
		if (this.current.id === id)
			return;
		this.choose(id);
		this.changed();
	}

	// Put a sign after a tab's title, to draw attention to it.
	mark(id, sign)
	{
		this.tabs.find((t) => t.id === id).dot.textContent = sign
			? " " + sign : "";
	}

	keydown(event)
	{
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
		if (!step)
			return;
		const i = this.tabs.indexOf(this.current) + step;
		const next = this.tabs[(i + this.tabs.length) % this.tabs.length];
		this.show(next.id);
		next.tab.focus();
	}

	update()
	{
		this.current.view.update();
	}
}
