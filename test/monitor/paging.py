"""swap, and what other commands say about pages that are not in memory."""

import atexit
import functools
import os
import re
import shutil
import subprocess
import tempfile
import time

from lib import disks
from lib.qemu import ROOT
from lib.tap import check, equal
from monitor.driver import TESTS, Kernel, demand, has, test

SLOTS = 16383
LIMIT = 16                      # frames, of which pageout has more
AT, AGAIN, TEXT = 0x10000000, 0x20000000, 0x00800000
PAGES = 40
STACK = 0xeebfd000


# --- A kernel with a swap area ----------------------------------------------

@functools.lru_cache(maxsize=None)
def swap_disk(size="64", *more):
    """A swap area; QEMU's options for its drive, with more properties."""
    folder = tempfile.mkdtemp(prefix="paging.")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, "swap.img")
    subprocess.run(["sh", os.path.join(ROOT, "tools", "mkswap"), path, size],
                   check=True)
    return tuple(disks.drive(path, more=more))


def with_swap(k, options):
    """A kernel like k, but with more options of QEMU's."""
    return Kernel(**dict(k.how, options=list(k.how.get("options", ()))
                         + list(options)))


def paging_test(*properties):
    """Add a test that gets a fresh kernel with a swap area.

    properties: more of the drive's.
    """
    def add(function):
        @functools.wraps(function)
        def run(k):
            kernel = with_swap(k, swap_disk("64", *properties))
            try:
                function(kernel)
            finally:
                kernel.stop()
        TESTS.append(run)
        return run
    return add


def at_first_stop(k):
    """Run pageout up to its first breakpoint; return its id."""
    equal(k.sane("swap frames %d" % LIMIT), [])
    lines = k.run("run pageout")
    demand(lines, r"^Breakpoint at ")
    return re.search(r"new env ([0-9a-f]{8})", "\n".join(lines)).group(1)


def until_written(k):
    """Wait for all writes: transfers go on while the monitor waits for a key."""
    for _ in range(200):
        if "transfers under way 0 reads, 0 writes" in " ".join(
                " ".join(k.sane("swap")).split()):
            return
        time.sleep(0.1)
    check(False, "the writes end", k.sane("swap"))


def at_second_stop(k):
    """Go on until a child waits for a page; return its id."""
    lines = k.run("continue")
    demand(lines, r"^Breakpoint at ")
    return re.search(r"new env ([0-9a-f]{8})", "\n".join(lines)).group(1)


def counts(lines):
    """The numbers of `swap`, by the words before them."""
    found = {}
    for line in lines:
        match = re.match(r"  ( *\S.*?) {2,}(\d+)(?:$|[, ])", line)
        if match:
            found[match.group(1).strip()] = int(match.group(2))
    return found


class Page:
    """What `walk` says about a page."""

    def __init__(self, k, va, env):
        self.lines = k.sane("walk 0x%x %s" % (va, env))
        text = "\n".join(self.lines)
        match = re.search(r"PTE\[\d+\] = ([0-9a-f]{8})", text)
        self.pte = int(match.group(1), 16) if match else 0
        match = re.search(r"^  physical ([0-9a-f]{8}) .* rights (\S+)$", text,
                          re.M)
        self.frame = int(match.group(1), 16) >> 12 if match else None
        self.rights = match.group(2) if match else None
        match = re.search(r"^  on disk, slot (\d+), rights (\S+)$", text, re.M)
        self.slot = int(match.group(1)) if match else None
        self.in_file = "in the program's file, not loaded" in text
        match = match or re.search(r"not loaded, rights (\S+)$", text, re.M)
        if match:
            self.rights = match.group(match.lastindex)


def pages_of(k, env):
    """All pages that pageout can have, by address."""
    found = {}
    for va in ([AT + n * 4096 for n in range(PAGES)] + [AGAIN]
               + [TEXT + n * 4096 for n in range(8)]
               + [STACK, 0xeebff000]):
        page = Page(k, va, env)
        if page.pte:
            found[va] = page
    return found


def slots_of(k):
    """The slots of the pages on disk, by address, as showmappings lists them."""
    found = {}
    for line in k.sane("showmappings 0 0xeebfffff"):
        match = re.match(r"(\w{8})-(\w{8}) on disk, slots? (\d+)(?:-(\d+))?$",
                         line)
        if match:
            start, end = (int(n, 16) for n in match.groups()[:2])
            first, last = int(match.group(3)), match.group(4)
            equal(int(last or first) - first, (end - start) // 4096)
            for va in range(start, end, 4096):
                found[va] = first + (va - start) // 4096
    return found


def ring(k):
    """The pages that `swap pages` lists, by frame: (va, A, D, home, owner)."""
    lines = k.sane("swap pages 99")
    found = {}
    for line in lines[2:]:
        match = re.match(r"0x([0-9a-f]{5})  ([0-9a-f]{8})  ([A-]) ([D-])  +0  "
                         r"(file|-|slot \d+) +(\S+) pageout", line)
        check(match, "a line for a page", lines)
        found[int(match.group(1), 16)] = (int(match.group(2), 16),) + \
            match.groups()[2:]
    return found


# --- swap -------------------------------------------------------------------

@test
def swap_without_an_area(k):
    """swap reports that there is no swap area, whatever it is asked"""
    for what in ("", " policy", " policy fifo", " frames 3", " slots",
                 " pages", " reset", " nonsense"):
        equal(k.sane("swap" + what), ["There is no swap area."])
    demand(k.sane("swap a b c"), "usage: swap ")
    lines = k.sane("meminfo")
    check(not has(lines, "slots|leave"), "meminfo says nothing of it", lines)
    check(not has(k.sane("envs"), "disk"), "nor does envs", k.sane("envs"))


@paging_test()
def swap_shows_the_area(k):
    """swap shows the area, its slots, and the settings"""
    lines = k.sane("swap")
    equal(lines[0], "swap area: disk 2 (secondary master), from sector 0,"
          " 65536K, generation 1")
    demand(lines, r"^  slots +%d, %d free, 0 bad$" % (SLOTS, SLOTS),
           r"^  pages that may leave memory +0, no limit$",
           r"^  policy +clock$", "^  transfers under way +0 reads, 0 writes$")
    check(not has(lines, "kept for"), "nothing is kept", lines)
    equal(set(counts(lines[lines.index("since start-up or 'swap reset':"):])
              .values()), {0})
    equal(k.sane("swap slots"), ["0 of %d slots are in use." % SLOTS])
    equal(k.sane("swap pages"), ["0 pages may leave memory."])


@paging_test()
def swap_refuses_bad_arguments(k):
    """swap reports bad arguments, and changes nothing"""
    before = k.sane("swap")
    for line in ("swap nonsense", "swap frames", "swap frames x",
                 "swap frames 99999999999", "swap pages -1", "swap slots 3",
                 "swap reset 3", "swap policy a b"):
        demand(k.sane(line), r"usage: swap \[WHAT \[VALUE\]\]")
    demand(k.sane("swap policy lru"), "no policy 'lru'",
           r"^Policies: clock \(in use\) fifo aging random$")
    equal(k.sane("swap"), before)


@paging_test()
def swap_changes_settings(k):
    """swap policy and swap frames change the settings, and back"""
    for name in ("fifo", "aging", "random", "clock"):
        equal(k.sane("swap policy " + name), [])
        demand(k.sane("swap"), r"^  policy +%s$" % name)
        demand(k.sane("swap policy"), r" %s \(in use\)" % name)
    equal(k.sane("swap frames 0x20"), [])
    demand(k.sane("swap"), r"may leave memory +0, at most 32$")
    equal(k.sane("swap frames 0"), [])
    demand(k.sane("swap"), r"may leave memory +0, no limit$")


@paging_test()
def swap_counts_agree(k):
    """swap's counts agree with the pages that envs and walk show"""
    env = at_first_stop(k)
    lines = k.sane("swap")
    now = counts(lines)
    pages = pages_of(k, env)
    out = {page.slot for page in pages.values() if page.slot}
    here = {page.frame for page in pages.values() if page.frame}
    held = {page[3] for page in ring(k).values() if page[3][:4] == "slot"}
    equal(now["pages that may leave memory"], LIMIT)
    equal(len(here), LIMIT)
    demand(lines, r"may leave memory +%d, at most %d$" % (LIMIT, LIMIT),
           r"^  slots +%d, %d free, 0 bad$" % (SLOTS, SLOTS - len(out)
                                               - len(held)))
    equal(now["pages that left memory"], now["written to the disk"]
          + now["dropped: the same contents are there"])
    equal(now["pages that came into memory"], now["read from the disk"]
          + now["read from programs' files"]
          + now["still here, on their way to the disk"])
    # At first, all pages of the file were out, and the stack, but no others.
    in_file = sum(1 for page in pages.values() if page.in_file)
    equal(now["pages that left memory"] - now["pages that came into memory"],
          len(out) + in_file - sum(1 for va in pages if TEXT <= va < AT
                                   or va == STACK))
    check(now["written to the disk"] >= len(out),
          "what is on disk was written", lines)
    victim = re.search(r"^  last victim +([0-9a-f]{8})  frame 0x([0-9a-f]+), "
                       r"(?:written to|in) (?:slot (\d+)|the program's file);"
                       r" \d+ looks$", "\n".join(lines), re.M)
    check(victim, "the last victim", lines)
    last = pages[int(victim.group(1), 16)]
    equal((last.frame, last.slot or 0), (None, int(victim.group(3) or 0)))
    check(now["looks at a page's A bit"] >= now["pages that left memory"],
          "each victim was looked at", lines)
    words = k.sane("envs")[1].split()
    equal(words[5:9], [str(n) for n in (
        1 if pages[AGAIN].frame else 0,
        LIMIT - (1 if pages[AGAIN].frame else 0),
        sum(1 for page in pages.values() if page.slot),
        in_file)])
    equal(k.sane("swap reset"), [])
    equal(counts(k.sane("swap"))["written to the disk"], 0)
    equal(counts(k.sane("swap"))["looks at a page's A bit"], 0)
    equal(k.sane("audit"), ["audit: all invariants hold"])


@paging_test()
def swap_lists_slots(k):
    """swap slots lists each slot in use, with the entries that name it"""
    env = at_first_stop(k)
    entries = {int(page[3][5:]): 0 for page in ring(k).values()
               if page[3][:4] == "slot"}
    for page in pages_of(k, env).values():
        if page.slot:
            entries[page.slot] = entries.get(page.slot, 0) + 1
    lines = k.sane("swap slots")
    equal(lines[0], "%d of %d slots are in use." % (len(entries), SLOTS))
    listed = {}
    for line in lines[2:]:
        first, last, count, state = re.match(
            r"(\d+)(?:-(\d+))? +(\d+)  (\S.*)$", line).groups()
        check(state in ("on disk", "in memory, being written")
              or (state == "on disk, and read into memory" and count == "0"),
              "a state", lines)
        for slot in range(int(first), int(last or first) + 1):
            listed[slot] = int(count)
    equal(listed, entries)
    equal(entries[Page(k, AT, env).slot], 2)


@paging_test()
def swap_lists_pages(k):
    """swap pages lists the ring, as walk shows its pages"""
    env = at_first_stop(k)
    pages = {va: page for va, page in pages_of(k, env).items() if page.frame}
    lines = k.sane("swap pages")
    equal(lines[0], "%d pages may leave memory." % LIMIT)
    listed = {}
    for frame, (va, used, dirty, home, owner) in ring(k).items():
        equal(owner, env)
        listed[va] = frame, used, dirty
        check(home != "file" or TEXT <= va < AT, "a page of the file", home)
    equal(listed, {va: (page.frame, "A" if page.pte & 0x20 else "-",
                        "D" if page.pte & 0x40 else "-")
                   for va, page in pages.items()})
    few = k.sane("swap pages 3")
    equal(few, lines[:5] + ["... and %d more" % (LIMIT - 3)])


# --- walk, page, meminfo, envs, dump, setperm ---------------------------------

@paging_test()
def walk_of_absent_pages(k):
    """walk shows the slot of a page on disk, and its rights"""
    env = at_first_stop(k)
    first, again = Page(k, AT, env), Page(k, AGAIN, env)
    equal((first.slot, first.rights), (first.pte >> 12, "RW/RW"))
    equal((again.slot, again.rights), (first.slot, "R-/R-"))
    demand(first.lines, r"^  PTE\[0\] = [0-9a-f]{5}006  W U not present$")
    second = Page(k, AT + 4096, env)
    check(second.slot and second.slot != first.slot, "another slot",
          second.lines)
    absent = [page for page in pages_of(k, env).values() if page.in_file]
    check(absent, "a page of the program is not loaded", "all are")
    for page in absent:
        check(page.pte & 0x81 == 0x80, "bit 7, and not present", page.lines)
        check(page.rights in ("R-/R-", "RW/RW"), "its rights", page.lines)
    demand(k.sane("walk 0x10fff000"), "not mapped: user memory")
    equal(slots_of(k), {va: page.slot for va, page in pages_of(k, env).items()
                        if page.slot})
    for va, page in pages_of(k, env).items():
        if page.in_file:
            equal(k.sane("showmappings 0x%x" % va),
                  ["%08x-%08x in the program's file, not loaded"
                   % (va, va + 4095)])
    equal(k.sane("showmappings 0x10fff000 0x11000000"),
          ["10fff000-11000fff not mapped"])


@paging_test()
def page_of_the_ring(k):
    """page shows whether a frame may leave memory, and its other place"""
    env = at_first_stop(k)
    pages = pages_of(k, env)
    homes = {frame: page[3] for frame, page in ring(k).items()}
    for page in pages.values():
        if not page.frame:
            continue
        lines = k.sane("page %d" % page.frame)
        home = homes[page.frame].replace("file", "the program's file")
        if home == "-":
            demand(lines, "^  may leave memory, to a free slot$")
        else:
            demand(lines, "^  may leave memory: %s has %s contents$" % (
                home, "older" if page.pte & 0x40 else "the same"))
    check(not has(k.sane("page 0"), "leave"), "frame 0 stays",
          k.sane("page 0"))
    demand(k.sane("meminfo"), r"may leave memory +%d frames" % LIMIT,
           r"swap area +%d slots" % SLOTS, r"  of these free +\d+ slots")


# A read of a slow disk is still under way when the test looks.
@paging_test("throttling.iops-read=2")
def a_page_that_is_awaited(k):
    """envs, walk, page and swap show the page that an environment waits for"""
    at_first_stop(k)
    until_written(k)
    child = at_second_stop(k)
    lines = k.sane("envs")
    at = next(i for i, line in enumerate(lines) if line.startswith(child))
    match = re.fullmatch(r" {10}waits for a page on disk \(slot (\d+)\)",
                         lines[at + 1])
    check(match, "the child waits for a page on disk", lines)
    slot = int(match.group(1))
    # The parent's entries name the same slots, except those of own pages.
    where = [va for va, n in slots_of(k).items() if n == slot] or \
        [STACK, 0x803000, 0xeebff000]
    walked = next((page for page in (Page(k, va, child) for va in where)
                   if page.slot == slot), Page(k, where[0], child))
    equal(walked.slot, slot)
    frame = int(re.search(r"^  in transfer: frame (\d+) ",
                          "\n".join(walked.lines), re.M).group(1))
    demand(k.sane("page %d" % frame), "^  being read from slot %d$" % slot)
    demand(k.sane("swap"), "^  transfers under way +1 reads, ")
    demand(k.sane("swap slots"),
           r"^%d(-\d+)? +[1-9]  on disk, being read$" % slot)


@paging_test()
def everything_comes_back(k):
    """pages come back as they were; then no slot is in use"""
    at_first_stop(k)
    at_second_stop(k)
    equal(k.sane("audit"), ["audit: all invariants hold"])
    demand(k.sane("continue"), "^all %d pages are as they were$" % PAGES)
    until_written(k)
    equal(k.sane("swap slots"), ["0 of %d slots are in use." % SLOTS])
    equal(k.sane("swap pages"), ["0 pages may leave memory."])


@paging_test()
def children_get_pages_on_disk(k):
    """a child gets the pages of its parent that are on disk, by each fork"""
    equal(k.sane("swap frames %d" % LIMIT), [])
    lines = k.sane("run pagedforks")
    demand(lines, "^pagedforks: 16 passed, 0 failed$")
    check(not has(lines, "FAILED|user fault"), "no child faults", lines)


@paging_test()
def entries_that_are_not_present_have_a_meaning(k):
    """setperm neither takes nor gives P of a user's page; dump shows --"""
    at_first_stop(k)
    before = k.sane("walk 0x10000000"), k.sane("walk 0x10027000")
    for line in ("setperm 0x10000000 pwu", "setperm 0x10000000 0",
                 "setperm 0x10027000 wu"):
        demand(k.sane(line), "with a swap area, .*: P stays")
    equal((k.sane("walk 0x10000000"), k.sane("walk 0x10027000")), before)
    demand(k.sane("dump v 0x10000000 4"), "^10000000  -- -- -- -- ",
           "-- is not mapped, not in memory, or outside")
    equal(k.sane("audit"), ["audit: all invariants hold"])
