// How many faults a policy has on a reference string. The definitions are those of
// tools/paging/policies.py; these three need the past, or the future, and nothing
// that a processor tells.
//
// A string is an array of numbers: a page, which is used, or ~page, which is given
// up. Pages are numbers from 0.

export const POLICIES = ["OPT", "LRU", "FIFO"];

// Replay a string under a policy, and return its number of faults.
export function faultsOf(policy, string, frames)
{
	return policy === "OPT" ? faultsOfOpt(string, frames)
		: faultsInOrder(string, frames, policy === "LRU");
}

// The first page of a Set leaves: the one that was loaded first, or, if each use
// moves a page to the end, the one whose last use is longest ago.
function faultsInOrder(string, frames, moves)
{
	const memory = new Set();
	let faults = 0;
	for (const page of string) {
		if (page < 0) {
			memory.delete(~page);
			continue;
		}
		if (!memory.has(page)) {
			faults++;
			if (memory.size === frames)
				memory.delete(memory.values().next().value);
		} else if (moves) {
			memory.delete(page);
		}
		memory.add(page);
	}
	return faults;
}

// For each place in a string, that of the page's next use. Beyond the end there is
// a place for each page that is not used again.
function nextUses(string)
{
	const next = new Int32Array(string.length), last = new Map();
	let never = string.length;
	for (let i = string.length - 1; i >= 0; i--) {
		if (string[i] < 0)
			continue;
		next[i] = last.get(string[i]) ?? never++;
		last.set(string[i], i);
	}
	return next;
}

// The page whose next use is farthest away leaves. The heap has the next uses of
// all pages in memory, and others that have passed: those are smaller.
function faultsOfOpt(string, frames)
{
	const next = nextUses(string), memory = new Map(), pages = new Map();
	const heap = [];
	let faults = 0;
	for (let i = 0; i < string.length; i++) {
		const page = string[i];
		if (page < 0) {
			pages.delete(memory.get(~page));
			memory.delete(~page);
			continue;
		}
		if (!memory.has(page)) {
			faults++;
			if (memory.size === frames) {
				while (!pages.has(heap[0]))
					pop(heap);
				memory.delete(pages.get(heap[0]));
				pages.delete(pop(heap));
			}
		}
		pages.delete(memory.get(page));
		memory.set(page, next[i]);
		pages.set(next[i], page);
		push(heap, next[i]);
	}
	return faults;
}

// ---- A heap: the largest number is the first

function push(heap, value)
{
	let i = heap.length;
	for (let up; i > 0 && heap[up = (i - 1) >> 1] < value; i = up)
		heap[i] = heap[up];
	heap[i] = value;
}

// Remove and return the largest.
function pop(heap)
{
	const largest = heap[0], value = heap.pop(), n = heap.length;
	let i = 0;
	for (let down; (down = 2 * i + 1) < n; i = down) {
		if (down + 1 < n && heap[down + 1] > heap[down])
			down++;
		if (heap[down] <= value)
			break;
		heap[i] = heap[down];
	}
	if (n)
		heap[i] = value;
	return largest;
}
