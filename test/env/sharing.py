"""What the monitor shows of environments that share pages and wait.

The programs: user/family.c, and in user/test cowfault, stepthrough and
xstack; those of lab 4 that end because their handler cannot run.
"""

import os
import re

from lib import qemu
from env.driver import Conserved, demand_lines, run
from lib.programs import EXITING, FREE, NOTHING_LEFT
from lib.tap import check, equal
from monitor.driver import demand, test

SHARED, COPIED, TEXT = 0xA00000, 0xA01000, 0x800000


def family(k):
    """Run `family` to its breakpoint; return its ids, the parent's first."""
    lines = run(k, "family").lines
    ids = [match.group(1) for match in
           (re.match(r"\[\w+\] new env (\w{8})$", line) for line in lines)
           if match]
    equal(len(ids), 7)
    return ids


def by_slot(ids):
    """In the order of envs: a slot that was freed last is used first."""
    return sorted(ids, key=lambda number: int(number, 16) % 1024)


def frame_of(k, va, number):
    walked = "\n".join(k.sane("walk 0x%x %s" % (va, number)))
    return re.search(r"physical ([0-9a-f]{8})", walked).group(1)


# --- envs -----------------------------------------------------------------

@test
def envs_shows_what_each_waits_for(k):
    """envs shows each environment's parent, and what it waits for"""
    with Conserved(k):
        ids = family(k)
        lines = k.sane("envs")
        parent, receiver = ids[0], ids[1]
        waits = [r"for a message", "to send to " + parent, r"\d+ ms",
                 "for the end of " + receiver, r"for a message",
                 r"for its parent"]
        equal(len(lines), 1 + 7 + 6)
        demand(lines, "^%s  00000000  running " % parent)
        for n, number in enumerate(ids[1:]):
            at = next(i for i, line in enumerate(lines)
                      if line.startswith(number))
            line, below = lines[at:at + 2]
            check(re.match("%s  %s  waiting " % (number, parent), line),
                  "%s is a child that waits" % number, lines)
            check(re.fullmatch(" {10}waits " + waits[n], below),
                  "it waits " + waits[n], lines)
        left = int(re.search(r"(\d+) ms", "\n".join(lines)).group(1))
        check(50000 < left <= 60020, "less than a minute is left", lines)
        k.sane("continue")


@test
def envs_shows_orphans(k):
    """envs shows that the parent of one that waits for it has ended"""
    with Conserved(k):
        ids = family(k)
        k.sane("kill " + ids[3])        # asleep: it would wake
        k.sane("kill " + ids[0])
        # Its sender continues, and ends; the others wait.
        lines = k.sane("envs")
        check(not any(line.startswith(ids[2]) for line in lines),
              "the sender has ended", lines)
        demand(lines, "^ {10}waits for its parent, which has ended$")
        for number in ids[6], ids[5], ids[4], ids[1]:
            k.sane("kill " + number)


@test
def envs_counts_pages(k):
    """envs counts the pages that an environment shares, and its own"""
    with Conserved(k):
        ids = family(k)
        counts = {}
        for line in k.sane("envs")[1:]:
            words = line.split()
            if words[0] in ids:
                counts[words[0]] = tuple(int(n) for n in words[5:7])
        # As the tables have it: walk each page that pgdir lists.
        for number in ids:
            found = [0, 0]
            for line in k.sane("pgdir " + number):
                match = re.match("([0-9a-f]{8})-([0-9a-f]{8}) -> .*4K", line)
                if not match or int(match.group(1), 16) >= 0xEEC00000:
                    continue
                for va in range(int(match.group(1), 16),
                                int(match.group(2), 16), 4096):
                    walked = k.sane("walk 0x%x %s" % (va, number))
                    shared = re.search(r"^  .*shared.* by (\d+)$",
                                       "\n".join(walked), re.M)
                    found[0 if shared else 1] += 1
            equal(counts[number], tuple(found))
        equal(counts[ids[6]], (0, 0))
        k.sane("continue")


# --- walk, page -----------------------------------------------------------

@test
def walk_shows_how_a_page_is_shared(k):
    """walk tells copy-on-write, PTE_SHARE, and how many share the page"""
    with Conserved(k):
        ids = family(k)
        for number in ids[:5]:
            demand(k.sane("walk 0x%x %s" % (COPIED, number)),
                   "^  copy-on-write, shared by 5$", "rights R-/R-$")
        equal(len({frame_of(k, COPIED, number) for number in ids[:5]}), 1)
        # The writer has a copy of its own.
        lines = k.sane("walk 0x%x %s" % (COPIED, ids[5]))
        demand([lines[-1]], "rights RW/RW$")
        check(frame_of(k, COPIED, ids[5]) != frame_of(k, COPIED, ids[0]),
              "another frame", lines)
        for number in ids[:6]:
            demand(k.sane("walk 0x%x %s" % (SHARED, number)),
                   r"^  shared \(PTE_SHARE\) by 6$", "rights RW/RW$")
            demand(k.sane("walk 0x%x %s" % (TEXT, number)),
                   "^  shared by 6$", "rights R-/R-$")
        for address in (0xF0100000, 0xEF000000, 0xEEC00000):
            check("shared" not in "\n".join(k.sane("walk 0x%x" % address)),
                  "the kernel's pages are not called shared", "")
        k.sane("continue")


@test
def walk_shows_the_last_sharer(k):
    """walk tells that a copy-on-write page is shared no longer"""
    with Conserved(k):
        ids = family(k)
        for number in ids[4:0:-1]:
            demand(k.sane("walk 0x%x" % COPIED), "copy-on-write, shared by")
            k.sane("kill " + number)
        demand(k.sane("walk 0x%x %s" % (COPIED, ids[0])),
               "^  copy-on-write, shared no longer$")
        for number in ids[6], ids[5], ids[0]:
            k.sane("kill " + number)


@test
def page_names_every_mapping(k):
    """page names every mapping: address, rights, environment, program"""
    with Conserved(k):
        ids = family(k)
        pa = frame_of(k, COPIED, ids[0])
        lines = k.sane("page 0x" + pa)
        demand([lines[0]], "used, count 5$")
        # The window maps all but its first 4 MiB by large pages.
        large = "  in a 4 MiB page" if int(pa, 16) >= 4 << 20 else ""
        equal(lines[1:], ["  mapped at 0x%08x  RW/--%s"
                          % (0xF0000000 + int(pa, 16), large)]
              + ["  mapped at 0x%08x  R-/R-  %s family  copy-on-write"
                 % (COPIED, number) for number in by_slot(ids[:5])])
        lines = k.sane("page 0x" + frame_of(k, SHARED, ids[0]))
        equal(lines[2:], ["  mapped at 0x%08x  RW/RW  %s family  PTE_SHARE"
                          % (SHARED, number) for number in by_slot(ids[:6])])
        # A table of one environment is mapped in that one, at UVPT.
        walked = "\n".join(k.sane("walk 0x%x %s" % (COPIED, ids[1])))
        table = re.search(r"PDE\[\d+\] = ([0-9a-f]{5})", walked).group(1)
        lines = k.sane("page 0x%s000" % table)
        equal(lines[2:], ["  mapped at 0xef402000  R-/R-  %s family" % ids[1]])
        k.sane("continue")


@test
def page_of_nobody_is_as_before(k):
    """page of the kernel's frames lists no environment"""
    lines = k.sane("page 0x1000")
    with Conserved(k):
        family(k)
        equal(k.sane("page 0x1000"), lines)
        k.sane("continue")


# --- Reports of faults ----------------------------------------------------

@test
def cow_fault_without_a_handler(k):
    """cowfault: a write that no handler copies the page for is explained"""
    with Conserved(k):
        result = run(k, "cowfault")
        demand_lines(result, [
            "  err  0x00000007 [user, write, protection]",
            "user page fault: write to 0x0080.000: PDE present, PTE present,"
            " copy-on-write: the program's handler would copy it; it has"
            " none: user memory", "the parent's", EXITING, FREE]
            + NOTHING_LEFT, ["The page was written!"])


# A program, and why its handler cannot run.
REFUSED = [
    ("faultnostack", "is not mapped"),
    ("faultbadhandler", "is full: its handler faults, too"),
    ("faultevilhandler", "is full: its handler faults, too"),
]


def reports(lines):
    """The refusals that the kernel printed: (id, va of the fault, why)."""
    found = []
    for n, line in enumerate(lines):
        first = re.fullmatch(r"\[(\w{8})\] user_mem_check assertion failure"
                             r" for va eebf[ef]\w{3}", line)
        if not first:
            continue
        second = re.fullmatch(
            r"\[(\w{8})\] page fault at va (\w{8}), ip \w{8} cannot be"
            r" handled: the exception stack (.*)", lines[n + 1])
        check(second and second.group(1) == first.group(1)
              and lines[n + 2].endswith("free env " + first.group(1)),
              "the reason, and the end, below `%s`" % line, lines[n:n + 3])
        found.append(second.groups())
    return found


def add(name, why):
    def body(k):
        with Conserved(k):
            result = run(k, name)
            demand_lines(result, [FREE] + NOTHING_LEFT)
            equal([(who, reason) for who, _va, reason
                   in reports(result.lines)], [(result.id, why)])
    body.__doc__ = "%s: the exception stack %s" % (name, why)
    test(body)


for each in REFUSED:
    add(*each)


@test
def every_kind_of_exception_stack(k):
    """xstack: without an exception stack, a fault ends the program, and why"""
    with Conserved(k):
        result = run(k, "xstack")
        demand_lines(result, [EXITING, FREE] + NOTHING_LEFT, ["I read it!"])
        equal([why for _id, _va, why in reports(result.lines)],
              ["is not mapped", "is read-only", "is copy-on-write",
               "is full: its handler faults, too"])
        # The last fault is in the handler, which fills the stack.
        for _id, va, _why in reports(result.lines)[:3]:
            equal(va, "00a00000")


# --- Single steps ---------------------------------------------------------

REGISTERS = re.compile(r"^  (edi|esi|ebp|ebx|edx|ecx|eax|es|ds|eip|cs|flag|"
                       r"esp|ss) ")


def registers(k):
    return [line for line in k.run("regs") if REGISTERS.match(line)]


def step(k):
    """The place after a step: (function, offset, file, line)."""
    lines = k.sane("step")
    match = re.fullmatch(r"Debug at ([0-9a-f]{8}): (\w+)\+(\d+)"
                         r" \(([\w/.]+):(\d+)\)", lines[0])
    check(match and len(lines) == 1, "a step in one line", lines)
    return match.group(2), int(match.group(3)), int(match.group(5))


def through_the_handler(k, function):
    """Step from an instruction that faults through the handler and back."""
    before = registers(k)
    equal(len(before), 14)
    equal(step(k)[:2], ("_pgfault_upcall", 0))
    places = []
    while not places or places[-1][0] != function:
        places.append(step(k))
        check(len(places) < 150, "the way back", places[-5:])
    equal(registers(k), before)
    return places


def upcall_lines():
    """The lines of the upcall's instructions, and the one of its call."""
    with open(os.path.join(qemu.ROOT, "lib/pgfault_entry.S"),
              encoding="utf-8") as stream:
        text = stream.read().split("\n")
    first = text.index("_pgfault_upcall:") + 1
    lines = [n for n, line in enumerate(text, 1)
             if n > first and re.match(r"(\d:)?\t[a-z]", line)]
    return lines, next(n for n in lines if "call\t" in text[n - 1])


@test
def step_through_a_page_fault(k):
    """stepthrough: step stops at each instruction of the upcall, and returns"""
    lines, call = upcall_lines()
    with Conserved(k):
        run(k, "stepthrough")
        places = through_the_handler(k, "umain")
        seen = [place[2] for place in places if place[0] == "_pgfault_upcall"]
        # Without the first, and what the jump to the call leaves out.
        equal(seen[0], lines[1])
        equal([n for n in seen if n >= call], [n for n in lines if n >= call])
        check(any(place[:2] == ("give_page", 0) for place in places),
              "the first instruction of the handler", places)
        # It faults no more, and the next instruction follows.
        after = step(k)
        check(after[0] == "umain" and after[1] > places[-1][1],
              "the instruction after the fault", [places[-1], after])
        k.sane("continue")


@test
def step_through_a_fault_of_pushf(k):
    """stepthrough: a PUSHF that faults stores no step, nor does its frame"""
    with Conserved(k):
        run(k, "stepthrough")
        for _ in range(400):
            lines = k.sane("step")
            if not lines[0].startswith("Debug at "):
                break
        equal(lines[0], "the faults show no step")
        k.sane("continue")


@test
def without_steps_stepthrough_agrees(k):
    """stepthrough: without steps, it sees none"""
    with Conserved(k):
        run(k, "stepthrough")
        check("the faults show no step" in k.sane("continue"),
              "no step is seen", "")
