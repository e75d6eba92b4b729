"""Run a program in little memory; compare the kernel's counts with a replay.

The program's string is recorded once, exactly (record.py). Then the kernel runs
it with some numbers of frames, under each of its own policies, and prints what
it counted, and the string that it could see itself: its A bits. So there are
three counts for each run, which should be the same:

    the kernel's own
    the exact string, replayed
    the kernel's string, replayed (faults only: its bits tell little of writes)

They may differ where a page came back before it was written to the disk: it
cannot leave until then, and another page leaves instead. How many came back
depends on the disk's speed, and so on the machine.
"""

import collections
import io
import os
import re
import shutil
import subprocess
import tempfile

import curves
import policies
import record
import reftrace

# Those that the kernel has.
NAMES = ("fifo", "clock", "aging", "random")
# How many more faults than LRU a policy should have at most, with frames for
# half of the pages, in per cent.
GOALS = {"clock": 10, "aging": 5}
# Writes for each victim that is dirty.
WRITES_GOAL = 1.05
# The most that pages which come back unwritten may change, as a part of all
# faults. With one other victim, random goes on as with another seed.
MAY_DIFFER = {"fifo": 0.03, "clock": 0.03, "aging": 0.03, "random": 0.25}
SEED = 1
EVENTS = 1024                   # `swap record`: thousands of uses
SWAP_INDEX = 2                  # the second channel's master, as make has it
SWAP_SIZE = "16"
COUNTED = ("faults", "writes")
RETURNED = r"^  +still here, on their way to the disk +(\d+)$"

# own: the kernel's string, replayed; None if it did not fit into its memory.
# returned: pages that came back before they were written.
Run = collections.namedtuple("Run", "frames policy kernel exact own returned")
Measured = collections.namedtuple("Measured", "program trace curves runs")


# --- Strings ----------------------------------------------------------------

def recorded(program, options):
    """The trace of a program, from the folder of strings if it is there."""
    if not options.strings:
        out = io.StringIO()
        record.record(program, options, out)
        return reftrace.parse(program, out.getvalue().splitlines())
    path = os.path.join(options.strings, program + ".txt")
    if not os.path.exists(path):
        os.makedirs(options.strings, exist_ok=True)
        with open(path + "~", "w", encoding="utf-8") as stream:
            record.record(program, options, stream)
        os.replace(path + "~", path)
    with open(path, encoding="utf-8") as stream:
        return reftrace.parse(path, stream)


# --- The kernel's runs -------------------------------------------------------

def make_area(folder):
    """Make a swap area; return its path."""
    path = os.path.join(folder, "swap.img")
    script = os.path.join(os.path.dirname(record.HERE), "mkswap")
    done = subprocess.run(["sh", script, path, SWAP_SIZE],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, check=False)
    if done.returncode:
        raise record.Failed(done.stdout.strip())
    return path


def silent(machine, line):
    """Type a command that prints nothing if it succeeds."""
    text = machine.command(line).partition("\n")[2].strip()
    if text:
        raise record.Failed("%s: the kernel answers:\n%s" % (line, text))


def run_once(machine, program, frames, policy):
    """Run a program; return what `swap` prints then, and `swap trace`."""
    for line in ("policy " + policy, "seed %d" % SEED, "frames %d" % frames,
                 "reset", "record %d" % EVENTS):
        silent(machine, "swap " + line)
    text = machine.command("run " + program)
    if re.search(r"panic|FAILED|out of memory|is lost|[1-9]\d* wrong", text):
        raise record.Failed("%s failed with %d frames, under %s:\n%s" % (
            program, frames, policy, text.strip()))
    record.environment(text)
    silent(machine, "swap record 0")
    return machine.command("swap"), machine.command("swap trace")


def parse_run(name, state, text, exact):
    """A Run, from what run_once has returned."""
    returned = re.search(RETURNED, state, re.M)
    if not returned:
        raise record.Failed("%s: `swap` prints no count of the pages that came"
                            " back:\n%s" % (name, state.strip()))
    trace = reftrace.parse(name, text.splitlines())
    header = trace.header
    missing = [key for key in ("frames", "policy") + COUNTED
               if key not in header]
    if missing:
        raise record.Failed("%s: the kernel's trace lacks %s" % (
            name, ", ".join(missing)))
    own = None
    if not re.search(r"^# \d+ events did not fit", text, re.M):
        own = policies.replay(trace.ops, policies.make(
            header["policy"], header["frames"], trace.ops,
            header.get("seed", SEED), header.get("period")))
    return Run(header["frames"], header["policy"],
               {key: header[key] for key in COUNTED}, exact, own,
               int(returned.group(1)))


def kernel_runs(program, frames, names, exact, options):
    """Boot once, and run the program in all ways. exact: of the replay."""
    folder = tempfile.mkdtemp(prefix="pagewalk-measure-")
    found = []
    try:
        area = record.disk(make_area(folder), SWAP_INDEX)
        with record.boot(options, area) as machine:
            text = machine.prompt()
            if not re.search(r"^swap: \d+ MB on", text, re.M):
                raise record.Failed("this kernel does not page to disk:\n%s"
                                    % text.strip()[-400:])
            for n in frames:
                for name in names:
                    found.append(parse_run(
                        "%s, %d frames, %s" % (program, n, name),
                        *run_once(machine, program, n, name),
                        exact[name][n]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def measure(program, options):
    """All counts of one program."""
    trace = recorded(program, options)
    pages = trace.distinct
    frames = options.frames or quarters(pages)
    ops = trace.compact()
    lines = sorted(set(frames) | {half(pages)} | set(
        n for n in curves.frame_counts(pages, 14) if n >= min(frames) // 2))
    exact = {name: curves.curve(ops, name, lines, seed=SEED)
             for name in NAMES + ("lru", "opt")}
    return Measured(program, trace, exact, kernel_runs(
        program, frames, options.policies, exact, options))


def half(pages):
    return max(1, pages // 2)


def quarters(pages):
    """Frames for a quarter, a half and three quarters of the pages."""
    return sorted({max(1, pages * i // 4) for i in (1, 2, 3)})


# --- What they say ----------------------------------------------------------

def per_cent(number, base):
    return "%+.1f %%" % (100.0 * (number - base) / base)


def differences(run):
    """What does not agree, as lines; empty if all does."""
    for key in COUNTED:
        exact = getattr(run.exact, key)
        if exact != run.kernel[key]:
            yield "%d frames, %s: the kernel counted %s; the exact string " \
                "gives %d" % (run.frames, run.policy, policies.amount(
                    key, run.kernel[key]), exact)
    if run.own is None:
        yield "%d frames, %s: the kernel's own string is not complete" % (
            run.frames, run.policy)
    elif run.own.faults != run.kernel["faults"]:
        yield "%d frames, %s: the kernel counted %s; its own string gives " \
            "%d" % (run.frames, run.policy, policies.amount(
                "faults", run.kernel["faults"]), run.own.faults)


def is_explained(run):
    """True if its counts may differ, by a few in a hundred: see above."""
    most = MAY_DIFFER[run.policy] * run.kernel["faults"]
    return run.returned > 0 and run.own is not None and all(
        abs(counts.faults - run.kernel["faults"]) <= most
        for counts in (run.exact, run.own))


def agreement(runs):
    """(True if nothing is unexplained, lines)."""
    lines, same, agree = [], 0, True
    for run in runs:
        found = list(differences(run))
        same += not found
        lines += found
        if found and run.returned:
            lines.append("    %d page%s came back before %s written" % (
                run.returned, *(("", "it was") if run.returned == 1 else
                                ("s", "they were"))))
        agree = agree and (not found or is_explained(run))
    return agree, lines + ["The kernel's counts are those of the replay in %d"
                           " of %d runs." % (same, len(runs))]


def table(measured):
    """The lines of a table: a block for each number of frames."""
    runs = {(run.frames, run.policy): run for run in measured.runs}
    for n in sorted({run.frames for run in measured.runs}):
        at = {name: counts[n] for name, counts in measured.curves.items()}
        yield "%-12s%9s%10s%10s%10s%12s%12s" % (
            "%d frame%s" % (n, "" if n == 1 else "s"), "faults", "kernel's",
            "writes", "kernel's", "over LRU", "over OPT")
        for name, counts in at.items():
            run = runs.get((n, name))
            kernel = run.kernel if run else {}
            yield "%-12s%9d%10s%10d%10s%12s%12s" % (
                name, counts.faults, kernel.get("faults", "-"), counts.writes,
                kernel.get("writes", "-"),
                per_cent(counts.faults, at["lru"].faults),
                per_cent(counts.faults, at["opt"].faults))
        yield ""


def goals(measured):
    """What the goals say about this program: (met, line)."""
    n = half(measured.trace.distinct)
    lru = measured.curves["lru"][n].faults
    kernel = {run.policy: run.kernel["faults"] for run in measured.runs
              if run.frames == n}
    for name, goal in GOALS.items():
        faults = kernel.get(name, measured.curves[name][n].faults)
        met = faults <= lru * (1 + goal / 100.0)
        yield met, "%s: %s over LRU with frames for half of the pages; the " \
            "goal, %d %%, is %s" % (name, per_cent(faults, lru), goal,
                                    "met" if met else "missed")
    dirty = sum(run.exact.writes for run in measured.runs)
    writes = sum(run.kernel["writes"] for run in measured.runs)
    if dirty:
        met = writes <= WRITES_GOAL * dirty
        yield met, "writes: %.3f for each dirty victim; the goal, %.2f, is " \
            "%s" % (writes / dirty, WRITES_GOAL, "met" if met else "missed")


def panel(measured):
    """For svg.picture: the title, the curves, the kernel's counts."""
    return (measured.program,
            {name: {n: counts.faults for n, counts in curve.items()}
             for name, curve in measured.curves.items()},
            [(run.frames, run.kernel["faults"],
              "the kernel (%s)" % run.policy) for run in measured.runs])
