"""Boot on everything: the matrix of machines, firmware, disks and compilers.

usage: python3 test/matrix/matrix.py [--sample] [--seed SEED] [--only WORDS]
                              [--jobs N] [--list] [--objdir DIR] [--make MAKE]
                              [--markdown FILE]

Each row boots the kernel in one way, drives the monitor (meminfo, audit,
check, a user program) and judges its output. Prints a table with each row, its
result, its time, and what was detected. A row whose emulator is not installed
is SKIP. The exit status is 0 if no row failed and some passed.

--sample: the rows of `make check`: a few fixed ones, and some at random, which
change with the date (--seed: those of another day). --only: rows whose title
has all of these words. --jobs: the number of rows at a time.
"""

import argparse
import datetime
import functools
import importlib
import os
import random
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import building, qemu, script, workers  # noqa: E402
from lib.tap import Failed, show  # noqa: E402
from matrix import rows as qemu_rows  # noqa: E402

MODULES = ("rows", "maps", "bochs", "build", "host", "keyboard")

BY_LOT = 4

OK, FAIL, SKIP = "ok", "FAIL", "SKIP"


class Result:
    """A row's result. detail: what was detected, or why not; lines: more."""

    def __init__(self, status, detail, lines=()):
        self.status, self.detail, self.lines = status, detail, list(lines)
        self.seconds = 0.0


def all_rows():
    """The rows of all modules, in their order. Titles are unique."""
    rows = []
    for name in MODULES:
        rows += importlib.import_module("matrix." + name).rows()
    titles = [row.title() for row in rows]
    assert len(set(titles)) == len(titles), "two rows of the same title"
    return rows


def judge_row(row, tree):
    try:
        return Result(OK, row.work(tree))
    except qemu_rows.Skip as reason:
        return Result(SKIP, str(reason))
    except Failed as failed:
        return Result(FAIL, "expected: %s" % show(failed.expected)[0],
                      ["expected: " + line for line in show(failed.expected)]
                      + ["found:    " + line for line in show(failed.actual)])
    except qemu.Stopped as stopped:
        return Result(FAIL, stopped.outcome.text, stopped.outcome.lines())
    except Exception as error:          # pylint: disable=broad-except
        # A bug in a row must not hide the other rows.
        return Result(FAIL, "%s: %s" % (type(error).__name__, error),
                      traceback.format_exc().splitlines())


def run_row(row, tree):
    """Judge a row, in a worker."""
    start = time.monotonic()
    result = judge_row(row, tree)
    result.seconds = time.monotonic() - start
    return result


def tell(row, result):
    """Print a row's line as soon as it is done."""
    print("%-4s %s (%.1f s)" % (result.status, row.title(), result.seconds),
          flush=True)
    if result.status == SKIP:
        print("       " + result.detail, flush=True)
    for line in result.lines:
        print("       " + line, flush=True)


def prepare(tree):
    """Make what several rows need. If that fails, those rows report it."""
    try:
        qemu_rows.make_iso(tree)
    except qemu_rows.Skip:
        pass
    except Failed as failed:
        tree.iso_trouble = failed.actual or ["no output"]


def run_rows(rows, tree, jobs):
    """Run all rows, some at a time; the results in the order of rows."""
    done = {}
    for number, result in workers.answers(
            functools.partial(run_row, tree=tree), rows, jobs):
        done[number] = result
        tell(rows[number], result)
    return [done[number] for number in range(len(rows))]


def print_table(rows, results):
    width = max(len(row.title()) for row in rows)
    line = "%%-%ds  %%-6s  %%7s  %%s" % width
    print("\n" + line % ("row", "result", "seconds", "detected"))
    for row, result in zip(rows, results):
        print(line % (row.title(), result.status, "%.1f" % result.seconds,
                      result.detail))


def write_markdown(path, rows, results):
    with open(path, "w", encoding="utf-8") as file:
        group = None
        for row, result in zip(rows, results):
            if row.group != group:
                group = row.group
                file.write("\n| %s | result | seconds | detected |\n"
                           "| --- | --- | --- | --- |\n" % group)
            file.write("| %s | %s | %.0f | %s |\n" %
                       (row.name, result.status, result.seconds,
                        result.detail.replace("|", "\\|")))


def count(results, status):
    return sum(result.status == status for result in results)


def close(rows, results, seconds):
    passed, failed, skipped = (count(results, status)
                               for status in (OK, FAIL, SKIP))
    print("\n%d rows in %.0f s" % (len(rows), seconds))
    print("%d passed, %d failed" % (passed, failed)
          + (", %d skipped" % skipped if skipped else ""))
    return 0 if passed and not failed else 1


def draw(rows, seed):
    """The rows that always run, and some at random of those that build
    nothing; in their order."""
    rest = [row.title() for row in rows if not row.sample
            and not row.builds()]
    lot = random.Random(seed).sample(rest, min(BY_LOT, len(rest)))
    return [row for row in rows if row.sample or row.title() in lot]


def choose(rows, options):
    if options.sample:
        rows = draw(rows, options.seed)
    words = (options.only or "").split()
    return [row for row in rows if all(word in row.title() for word in words)]


def parse(words=None):
    parser = argparse.ArgumentParser(description="Boot on everything.")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--seed", default=datetime.date.today().isoformat())
    parser.add_argument("--only", metavar="WORDS")
    parser.add_argument("--jobs", type=int,
                        default=max(1, min(os.cpu_count() or 1, 4)))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--objdir", default="obj")
    parser.add_argument("--make", default=building.default_make())
    parser.add_argument("--markdown", metavar="FILE")
    return parser.parse_args(words)


def main():
    options = parse()
    rows = choose(all_rows(), options)
    if options.list or not rows:
        print("\n".join(row.title() for row in rows) or "no such row")
        return 0 if rows else 1
    tree = qemu_rows.Tree(options.objdir, options.make)

    def work():
        start = time.monotonic()
        if options.sample:
            print("a sample, chosen at random by --seed " + options.seed)
        prepare(tree)
        results = run_rows(rows, tree, options.jobs)
        print_table(rows, results)
        if options.markdown:
            write_markdown(options.markdown, rows, results)
        return close(rows, results, time.monotonic() - start)
    return script.run_guarded(work)


if __name__ == "__main__":
    sys.exit(main())
