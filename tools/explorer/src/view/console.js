// The console: the machine's screen (drawn by v86), its keyboard, pasting, and
// a log of all serial output.

import { button, el, put } from "./dom.js";

// Scan codes (PS/2, set 1) of keys without a character.
const KEYS = {
	Enter: [0x1C], Backspace: [0x0E], Tab: [0x0F], Delete: [0xE0, 0x53],
	ArrowUp: [0xE0, 0x48], ArrowDown: [0xE0, 0x50], ArrowLeft: [0xE0, 0x4B],
	ArrowRight: [0xE0, 0x4D], Home: [0xE0, 0x47], End: [0xE0, 0x4F],
	PageUp: [0xE0, 0x49], PageDown: [0xE0, 0x51],
};
// Keys of a US keyboard, by row: the scan code of a row's first key, and its
// characters without and with Shift. Codes of a row are consecutive.
const ROWS = [
	[0x02, "1234567890-=", "!@#$%^&*()_+"], [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
	[0x1E, "asdfghjkl;'`", 'ASDFGHJKL:"~'], [0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
	[0x39, " ", " "],
];
const SHIFT = 0x2A;

// { code, shift } of a character; undefined if no key has it.
function keyOf(character)
{
	for (const [first, plain, shifted] of ROWS)
		for (const [shift, row] of [[false, plain], [true, shifted]]) {
			const i = row.indexOf(character);
			if (i >= 0)
				return { code: first + i, shift };
		}
	return undefined;
}

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
			el("span", { id: "status", role: "status" }),
			el("span", {}, "Click the screen to type; Esc leaves it"),
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
		const key = keyOf(event.key);
		if (event.ctrlKey) {
			// The browser handles pasting and copying.
			if (!key || event.key === "v"
			    || event.key === "c" && String(getSelection()))
				return;
			machine.scancodes([CONTROL, key.code, key.code | RELEASED,
				CONTROL | RELEASED]);
		} else if (KEYS[event.key] && !(event.key === "Tab" && event.shiftKey)) {
			const codes = KEYS[event.key];
			machine.scancodes([...codes, ...released(codes)]);
		} else if (key) {
			const press = [key.code, key.code | RELEASED];
			machine.scancodes(key.shift ? [SHIFT, ...press, SHIFT | RELEASED]
				: press);
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
