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
import os
import re
import shutil
import sys
import time

from grade import only, rules
from lib import building, endings, formats, qemu, script, watch
from lib import results as keyed
from lib.qemu import IMAGE
from lib.report import STOPPED, Report, Result, Section, plain

TRANSCRIPT = "jos.out"
MEMORY = 128

# What a lab without rules asks the kernel for: no check has that name.
NO_CHECKS = ("none",)


# --- What is judged -------------------------------------------------------

class Boot:
    """What one boot printed, up to the first prompt or to its end.

    lines: whole lines; tail: an unfinished one, if it ended within it;
    at_prompt: the kernel asked for a command; outcome: how it went wrong, None
    if nothing is known; symbols: the kernel's functions; results: what it said
    with the key that it was given, None if it was given none (then its lines
    are all that there is to believe); label: which boot, where there are more;
    found: what the lab's at_prompt returned, if it came to that.
    """

    def __init__(self, text, outcome=None, symbols=None, seconds=0.0,
                 key=None, label=""):
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
        self.results = None
        if key:
            self.results = keyed.Results(self.lines, key)
            self.lines = keyed.without_keyed(self.lines, key)
            if not self.results.done:
                self.results.stopped(self._ending())
        self.label = label
        self.found = None

    def _ending(self):
        """How it went wrong, as lines."""
        if not self.outcome:
            return ["the kernel went on without its result"]
        return [plain(line) for line in self.outcome.lines()]

    def stopped_words(self):
        """Why the kernel did not get further, as lines; none if unknown.

        Its details are told once, above all tests.
        """
        if not self.outcome:
            return []
        return ["%s: %s" % (STOPPED, plain(str(self.outcome)))]


class Test:
    """A name, points, and judge(boot), which returns the complaints."""

    def __init__(self, name, points, judge):
        self.name = name
        self.points = points
        self.judge = judge


class Lab:
    """A number and tests. Printed sections carry the title.

    subjects: whose rules give points, too. Without any, no checks need to run.
    checks: which ones to run for them, by name; all if none is named.
    at_prompt: what else the lab looks at, called with the machine at its
    prompt, and the limits for it.
    """

    def __init__(self, number, title, tests, subjects=(), checks=(),
                 at_prompt=None):
        self.number = number
        self.title = title
        self.tests = tests
        self.subjects = subjects
        self.checks = checks if subjects else NO_CHECKS
        self.at_prompt = at_prompt

    @property
    def name(self):
        return "Lab %d" % self.number

    @property
    def with_rules(self):
        return bool(self.subjects)

    @property
    def max_score(self):
        points = sum(test.points for test in self.tests)
        return points + sum(subject.points for subject in self.subjects)


# --- Running --------------------------------------------------------------

def boot_kernel(timeout=qemu.LIMIT, quiet=qemu.QUIET, names=(),
                at_prompt=None):
    """One boot with a key of its own, up to the prompt or its end.

    names: the checks that run; without, all. at_prompt: see Lab.
    """
    stale = os.path.join(qemu.ROOT, TRANSCRIPT)
    if os.path.exists(stale):
        os.remove(stale)
    outcome, found, key = None, None, keyed.fresh_key()
    if not os.path.exists(os.path.join(qemu.ROOT, IMAGE)):
        return Boot("", endings.Outcome(
            endings.NO_START, "there is no %s to boot: run make first" %
            IMAGE), key=key)
    with qemu.Machine(IMAGE, memory=MEMORY, transcript=TRANSCRIPT,
                      options=keyed.boot_options(key, names)) as machine:
        machine.watch = watch.Watch(machine, "@%s " % key)
        try:
            machine.wait_for_prompt(timeout, quiet)
        except qemu.Stopped as stopped:
            outcome = stopped.outcome
        machine.watch = None
        seconds = time.monotonic() - machine.started
        text, symbols = machine.text, machine.symbols
        if at_prompt and not outcome:
            found = at_prompt(machine, timeout, quiet)
        if not machine.outcome:
            # Does nothing in a kernel without the command; then QEMU is
            # killed. Either is a good end.
            machine.halt(timeout=2)
    boot = Boot(text, outcome, symbols, seconds, key)
    boot.found = found
    return boot


def judge(lab, boot):
    """All tests of a lab on one boot; the rules if it was given a key."""
    classic = [Result(test.name, test.points, test.judge(boot))
               for test in lab.tests]
    sections = [Section("", "Score", classic)]
    notes = []
    if lab.with_rules and boot.results:
        sections.append(rules.judge([boot], subjects=lab.subjects))
        notes = boot.results.notes
    return Report(lab.name, sections, boot.outcome, boot_summary(boot), notes)


def report_unbuilt(lab, outcome):
    """Nothing could be booted: no points, and one reason for all."""
    reason = "not run: the build failed"
    sections = [Section("", "Score", [Result(test.name, test.points, [reason])
                                      for test in lab.tests])]
    if lab.with_rules:
        sections.append(rules.unbuilt(reason, subjects=lab.subjects))
    return Report(lab.name, sections, outcome,
                  ["The kernel does not build."] + outcome.lines())


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


def where_in_checks(results):
    """How far the checks had come when the kernel stopped."""
    if results.under_way:
        return ["the check under way: %s, of %s" % (
            results.under_way.name, results.under_way.subject)]
    if results.last:
        return ["the last check that ended: %s; none was under way" %
                results.last]
    return []


def boot_summary(boot):
    """How the boot went, as lines."""
    if boot.outcome:
        lines = [plain(line) for line in boot.outcome.lines()]
        if boot.results and not boot.results.done:
            lines += where_in_checks(boot.results)
        return lines
    return ["at the prompt after %.1f s" % boot.seconds]


# --- Telling --------------------------------------------------------------

def say(options, text):
    """For people; nothing where a program reads."""
    if not options.tap:
        print(text, flush=True)


def show_boot(boot, options):
    """How the boot went; with -v, what it printed."""
    for line in boot_summary(boot):
        say(options, "  " + formats.paint(line, "dim"))
    if options.verbose:
        for line in boot.lines + [boot.tail] * bool(boot.tail):
            say(options, "  | " + plain(line))


def run_lab(lab, options):
    """Boot, judge and print one lab; the Report."""
    say(options, "%s, %s: booting %s with %d MB" % (lab.name, lab.title,
                                                    IMAGE, MEMORY))
    boot = boot_kernel(options.timeout, options.quiet,
                       lab.checks, lab.at_prompt)
    show_boot(boot, options)
    report = judge(lab, boot)
    if not options.tap:
        formats.print_report(report)
    kept = keep_transcript(lab, report.full)
    if kept:
        say(options, "The whole console output is in %s." % kept)
    return report


def show_failed_build(outcome, options):
    say(options, formats.paint("The kernel does not build.", "bad"))
    for line in outcome.lines():
        say(options, "  " + line)


def write_files(reports, options, started):
    """What --json, --junit and --tap ask for."""
    seconds = time.monotonic() - started
    if options.tap:
        sys.stdout.write(formats.as_tap(reports))
        sys.stdout.flush()
    wrong = []
    for path, write in ((options.json, formats.write_json),
                        (options.junit, formats.write_junit)):
        try:
            if path:
                write(path, reports, seconds)
        except OSError as error:
            wrong.append("%s was not written: %s" % (path, error.strerror))
    if wrong:
        sys.exit("\n".join(wrong))


def run_names(options):
    """Run some checks only; the Report, in which nothing has points."""
    boot = boot_kernel(options.timeout, options.quiet,
                       [only.kernel_name(name) for name in options.only])
    show_boot(boot, options)
    report = only.judge(boot, options.only, boot_summary(boot))
    if not options.tap:
        only.show(report)
    return report


# --- The scripts ----------------------------------------------------------

def add_common_options(parser):
    parser.add_argument("--make", default=building.default_make(),
                        metavar="COMMAND",
                        help="GNU make (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=qemu.LIMIT,
                        metavar="S", help="give up on a boot after S seconds "
                        "(default: %(default)g)")
    parser.add_argument("--quiet", type=float, default=qemu.QUIET,
                        metavar="S", help="S seconds without output are a "
                        "hang (default: %(default)g)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="show the console, too")
    parser.add_argument("--json", metavar="FILE", type=file_argument,
                        help="write the results "
                        "there, too, as Gradescope's results.json")
    parser.add_argument("--junit", metavar="FILE", type=file_argument,
                        help="write the results there, too, as JUnit's XML")
    parser.add_argument("--tap", action="store_true",
                        help="print TAP 13 instead of text for people")


def file_argument(path):
    """Told now, not when all work is done and nobody gets to see it."""
    why = formats.unwritable(path)
    if why:
        raise argparse.ArgumentTypeError("cannot write %s: %s" % (path, why))
    return path


def name_argument(text):
    if not re.match(r"^\w[\w/-]*$", text):
        raise argparse.ArgumentTypeError("not the name of a check: " + text)
    return text


def main(lab):
    """What grade-labN runs. Exit status 0 only on full marks."""
    parser = argparse.ArgumentParser(
        description="Grade lab %d (%s), %d points." %
        (lab.number, lab.title, lab.max_score))
    parser.add_argument("--no-build", action="store_true",
                        help="grade what is built, do not run make")
    add_common_options(parser)
    if lab.with_rules:
        parser.add_argument("--only", action="append", metavar="NAME",
                            type=name_argument, help="run just this check, "
                            "function's checks or group, without points; may "
                            "be repeated")
    options = parser.parse_args()
    return script.run_guarded(lambda: grade(lab, options))


def grade(lab, options):
    started = time.monotonic()
    formats.outlive_reader()
    failed = None if options.no_build else building.build(options.make)
    if failed:
        show_failed_build(failed, options)
        report = report_unbuilt(lab, failed)
        say(options, "Score: 0/%d" % report.max_score)
    elif getattr(options, "only", None):
        report = run_names(options)
    else:
        report = run_lab(lab, options)
    write_files([report], options, started)
    return 0 if report.full else 1
