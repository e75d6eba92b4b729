// Environments and the pages that they share: the tree of parents and children,
// the user pages of each, and what a call of kern/cow.c has done, in sentences.
// Pure functions of a Snapshot, or of the difference between two moments.

import { COW, SHARE } from "./frames.js";
import { hex } from "./facts.js";
import { W, eachMapping } from "./walk.js";

export const PTE_SHARE = 0x400, PTE_COW = 0x800;

export const idText = (id) => (id >>> 0).toString(16).padStart(8, "0");

// The environments as a tree: [{ env, children, orphan }]. An environment whose
// parent does not exist is a root; orphan: that parent has ended. Parents that
// make no sense (a circle) are cut.
export function environmentTree(envs)
{
	const nodes = new Map(envs.map((env) => [env.id, { env, children: [] }]));
	const roots = [], placed = new Set();
	const place = (node) => {
		placed.add(node);
		for (const other of nodes.values())
			if (other.env.parent === node.env.id && !placed.has(other)) {
				node.children.push(other);
				place(other);
			}
	};
	const root = (node) => {
		roots.push(node);
		place(node);
	};
	for (const node of nodes.values())
		if (!nodes.has(node.env.parent)) {
			node.orphan = node.env.parent !== 0;
			root(node);
		}
	for (const node of nodes.values())
		if (!placed.has(node))
			root(node);
	return roots;
}

// What an environment does not run for, in words; undefined if it is runnable.
export function waitWords(env)
{
	switch (env.wait?.reason) {
	case undefined:
		return undefined;
	case "its parent":
		return env.parent ? "waits for its parent" : "waits for good";
	case "message":
		return "waits for a message";
	case "receiver":
		return `waits to send to ${idText(env.wait.of)}`;
	case "time":
		return `waits ${env.wait.ms} ms`;
	case "end":
		return `waits for the end of ${idText(env.wait.of)}`;
	case "page":
		return `waits for a page on disk (slot ${env.wait.of})`;
	case "frame":
		return "waits for a free frame";
	default:
		return "waits for something that makes no sense";
	}
}

// The user pages of a directory, by address: [{ va, frame, flags }], at most
// `limit` of them.
export function userPages(s, pgdir, limit = 1 << 20)
{
	const found = [];
	eachMapping(s.memory, pgdir, s.pse, (va, pa, pages, flags) => {
		for (let i = 0; i < pages && found.length < limit; i++)
			found.push({ va: va + i * 4096, frame: (pa >>> 12) + i, flags });
	}, 0, s.facts.get("UTOP") >>> 22);
	return found;
}

// How a user page is shared, in words: "copy-on-write, shared by 3"; "" if it is
// not. n: the number of entries of users that lead to its frame.
export function shareWords(flags, n)
{
	if (flags & PTE_COW)
		return n > 1 ? `copy-on-write, shared by ${n}`
			: "copy-on-write, shared no longer";
	if (flags & PTE_SHARE)
		return `shared (PTE_SHARE) by ${n}`;
	return n > 1 ? `shared by ${n}` : "";
}

// The same for frame n of a Snapshot, whatever its entries.
export function frameShareWords(s, n)
{
	const { sharing, aliases } = s;
	return aliases[n] ? shareWords((sharing[n] & COW ? PTE_COW : 0)
		| (sharing[n] & SHARE ? PTE_SHARE : 0), aliases[n]) : "";
}

// ---- What a call has done

const frameOf = (entry) => (entry & ~0xFFF) >>> 0;
const pages = (n) => `${n} page${n === 1 ? "" : "s"}`;

function argument(call, name)
{
	return call.args.find(([n]) => n === name)?.[1];
}

// Describe a traced call of cow_share or cow_copy (see trace.js), as sentences;
// [] for other calls, and for one that failed. s: the Snapshot after it.
export function sharingStory(change, s)
{
	const { call } = change;
	if (call.result >>> 0 >= 0x80000000)
		return [];
	if (call.name === "cow_share")
		return shareStory(change, s);
	return call.name === "cow_copy" ? copyStory(change, s) : [];
}

function shareStory(change, s)
{
	const base = s.facts.get("KERNBASE");
	const entriesOf = (name) => change.entries.filter((e) => e.directory.pgdir
		=== argument(change.call, name) - base);
	const to = entriesOf("to").filter((e) => e.level === "table");
	const tables = entriesOf("to").filter((e) => e.level === "directory").length;
	const lost = entriesOf("from").filter((e) => e.level === "table"
		&& e.before & W && !(e.after & W)).length;
	const share = to.filter((e) => e.after & PTE_SHARE).length;
	const cow = to.filter((e) => e.after & PTE_COW && !(e.after & PTE_SHARE))
		.length;
	const name = (e) => e?.directory.name.replace(/'s$/, "");
	const other = to.length - share - cow;
	return [
		`${name(to[0]) ?? "The child"} shares ${pages(to.length)} now:`
			+ ` ${cow} copy-on-write, ${share} with PTE_SHARE, ${other} with`
			+ " the permissions that they had.",
		`${pages(lost)} of the caller lost PTE_W for PTE_COW. No page was`
			+ ` copied; ${tables} page table${tables === 1 ? " was" : "s were"}`
			+ " made for the entries.",
	];
}

function copyStory(change, s)
{
	const e = change.entries.find((x) => x.level === "table"
		&& x.before & PTE_COW && x.after & W);
	if (!e)
		return [];
	const who = e.directory.name.replace(/'s$/, "");
	const before = frameOf(e.before), after = frameOf(e.after);
	if (before === after)
		return [`${who} is the last one to map frame ${hex(before)}: its entry`
			+ ` for ${hex(e.va)} gets PTE_W, and nothing is copied.`];
	const left = s.aliases[before >>> 12];
	return [`Frame ${hex(before)} was copied to ${hex(after)} for ${who}, which`
		+ ` writes to ${hex(e.va)}. ${left} ${left === 1 ? "entry leads"
			: "entries lead"} to the old frame.`];
}
