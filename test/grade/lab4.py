"""Lab 4: environments that create others, handle page faults, and send messages.

Each program is the first that runs in a boot of its own, because the lines have
the ids of environments. The machine has as many processors as the course's
grader asks for. The lines are those of lib/rows.py.

A test that wants environments on several processors cannot succeed while the
kernel uses one. It earns no points then, but it is no failure.
"""

import re

from grade import rules, verifiers
from grade.grading import MEMORY, NO_CHECKS, Lab, Test
from lib import endings, qemu
from lib import results as keyed
from lib.complaints import expected_found, nearest
from lib.programs import Run, ended, instead, last_line
from lib.report import Lacking, count, quoted
from lib.rows import ROWS, Row, found

POINTS = 5

# Seconds of silence from a program, once another one has hung.
QUIET_AFTER_A_HANG = 5.0

# The kernel has started another processor.
STARTED = r"SMP: CPU [1-7] starting"
ON_FIRST_CPU = r"\[000010..\] stresssched on CPU 0"

# Lines that no program prints; how many of the others are shown.
OF_THE_KERNEL = re.compile(r"\[[0-9a-f]{8}\] |(Incoming )?TRAP frame|  ")
MAX_BEFORE = 4


# --- Running --------------------------------------------------------------

def end_of(row):
    """The pattern at which a run ends: the prompt, or the row's last line."""
    if row.stop:
        return r"^(%s|%s.*\n)" % (qemu.PROMPT, row.stop)
    return "^" + qemu.PROMPT


def run_row(row, timeout, quiet, memory=MEMORY, options=(), commands=(),
            answers=()):
    """Boot, and run the program of a row: a Run. options: more of QEMU's;
    commands: of the monitor, before; answers: lines that the program reads."""
    with qemu.Machine(qemu.IMAGE, memory=memory, transcript=None, trace=False,
                      options=["-smp", str(row.cpus)] + list(options)
                      + keyed.boot_options(keyed.fresh_key(),
                                           NO_CHECKS)) as machine:
        start = 0
        try:
            machine.wait_for_prompt(timeout, quiet)
            booted = machine.lines()
            for command in commands:
                machine.command(command, timeout, quiet)
            start = len(machine.text)
            machine.position = start
            machine.send("run " + row.name)
            for answer in answers:
                machine.send(answer)
            machine.expect(end_of(row), timeout, quiet)
            outcome = None
        except qemu.Stopped as stopped:
            booted, outcome = machine.lines(), stopped.outcome
        lines = machine.text[start:].split("\n")[1:]
        if lines and lines[-1] in ("", qemu.PROMPT):
            lines.pop()
        run = Run(lines, outcome)
    run.several_cpus = bool(found(STARTED, booted))
    return run


# The key of a verifiers.Finding among the runs.
FINDING = "what verifiers found"


def run_each(rows, run, timeout, quiet, names):
    """Run the programs of these names, each in a boot by run(row, timeout,
    quiet): {name: Run}."""
    runs = {}
    for row in rows:
        if row.name not in names:
            continue
        if any(earlier.outcome and earlier.outcome.end == endings.HANG
               for earlier in runs.values()):
            quiet = min(quiet, QUIET_AFTER_A_HANG)
        runs[row.name] = run(row, timeout, quiet)
    return runs


def run_rows(_machine, timeout, quiet, names):
    """Run the programs of these names, each in a boot: {name: Run}. If some
    lose their points, find out more."""
    runs = run_each(ROWS, run_row, timeout, quiet, names)
    lost = [row.name for row in ROWS
            if row.name in runs and judge(row, runs[row.name])]
    finding = verifiers.find(
        lost, lambda name: run_row(Row(name, []), timeout, quiet))
    if finding:
        runs[FINDING] = finding
    return runs


# --- Judging --------------------------------------------------------------

def shown(pattern):
    """A pattern as a line for people: without what quotes characters."""
    return quoted(pattern.replace("\\", "").rstrip("$"))


def needs_several(row, run, absent):
    """True if nothing is missing but what other processors would print."""
    others = [line for line in row.wanted if " on CPU " in line]
    return (bool(others) and absent == others[1:] and not run.several_cpus
            and bool(found(ON_FIRST_CPU, run.lines)))


def judge(row, run):
    absent, surplus = row.absent(run.lines), row.surplus(run.lines)
    if surplus:
        return expected_found("no line %s" % " or ".join(map(
            shown, row.unwanted)), [quoted(surplus[0])]
                              + leading_to(surplus[0], row, run))
    if run.id is None:
        return expected_found(
            "`run %s` makes an environment: `[00000000] new env ........`"
            % row.name, ended(run) or last_line(run))
    if needs_several(row, run, absent):
        return Lacking(["needs several processors: all %s ran on CPU 0" %
                        count(len(found(ON_FIRST_CPU, run.lines)),
                              "environment")])
    if absent:
        return expected_found("a line that begins with %s" % shown(absent[0]),
                              [nearest(run, absent[0].replace("\\", ""))]
                              + instead(run) + ended(run))
    return []


def leading_to(line, row, run):
    """What a program printed just before that line, as lines."""
    before = []
    for each in run.lines[:run.lines.index(line)][::-1]:
        if len(before) == MAX_BEFORE or OF_THE_KERNEL.match(each) or any(
                found(wanted, [each]) for wanted in row.wanted):
            break
        before.insert(0, quoted(each))
    return ["after:"] * bool(before) + before


def test_of(row):
    def judge_boot(boot):
        if boot.found is None:
            return expected_found("the prompt, to run programs at", [
                "none"] + boot.stopped_words())
        run, finding = boot.found[row.name], boot.found.get(FINDING)
        complaints = judge(row, run)
        if complaints and finding:
            complaints += finding.about(row.name, run)
        return complaints
    return Test(row.name, POINTS, judge_boot)


LAB = Lab(4, "faults, fork, messages", [test_of(row) for row in ROWS],
          subjects=rules.CALL_SUBJECTS, checks=("check_calls",),
          at_prompt=run_rows)
