// Creating elements, and text for numbers, for all panels.

export { hex } from "../facts.js";

// Create an element: el("p", { class: "x", onclick: f }, "text", child, ...).
// Children that are null or undefined are left out.
export function el(tag, attributes = {}, ...children)
{
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (name.startsWith("on"))
			e.addEventListener(name.slice(2), value);
		else if (value === true)
			e.setAttribute(name, "");
		else if (value !== false && value !== undefined)
			e.setAttribute(name, value);
	put(e, ...children);
	return e;
}

// Replace the contents of an element.
export function put(e, ...children)
{
	e.replaceChildren(...children.flat()
		.filter((c) => c !== null && c !== undefined));
	return e;
}

export function button(text, onclick, attributes = {})
{
	return el("button", { type: "button", onclick, ...attributes }, text);
}

// A button that looks like a link and shows something else in the page.
export function goto(text, onclick)
{
	return button(text, onclick, { class: "goto" });
}

// A <select> of [value, text] pairs.
export function choice(pairs, onchange, attributes = {})
{
	const e = el("select", attributes);
	e.addEventListener("change", () => onchange(e.value));
	setChoices(e, pairs);
	return e;
}

// Change the pairs; keep the choice if it still exists.
export function setChoices(select, pairs)
{
	const text = JSON.stringify(pairs);
	if (select.dataset.pairs === text)
		return;
	select.dataset.pairs = text;
	const old = select.value;
	put(select, pairs.map(([value, words]) => el("option", { value }, words)));
	if (pairs.some(([value]) => String(value) === old))
		select.value = old;
}

// Bytes as lines of a hex dump: address, 16 bytes, and their text.
export function hexLines(bytes, address)
{
	const lines = [];
	for (let i = 0; i < bytes.length; i += 16) {
		const row = [...bytes.subarray(i, i + 16)];
		const text = row.map((b) => b >= 32 && b < 127
			? String.fromCharCode(b) : "·").join("");
		lines.push((address + i).toString(16).padStart(8, "0") + "  "
			+ row.map((b) => b.toString(16).padStart(2, "0")).join(" ")
			+ "  " + text);
	}
	return lines.join("\n");
}

// Give a canvas as many pixels as the screen has for its size. Returns its
// context, scaled so that drawing uses CSS pixels.
export function fit(canvas, width, height)
{
	const scale = globalThis.devicePixelRatio || 1;
	const w = Math.round(width * scale), h = Math.round(height * scale);
	if (canvas.width !== w || canvas.height !== h) {
		canvas.width = w;
		canvas.height = h;
		canvas.style.width = width + "px";
		canvas.style.height = height + "px";
	}
	const context = canvas.getContext("2d");
	context.setTransform(scale, 0, 0, scale, 0, 0);
	return context;
}

// Rebuild the contents of an element, but only if key has changed: it describes
// all that they depend on. Rebuilding loses the focus, the selection and a
// click that has begun.
export function refresh(e, key, build)
{
	if (e.dataset.key === key)
		return;
	e.dataset.key = key;
	put(e, ...[build()].flat());
}
