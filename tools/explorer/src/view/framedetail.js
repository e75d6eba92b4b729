// One frame in detail: its kind, state and count, its mappings and contents.

import { KIND, KIND_NAMES, SHARED } from "../frames.js";
import { frameShareWords } from "../sharing.js";
import { flagNames } from "../walk.js";
import { el, goto, hex, hexLines } from "./dom.js";

// The elements that describe frame n of Snapshot s. mappings: all of the frame;
// bytes: its contents.
export function frameDetail(s, n, mappings, bytes, app)
{
	const known = s.state[n] !== 0xFF;
	const position = s.list.position[n] ?? -1;
	return [
		el("h3", {}, `Frame ${hex(n, 5)} at physical ${hex(n * 4096)}`),
		el("p", {}, sentence(describe(s, n))),
		s.kind[n] === KIND.BROKEN ? el("p", { class: "bad" },
			sentence(s.contradiction(n))) : null,
		el("dl", {}, ...[
			["state", known ? s.stateName(n) : "not managed"],
			["count", known ? `${s.count[n]}; entries and holds found:`
				+ ` ${s.found[n]}` : "none"],
			["free list", position >= 0 ? `number ${position}` : "no"],
		].flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
		el("p", { class: "places" }, ...places(mappings, app)),
		el("pre", { class: "hex", tabindex: 0, "aria-label":
			"Contents of the frame" }, hexLines(bytes, n * 4096)),
	];
}

function places(mappings, app)
{
	if (!mappings.length)
		return ["No directory maps it."];
	const places = mappings.map((m) => el("span", { class: "place" },
		goto(hex(m.va), () => app.select({ va: m.va,
			pgdir: m.directory.pgdir, show: "walk" })),
		` in ${m.directory.name} directory (${flagNames(m.flags)}`
			+ `${m.large ? ", 4 MiB page" : ""})`));
	return [mappings.length === 1 ? "Mapped at "
		: `Mapped at ${mappings.length} places: `, ...places];
}

function sentence(text)
{
	return text[0].toUpperCase() + text.slice(1) + ".";
}

// Describe frame n: "user page of environment 00001000, count 1".
export function describe(s, n)
{
	let what = KIND_NAMES[s.kind[n]];
	if (s.kind[n] === KIND.USER && s.owner[n] === SHARED)
		what += " of several environments";
	else if (s.kind[n] === KIND.USER && s.owner[n]) {
		const e = s.kernel.envs.find((v) => v.index === s.owner[n] - 1);
		what += ` of environment ${e?.id.toString(16).padStart(8, "0")}`;
	}
	const shared = s.kind[n] === KIND.USER ? frameShareWords(s, n) : "";
	return what + (shared ? `, ${shared}` : "")
		+ (s.count[n] ? `, count ${s.count[n]}` : "");
}
