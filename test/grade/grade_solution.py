"""Grade a course's one-file kern/pmap.c. `make grade-solution` runs it.

usage: python3 test/grade/grade_solution.py --pmap FILE
           [--memory 33,64,77,128,256]
           [--make COMMAND] [--json FILE] [--junit FILE] [--tap] [-v]

The file is built into its own kernel (make solution-kernel), which runs the
checks once with each size of memory. It earns the points of grade-lab2's rules,
but only of those about the public interface. A rule must hold with every size.
A failed build, a panic, a triple fault and a hang are reported, too.
"""

import argparse
import os
import re
import shlex
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from grade import causes, grading, rules  # noqa: E402
from lib import (building, endings, formats, lock, qemu,  # noqa: E402
                 script, watch)
from lib import results as keyed  # noqa: E402
from lib.report import Report, count, plain  # noqa: E402
from solution.tree import Tree  # noqa: E402

# In MB. With an odd number the array `pages` ends inside a page, and memory
# inside the 4 MiB of a page table.
SIZES = (33, 64, 77, 128, 256)

# The kernel with its checks does not fit into less, in MB.
SMALLEST = 4

# The kernel's timer ends a loop in the file, and the watch gives up by the
# processor's own time. These limits are for hosts that do not tell that time: a
# boot takes long on a busy host, and that is no fault of the file. In seconds:
# without output, and in all.
QUIET, LIMIT = 60.0, 600.0


def build_folder(make):
    """OBJDIR as in that make command, else make's own."""
    for word in reversed(shlex.split(make)):
        if word.startswith("OBJDIR="):
            return word.partition("=")[2]
    return os.environ.get("OBJDIR", "obj")


def printable(path):
    """A path as text that any output can represent."""
    return os.fsencode(path).decode("utf-8", "replace")


class Solution:
    """The graded file, and the folder where its kernel is built."""

    def __init__(self, path, make):
        self.path = os.path.abspath(path)
        self.name = printable(path)
        self.make = make
        self.objdir = build_folder(make)
        self.folder = os.path.join(self.objdir, "solution")
        self.image = os.path.join(self.folder, "kernel.img")

    def source(self):
        """The file's contents, empty if it cannot be read."""
        with open(self.path, "rb") as file:
            return file.read()

    def build(self):
        """Build the kernel; None, or an Outcome with the first errors."""
        outcome = building.build(
            self.make, "--no-print-directory", "OBJDIR=" + self.objdir,
            "solution-kernel", "PMAP=" + self.path)
        if outcome:
            outcome.text = ("the kernel with %s in it does not build; the "
                            "first errors:" % self.name)
            outcome.details[:0] = reasons(self.source(), outcome.details,
                                          Tree(self.path))
        return outcome

    def borrowed(self):
        """What the file's own tree has given, as lines (compile.py)."""
        try:
            with open(os.path.join(self.folder, "borrowed.txt"),
                      encoding="utf-8", errors="replace") as file:
                return [plain(line.rstrip("\n")) for line in file]
        except OSError:
            return []

    def shared(self):
        """The folder that other graders with the same OBJDIR use, too: the tree
        if it is the usual one."""
        if os.path.normpath(self.objdir) == "obj":
            return qemu.ROOT
        os.makedirs(os.path.join(qemu.ROOT, self.objdir), exist_ok=True)
        return os.path.join(qemu.ROOT, self.objdir)

    def transcript(self, megabytes):
        return os.path.join(self.folder, "console.%d" % megabytes)

    def boot(self, megabytes, options, names=(), right=()):
        """Boot with a fresh key, and wait until the kernel ends. names: run
        these checks only; right: with these functions replaced."""
        key = keyed.fresh_key()
        machine = qemu.Machine(
            self.image, memory=megabytes,
            options=keyed.boot_options(key, names, right),
            transcript=self.transcript(megabytes) + ".right" * bool(right))
        with machine:
            machine.watch = watch.Watch(machine, "@%s " % key)
            outcome = machine.wait_for_end(options.timeout, options.quiet)
            seconds = time.monotonic() - machine.started
        if outcome and outcome.kind == endings.ENDED:
            outcome = None              # the expected end
        return grading.Boot(machine.text, outcome, machine.symbols, seconds,
                            key, "%d MB" % megabytes)


# --- Why it does not build -------------------------------------------------

# Words that occur only in files for other interfaces, and those interfaces.
OTHERS = (
    (rb"\b(?:i386_vm_init|boot_pgdir|page_alloc\s*\(\s*struct\s+Page\s*\*\*)",
     "the interface of course texts until 2010 (i386_vm_init, boot_pgdir, "
     "page_alloc(struct Page **), LIST_ macros)"),
    (rb"\b(?:\w*pml4e?\w*|PML4E?\w*|pdpe_walk|PDPE_\w+|pdpe_t|x64_vm_init|"
     rb"uint64_t\s+\*?\s*(?:boot_cr3|boot_pml4\w*)|[vp]addr64_t)\b|"
     rb"%%?r(?:[abcd]x|[sbi]p|[sd]i|\d+)\b",
     "x86-64 (64 bits, page tables of four levels)"),
    (rb"\bmips_(?:vm_init|detect_memory)\b", "MIPS"),
)


def without_comments(source):
    return re.sub(rb"//[^\n]*|/\*.*?\*/", b" ", source, flags=re.S)


def reasons(source, errors, tree):
    """Explain some errors better than a compiler does, as lines."""
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["the file is UTF-16, which no C compiler reads: save it as "
                "UTF-8"]
    code = without_comments(source)
    for words, whose in OTHERS:
        if re.search(words, code) or (whose.startswith("x86-64")
                                      and tree.declaration("PML4")):
            return ["the file is written for another interface than the one "
                    "that is graded here: %s" % whose]
    text = "\n".join(errors)
    lines = []
    if len(re.findall(r"error: \w+ is missing$", text, re.M)) >= 3:
        lines.append("it has almost nothing of lab 2: is this the right "
                     "file?")
    if "'VPT' undeclared" in text:
        lines.append("VPT belongs to an older memory layout than the one "
                     "graded here; there the directory is at UVPT only")
    inside = re.search(r"invalid storage class for function '(\w+)'|"
                       r"(\S+): error: function definition is not allowed",
                       text)
    if inside:
        lines.append("%s begins within another function: is there a closing "
                     "brace missing before it?" %
                     (inside.group(1) or inside.group(2)))
    for name in dict.fromkeys(re.findall(r"undefined reference to [`'](\w+)",
                                         text)):
        lines.append("%s is neither in the file nor in what a course provides "
                     "with it: add it to the file" % name)
    if re.search(r"fatal error: .*No such file", text):
        lines.append("no course has that header; your own header is found if "
                     "the file is in its tree, in kern/")
    return lines


# --- The report -----------------------------------------------------------

def summary(boot):
    """Lines about one boot; the first has its label."""
    results = boot.results
    found = [(check.status, check.kind in rules.COURSE_KINDS)
             for check in results.checks.values()]
    words = "%s: %s" % (boot.label, count(len(found), "check"))
    for what, word in (((keyed.FAIL, True), "failed"),
                       ((keyed.FAIL, False), "not as advised"),
                       ((keyed.SKIP, True), "skipped")):
        if what in found:
            words += ", %d %s" % (found.count(what), word)
    lines = [words + ", %.1f s" % boot.seconds]
    if boot.outcome:
        lines += ["  " + line for line in grading.boot_summary(boot)]
    elif not results.done:
        lines.append("  it ended before its checks did")
    return lines + ["  " + line for line in results.loose()[:12]]


def notes_of(boots):
    """The kernel's notes, each once; with sizes if not all have it."""
    found = {}
    for boot in boots:
        for note in dict.fromkeys(boot.results.notes):
            found.setdefault(note, []).append(boot)
    return [note if len(where) == len(boots) else
            "%s (only with %s)" % (note, rules.labels(where))
            for note, where in found.items()]


def find_causes(solution, boots, options):
    """What failures come from: boot again with right functions instead."""
    sizes = dict(zip(boots, options.memory))

    def boot_with(place, names, right):
        grading.say(options, formats.paint(
            "  once more, with a right %s" % " and ".join(right), "dim"))
        return solution.boot(sizes[place], options, names, right)

    return causes.find(boots, boot_with)


def report_on(solution, boots, found):
    section = rules.judge(boots, rules.COURSE_KINDS, causes=found)
    section.title, section.label = "", "Score"
    heading = [line for boot in boots for line in summary(boot)]
    return Report(solution.name, [section], None, heading,
                  solution.borrowed() + notes_of(boots))


def report_unbuilt(solution, outcome):
    section = rules.unbuilt("not run: it does not build",
                            rules.COURSE_KINDS)
    section.title, section.label = "", "Score"
    return Report(solution.name, [section], outcome,
                  [plain(line) for line in outcome.lines()])


def boot_all(solution, options):
    """Boot with each size, and report on each boot."""
    boots = []
    for megabytes in options.memory:
        boots.append(solution.boot(megabytes, options))
        for line in summary(boots[-1]):
            grading.say(options, "  " + formats.paint(line, "dim"))
        if options.verbose:
            for line in boots[-1].lines:
                grading.say(options, "  | " + plain(line))
    return boots


def grade(options):
    started = time.monotonic()
    formats.outlive_reader()
    solution = Solution(options.pmap, options.make)
    grading.say(options, "Grading %s" % solution.name)
    with lock.folder(solution.shared(),
                     lambda text: grading.say(options, text)):
        return build_and_grade(solution, options, started)


def build_and_grade(solution, options, started):
    failed = solution.build()
    if failed:
        report = report_unbuilt(solution, failed)
        for line in report.heading:
            grading.say(options, "  " + line)
    else:
        boots = boot_all(solution, options)
        report = report_on(solution, boots,
                           find_causes(solution, boots, options))
    if not options.tap:
        formats.print_report(report)
    if not report.full and not failed:
        grading.say(options, "The whole console output is in %s." % ", ".join(
            printable(solution.transcript(size)) for size in options.memory))
    grading.write_files([report], options, started)
    return 0 if report.full else 1


# --- Options --------------------------------------------------------------

def sizes(text):
    """32,64 as a list of numbers."""
    try:
        numbers = [int(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < SMALLEST:
        raise argparse.ArgumentTypeError(
            "sizes in MB, from %d up, with commas between them, not %r" %
            (SMALLEST, text))
    return numbers


def existing_file(path):
    if not os.path.isfile(path):
        raise argparse.ArgumentTypeError("there is no file %s" %
                                         printable(path))
    return path


def main():
    parser = argparse.ArgumentParser(
        description="Grade a course's one-file kern/pmap.c.")
    parser.add_argument("--pmap", required=True, type=existing_file,
                        metavar="FILE", help="the file to grade")
    parser.add_argument("--memory", type=sizes, default=list(SIZES),
                        metavar="MB,MB", help="sizes of memory (default: "
                        + ",".join(map(str, SIZES)) + ")")
    grading.add_common_options(parser)
    parser.set_defaults(quiet=QUIET, timeout=LIMIT)
    options = parser.parse_args()
    return script.run_guarded(lambda: grade(options))


if __name__ == "__main__":
    sys.exit(main())
