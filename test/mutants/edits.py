"""Lists of mutants: seeded bugs, each with the check that must catch it.

The job: read a list, and apply an edit. Not the job: building and booting
(trial.py), reporting (mutants.py).

A list begins with lines about all of its mutants. Blocks follow, separated by
blank lines. Lines that begin with # are comments:

    file kern/page.c            the file to edit
    host memrange               optional: a host test to run, too

    mutant free_keeps_state
    why a freed frame keeps the state PG_USED
    in page_free                a function, or `file`
    kills free_of_a_free_frame_panics listed_frames_are_free
    boot memory=4 cpu=486       optional: boot such a machine
    run hello                   optional: programs (programs.py)
    - <old line>
    + <new line>
      <line for context, that stays>

`kills` names checks (or their group or subject), endings (ENDINGS below; with
words that the text must contain: panic:boot_alloc), or programs (run:hello).
The best comes first. Lists of test/solution may have `advises` instead, with
functions that get advice. Instead of both, `equivalent REASON` explains why no
test can distinguish the mutant from the original. The - and context lines are
consecutive lines of the file, with their tabs, and occur in the function once.
"""

import glob
import os
import random
import re

from lib import endings
from mutants import programs

LISTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lists")

# The names that `kills` has for the ends of a run.
ENDINGS = {
    endings.BUILD_FAILED: "build", endings.PANIC: "panic",
    endings.FAULT: "fault", endings.TRIPLE_FAULT: "triple-fault",
    endings.HANG: "hang", endings.ENDLESS: "endless",
    endings.RESET: "reset", endings.ENDED: "ended",
    endings.KILLED: "killed", endings.NO_START: "no-start",
    endings.BOOT_SECTOR: "boot-sector",
}
# Not an ending, but also found outside of the kernel: its lines about memory,
# or its backtrace at boot, differ from the good kernel's.
CONSOLE = "console"

BOOT_WORDS = ("memory", "cpu", "kernel", "swap")
WITHOUT_VALUE = ("kernel", "swap")


class ListError(Exception):
    """A list that is malformed, or does not fit its file."""


class Mutant:
    """One edit. place: where its block is, for messages."""

    def __init__(self, name, file, host, place):
        self.name, self.file, self.host, self.place = name, file, host, place
        self.why = self.function = self.equivalent = ""
        self.kills = []
        self.advises = []               # of test/solution only
        self.runs = []                  # lines for programs.Session
        self.boot = {}
        self.old, self.new = [], []

    def error(self, text):
        return ListError("%s: mutant %s: %s" % (self.place, self.name, text))

    def apply(self, text):
        """The file's text after this edit."""
        lines = text.split("\n")
        start, end = self._extent(lines)
        size = len(self.old)
        found = [i for i in range(start, end - size + 1)
                 if lines[i:i + size] == self.old]
        if len(found) != 1:
            raise self.error("its old lines occur %s in %s of %s" % (
                "%d times" % len(found) if found else "nowhere",
                self.function, self.file))
        lines[found[0]:found[0] + size] = self.new
        return "\n".join(lines)

    def _extent(self, lines):
        if self.function == "file":
            return 0, len(lines)
        extent = function_extent(lines, self.function)
        if not extent:
            raise self.error("there is no function %s in %s" %
                             (self.function, self.file))
        return extent


def function_extent(lines, name):
    """Half-open range of the lines of a function, of C or assembly; None."""
    head = re.compile(re.escape(name) + r"[(:]")
    tail = re.compile(r"\}$|\s+\.size\s+%s," % re.escape(name))
    for start, line in enumerate(lines):
        if head.match(line):
            for end in range(start, len(lines)):
                if tail.match(lines[end]):
                    return start, end + 1
    return None


# --- Reading --------------------------------------------------------------

def _boot_option(mutant, word):
    key, _sign, value = word.partition("=")
    if key not in BOOT_WORDS or (key in WITHOUT_VALUE) == bool(value):
        raise mutant.error("unknown word for a machine: %r" % word)
    mutant.boot[key] = value or True


def _take_line(mutant, line):
    """One line of a block."""
    word, _blank, rest = line.partition(" ")
    if line.startswith("  "):
        mutant.old.append(line[2:])
        mutant.new.append(line[2:])
    elif word == "-":
        mutant.old.append(rest)
    elif word == "+":
        mutant.new.append(rest)
    elif word == "why":
        mutant.why = rest
    elif word == "in":
        mutant.function = rest
    elif word == "kills":
        mutant.kills = rest.split()
    elif word == "advises":
        mutant.advises = rest.split()
    elif word == "equivalent":
        mutant.equivalent = rest
    elif word == "run":
        try:
            programs.Session(rest)
        except ValueError as error:
            raise mutant.error(str(error))
        mutant.runs.append(rest)
    elif word == "boot":
        for option in rest.split():
            _boot_option(mutant, option)
    else:
        raise mutant.error("what is the line %r?" % line)


def _finish(mutant):
    for what, value in (("why", mutant.why), ("in", mutant.function),
                        ("an old line", mutant.old)):
        if not value:
            raise mutant.error("it has no line for %s" % what)
    if 1 != sum(map(bool, (mutant.kills, mutant.equivalent,
                           mutant.advises))):
        raise mutant.error("it needs either `kills` or `equivalent`")
    if mutant.old == mutant.new:
        raise mutant.error("it changes nothing")
    return mutant


def parse(text, path):
    """The mutants of a list. path: its name, for messages."""
    file = host = None
    mutants, current = [], None
    for number, line in enumerate(text.split("\n"), 1):
        word, _blank, rest = line.partition(" ")
        if line.startswith("#") or not line:
            if current and not line:
                mutants.append(_finish(current))
                current = None
        elif word == "mutant":
            if current:
                raise current.error("no blank line after it")
            if not file:
                raise ListError("%s: it does not begin with `file`" % path)
            current = Mutant(rest, file, host, "%s:%d" % (path, number))
        elif current:
            _take_line(current, line)
        elif word == "file" and not file:
            file = rest
        elif word == "host" and not host:
            host = rest
        else:
            raise ListError("%s:%d: what is the line %r?" %
                            (path, number, line))
    if current:
        mutants.append(_finish(current))
    return mutants


def read(path):
    with open(path, encoding="utf-8") as list_file:
        return parse(list_file.read(), os.path.relpath(path))


def read_all(folder=LISTS):
    """The mutants of all lists. Names are unique."""
    mutants = []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        mutants += read(path)
    seen = {}
    for mutant in mutants:
        if mutant.name in seen:
            raise mutant.error("%s has a mutant of that name" %
                               seen[mutant.name].place)
        seen[mutant.name] = mutant
    return mutants


def choose(mutants, only=None, sample=0, seed=""):
    """Those that match; a random sample of them if sample is not 0."""
    chosen = [mutant for mutant in mutants if not only or re.search(
        only, "%s/%s/%s" % (mutant.file, mutant.function, mutant.name))]
    if 0 < sample < len(chosen):
        lot = random.Random(seed).sample(range(len(chosen)), sample)
        chosen = [chosen[i] for i in sorted(lot)]
    return chosen
