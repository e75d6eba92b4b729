"""Grade a lab: build, boot once, judge the console, say what was lost and why.

The job: everything that the labs' graders share. A lab (lab1.py, lab2.py) is
a list of tests; a test has a name, points, and a function that looks at a Boot
and returns what is wrong, as lines for the student; no line, full points.

Not the job: running QEMU (qemu.py), knowing what a lab prints (lab*.py).

A kernel earns points only if it reached its prompt after it printed what a
test looks for, and only with whole lines: text in the middle of another line
is not what the lab asks for.
"""

import argparse
import difflib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import endings
import qemu

TRANSCRIPT = "jos.out"
IMAGE = "obj/kern/kernel.img"
MEMORY = 128


# --- What is judged -------------------------------------------------------

class Boot:
    """What one boot printed, up to the first prompt or to its end.

    lines: whole lines; tail: an unfinished one, if it ended within it;
    at_prompt: the kernel asked for a command; outcome: how it went wrong, None
    if nothing is known; symbols: the kernel's functions.
    """

    def __init__(self, text, outcome=None, symbols=None, seconds=0.0):
        text = text.replace("\r", "")
        prompt = re.search(r"^" + re.escape(qemu.PROMPT), text, re.M)
        self.at_prompt = prompt is not None
        if prompt:
            text = text[:prompt.start()]
        self.lines = text.split("\n")
        self.tail = self.lines.pop()
        self.symbols = symbols or endings.Symbols()
        self.seconds = seconds
        self.outcome = outcome or endings.trouble(self.lines)

    def stopped_words(self):
        """Why the kernel did not get further, as lines; none if unknown.

        Its details are told once, above all tests.
        """
        if not self.outcome:
            return []
        return ["the kernel stopped before this: " + str(self.outcome)]


class Result:
    """What a test gave: full points without complaints, none with."""

    def __init__(self, name, max_score, complaints):
        self.name = name
        self.max_score = max_score
        self.output = list(complaints)
        self.passed = not self.output
        self.score = max_score if self.passed else 0

    def as_dict(self):
        return {"name": self.name, "score": self.score,
                "max_score": self.max_score,
                "status": "passed" if self.passed else "failed",
                "output": "\n".join(self.output), "output_format": "text"}


class Report:
    """The results of one lab."""

    def __init__(self, lab, results, outcome=None):
        self.lab = lab
        self.results = results
        self.outcome = outcome

    @property
    def score(self):
        return sum(result.score for result in self.results)

    @property
    def max_score(self):
        return sum(result.max_score for result in self.results)

    @property
    def full(self):
        return self.score == self.max_score

    def as_dict(self):
        return {"score": self.score,
                "output": str(self.outcome) if self.outcome else "",
                "tests": [result.as_dict() for result in self.results]}


class Test:
    """A name, points, and judge(boot), which returns the complaints."""

    def __init__(self, name, points, judge):
        self.name = name
        self.points = points
        self.judge = judge


class Lab:
    """A number and tests. Printed sections carry the title."""

    def __init__(self, number, title, tests):
        self.number = number
        self.title = title
        self.tests = tests


# --- Words for judges -----------------------------------------------------

def expected_found(expected, found, *more):
    """Complaint lines in the one form that they all have."""
    if isinstance(found, str):
        found = [found]
    lines = ["expected: " + expected, "found:    " + found[0]]
    lines += ["          " + line for line in found[1:]]
    return lines + list(more)


def quoted(line, limit=120):
    """A console line as it can be shown: no control characters, not endless."""
    shown = "".join(c if " " <= c <= "~" else "\\x%02x" % ord(c)
                    for c in line[:limit])
    return "`%s%s`" % (shown, "..." if len(line) > limit else "")


def nearest(boot, wanted, others=()):
    """Where the console came closest to a line that is not there, in words.

    others: lines that are right in themselves, and so not this one misspelt.
    """
    for line in boot.lines + [boot.tail]:
        if wanted == line.strip() and line != wanted:
            return "the line with blanks around it: %s" % quoted(line)
        if wanted in line:
            if line == boot.tail:
                return "an unfinished line: %s" % quoted(line)
            return "only within another line: %s" % quoted(line)
    close = difflib.get_close_matches(
        wanted, [line for line in boot.lines if line not in others], 1, 0.7)
    if close:
        return "the nearest line is %s" % quoted(close[0])
    return "no such line"


def missing_line(boot, wanted, others=()):
    """Complaints about a line that should have been there, whole."""
    return expected_found("the line %s" % quoted(wanted),
                          [nearest(boot, wanted, others)]
                          + boot.stopped_words())


def no_prompt(boot, printed):
    """Complaints if the kernel did not come to its prompt after all that."""
    if boot.at_prompt:
        return []
    last = boot.tail or (boot.lines[-1] if boot.lines else "")
    found = ["that, but no prompt after it; the console ends with %s" %
             quoted(last)]
    return expected_found("%s, then the prompt `%s`" % (printed, qemu.PROMPT),
                          found + boot.stopped_words())


# --- Building -------------------------------------------------------------

_ERROR = re.compile(r"\b(?:fatal )?error: |: undefined reference|"
                    r"multiple definition of|No rule to make target|"
                    r"\*\*\* (?!\[)|command not found|: not found$")
_EXCERPT = re.compile(r"^\s+(?:\d+ )?\|")


def first_errors(output, count=3):
    """The first things that a compiler or linker complained of, as lines."""
    lines = output.splitlines()
    shown, errors = [], 0
    for i, line in enumerate(lines):
        if not _ERROR.search(line):
            continue
        errors += 1
        if errors > count:
            shown.append("(and more)")
            break
        shown.append(line)
        for excerpt in lines[i + 1:i + 3]:
            if not _EXCERPT.match(excerpt):
                break
            shown.append(excerpt)
    return shown or lines[-5:]


def default_make():
    """GNU make by the name that it has here."""
    return os.environ.get("MAKE") or ("gmake" if shutil.which("gmake")
                                      else "make")


def run_make(make, *targets):
    """Run make; returns its status and output. It dies when we do."""
    words = shlex.split(make) + list(targets)
    if "-j" not in os.environ.get("MAKEFLAGS", ""):
        words += ["-j%d" % (os.cpu_count() or 1), "-Otarget"]
    try:
        process = subprocess.Popen(
            words, cwd=qemu.ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            close_fds=False)            # make's own job server comes through
    except OSError as error:
        return 127, "*** %s: %s" % (words[0], error.strerror)
    try:
        output = process.communicate()[0]
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    return process.returncode, output.decode("utf-8", "replace")


def build(make, *targets):
    """Build; an Outcome that shows the first errors if that failed."""
    status, output = run_make(make, *targets)
    if status == 0:
        return None
    return endings.Outcome(endings.BUILD_FAILED, "the build failed; its first "
                        "errors:", first_errors(output), status)


# --- Running --------------------------------------------------------------

def boot_kernel(timeout=qemu.LIMIT, quiet=qemu.QUIET):
    """One boot, up to the prompt or its end, as a Boot."""
    stale = os.path.join(qemu.ROOT, TRANSCRIPT)
    if os.path.exists(stale):
        os.remove(stale)
    if not os.path.exists(os.path.join(qemu.ROOT, IMAGE)):
        return Boot("", endings.Outcome(
            endings.NO_START, "there is no %s to boot: run make first" %
            IMAGE))
    outcome = None
    with qemu.Machine(IMAGE, memory=MEMORY, transcript=TRANSCRIPT) as machine:
        try:
            machine.wait_for_prompt(timeout, quiet)
        except qemu.Stopped as stopped:
            outcome = stopped.outcome
        seconds = time.monotonic() - machine.started
        text, symbols = machine.text, machine.symbols
        if not outcome:
            # Does nothing in a kernel without the command; then QEMU is
            # killed. Either is a good end.
            machine.halt(timeout=2)
    return Boot(text, outcome, symbols, seconds)


def judge(lab, boot):
    """All tests of a lab on one boot."""
    results = [Result(test.name, test.points, test.judge(boot))
               for test in lab.tests]
    return Report(lab, results, boot.outcome)


def report_unbuilt(lab, outcome):
    """Nothing could be booted: no points, and one reason for all."""
    results = [Result(test.name, test.points, ["not run: the build failed"])
               for test in lab.tests]
    return Report(lab, results, outcome)


def keep_transcript(lab, full):
    """jos.out is the last console; a lost point keeps its lab's own copy."""
    source = os.path.join(qemu.ROOT, TRANSCRIPT)
    kept = "%s.lab%d" % (source, lab.number)
    if full:
        if os.path.exists(kept):
            os.remove(kept)
    elif os.path.exists(source):
        shutil.copyfile(source, kept)
        return os.path.basename(kept)
    return None


# --- Printing -------------------------------------------------------------

COLOURS = {"good": "32", "bad": "31", "dim": "2"}


def paint(text, colour, stream=None):
    """Coloured only for people: on a terminal, and without NO_COLOR."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return "\x1b[%sm%s\x1b[0m" % (COLOURS[colour], text)


def print_result(result):
    points = "%3d/%d" % (result.score, result.max_score)
    mark = paint("ok  ", "good") if result.passed else paint("LOST", "bad")
    print("  %s %-28s %s" % (mark, result.name, points))
    for line in result.output:
        print("         " + line)


def print_report(report):
    for result in report.results:
        print_result(result)
    print(paint("Score: %d/%d" % (report.score, report.max_score),
                "good" if report.full else "bad"), flush=True)


def boot_summary(boot):
    """How the boot went, as lines."""
    if boot.outcome:
        return boot.outcome.lines()
    return ["at the prompt after %.1f s" % boot.seconds]


def run_lab(lab, timeout=qemu.LIMIT, quiet=qemu.QUIET, verbose=False):
    """Boot, judge and print one lab; the Report."""
    print("Lab %d, %s: booting %s with %d MB" % (lab.number, lab.title, IMAGE,
                                                 MEMORY), flush=True)
    boot = boot_kernel(timeout, quiet)
    for line in boot_summary(boot):
        print("  " + paint(line, "dim"))
    if verbose:
        for line in boot.lines + [boot.tail] * bool(boot.tail):
            print("  | " + quoted(line, 1000)[1:-1])
    report = judge(lab, boot)
    print_report(report)
    kept = keep_transcript(lab, report.full)
    if kept:
        print("The whole console output is in %s." % kept)
    return report


def show_failed_build(outcome):
    print(paint("The kernel does not build.", "bad"))
    for line in outcome.lines():
        print("  " + line)


def write_json(path, report):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report.as_dict(), file, indent=2)
        file.write("\n")


def add_common_options(parser):
    parser.add_argument("--make", default=default_make(), metavar="COMMAND",
                        help="GNU make (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=qemu.LIMIT,
                        metavar="S", help="give up on a boot after S seconds "
                        "(default: %(default)g)")
    parser.add_argument("--quiet", type=float, default=qemu.QUIET,
                        metavar="S", help="S seconds without output are a "
                        "hang (default: %(default)g)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="show the console, too")


def main(lab):
    """What grade-labN runs. Exit status 0 only on full marks."""
    parser = argparse.ArgumentParser(
        description="Grade lab %d (%s), %d points." %
        (lab.number, lab.title, sum(test.points for test in lab.tests)))
    parser.add_argument("--no-build", action="store_true",
                        help="grade what is built, do not run make")
    parser.add_argument("--json", metavar="FILE",
                        help="write the results there, too")
    add_common_options(parser)
    options = parser.parse_args()
    return run_guarded(lambda: grade(lab, options))


def grade(lab, options):
    failed = None if options.no_build else build(options.make)
    if failed:
        show_failed_build(failed)
        report = report_unbuilt(lab, failed)
        print("Score: 0/%d" % report.max_score)
    else:
        report = run_lab(lab, options.timeout, options.quiet, options.verbose)
    if options.json:
        write_json(options.json, report)
    return 0 if report.full else 1


def run_guarded(work):
    """Run a script's work; signals leave no QEMU and no traceback."""
    qemu.exit_on_signals()
    try:
        return work()
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
