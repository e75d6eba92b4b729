"""Count the kernel's instructions, and compare them with goals and peers.

usage: python3 test/bench/bench.py [--image FILE] [--checked-image FILE]
                             [--boot-sector FILE] [--json FILE] [--strict]

Boots benchmark kernels in a QEMU that counts instructions (-icount shift=0:
one tick of the time-stamp counter is one instruction), each twice. The kernel
prints lines

    BENCH name total [times]
    Kernel: CHECK=0 POISON=0, compiler 12.2.0

and powers off. The two runs must agree to the last instruction, a calibration
loop of known length must have that length, and every figure of goals.json must
be printed; otherwise the exit status is 1. If two runs differ, a third must agree
with the second. Missed goals are listed. With
--strict they fail, too.

The table has a column for the kernel without checks and poison, and one for the
usual one with both ("checked"), where both measure the same. A row's goal is
for the kernel of its boot.

A figure of goals.json with "waits_for_disk": true may differ between the runs;
the smaller one counts. A boot with "swap": true has a disk with a swap area, on
which the host's speed decides when a page arrives.
"""

import argparse
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import disks, endings, qemu, script  # noqa: E402
from lib.report import quoted  # noqa: E402

GOALS = os.path.join(qemu.ROOT, "test", "bench", "goals.json")
COUNTED = ["-accel", "tcg", "-icount", "shift=0,sleep=off",
           "-rtc", "base=2020-01-01,clock=vm"]
SIGNATURE = b"\x55\xaa"

_LINE = re.compile(r"^BENCH (\w+) (\d+)(?: (\d+))?$")
_KERNEL = re.compile(r"^Kernel: (.*)$")

# The boots whose figures the column of the checked kernel can stand beside.
CHECKED, BESIDE = "checked", "128 MB"


class BenchError(Exception):
    """The figures cannot be trusted, or there are none."""


# --- Figures --------------------------------------------------------------

class Figures(dict):
    """Figures, and what the kernel says of itself: a text, or a text for each
    boot."""

    kernel = ""


def parse(lines):
    """The BENCH lines of a console: {name: (total, times)}, as Figures."""
    figures = Figures()
    for line in lines:
        match = _KERNEL.match(line)
        if match:
            figures.kernel = match.group(1)
            continue
        match = _LINE.match(line)
        if not match:
            if line.startswith("BENCH"):
                raise BenchError("a malformed BENCH line: "
                                 + quoted(line))
            continue
        name, total, times = match.group(1), match.group(2), match.group(3)
        if name in figures:
            raise BenchError("%s is printed twice" % name)
        if times == "0":
            raise BenchError("%s was measured zero times" % name)
        figures[name] = (int(total), int(times or 1))
    return figures


def check_calibration(figures, calibration):
    """Raise unless one tick was one instruction."""
    name = calibration["name"]
    if name not in figures:
        raise BenchError("%s is missing: it must show that one tick is one "
                         "instruction" % name)
    off = figures[name][0] - calibration["expected"]
    if abs(off) > calibration["tolerance"]:
        raise BenchError("%s reads %d, not %d: a tick is not an instruction" %
                         (name, figures[name][0], calibration["expected"]))


def agree(first, second, waiting=()):
    """One set of figures from two runs; raises if they differ.

    waiting: the names of figures that wait for the disk, and may differ.
    """
    if set(first) != set(second):
        raise BenchError("only one of the two runs printed " + ", ".join(
            sorted(set(first) ^ set(second))))
    for name in first:
        if first[name] != second[name] and name not in waiting:
            raise BenchError("the two runs differ: %s is %d and %d" %
                             (name, first[name][0], second[name][0]))
    return {name: min(first[name], second[name]) for name in first}


def sector_bytes(sector):
    """The number of used bytes of a boot sector's 510."""
    if len(sector) < 512 or sector[510:512] != SIGNATURE:
        raise BenchError("not a boot sector: it does not end in 55 AA")
    return len(sector[:510].rstrip(b"\0"))


# --- Runs -----------------------------------------------------------------

def run_once(image, memory, cpu=None, swap=None):
    """Boot, and return the figures."""
    options = COUNTED + (disks.drive(swap) if swap else [])
    machine = qemu.Machine(image, memory=memory, cpu=cpu, options=options,
                           trace=False, transcript=None)
    with machine:
        outcome = machine.wait_for_end(timeout=180, quiet=60)
    if outcome.kind != endings.ENDED:
        raise BenchError("%s with %d MB: %s" % (image, memory,
                                                "\n".join(outcome.lines())))
    return parse(machine.lines())


def measure(goals, images, progress=None):
    """Run all boots of the goals, twice: {(boot, name): (total, times)}."""
    found = Figures()
    found.kernel = {}
    waiting = [figure["name"] for figure in goals["figures"]
               if figure.get("waits_for_disk")]
    for boot, how in goals["boots"].items():
        if progress:
            progress(boot)
        image = images["checked" if how.get("checked") else "plain"]
        def run():
            return run_once(image, how["memory"], how.get("cpu"),
                            images["swap"] if how.get("swap") else None)
        first, second = run(), run()
        try:
            figures = agree(first, second, waiting)
        except BenchError:
            # A busy host may hold up the serial line, and with it a tick.
            figures = agree(second, run(), waiting)
        check_calibration(figures, goals["calibration"])
        found.kernel[boot] = getattr(second, "kernel", "")
        for name in figures:
            found[boot, name] = figures[name]
    return found


def read_sector(path, image):
    """The boot sector's file, or the first sector of the image."""
    for name in (path, image):
        try:
            with open(os.path.join(qemu.ROOT, name), "rb") as file:
                sector = file.read(512)
        except OSError:
            continue
        if sector[510:] == SIGNATURE:
            return sector
    raise BenchError("there is neither %s nor %s" % (path, image))


# --- The table ------------------------------------------------------------

def value_of(figure):
    """The average, to a tenth of an instruction."""
    total, times = figure
    value = round(total / times, 1)
    return int(value) if value == int(value) else value


def verdict(value, goal):
    if value is None:
        return "missing"
    if goal is None:
        return "-"
    if value <= goal:
        return "met"
    return "missed by %.1f %%" % (100.0 * (value - goal) / goal)


def rows(goals, found, compiler="gcc"):
    """The figures in the order of the goals, as dictionaries.

    A goal of its own for the compiler, as "goal_clang", comes before "goal".
    """
    table = []
    for figure in goals["figures"]:
        key = figure["boot"], figure["name"]
        value = value_of(found[key]) if key in found else None
        beside = (CHECKED, figure["name"])
        row = {"name": figure["name"], "boot": figure["boot"],
               "what": figure["what"], "value": value,
               "checked": value_of(found[beside])
               if figure["boot"] == BESIDE and beside in found else None}
        for column in ("goal", "jos", "xv6", "note"):
            row[column] = figure.get(column)
        row["goal"] = figure.get("goal_" + compiler, row["goal"])
        row["verdict"] = verdict(value, row["goal"])
        table.append(row)
    return table


def number_words(value):
    """The number with commas; a dash for None."""
    return "-" if value is None else "{:,}".format(value)


def format_table(table):
    """The rows as lines of text."""
    cells = [["figure", "ours", "checked", "goal", "JOS", "xv6", "verdict"]]
    for row in table:
        values = ((None, row["value"]) if row["boot"] == CHECKED
                  else (row["value"], row["checked"]))
        cells.append([row["what"]] + [number_words(value) for value in values + (
            row["goal"], row["jos"], row["xv6"])] + [row["verdict"]])
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = []
    for line in cells:
        middle = "  ".join(cell.rjust(width) for cell, width in
                           zip(line[1:-1], widths[1:-1]))
        lines.append("%s  %s  %s" % (line[0].ljust(widths[0]), middle,
                                     line[-1]))
    lines.insert(1, "-" * max(map(len, lines)))
    return lines


def judge(table, strict):
    """The exit status, and a closing sentence."""
    missing = [row["name"] for row in table if row["value"] is None]
    missed = [row["name"] for row in table
              if row["verdict"].startswith("missed")]
    if missing:
        return 1, "Missing: %s." % ", ".join(missing)
    if missed:
        return (1 if strict else 0,
                "%d of %d goals missed: %s." %
                (len(missed), sum(row["goal"] is not None for row in table),
                 ", ".join(missed)))
    return 0, "All goals are met."


def write_json(path, goals, table, sentence):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"method": goals["method"], "summary": sentence,
                   "figures": table}, file, indent=2)
        file.write("\n")


def parse_options():
    parser = argparse.ArgumentParser(
        description="Count instructions; compare with goals and peers.")
    parser.add_argument("--image", default="obj/bench/kern/kernel.img",
                        help="benchmark kernel without checks")
    parser.add_argument("--checked-image",
                        default="obj/bench-checked/kern/kernel.img",
                        help="benchmark kernel with checks")
    parser.add_argument("--swap", metavar="FILE", default="obj/swap.img",
                        help="a disk image with a swap area")
    parser.add_argument("--boot-sector", metavar="FILE",
                        default="obj/boot/boot")
    parser.add_argument("--compiler", default="gcc",
                        help="the kernels' compiler, for its own goals")
    parser.add_argument("--json", metavar="FILE",
                        help="also write the table there")
    parser.add_argument("--strict", action="store_true",
                        help="exit status 1 if a goal is missed")
    return parser.parse_args()


def bench(options):
    with open(GOALS, encoding="utf-8") as file:
        goals = json.load(file)
    images = {"plain": options.image, "checked": options.checked_image,
              "swap": options.swap}
    for image in images.values():
        if not os.path.exists(os.path.join(qemu.ROOT, image)):
            raise BenchError("there is no %s" % image)
    show = None
    if sys.stderr.isatty():
        def show(boot):
            print("booting twice: %s" % boot, file=sys.stderr)
    found = measure(goals, images, show)
    sector = read_sector(options.boot_sector, options.image)
    found["boot sector", "boot_sector_bytes"] = (sector_bytes(sector), 1)
    table = rows(goals, found, options.compiler)
    status, sentence = judge(table, options.strict)
    print("Guest instructions (figures of two runs agree):")
    for column, boot in (("ours", BESIDE), ("checked", CHECKED)):
        print("%-8s %s" % (column + ":", found.kernel[boot]))
    print("\n".join(format_table(table)))
    print(sentence)
    if options.json:
        write_json(options.json, goals, table, sentence)
    return status


def main():
    options = parse_options()

    def work():
        try:
            return bench(options)
        except BenchError as error:
            print("bench: %s" % error, file=sys.stderr)
            return 1
    return script.run_guarded(work)


if __name__ == "__main__":
    sys.exit(main())
