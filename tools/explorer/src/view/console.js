// The console: the machine's screen (drawn by v86), its keyboard, pasting, and
// everything that came over the serial line as a log.

import { button, el, put } from "./dom.js";

// Keys that are no character, as PS/2 scan codes of set 1.
const KEYS = {
	Enter: [0x1C], Backspace: [0x0E], Tab: [0x0F], Delete: [0xE0, 0x53],
	ArrowUp: [0xE0, 0x48], ArrowDown: [0xE0, 0x50], ArrowLeft: [0xE0, 0x4B],
	ArrowRight: [0xE0, 0x4D], Home: [0xE0, 0x47], End: [0xE0, 0x4F],
	PageUp: [0xE0, 0x49], PageDown: [0xE0, 0x51],
};
const LETTERS = {
	a: 0x1E, b: 0x30, c: 0x2E, d: 0x20, e: 0x12, f: 0x21, g: 0x22, h: 0x23,
	i: 0x17, j: 0x24, k: 0x25, l: 0x26, m: 0x32, n: 0x31, o: 0x18, p: 0x19,
	q: 0x10, r: 0x13, s: 0x1F, t: 0x14, u: 0x16, v: 0x2F, w: 0x11, x: 0x2D,
	y: 0x15, z: 0x2C,
};
const CONTROL = 0x1D, RELEASED = 0x80;
const LOG_LIMIT = 200000;

function released(codes)
{
	return codes.map((c) => c === 0xE0 ? c : c | RELEASED);
}

export class Console {
	constructor(root, app)
	{
		this.app = app;
		this.text = "";
		this.screen = el("div", { class: "screen" }, el("div"), el("canvas"));
		this.log = el("pre", { class: "log", hidden: true, tabindex: 0,
			"aria-label": "All output of the serial line" });
		this.frame = el("div", {
			class: "console", id: "console", tabindex: 0, role: "textbox",
			"aria-label": "The machine's screen and keyboard. Escape leaves it.",
			onkeydown: (e) => this.keydown(e),
			onpaste: (e) => this.paste(e),
		}, this.screen, this.log);
		this.which = button("All output", () => this.toggleLog(),
			{ "aria-pressed": "false", title:
				"Everything since the start, instead of the last 25 lines" });
		put(root, this.frame, el("div", { class: "hint" },
			el("span", {}, "Click to type; Esc leaves. Ctrl+V pastes."),
			this.which));
	}

	// A screen for a new machine.
	newScreen()
	{
		const fresh = el("div", { class: "screen" }, el("div"), el("canvas"));
		fresh.hidden = this.screen.hidden;
		this.screen.replaceWith(fresh);
		this.screen = fresh;
		this.text = "";
		this.log.textContent = "";
		return fresh;
	}

	serial(byte)
	{
		const c = String.fromCharCode(byte);
		this.text = c === "\b" ? this.text.slice(0, -1)
			: c === "\r" ? this.text : this.text + c;
		if (this.text.length > LOG_LIMIT)
			this.text = this.text.slice(-LOG_LIMIT / 2);
		this.logStale = true;
	}

	toggleLog()
	{
		const showLog = this.log.hidden;
		this.log.hidden = !showLog;
		this.screen.hidden = showLog;
		this.which.setAttribute("aria-pressed", String(showLog));
		this.update();
		this.log.scrollTop = this.log.scrollHeight;
	}

	update()
	{
		if (this.log.hidden || !this.logStale)
			return;
		const end = this.log.scrollTop + this.log.clientHeight
			> this.log.scrollHeight - 30;
		this.log.textContent = this.text;
		this.logStale = false;
		if (end)
			this.log.scrollTop = this.log.scrollHeight;
	}

	keydown(event)
	{
		const { machine } = this.app;
		if (event.key === "Escape") {
			this.frame.blur();
			return;
		}
		if (!machine || event.metaKey || event.altKey
		    || /^F\d+$/.test(event.key))
			return;
		if (event.ctrlKey) {
			const letter = LETTERS[event.key.toLowerCase()];
			// Pasting and copying are the browser's.
			if (!letter || event.key === "v"
			    || event.key === "c" && String(getSelection()))
				return;
			machine.scancodes([CONTROL, letter, letter | RELEASED,
				CONTROL | RELEASED]);
		} else if (KEYS[event.key] && !(event.key === "Tab" && event.shiftKey)) {
			const codes = KEYS[event.key];
			machine.scancodes([...codes, ...released(codes)]);
		} else if (event.key.length === 1) {
			machine.key(event.key);
		} else {
			return;
		}
		event.preventDefault();
	}

	paste(event)
	{
		this.app.machine?.type(event.clipboardData.getData("text"));
		event.preventDefault();
	}
}
