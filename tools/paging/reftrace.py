"""Reference strings: the trace format, read and written.

A trace is text. Words are separated by blanks; lines may end with CR LF. Empty
lines and lines that begin with `#` are comments. In order:

    paging-trace 1              the first line: the version
    KEY VALUE                   any of the KEYS below, each at most once
    EVENT                       one a line, in the order of the run
    paging-trace end            the last line; a file may end without it

An event is one of

    ENV PAGE                    a reference: a read, or an instruction fetch
    ENV PAGE w                  a reference that writes
    alias ENV PAGE = ENV PAGE   the left name is another name of the right page
    free ENV PAGE               the environment gives up this page
    end ENV                     the environment gives up all its pages

ENV is an environment's id, 1 to 8 hexadecimal digits (%08x), PAGE the page
number of the virtual address, 1 to 5 hexadecimal digits (va >> 12).

A page that several environments map has several names. A name is new until its
first reference or alias. The right side of an alias may be new; the left side
must be. A page is given up with its last name. If the name is used again, it
is another page: its first reference is a first touch.

KEYS are facts about the run, in decimal, but for the policy:

    frames N        the limit of frames
    policy NAME     the kernel's name for its policy (policies.NAMES)
    seed N          of the random policy
    period N        of aging: faults between two shifts
    faults N        what the kernel counted (policies.Counts)
    pageins N
    writes N

A trace can be read from the log of a console. What is before `paging-trace 1`
is skipped, on the same line too (a prompt), and so is what follows
`paging-trace end`. A log with several traces needs the number of one.
"""

import re

from policies import NAMES

BEGIN = re.compile(r"(?:.*\s)?paging-trace\s+(\S+)$")
END = "end"
VERSION = "1"
KEYS = ("frames", "policy", "seed", "period", "faults", "pageins", "writes")
NAMING = ("alias", "free", "end")
COUNTS = ("faults", "pageins", "writes")
AT_LEAST = {"frames": 1, "seed": 1, "period": 1}


class Malformed(Exception):
    """A trace that cannot be read: FILE:LINE: what is wrong."""

    def __init__(self, file, line, text):
        Exception.__init__(self, "%s:%d: %s" % (file, line, text))


class Trace:
    """A reference string.

    name    of the file, or of the program
    header  the KEYS that were given
    ops     the events: 2 * page for a reference, 2 * page + 1 for one that
            writes, ~page for a page that is given up. Pages are numbered from
            0 in the order of their first mention.
    names   how to show each page
    """

    def __init__(self, name):
        self.name = name
        self.header = {}
        self.ops = []
        self.names = []

    @property
    def references(self):
        return sum(op >= 0 for op in self.ops)

    @property
    def distinct(self):
        """The number of pages that are referenced."""
        return len({op >> 1 for op in self.ops if op >= 0})

    def compact(self):
        """The ops without references that follow one to the same page.

        No policy can tell the difference: the page is in memory, and its A bit
        is set. If one of them writes, the one that is left does.
        """
        short = []
        last = None
        for op in self.ops:
            if op >= 0 and last is not None and op >> 1 == last >> 1:
                last |= op & 1
                short[-1] = last
            else:
                short.append(op)
                last = op if op >= 0 else None
        return short


class _Pages:
    """Which page does a name mean now?"""

    def __init__(self, trace):
        self.trace = trace
        self.of = {}                    # (environment, number): page
        self.uses = []                  # names of each page
        self.owned = {}                 # environment: its names, in order

    def find(self, name):
        page = self.of.get(name)
        if page is None:
            page = len(self.uses)
            self.uses.append(0)
            self.trace.names.append("%08x:%05x" % name)
            self.bind(name, page)
        return page

    def bind(self, name, page):
        self.of[name] = page
        self.uses[page] += 1
        self.owned.setdefault(name[0], {})[name] = True

    def drop(self, name):
        page = self.of.pop(name)
        del self.owned[name[0]][name]
        self.uses[page] -= 1
        if not self.uses[page]:
            self.trace.ops.append(~page)

    def drop_all(self, env):
        for name in list(self.owned.get(env, ())):
            self.drop(name)


class _Reader:
    def __init__(self, file):
        self.trace = Trace(file)
        self.pages = _Pages(self.trace)
        self.file = file
        self.line = 0

    def error(self, text):
        return Malformed(self.file, self.line, text)

    def number(self, word, digits, what):
        if not re.match(r"[0-9a-fA-F]{1,%d}$" % digits, word):
            raise self.error("%s: not %s of 1 to %d hexadecimal digits" %
                             (word, what, digits))
        return int(word, 16)

    def name(self, env, page):
        return (self.number(env, 8, "an environment's id"),
                self.number(page, 5, "a page number"))

    def key(self, words):
        key, header = words[0], self.trace.header
        if self.trace.names or self.trace.ops:
            raise self.error("%s: a key after the first event" % key)
        if len(words) != 2:
            raise self.error("%s: one value expected, not %d" %
                             (key, len(words) - 1))
        if key in header:
            raise self.error("%s: given twice" % key)
        if key == "policy":
            if words[1] not in NAMES:
                raise self.error("%s: no policy; they are %s" %
                                 (words[1], " ".join(NAMES)))
            header[key] = words[1]
            return
        if not re.match(r"[0-9]+$", words[1]):
            raise self.error("%s: not a decimal number: %s" % (key, words[1]))
        header[key] = int(words[1])
        if header[key] < AT_LEAST.get(key, 0):
            raise self.error("%s: at least 1 expected, not %s" %
                             (key, words[1]))
        if key == "seed" and header[key] >= 1 << 32:
            raise self.error("seed: more than 32 bits: %s" % words[1])

    def naming(self, words):
        """An event that changes what a name means."""
        first = words[0]
        if first == "alias":
            if len(words) != 6 or words[3] != "=":
                raise self.error("`alias ENV PAGE = ENV PAGE` expected")
            left, right = self.name(*words[1:3]), self.name(*words[4:6])
            if left in self.pages.of:
                raise self.error("%08x %05x is in use: free it first" % left)
            if left == right:
                raise self.error("an alias of itself")
            self.pages.bind(left, self.pages.find(right))
        elif first == "free":
            if len(words) != 3:
                raise self.error("`free ENV PAGE` expected")
            name = self.name(*words[1:])
            if name not in self.pages.of:
                raise self.error("%08x %05x is not in use" % name)
            self.pages.drop(name)
        else:
            if len(words) != 2:
                raise self.error("`end ENV` expected")
            self.pages.drop_all(self.number(words[1], 8,
                                            "an environment's id"))

    def reference(self, words):
        if not 2 <= len(words) <= 3:
            raise self.error("`ENV PAGE` or `ENV PAGE w` expected: %s" %
                             " ".join(words))
        name = self.name(*words[:2])
        if len(words) == 3 and words[2] != "w":
            raise self.error("%s: only `w` may follow a page" % words[2])
        op = 2 * self.pages.find(name) + len(words) - 2
        self.trace.ops.append(op)
        return op


def _blocks(file, lines):
    """The traces of a file: lists of (line number, text)."""
    blocks, block = [], None
    for number, text in enumerate(lines, 1):
        text = text.strip()
        mark = None if text.startswith("#") else BEGIN.match(text)
        if mark and mark.group(1) == END:
            if block is None:
                raise Malformed(file, number, "`paging-trace end` without"
                                " a beginning")
            block = None
        elif mark:
            if mark.group(1) != VERSION:
                raise Malformed(file, number, "version %s of the format; this"
                                " tool reads version %s" %
                                (mark.group(1), VERSION))
            if block is not None:
                raise Malformed(file, number, "a trace begins within a trace")
            block = []
            blocks.append(block)
        elif block is not None and text and not text.startswith("#"):
            block.append((number, text))
    return blocks


def parse(file, lines, which=None):
    """Read a trace from lines of text. `which` counts traces from 1."""
    blocks = _blocks(file, lines)
    if not blocks:
        raise Malformed(file, 1, "no line `paging-trace 1`")
    if which is None and len(blocks) > 1:
        raise Malformed(file, 1, "%d traces: choose one with --trace N" %
                        len(blocks))
    if not 1 <= (which or 1) <= len(blocks):
        raise Malformed(file, 1, "no trace %d: the file has %d" %
                        (which, len(blocks)))
    reader = _Reader(file)
    known = {}                  # lines that are references, while names last
    for reader.line, text in blocks[(which or 1) - 1]:
        op = known.get(text)
        if op is not None:
            reader.trace.ops.append(op)
            continue
        words = text.split()
        if words[0] in KEYS:
            reader.key(words)
        elif words[0] in NAMING:
            reader.naming(words)
            known.clear()
        else:
            known[text] = reader.reference(words)
    return _short_names(reader.trace)


def _short_names(trace):
    """With one environment, a page's number says enough."""
    if len({name[:8] for name in trace.names}) == 1:
        trace.names = [name[9:].lstrip("0") or "0" for name in trace.names]
    return trace


def from_string(text):
    """A trace from words such as `1 2 3w`: a page each, w if it is written."""
    trace = Trace("the string")
    pages = {}
    for word in text.replace(",", " ").split():
        write = len(word) > 1 and word.endswith("w")
        name = word[:-1] if write else word
        if name not in pages:
            pages[name] = len(pages)
            trace.names.append(name)
        trace.ops.append(2 * pages[name] + write)
    return trace


def lines_of(references, env=0x1000, base=0x800, header=()):
    """The text of a trace of one environment: (page, write) from base up."""
    yield "paging-trace 1"
    for key, value in header:
        yield "%s %s" % (key, value)
    for page, write in references:
        yield "%08x %05x%s" % (env, base + page, " w" if write else "")
    yield "paging-trace end"
