// Follows the free list link by link, even a damaged one: it may be circular,
// or have a link out of `pages` or into the middle of an element.

import { hex } from "./facts.js";

// Follow the list of `kernel` (see kernel.js). Returns
//   length     links followed
//   order      Int32Array; order[0 .. length) are frame numbers, head first
//   position   Int32Array(npages): a frame's place on the list, or -1
//   end        "whole" (it ends with NULL), "ring", "wild" (a link is no element
//              of pages), or "absent" (there is no list to read yet)
//   link at    the bad link, and the frame that it is in (-1: the head)
//   summary    a description
// reuse: an earlier result, whose arrays are taken if they are large enough.
export function readFreeList(memory, kernel, facts, reuse)
{
	const n = kernel.npages;
	const fits = reuse && reuse.position.length === n;
	const order = fits ? reuse.order : new Int32Array(n);
	const position = (fits ? reuse.position : new Int32Array(n)).fill(-1);
	const list = { length: 0, order, position, end: "whole", at: -1 };

	if (kernel.pages === undefined || kernel.freeList === undefined) {
		list.end = "absent";
		list.summary = "there is no free list yet";
		return list;
	}
	const size = facts.get("sizeof PageInfo");
	const linkAt = kernel.pages + facts.get("PageInfo.pp_link");
	let link = kernel.freeList, count = 0, at = -1;
	while (link !== 0) {
		const frame = (link - kernel.pagesVa) / size;
		if (!(frame >= 0 && frame < n) || frame !== Math.floor(frame)) {
			list.end = "wild";
			break;
		}
		if (position[frame] >= 0) {
			list.end = "ring";
			break;
		}
		position[frame] = count;
		order[count++] = frame;
		at = frame;
		link = memory.read32(linkAt + frame * size);
	}
	list.length = count;
	list.at = at;
	list.link = link;
	list.summary = describe(list, kernel, size);
	return list;
}

function describe(list, kernel, size)
{
	const frames = `${list.length} frame${list.length === 1 ? "" : "s"}`;
	const from = list.at < 0 ? "page_free_list itself"
		: `the link of frame ${hex(list.at * 4096)}`;
	if (list.end === "ring") {
		const back = (list.link - kernel.pagesVa) / size;
		return `a ring: after ${frames} ${from} leads back to frame`
			+ ` ${hex(back * 4096)}, number ${list.position[back]} of the list`;
	}
	if (list.end === "wild")
		return `a wild link: after ${frames} ${from} is ${hex(list.link)},`
			+ " not an element of pages";
	return list.length ? `${frames}, whole` : "empty";
}
