"""The policies once more, as their definitions read, and as slow as that.

Nothing is shared with tools/paging but the encoding of a string: 2 * page, plus
1 if the page is written; ~page if it is given up.
"""

import itertools


def xorshift32(x):
    bits = [x >> i & 1 for i in range(32)]          # from the lowest
    def shifted(by):
        return [bits[i - by] if 0 <= i - by < 32 else 0 for i in range(32)]
    for by in (13, -17, 5):
        bits = [a ^ b for a, b in zip(bits, shifted(by))]
    return sum(bit << i for i, bit in enumerate(bits))


class Memory:
    """Frames as a ring in a list, with the hand as an index."""

    def __init__(self, name, frames, ops, seed, period):
        self.name, self.frames, self.ops = name, frames, ops
        self.period = period if period else max(1, frames // 8)
        self.x = seed
        self.ring, self.hand = [], 0
        self.a, self.age, self.last, self.dirty = {}, {}, {}, {}
        self.faults = self.writes = self.ticks = 0
        self.victims = []
        self.touched = set()
        self.pageins = 0

    def from_hand(self):
        return self.ring[self.hand:] + self.ring[:self.hand]

    def take_out(self, page):
        at = self.ring.index(page)
        del self.ring[at]
        if at < self.hand:
            self.hand -= 1
        if self.ring:
            self.hand %= len(self.ring)
        else:
            self.hand = 0

    def put_in(self, page):
        self.ring.insert(self.hand, page)
        self.hand = (self.hand + 1) % len(self.ring)
        self.age[page] = 0
        self.dirty[page] = False

    def next_use(self, page, now):
        for i in range(now, len(self.ops)):
            if self.ops[i] >= 0 and self.ops[i] // 2 == page:
                return i
        return len(self.ops)

    def choose(self, now):
        pages = self.from_hand()
        if self.name == "fifo":
            return pages[0]
        if self.name == "clock":
            while self.a[self.ring[self.hand]]:
                self.a[self.ring[self.hand]] = False
                self.hand = (self.hand + 1) % len(self.ring)
            return self.ring[self.hand]
        if self.name == "aging":
            return min(pages, key=lambda p: 256 * self.a[p] + self.age[p])
        if self.name == "random":
            self.x = xorshift32(self.x)
            return pages[self.x % len(pages)]
        if self.name == "lru":
            return min(pages, key=lambda p: self.last[p])
        return max(pages, key=lambda p: self.next_use(p, now))

    def step(self, now):
        """One event; return the victim, or None."""
        op = self.ops[now]
        if op < 0:
            if ~op in self.ring:
                self.take_out(~op)
            return None
        page, victim = op // 2, None
        if page not in self.ring:
            self.faults += 1
            self.pageins += page in self.touched
            self.touched.add(page)
            self.ticks += 1
            if self.ticks == self.period:
                self.ticks = 0
                for p in self.ring:
                    self.age[p] = self.age[p] // 2 + 128 * self.a[p]
                    if self.name == "aging":
                        self.a[p] = False
            if len(self.ring) == self.frames:
                victim = self.choose(now)
                self.writes += self.dirty[victim]
                self.take_out(victim)
            self.put_in(page)
        self.a[page] = True
        self.last[page] = now
        self.dirty[page] = self.dirty[page] or op % 2 == 1
        return victim


def run(name, frames, ops, seed=1, period=None):
    """(faults, pageins, writes), and after each step (victim, memory)."""
    memory = Memory(name, frames, ops, seed, period)
    story = [(memory.step(now), sorted(memory.ring))
             for now in range(len(ops))]
    return (memory.faults, memory.pageins, memory.writes), story


def fewest_faults(frames, ops):
    """The fewest faults that any choice of victims has: try all of them."""
    least = {frozenset(): 0}            # for each memory that can be reached
    for op in ops:
        following = {}

        def reach(memory, faults):
            if faults < following.get(memory, faults + 1):
                following[memory] = faults

        for memory, faults in least.items():
            page = op // 2
            if op < 0:
                reach(memory - {~op}, faults)
            elif page in memory:
                reach(memory, faults)
            elif len(memory) < frames:
                reach(memory | {page}, faults + 1)
            else:
                for kept in itertools.combinations(memory, frames - 1):
                    reach(frozenset(kept) | {page}, faults + 1)
        least = following
    return min(least.values())
