// A monkey: random but reproducible actions on the page, faster than a person,
// in any state. It must never cause an error, and a Reset after it must boot.

import { random } from "../unit/world.js";

const PANELS = ["code", "list", "time", "faults", "physical", "virtual", "walk",
	"audit"];
const BUTTONS = ["run", "run", "step", "step-out", "next-change", "theme"];
const STOPS = ["page_alloc", "page_insert", "mem_init", "trap", "no_such"];
const COMMANDS = ["help", "meminfo", "run hello", "check page_alloc", "audit",
	"fault null", "fault unmap-stack", "halt", "reboot", "walk 0xf0100000"];
const KEYS = ["F6", "F7", "F8", "F9", "ArrowRight", "ArrowLeft", "ArrowDown", "+",
	"-", "Enter", "Tab", "a", "Escape"];

// Act n times. images: [{ name, bytes }], offered to the page as files. Resolves
// to { actions, seed }; the page's errors are in page.errors.
export async function monkey(page, seed, n, images)
{
	const rnd = random(seed);
	await page.evaluate((offered) => globalThis.monkeyImages = offered,
		images.map(({ name, bytes }) => ({ name,
			text: Buffer.from(bytes).toString("base64") })));
	// Batches, because a call into the browser costs more than an action.
	for (let done = 0; done < n;) {
		const batch = [];
		for (; batch.length < 20 && done < n; done++)
			batch.push(choose(rnd, images.length));
		await page.evaluate(act, batch);
	}
	return { actions: n, seed };
}

// One action: [what, argument, argument].
function choose(rnd, nimages)
{
	const one = (list) => list[rnd(list.length)], dice = rnd(100);
	if (dice < 20)
		return ["click", "#tab-" + one(PANELS)];
	if (dice < 40)
		return ["click", "#" + one(BUTTONS)];
	if (dice < 42)
		return ["click", "#reset"];
	if (dice < 46)
		return ["stop", one(STOPS)];
	if (dice < 50)
		return ["click", "#panel-code [aria-label^='Remove the stop']"];
	if (dice < 58)
		return ["type", one(COMMANDS)];
	if (dice < 68)
		return ["key", one(KEYS)];
	if (dice < 74)
		return ["walk", one(["0", "f0000000", "deadbeef", "pages", "x y", ""])];
	if (dice < 84)
		return ["point", rnd(1000), rnd(1000)];
	if (dice < 90)
		return ["goto", rnd(1000)];
	if (dice < 91)
		return ["select", "#ram", one(["8", "16", "128"])];
	if (dice < 93)
		return ["select", "#speed", one(["1", "0.1", "0.01", "1"])];
	if (dice < 94)
		return ["image", rnd(nimages)];
	return ["wait", rnd(120)];
}

// In the page: do a batch of actions.
async function act(batch)
{
	const $ = (selector) => document.querySelector(selector);
	const submit = (input, value) => {
		input.value = value;
		input.form.requestSubmit();
	};
	const shown = (selector) => [...document.querySelectorAll(selector)]
		.filter((e) => e.offsetParent);
	const actions = {
		click: (selector) => $(selector)?.click(),
		stop: (name) => submit($("#breakpoint-name"), name),
		walk: (text) => submit($("#walk-address"), text),
		type: (line) => globalThis.explorer.machine?.type(line + "\n"),
		key: (key) => (document.activeElement ?? document.body).dispatchEvent(
			new KeyboardEvent("keydown", { key, bubbles: true })),
		goto: (n) => {
			const all = shown(".goto, .chip, .mark");
			all[n % all.length]?.dispatchEvent(
				new MouseEvent("click", { bubbles: true }));
		},
		point: (x, y) => {
			const all = shown("canvas, .map"), e = all[x % (all.length || 1)];
			const box = e?.getBoundingClientRect();
			for (const type of ["mousemove", "click"])
				e?.dispatchEvent(new MouseEvent(type, { bubbles: true,
					clientX: box.left + box.width * x / 1000,
					clientY: box.top + box.height * y / 1000 }));
		},
		select: (selector, value) => {
			$(selector).value = value;
			$(selector).dispatchEvent(new Event("change"));
		},
		image: (n) => {
			const { name, text } = globalThis.monkeyImages[n];
			const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
			globalThis.explorer.loadFile(new File([bytes], name));
		},
		wait: (ms) => new Promise((go) => setTimeout(go, ms)),
	};
	for (const [what, ...args] of batch) {
		await actions[what](...args);
		await new Promise((go) => setTimeout(go));
	}
}
