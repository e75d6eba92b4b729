"""Grade a lab: build, boot once, judge the console, explain lost points.

The job: everything that the labs' graders share. A lab (lab1.py, lab2.py) is
a list of tests. A test has a name, points, and a function that examines a Boot
and returns complaints, as lines for the student. No line means full points.

Not the job: running QEMU (qemu.py), knowing what a lab prints (lab*.py).

A kernel earns points only if it printed what a test expects, and then reached
its prompt. Only whole lines count, not text in the middle of another line.
"""

import argparse
import copy
import functools
import os
import re
import shutil
import sys
import time

from grade import only, rules
from lib import building, endings, formats, lock, qemu, script, watch
from lib import results as keyed
from lib.qemu import IMAGE
from lib.report import STOPPED, Lacking, Report, Result, Section, plain

TRANSCRIPT = "jos.out"
MEMORY = 128

# The checks to run for a lab without rules: no check has this name.
NO_CHECKS = ("none",)

# Checks that may end the machine, each of which costs another boot; and those
# of one group, after which the rest of the group is left out.
MOST_DEATHS, MOST_IN_GROUP = 8, 3


# --- Data -------------------------------------------------------

class Boot:
    """The output of one boot, up to the first prompt or to its end.

    lines: whole lines; tail: the unfinished last one; at_prompt: the kernel
    reached its prompt; outcome: what went wrong, None if nothing is known;
    symbols: the kernel's functions; results: the results that carry the boot's
    key, None without a key (then the lines alone count); label: the boot's
    name, if there are several; found: what the lab's at_prompt returned, if it
    was called; deaths: lines about checks that ended the machine in earlier
    boots.
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
        self.deaths = []

    def _ending(self):
        """What went wrong, as lines."""
        if not self.outcome:
            return ["the kernel went on without a result"]
        return [plain(line) for line in self.outcome.lines()]

    def stopped_words(self):
        """The reason why the kernel stopped, as lines; none if unknown.

        Its details are printed once, above all tests.
        """
        if not self.outcome:
            return []
        return ["%s: %s" % (STOPPED, plain(str(self.outcome)))]


class Test:
    """A name, points, and judge(boot), which returns complaints."""

    def __init__(self, name, points, judge):
        self.name = name
        self.points = points
        self.judge = judge


class Lab:
    """A number, a title for people, and tests.

    subjects: their rules give points, too. Without subjects, no checks run.
    all_subjects: these, also if only some of them were chosen.
    checks: the names of the checks to run for them; if empty, all run.
    at_prompt: a function for more of the lab: it gets the machine at its
    prompt, time limits, and the names of the tests. options: a function that
    returns more options of QEMU. why_not: a function that returns why the lab
    cannot be graded on this machine, or None.
    """

    def __init__(self, number, title, tests, subjects=(), checks=(),
                 at_prompt=None, options=list, why_not=lambda: None):
        self.number = number
        self.title = title
        self.tests = tests
        self.subjects = self.all_subjects = subjects
        self.checks = checks if subjects else NO_CHECKS
        self.at_prompt = at_prompt
        self.options = options
        self.why_not = why_not

    @property
    def name(self):
        return "Lab %s" % self.number

    def chosen(self, words):
        """The lab with only those tests and rules whose name contains one of
        the words."""
        def is_chosen(item):
            return any(word in item.name for word in words)
        lab = copy.copy(self)
        lab.tests = list(filter(is_chosen, self.tests))
        lab.subjects = list(filter(is_chosen, self.subjects))
        if not lab.subjects:
            lab.checks = NO_CHECKS
        if not lab.tests:
            lab.at_prompt = None
        return lab

    @property
    def with_rules(self):
        return bool(self.subjects)

    @property
    def max_score(self):
        points = sum(test.points for test in self.tests)
        return points + sum(subject.points for subject in self.subjects)


# --- Running --------------------------------------------------------------

def fresh_transcript():
    """Remove the old transcript. Return its name, or None if no new one can be
    written, as in a tree that belongs to another user."""
    path = os.path.join(qemu.ROOT, TRANSCRIPT)
    try:
        open(path, "ab").close()
        os.remove(path)         # no boot, no transcript
    except OSError as error:
        print("%s cannot be written (%s): this console is not kept." %
              (TRANSCRIPT, error.strerror), file=sys.stderr, flush=True)
        return None
    return TRANSCRIPT


def boot_kernel(timeout=qemu.LIMIT, quiet=qemu.QUIET, names=(),
                at_prompt=None, options=()):
    """Boot, up to the prompt or the end.

    names: the checks to run, all if empty. at_prompt: see Lab. options: more of
    QEMU's.

    A check that ends the machine costs that check only: it has failed, and the
    kernel boots again without it. If many of a group do, the rest of the group
    does not run.
    """
    deaths, dead, left_out, earlier = [], [], [], None
    while True:
        boot = boot_once(timeout, quiet, list(names) + left_out, at_prompt,
                         options)
        if earlier:
            boot.results.adopt(earlier.results)
            boot.results.unrun = earlier.results.unrun
        boot.deaths = list(deaths)
        check = boot.results.killer
        if not check or not boot.outcome or len(dead) == MOST_DEATHS:
            break
        deaths.append("%s ended the machine: %s; booted again without it" %
                      (check.name, plain(str(boot.outcome))))
        dead.append(check.group)
        left_out.append("-" + only.kernel_name(check.name))
        if dead.count(check.group) == MOST_IN_GROUP:
            left_out.append("-" + check.group)
            boot.results.unrun = "too many checks of %s ended the machine" % (
                check.group)
        earlier = boot
    if at_prompt and boot.outcome and boot.found is None:
        # The rest of the lab does not need the checks.
        boot.found = boot_once(timeout, quiet, NO_CHECKS, at_prompt,
                               options).found
    return boot


def boot_once(timeout, quiet, names, at_prompt, options=()):
    """One boot with a fresh key; see boot_kernel."""
    transcript = fresh_transcript()
    outcome, found, key = None, None, keyed.fresh_key()
    if not os.path.exists(os.path.join(qemu.ROOT, IMAGE)):
        return Boot("", endings.Outcome(
            endings.NO_START, "there is no %s to boot: run make first" %
            IMAGE), key=key)
    with qemu.Machine(IMAGE, memory=MEMORY, transcript=transcript,
                      options=list(options)
                      + keyed.boot_options(key, names)) as machine:
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
            # If the kernel has no such command, QEMU is killed instead.
            machine.halt(timeout=2)
    boot = Boot(text, outcome, symbols, seconds, key)
    boot.found = found
    return boot


def judge(lab, boot):
    """Run all tests of a lab on one boot, and its rules if it had a key."""
    classic = [Result(test.name, test.points, test.judge(boot))
               for test in lab.tests]
    sections = [Section("", "Score", classic)]
    notes = []
    if lab.with_rules and boot.results:
        sections.append(chosen_rules(lab, rules.judge(
            [boot], subjects=lab.all_subjects)))
        notes = boot.results.notes
    return Report(lab.name, sections, boot.outcome, boot_summary(boot), notes)


def chosen_rules(lab, section):
    """The section, with only the lab's subjects if some were chosen. All are
    judged, because a failure may come from one that was not chosen."""
    if lab.subjects is not lab.all_subjects:
        names = {subject.name for subject in lab.subjects}
        section.results = [result for result in section.results
                           if result.name in names]
    return section


def report_unbuilt(lab, outcome):
    """The build failed: no points, with the same reason for all tests."""
    reason = "not run: the build failed"
    sections = [Section("", "Score", [Result(test.name, test.points, [reason])
                                      for test in lab.tests])]
    if lab.with_rules:
        sections.append(rules.unbuilt(reason, subjects=lab.subjects))
    return Report(lab.name, sections, outcome,
                  ["The kernel does not build."] + outcome.lines())


def report_skipped(lab, why):
    """The lab cannot be graded on this machine: nothing has failed."""
    skipped = Lacking(["skipped: " + why])
    return Report(lab.name, [
        Section("", "Score", [Result(test.name, test.points, skipped)
                              for test in lab.tests]),
        Section("Rules", "Rules", [
            Result(subject.name, subject.points, skipped, unrun=True)
            for subject in lab.subjects])], None, ["skipped: " + why])


def keep_transcript(lab, full):
    """Keep a copy of jos.out for this lab if points were lost."""
    source = os.path.join(qemu.ROOT, TRANSCRIPT)
    kept = "%s.lab%s" % (source, lab.number)
    try:
        if full:
            if os.path.exists(kept):
                os.remove(kept)
        elif os.path.exists(source):
            shutil.copyfile(source, kept)
            return os.path.basename(kept)
    except OSError:
        pass                    # fresh_transcript() has said why
    return None


def where_in_checks(results):
    """Lines: how far the checks had come when the kernel stopped."""
    if results.under_way:
        return ["the check that was running: %s, of %s" % (
            results.under_way.name, results.under_way.subject)]
    if results.last:
        return ["the last check that ended: %s; none was running" %
                results.last]
    return []


def boot_summary(boot):
    """Lines about the boot."""
    if boot.outcome:
        lines = boot.deaths + [plain(line) for line in boot.outcome.lines()]
        if boot.results and not boot.results.done:
            lines += where_in_checks(boot.results)
        return lines
    return boot.deaths + ["at the prompt after %.1f s" % boot.seconds]


# --- Printing -------------------------------------------------------------

def say(options, text):
    """Print for people; with --tap, print nothing."""
    if not options.tap:
        print(text, flush=True)


def show_boot(boot, options):
    """Print a summary of the boot; with -v, its console, too."""
    for line in boot_summary(boot):
        say(options, "  " + formats.paint(line, "dim"))
    if options.verbose:
        for line in boot.lines + [boot.tail] * bool(boot.tail):
            say(options, "  | " + plain(line))


def run_lab(lab, options):
    """Boot, judge and print one lab; return the Report."""
    why = lab.why_not()
    if why:
        say(options, "%s, %s: skipped: %s" % (lab.name, lab.title, why))
        return report_skipped(lab, why)
    say(options, "%s, %s: booting %s with %d MB" % (lab.name, lab.title,
                                                    IMAGE, MEMORY))
    at_prompt = lab.at_prompt and functools.partial(
        lab.at_prompt, names=[test.name for test in lab.tests])
    boot = boot_kernel(options.timeout, options.quiet, lab.checks, at_prompt,
                       lab.options())
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
    """Write what --json, --junit and --tap ask for."""
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


def run_names(lab, options):
    """Run only some checks; return a Report without points."""
    boot = boot_kernel(options.timeout, options.quiet,
                       [only.kernel_name(name) for name in options.only],
                       options=lab.options())
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
                        metavar="S", help="S seconds without output count as a "
                        "hang (default: %(default)g)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="print the console, too")
    parser.add_argument("--json", metavar="FILE", type=file_argument,
                        help="also write the results "
                        "there, as Gradescope's results.json")
    parser.add_argument("--junit", metavar="FILE", type=file_argument,
                        help="also write the results there, as JUnit XML")
    parser.add_argument("--tap", action="store_true",
                        help="print TAP 13 instead of plain text")


def file_argument(path):
    """The path, if it can be written. Checked before the work, not after."""
    why = formats.unwritable(path)
    if why:
        raise argparse.ArgumentTypeError("cannot write %s: %s" % (path, why))
    return path


def name_argument(text):
    if not re.match(r"^\w[\w/-]*$", text):
        raise argparse.ArgumentTypeError("not a valid name of a check: " + text)
    return text


def main(lab):
    """Run grade-labN. The exit status is 0 only on full marks."""
    parser = argparse.ArgumentParser(
        description="Grade lab %s (%s), %d points." %
        (lab.number, lab.title, lab.max_score))
    parser.add_argument("words", nargs="*", metavar="WORD",
                        help="grade only the tests whose name contains WORD")
    parser.add_argument("--no-build", action="store_true",
                        help="grade the built kernel, do not run make")
    add_common_options(parser)
    if lab.with_rules:
        parser.add_argument("--only", action="append", metavar="NAME",
                            type=name_argument, help="run only this check, "
                            "function's checks or group, without points; may "
                            "be repeated")
    options = parser.parse_args()
    if options.words:
        lab = lab.chosen(options.words)
        if not lab.tests and not lab.subjects:
            parser.error("no test of lab %s has this in its name: %s" %
                         (lab.number, " ".join(options.words)))
    return script.run_guarded(lambda: grade(lab, options))


def grade(lab, options):
    started = time.monotonic()
    formats.outlive_reader()
    with lock.whole_tree(lambda text: say(options, text)):
        report = build_and_grade(lab, options)
    write_files([report], options, started)
    return 0 if report.full else 1


def build_and_grade(lab, options):
    failed = None if options.no_build else building.build(options.make)
    if failed:
        show_failed_build(failed, options)
        report = report_unbuilt(lab, failed)
        say(options, "Score: 0/%d" % report.max_score)
        return report
    if getattr(options, "only", None):
        return run_names(lab, options)
    return run_lab(lab, options)
