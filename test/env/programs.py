"""The behaviour that each user program shows. Each must free everything."""

import re

from lib import programs
from env.driver import Conserved, demand_lines, frames, run, settled
from lib.programs import (EXITING, FREE, NOTHING_LEFT, PROTECTION, killed,
                          trap_frame)
from lib.tap import check, equal
from monitor.driver import test

ENDED = [EXITING, FREE] + NOTHING_LEFT
OVERFLOW = "user stack overflow: the stack is one page, from 0xeebfd000"


# --- A table of programs ----------------------------------------------

def fault(va, ip, words):
    return ["[{id}] user fault va %s ip %s" % (va, ip), FREE,
            "  err  .......... [%s]" % words] + NOTHING_LEFT


# A name, the behaviour it shows, lines that it must cause, and must not cause.
PROGRAMS = [
    ("null", "a call of address 0 ends the caller",
     fault("00000000", "00000000", "user, read, not-present"), []),
    ("badjump", "users cannot execute kernel code",
     fault("f010000c", "f010000c", "user, read, protection"), []),
    ("badreturn", "SYSEXIT returns with a user's rights",
     fault("f010000c", "f010000c", "user, read, protection"), []),
    ("faultwriteenvs", "envs cannot be written",
     fault("eec.....", "008.....", "user, write, protection"), []),
    ("faultwritetext", "a program's text cannot be written",
     fault("008.....", "008.....", "user, write, protection"), []),
    ("stackoverflow", "there is nothing below the stack",
     fault("eebfc...", "008.....", "user, write, not-present"),
     [".......... deep, and still stack!"]),
    ("stackoverflow", "a stack overflow is called one", [OVERFLOW], []),
    ("bigarray", "so is an array that the stack has no room for",
     fault("eeb.....", "008.....", "user, write, not-present") + [OVERFLOW],
     ["There was room for . array!"]),
    ("faultread", "another fault is not called so", [], [OVERFLOW]),
    ("coursenames", "names that course files use have their customary values",
     ["0 names are wrong"] + ENDED, []),
    ("arithmetic", "programs divide 64-bit numbers, and compute with double",
     ["0 results are wrong"] + ENDED, []),
    ("privileged", "a privileged instruction ends the program",
     killed(PROTECTION, "0x00000000"),
     ["The processor stopped for me!"]),
    ("interrupts", "users cannot disable interrupts or gain I/O rights",
     killed(PROTECTION, "0x00000000"), ["No interrupts any more!"]),
    ("ioport", "users cannot access I/O ports",
     killed(PROTECTION, "0x00000000"), ["The last key was ..!"]),
    ("ldt", "the local descriptor table is empty",
     killed(PROTECTION, "0x0000000c"), []),
    ("illegal", "an undefined instruction ends the program",
     killed((6, "Invalid Opcode")), []),
    ("fpuerror", "an x87 error ends the program",
     killed((16, "x87 FPU Floating-Point Error")), ["0/0 was something!"]),
    ("unaligned", "unaligned addresses work, with AC clear and set",
     ["AC clear: read 44332211", "AC set: read 44332211"] + ENDED, []),
    ("yield", "the only environment continues after a yield",
     ["[{id}] is back from 1000 yields"] + ENDED, []),
    ("yielder", "a silent program runs and ends", ENDED, []),
    ("twoentries", "system calls give the same results by int and sysenter",
     ["and that was the end of it", "both entries give the same results"]
     + ENDED, []),
    ("killer", "no environment may end an unrelated one",
     ["[{id}] destroyed none of 0 others"] + ENDED, []),
    ("busy", "the timer preempts a program that does not yield",
     ["[{id}] spinning"] + ENDED, []),
]


def add(name, shows, wanted, unwanted):
    def body(k):
        with Conserved(k):
            demand_lines(run(k, name), wanted, unwanted)
    body.__doc__ = "%s: %s" % (name, shows)
    test(body)


for row in PROGRAMS:
    add(*row)


def add_graded(program):
    def body(k):
        with Conserved(k):
            result = run(k, program.name)
            equal(program.judge(result), [])
            if programs.FREE in program.unwanted:
                k.sane("kill 0x" + result.id)
    body.__doc__ = "%s: as graded in lab 3" % program.name
    test(body)


for graded in programs.PROGRAMS:
    add_graded(graded)


# --- Memory ---------------------------------------------------------------

@test
def eater_is_refused(k):
    """toobig: a program too big for memory frees everything"""
    with Conserved(k):
        result = run(k, "toobig")
        demand_lines(result, ["toobig cannot be started: out of memory",
                              "[00000000] free env {id}"], NOTHING_LEFT)
        demand_lines(run(k, "hello"), ["hello, world"])


@test
def frames_are_cleared(k):
    """testbss: memory is cleared between programs"""
    with Conserved(k):
        for _ in range(3):
            demand_lines(run(k, "testbss"),
                         ["Making sure bss works right...",
                          "Yes, good.  Now doing a wild write off the end..."])


@test
def rights_of_every_page(k):
    """rights: a program reaches its own pages, and the read-only windows"""
    with Conserved(k):
        result = run(k, "rights")
        demand_lines(result, ["rights: ... pages reachable, 2 of them"
                              " writable"] + ENDED)


def user_ranges(machine):
    """The pages that users can access, from QEMU: (start, end, writable)."""
    found = []
    for line in machine.ask_qemu("info mem").splitlines():
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ u.(.)", line)
        if match:
            found.append((int(match.group(1), 16), int(match.group(2), 16),
                          match.group(3) == "w"))
    return found


@test
def rights_as_qemu_sees_them(k):
    """breakpoint: users can access text, data, stack and three windows only"""
    with Conserved(k):
        result = run(k, "breakpoint")
        ranges = user_ranges(k.machine)
        k.sane("kill 0x" + result.id)
    writable = [r[:2] for r in ranges if r[2]]
    equal(["%08x-%08x" % r for r in writable],
          ["%08x-%08x" % (writable[0][0], writable[0][0] + 0x1000),
           "eebfd000-eebfe000"])
    for start, end, write in ranges:
        check(end <= 0xEF800000, "nothing accessible at or above ULIM",
              "%08x-%08x" % (start, end))
        if not write:
            inside = (0x800000 <= start and end <= writable[0][0]
                      or start >= 0xEEC00000)
            check(inside, "read-only: text, or the windows above UTOP",
                  "%08x-%08x" % (start, end))


# --- Ids ------------------------------------------------------------------

@test
def ids_are_new_each_time(k):
    """hello: a reused slot has another id"""
    with Conserved(k):
        ids = [run(k, "hello").id for _ in range(20)]
    equal(len(set(ids)), 20)
    equal({int(number, 16) & 1023 for number in ids}, {0})


@test
def the_first_environment(k):
    """hello: the first id is 0x1000, and its end is announced"""
    k.stop()
    result = run(k, "hello")
    equal(result.id, "00001000")
    only = "Destroyed the only environment - nothing more to do!"
    demand_lines(result, ["i am environment 00001000", only])
    demand_lines(run(k, "hello"), ["hello, world"], [only])


# --- System calls ---------------------------------------------------------

@test
def echo_reads_the_console(k):
    """echo: typed lines reach the program, and are printed"""
    with Conserved(k):
        result = run(k, "echo", "first", "and second", "")
        demand_lines(result, ["first", "and second"] + ENDED)


# An address, a length, and the first unreadable byte, or None.
STRETCHES = [
    ("0", "0", None),
    ("0", "1", 0),
    ("0xfff", "2", 0xFFF),
    ("0x400000", "1", 0x400000),
    ("0x7fffff", "2", 0x7FFFFF),
    ("0xeebfcfff", "1", 0xEEBFCFFF),
    ("0xeebfdfff", "1", None),
    ("0xeebfdfff", "2", 0xEEBFE000),
    ("0xeebfe000", "1", 0xEEBFE000),
    ("0xeebffffe", "4", 0xEEBFFFFE),
    ("0xeec00000", "4", 0xEEC00000),
    ("0xef000000", "4096", 0xEF000000),
    ("0xef400000", "1", 0xEF400000),
    ("0xef7bd000", "4", 0xEF7BD000),
    ("0xef800000", "4", 0xEF800000),
    ("0xefffffff", "1", 0xEFFFFFFF),
    ("0xf0000000", "1", 0xF0000000),
    ("0xf0000000", "0", None),
    ("0xffffffff", "1", 0xFFFFFFFF),
    ("0xffffffff", "2", 0xFFFFFFFF),
    ("0xffffffff", "0xffffffff", 0xFFFFFFFF),
    ("0x800000", "0xffffffff", ...),
    ("0x801000", "0x7fffffff", ...),
    ("0xeebfd000", "0x11800000", 0xEEBFE000),
]


def try_stretch(k, address, length, bad):
    result = run(k, "wild", address, length)
    text = "\n".join(result.lines)
    said = re.search(r"first bad byte: ([0-9a-f]{8})", text)
    found = re.search(r"^\[%s\] user_mem_check assertion failure for va "
                      r"([0-9a-f]{8})$" % result.id, text, re.M)
    what = "%s bytes at %s: " % (length, address)
    if bad is None:
        check(not said and not found and "\nstill there" in text,
              what + "allowed", result.lines)
        return
    check(said and found and "\nstill there" not in text,
          what + "refused", result.lines)
    equal(what + found.group(1), what + said.group(1))
    if bad is not ...:
        equal(what + found.group(1), what + "%08x" % bad)


@test
def wild_pointers(k):
    """wild: the kernel refuses inaccessible memory, and names the byte"""
    with Conserved(k):
        for stretch in STRETCHES:
            try_stretch(k, *stretch)


@test
def fuzz_a_million_calls(k):
    """fuzz: the kernel survives a million random calls, and loses no frame"""
    before = settled(k)
    result = run(k, "fuzz", "20261121", quiet=120)
    demand_lines(result, ["fuzz: seed 20261121: 1000000 calls, ...... refused,"
                          " all results right"] + ENDED)
    equal(frames(k), before)
    settled(k)


# --- Ends -----------------------------------------------------------------

@test
def user_panic(k):
    """userpanic: prints the place, and stops in the monitor"""
    with Conserved(k):
        result = run(k, "userpanic")
        demand_lines(result, [
            "[{id}] user panic in userpanic at user/userpanic.c:8: on purpose,"
            " with 1 argument"] + trap_frame((3, "Breakpoint")), [FREE])
        k.sane("kill 0x" + result.id)
