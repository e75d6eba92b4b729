"""Page replacement policies: the exact definitions, and a replay.

The kernel (kern/policy.c) and this file mean the same by each name.

  Memory has N frames. A reference to a page in memory sets its A bit, and is no
  fault. A reference to another page is a fault. At a fault, in this order:
    1. the policy counts it (aging only);
    2. if all N frames are used, one page is evicted: the victim;
    3. the page is loaded, and the reference sets its A bit.
  A page that is given up leaves its frame free, and evicts nobody.

  ring    The pages in memory are a ring, in the order of loading. The hand is
          at the oldest page. A page is loaded just behind the hand, as the last
          one to be looked at. If the page at the hand leaves, the hand is at
          the next one.
  fifo    The victim is the page at the hand: the oldest.
  clock   Second chance. While the page at the hand has A set, clear A and move
          the hand to the next page; the page that was passed is now the last.
          The victim is the first page with A clear. A page whose A bit was set
          is passed once and is the victim at the latest in the second round.
  aging   Each page has an age of 8 bits, 0 when it is loaded. Every P-th fault
          shifts all ages right by one; the A bit comes in at the top (0x80),
          and is cleared. P is N / 8, rounded down, and at least 1, unless it
          is given. The victim is the page with the smallest number of 9 bits:
          A (0x100), then the age. Among equals it is the first in the ring.
          All faults count for P, also those that find a free frame.
  random  The state x is the seed, 32 bits, not 0. For each victim,
              x ^= x << 13;  x ^= x >> 17;  x ^= x << 5;
          in 32 bits. The victim is page number x % N of the ring, counted from
          the hand, which is number 0. The hand stays, unless its page leaves.
  lru     The victim is the page whose last reference is the longest ago. No
          processor tells it; it is here for comparison.
  opt     Belady's. The victim is the page whose next reference is the farthest
          away. Among pages that are never referenced again it is the first in
          the ring. It needs the future; no policy has fewer faults.

What is counted:

  faults  references to pages that are not in memory
  pageins faults apart from the first reference to each page
  writes  victims that are dirty: written to since they were loaded. A clean
          victim is never written. A page that is given up is never written.
"""

import collections
import heapq

NAMES = ("fifo", "clock", "aging", "random", "lru", "opt")

Counts = collections.namedtuple("Counts", "faults pageins writes")
NOUNS = {"faults": "fault", "pageins": "page-in", "writes": "write"}

A_BIT = 1 << 8          # above an age of 8 bits
TOP = 1 << 7


def xorshift32(x):
    """The next state of the generator."""
    x ^= x << 13 & 0xFFFFFFFF
    x ^= x >> 17
    return x ^ (x << 5 & 0xFFFFFFFF)


def amount(key, number):
    """A count in words: `1 fault`, `2 page-ins`."""
    return "%d %s%s" % (number, NOUNS[key], "" if number == 1 else "s")


class Policy:
    """What all policies share; the ring is a list or deque, the hand at 0.

    touch, load, victim and forget keep the policy's view of memory. After
    victim(), why holds the reason, if `telling` is on.
    """
    has_a = False       # does it look at A bits?

    def __init__(self, frames, telling=False):
        self.frames = frames
        self.ring = collections.deque()
        self.telling = telling
        self.why = ""

    def touch(self, page):
        """A reference to a page in memory."""

    def fault(self):
        """A fault begins."""

    def load(self, page):
        """A page is loaded into a free frame, and referenced."""
        self.ring.append(page)

    def victim(self):
        """Choose a page and take it out."""
        raise NotImplementedError

    def forget(self, page):
        """A page in memory is given up."""
        self.ring.remove(page)

    def order(self):
        """The pages in memory, in the order in which to show them."""
        return list(self.ring)

    def marks(self, page):
        """What the policy knows of a page, to be shown."""
        return ""


class Fifo(Policy):
    def victim(self):
        self.why = "the oldest"
        return self.ring.popleft()


class Clock(Policy):
    has_a = True

    def __init__(self, frames, telling=False):
        Policy.__init__(self, frames, telling)
        self.used = set()               # pages with A set

    def touch(self, page):
        self.used.add(page)

    def load(self, page):
        self.ring.append(page)
        self.used.add(page)

    def victim(self):
        ring, used = self.ring, self.used
        passed = []
        while ring[0] in used:
            used.discard(ring[0])
            if self.telling:
                passed.append(ring[0])
            ring.rotate(-1)
        self.why = ("A is clear", passed)
        return ring.popleft()

    def marks(self, page):
        return "A" if page in self.used else "-"


class Aging(Policy):
    """Keeps one number a frame, so that min() finds the victim.

    Its bits, from the top: A, the age, the number of the load. The last puts
    equals into the order of the ring.
    """
    has_a = True
    SHIFT = 48                          # more loads than a replay has

    def __init__(self, frames, telling=False, period=None):
        Policy.__init__(self, frames, telling)
        self.period = period or max(1, frames // 8)
        self.faults = 0
        self.loads = 0
        self.keys = []                  # by slot
        self.pages = []
        self.slot = {}
        self.a_bit = A_BIT << self.SHIFT
        self.top = TOP << self.SHIFT

    def touch(self, page):
        self.keys[self.slot[page]] |= self.a_bit

    def fault(self):
        self.faults += 1
        if self.faults % self.period == 0:
            low = (1 << self.SHIFT) - 1
            age = (A_BIT - 1) << self.SHIFT
            # An A bit, shifted right, is the top bit of the age.
            self.keys = [key >> 1 & age | key & low
                         for key in self.keys]

    def load(self, page):
        self.slot[page] = len(self.keys)
        self.keys.append(self.a_bit | self.loads)
        self.pages.append(page)
        self.loads += 1

    def victim(self):
        slot = self.keys.index(min(self.keys))
        page = self.pages[slot]
        if self.telling:
            self.why = ("the smallest", self.marks(page))
        self._take(page)
        return page

    def _take(self, page):
        slot = self.slot.pop(page)
        key, last = self.keys.pop(), self.pages.pop()
        if last != page:
            self.keys[slot], self.pages[slot] = key, last
            self.slot[last] = slot

    def forget(self, page):
        self._take(page)

    def order(self):
        low = (1 << self.SHIFT) - 1
        return [page for _, page in sorted(
            (key & low, page) for key, page in zip(self.keys, self.pages))]

    def marks(self, page):
        number = self.keys[self.slot[page]] >> self.SHIFT
        return "%s.%s" % ("A" if number & A_BIT else "-",
                          format(number & A_BIT - 1, "08b"))


class Random(Policy):
    def __init__(self, frames, telling=False, seed=1):
        Policy.__init__(self, frames, telling)
        if not 0 < seed < 1 << 32:
            raise ValueError("the seed must be 1 to 4294967295: %d" % seed)
        self.ring = []
        self.x = seed

    def victim(self):
        self.x = xorshift32(self.x)
        number = self.x % len(self.ring)
        self.why = ("x", self.x, len(self.ring), number)
        return self.ring.pop(number)


class Lru(Policy):
    def __init__(self, frames, telling=False):
        Policy.__init__(self, frames, telling)
        self.ring = collections.OrderedDict()   # from the longest ago
        self.now = 0

    def touch(self, page):
        self.now += 1
        self.ring[page] = self.now
        self.ring.move_to_end(page)

    load = touch

    def victim(self):
        page, when = self.ring.popitem(last=False)
        self.why = ("last used", when)
        return page

    def forget(self, page):
        del self.ring[page]


class Opt(Policy):
    """Reads the whole string first: when is each page referenced next?

    A heap has the next reference of each page in memory, negated, so that the
    farthest comes out first. Numbers of references that have passed stay in it:
    they are below those to come, and never come out.
    """

    def __init__(self, frames, ops, telling=False):
        Policy.__init__(self, frames, telling)
        references = [op >> 1 for op in ops if op >= 0]
        self.page_at = references
        self.never = len(references)
        self.next = [0] * self.never
        last = {}
        for i in range(self.never - 1, -1, -1):
            page = references[i]
            self.next[i] = last.get(page, self.never)
            last[page] = i
        self.now = 0
        self.heap = []
        self.dead = []                  # (number of the load, page)
        self.ring = {}                  # page: number of its load
        self.loads = 0

    def touch(self, page):
        following = self.next[self.now]
        self.now += 1
        if following == self.never:
            heapq.heappush(self.dead, (self.ring[page], page))
        else:
            heapq.heappush(self.heap, -following)

    def load(self, page):
        self.ring[page] = self.loads
        self.loads += 1
        self.touch(page)

    def victim(self):
        while self.dead:
            page = heapq.heappop(self.dead)[1]
            if page in self.ring:       # it may have been given up
                self.why = ("next used", None)
                del self.ring[page]
                return page
        following = -heapq.heappop(self.heap)
        page = self.page_at[following]
        self.why = ("next used", following + 1)
        del self.ring[page]
        return page

    def forget(self, page):
        del self.ring[page]


def make(name, frames, ops=(), seed=1, period=None, telling=False):
    """Return a policy by its name; opt needs the references to come."""
    if name == "aging":
        return Aging(frames, telling, period)
    if name == "random":
        return Random(frames, telling, seed)
    if name == "opt":
        return Opt(frames, ops, telling)
    return {"fifo": Fifo, "clock": Clock, "lru": Lru}[name](frames, telling)


def replay(ops, policy, watch=None):
    """Replay a string (reftrace.Trace.ops) and return the Counts.

    watch(op, fault, victim, dirty), if given, is called after each step:
    `dirty` are the pages that have been written to, with the victim still
    among them.
    """
    frames = policy.frames
    resident, dirty = set(), set()
    distinct, faults, writes = set(), 0, 0
    for op in ops:
        if op < 0:
            page = ~op
            if page in resident:
                policy.forget(page)
                resident.remove(page)
            if watch:
                watch(op, False, None, dirty)
            continue
        page = op >> 1
        victim = None
        fault = page not in resident
        if fault:
            faults += 1
            distinct.add(page)
            policy.fault()
            if len(resident) == frames:
                victim = policy.victim()
                resident.remove(victim)
                if victim in dirty:
                    writes += 1
            policy.load(page)
            resident.add(page)
        else:
            policy.touch(page)
        if op & 1:
            dirty.add(page)
        if watch:
            watch(op, fault, victim, dirty)
        if victim is not None:
            dirty.discard(victim)
    return Counts(faults, faults - len(distinct), writes)
