"""Fault curves: the counts of each policy for many numbers of frames.

lru() finds all of LRU's in one pass, by stack distances (Mattson and others,
1970). The other policies are replayed for each number of frames.
"""

import heapq

import policies


class _Marks:
    """A set of times, and how many of them are not before a given one.

    A Fenwick tree. Its times are numbered again when they run out, so that its
    size depends on the number of marks and not on the length of the string.
    """

    def __init__(self, renumber):
        self.renumber = renumber        # tells the owner: {old: new}
        self.marked = set()
        self._begin(1024)

    def _begin(self, size):
        self.size = size
        self.tree = [0] * (size + 1)
        self.now = 0

    def _add(self, time, change):
        tree, size = self.tree, self.size
        while time <= size:
            tree[time] += change
            time += time & -time

    def mark(self):
        """Mark a new time, later than all others, and return it."""
        if self.now == self.size:
            old = sorted(self.marked)
            self._begin(max(1024, 4 * len(old)))
            self.marked = set()
            self.renumber({time: self.mark() for time in old})
        self.now += 1
        self.marked.add(self.now)
        self._add(self.now, 1)
        return self.now

    def remove(self, time):
        self.marked.remove(time)
        self._add(time, -1)

    def depth(self, time):
        """The number of marks from this time on: 1 for the latest."""
        tree, before, time = self.tree, 0, time - 1
        while time:
            before += tree[time]
            time &= time - 1
        return len(self.marked) - before


class _Stack:
    """The stack of LRU: the first N places are a memory of N frames.

    A page that is given up leaves a hole, which is a free frame in all memories
    that reach so deep. A page that moves to the top fills the first hole above
    its own place, which then becomes the hole: a deeper memory has both.
    """

    def __init__(self):
        self.marks = _Marks(self._renumber)
        self.time = {}
        self.holes = []                 # a heap of negated times

    def _renumber(self, new):
        self.time = {page: new[time] for page, time in self.time.items()}
        self.holes = sorted(-new[-time] for time in self.holes)

    def depth(self, page):
        return self.marks.depth(self.time[page])

    def to_top(self, page):
        old = self.time.pop(page, None)
        if self.holes and (old is None or -self.holes[0] > old):
            self.marks.remove(-heapq.heappop(self.holes))
            if old is not None:
                heapq.heappush(self.holes, -old)
        elif old is not None:
            self.marks.remove(old)
        self.time[page] = self.marks.mark()

    def give_up(self, page):
        heapq.heappush(self.holes, -self.time.pop(page))


def lru(ops):
    """LRU's Counts for 1 to D frames; D, the last, has the fewest faults.

    A page at depth d is in a memory of N >= d frames. Since the page was last
    written, let it have been found as deep as w: memories of N < w have evicted
    it, and it was clean when it came back. So one that is found at depth d has
    been evicted dirty by memories of w <= N < d.
    """
    stack = _Stack()
    hits, writes = {}, {}               # by depth; changes, by frames
    clean_below = {}                    # w, of pages that were written
    references = 0

    def leave(page, depth):
        below = clean_below.get(page)
        if below is not None and below < depth:
            writes[below] = writes.get(below, 0) + 1
            writes[depth] = writes.get(depth, 0) - 1
            clean_below[page] = depth

    seen = set()
    for op in ops:
        page = ~op if op < 0 else op >> 1
        known = page in seen
        if known:
            depth = stack.depth(page)
            leave(page, depth)
        if op < 0:
            if known:
                stack.give_up(page)
                seen.discard(page)
                clean_below.pop(page, None)
            continue
        references += 1
        if known:
            hits[depth] = hits.get(depth, 0) + 1
        seen.add(page)
        stack.to_top(page)
        if op & 1:
            clean_below[page] = 1
    for page in clean_below:
        leave(page, stack.depth(page))
    return _add_up(references, hits, writes)


def _add_up(references, hits, writes):
    """The Counts from 1 frame on, where nothing changes any more."""
    first_touches = references - sum(hits.values())
    counts, faults, written = [], references, 0
    for frames in range(1, max([1, *hits, *writes]) + 1):
        faults -= hits.get(frames, 0)
        written += writes.get(frames, 0)
        counts.append(policies.Counts(faults, faults - first_touches, written))
    return counts


def curve(ops, name, frames, **parameters):
    """{number of frames: Counts} of a policy. ops may be compact."""
    if name == "lru":
        counts = lru(ops)
        return {n: counts[min(n, len(counts)) - 1] for n in frames}
    return {n: policies.replay(ops, policies.make(name, n, ops, **parameters))
            for n in frames}


def frame_counts(distinct, points=24):
    """Numbers of frames for a curve from 1 to `distinct`: at most `points`."""
    if distinct <= points:
        return list(range(1, distinct + 1))
    return sorted({1 + round(i * (distinct - 1) / (points - 1))
                   for i in range(points)})
