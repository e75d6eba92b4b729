"""The output of the course's user programs, and of the kernel about them.

The job: the output of one program, as a Run, and the lines that each program
must cause. In a wanted line a `.` stands for any character, and {id} for the
environment's id.

Not the job: booting, and points (lab3.py).
"""

import re

from lib.complaints import expected_found, nearest
from lib.report import plain, quoted

NEW_ENV = re.compile(r"^\[[0-9a-f]{8}\] new env ([0-9a-f]{8})$")


class Run:
    """One run of a program.

    lines: the console after the command, up to the next prompt or the end;
    outcome: how the kernel ended, None if it reached another prompt; id: the
    environment's, None if none was made.
    """

    tail = ""

    def __init__(self, lines, outcome=None):
        self.lines = list(lines)
        self.outcome = outcome
        self.id = None
        for line in self.lines:
            match = NEW_ENV.match(line)
            if match:
                self.id = match.group(1)
                break


# --- Judging --------------------------------------------------------------

def as_pattern(line, run):
    """A wanted line as a regular expression, for this run."""
    return re.escape(line.replace("{id}", run.id)).replace(r"\.", ".")


def has_line(line, run):
    return any(re.fullmatch(as_pattern(line, run), found)
               for found in run.lines)


class Program:
    """A program's name, and the lines that it must (not) cause."""

    def __init__(self, name, wanted, unwanted=()):
        self.name = name
        self.wanted = list(wanted)
        self.unwanted = list(unwanted)

    def judge(self, run):
        if run.id is None:
            return expected_found(
                "`run %s` makes an environment: `[00000000] new env ........`"
                % self.name, ended(run) or last_line(run))
        for line in self.wanted:
            if not has_line(line, run):
                shown = line.replace("{id}", run.id)
                return expected_found("the line %s" % quoted(shown),
                                      [closest(run, shown)]
                                      + instead(run) + ended(run))
        for line in self.unwanted:
            for found in run.lines:
                if re.fullmatch(as_pattern(line, run), found):
                    return expected_found("no line %s" % quoted(
                        line.replace("{id}", run.id)), quoted(found))
        if run.outcome:
            return expected_found("the prompt again, after all that",
                                  ended(run))
        return []


def closest(run, wanted):
    """The line most like the wanted one; a trap frame's by its name."""
    name = re.match(r"  \w+ +0x", wanted)
    for line in run.lines:
        if name and line.startswith(name.group()):
            return quoted(line)
    return nearest(run, wanted)


# Lines of the kernel and the library about a program that went wrong.
TROUBLE = re.compile(
    r"\[[0-9a-f]{8}\] (user (fault|panic)|user_mem_check|page fault at|out of"
    r" memory)|user (page fault|stack overflow)|  in \S+: \S+\+|syscall \d+"
    r" returned|kernel panic")
MAX_TROUBLE = 4


def trouble(run, last=False):
    """The first or last few lines about something that went wrong, quoted."""
    found = [line for line in run.lines if TROUBLE.match(line)]
    found = found[-MAX_TROUBLE:] if last else found[:MAX_TROUBLE]
    return [quoted(line, 160) for line in found]


def instead(run):
    """What a run did that lacks a line, as lines: what went wrong, or how its
    console ends."""
    found = trouble(run)
    if found:
        return ["the kernel says of this run:"] + found
    lines = [line for line in run.lines if line.strip()]
    return ["the program's console ends with %s" % quoted(line)
            for line in lines[-1:] if not run.outcome]


def ended(run):
    """How the kernel ended, as lines; none if it did not."""
    if not run.outcome:
        return []
    return [plain(line) for line in run.outcome.lines()]


def last_line(run):
    return [quoted(run.lines[-1]) if run.lines else "nothing"]


# --- The programs ---------------------------------------------------------

FREE = "[{id}] free env {id}"

# Printed when no environment is left, before the next prompt.
NOTHING_LEFT = [
    "No runnable environments in the system!",
    "Welcome to the JOS kernel monitor!",
]


def trap_frame(trap, error=None):
    """Lines of the trap frame of a program."""
    lines = ["Incoming TRAP frame at 0xefffff..",
             "TRAP frame at 0xf....... from CPU 0",
             "  trap 0x%08x %s" % trap]
    if error:
        lines.append("  err  " + error)
    return lines + ["  eip  0x008.....", "  cs   0x----001b",
                    "  ss   0x----0023"]


def killed(trap, error=None):
    return trap_frame(trap, error) + [FREE] + NOTHING_LEFT


def page_fault(va, error):
    return ["[{id}] user fault va %s ip 008....." % va] + killed(
        PAGE_FAULT, error)


def bad_pointer(va):
    return ["[{id}] user_mem_check assertion failure for va " + va,
            FREE] + NOTHING_LEFT


DIVIDE = 0, "Divide error"
BREAKPOINT = 3, "Breakpoint"
PROTECTION = 13, "General Protection"
PAGE_FAULT = 14, "Page Fault"

EXITING = "[{id}] exiting gracefully"

# breakpoint is last: its environment still exists at the next prompt.
PROGRAMS = [
    Program("divzero", killed(DIVIDE), ["1/0 is ........!"]),
    # INT through a kernel gate: the error code is 8 * vector + 2.
    Program("softint", killed(PROTECTION, "0x00000072")),
    # A selector of no data segment: the error code is that selector.
    Program("badsegment", killed(PROTECTION, "0x00000028")),
    Program("faultread",
            page_fault("00000000", "0x00000004 [user, read, not-present]"),
            ["I read ........ from location 0!"]),
    Program("faultreadkernel",
            page_fault("f0100000", "0x00000005 [user, read, protection]"),
            ["I read ........ from location 0xf0100000!"]),
    Program("faultwrite",
            page_fault("00000000", "0x00000006 [user, write, not-present]")),
    Program("faultwritekernel",
            page_fault("f0100000", "0x00000007 [user, write, protection]")),
    Program("testbss",
            ["Making sure bss works right...",
             "Yes, good.  Now doing a wild write off the end..."]
            + page_fault("00c.....", "0x00000006 [user, write, not-present]")),
    Program("hello",
            ["hello, world", "i am environment {id}", EXITING, FREE]
            + NOTHING_LEFT),
    Program("buggyhello", bad_pointer("00000001"), [EXITING]),
    Program("buggyhello2", bad_pointer("0....000"),
            ["hello, world", EXITING]),
    Program("evilhello", bad_pointer("f010000c"), [EXITING]),
    Program("breakpoint", trap_frame(BREAKPOINT, "0x00000000"),
            [FREE, EXITING]),
]
