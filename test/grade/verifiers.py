"""Programs that verify the library's part of lab 4, case by case.

The job: run them if a program of lab 4 has lost its points, and give the lines
that say which case does not hold. The rules judge the kernel; these programs
judge what is in lib/: the upcall, fork, ipc_send and ipc_recv. They earn no
points.

Not the job: their cases (user/test/NAME.c).
"""

import re

from lib.programs import last_line, trouble
from lib.report import quoted

MAX_FAILED = 3          # cases that are shown

# The program prints this before cases that need what a later one verifies.
NEEDS_MORE = "the rest needs fork"


class Verifier:
    """A program, what it verifies, and the rows that need nothing more than
    that and what is verified before it."""

    def __init__(self, name, about, rows):
        self.name = name
        self.about = about
        self.rows = rows

    def failure(self, run):
        """What it found wrong, as a Finding; None if all cases hold."""
        failed = [line for line in run.lines if line.startswith("FAILED ")]
        if failed:
            return Finding(self, [quoted(line)
                                  for line in failed[:MAX_FAILED]])
        if any(re.match(r"%s: [1-9]\d* passed, 0 failed$" % self.name, line)
               for line in run.lines):
            return None
        if NEEDS_MORE in run.lines:
            return None
        done = [line for line in run.lines if line.startswith("ok ")]
        after = "it did not finish; the last case that holds: %s" % (
            quoted(done[-1]) if done else "none")
        return Finding(self, [after] + (trouble(run, last=True)
                                        or last_line(run)), unfinished=True)


# From the bottom up: each needs what the ones before it verify.
VERIFIERS = [
    Verifier("handlers", "the upcall and page-fault handlers",
             ("faultdie", "faultregs", "faultalloc")),
    Verifier("forks", "fork and its handler of copy-on-write faults",
             ("forktree", "spin")),
    Verifier("messages", "ipc_send and ipc_recv",
             ("sendpage", "pingpong", "primes")),
]


class Finding:
    """The first verifier that found something wrong, and what it found.

    unfinished: it ended early, which may have the reason of what comes next.
    """

    def __init__(self, verifier, lines, unfinished=False):
        self.verifier = verifier
        self.lines = lines
        self.unfinished = unfinished
        self.shown = False

    def about(self, name, run):
        """Lines for the row of this name, which has lost its points in that
        run. All that was found is told once."""
        if self.unfinished and trouble(run):
            return []                   # the run itself tells more
        place = VERIFIERS.index(self.verifier)
        if not any(name in each.rows for each in VERIFIERS[place:]):
            return []
        told = "`run %s` verifies %s" % (self.verifier.name,
                                         self.verifier.about)
        if self.shown:
            return ["first fix what is wrong there: " + told]
        self.shown = True
        return [told + ":"] + ["  " + line for line in self.lines]


def find(lost, run):
    """Run those that may explain why these rows are lost, up to the first that
    finds something: a Finding or None. run(name) runs a program."""
    levels = [i for i, each in enumerate(VERIFIERS)
              if set(each.rows) & set(lost)]
    for verifier in VERIFIERS[:max(levels, default=-1) + 1]:
        finding = verifier.failure(run(verifier.name))
        if finding:
            return finding
    return None
