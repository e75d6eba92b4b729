"""Seed bugs into the kernel, one at a time: which check names each?

usage: python3 test/mutants/mutants.py [--only PATTERN] [--sample N] [--jobs N]
    `make mutants` runs it, with ONLY=, SAMPLE= and JOBS=. PATTERN is searched
    in file/function/name. A sample changes with the date.

The table lists, for each function, how many mutants were named, were killed
under another name, or survived. Below it are the mutants that need work. The
exit status is 0 only if none survived and 95 % are named.
"""

import argparse
import datetime
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import building, qemu, script, workers  # noqa: E402
from mutants import edits, trial  # noqa: E402
from mutants.trial import (BAD, EQUIVALENT, MISNAMED, NAMED,  # noqa: E402
                           NOT_EQUIVALENT)

# The share of mutants to name, of those that are not equivalent.
GOAL = 0.95


# --- Reporting ------------------------------------------------------------

COLUMNS = (("named", (NAMED,)), ("misnamed", (MISNAMED,)),
           ("survived", BAD), ("equivalent", (EQUIVALENT,)))


def _row(words, name, results):
    counts = [sum(result["verdict"] in verdicts for result in results)
              for _title, verdicts in COLUMNS]
    return words % tuple([name, len(results)] + [count or "."
                                                 for count in counts])


def table(results):
    """The table's lines: a row for each function, and the sum."""
    words = "%-32s%8s%8s%10s%10s%12s"
    lines = [words % tuple(["", "mutants"] + [c[0] for c in COLUMNS])]
    for file in dict.fromkeys(result["file"] for result in results):
        lines.append(file)
        here = [result for result in results if result["file"] == file]
        for name in dict.fromkeys(result["function"] for result in here):
            lines.append(_row(words, "  " + name, [
                result for result in here if result["function"] == name]))
    return lines + [_row(words, "in all", results)]


def complaint(result):
    """Lines about a mutant that was not named."""
    lines = ["%s: %s (%s, in %s)" % (result["verdict"], result["name"],
                                     result["place"], result["function"]),
             "    the bug:   " + result["why"]]
    if result["verdict"] == NOT_EQUIVALENT:
        lines.append("    the list:  equivalent, " + result["equivalent"])
    else:
        lines.append("    to name:   " + " ".join(result["kills"]))
    if result["caught_by"]:
        lines.append("    caught by: " + ", ".join(result["caught_by"][:4]))
        lines += ["    | " + line for line in result["first"][:6]]
    return lines


def report(results):
    """Print everything; True if none survived and the goal is met."""
    for result in results:
        if result["verdict"] not in (NAMED, EQUIVALENT):
            print("\n".join(complaint(result)))
    print("\n".join(table(results)))
    failed, share = failures_of(results)
    print("named %.1f %% of those killed (the goal: %.0f %%)" %
          (100 * share, 100 * GOAL))
    print("%d passed, %d failed" % (len(results) + 1 - failed, failed),
          flush=True)
    return not failed and bool(results)


def failures_of(results):
    """The number of failed cases, and the share of killed mutants that were
    named. Each mutant is a case, and so is the share."""
    counts = {verdict: sum(result["verdict"] == verdict for result in results)
              for verdict in (NAMED, MISNAMED) + BAD}
    killed = counts[NAMED] + counts[MISNAMED]
    share = counts[NAMED] / killed if killed else 1.0
    return sum(counts[verdict] for verdict in BAD) + (share < GOAL), share


# --- Running --------------------------------------------------------------

def run_all(workshop, mutants, jobs, progress):
    """Run all mutants; the results in their order."""
    by_number = {}
    for number, result in workers.answers(workshop.run, mutants, jobs):
        by_number[number] = result
        progress(result, len(by_number))
    return [by_number[number] for number in range(len(mutants))]


def programs_for(mutants, machine_words):
    """The lines `run` of the mutants of that machine, each once."""
    return list(dict.fromkeys(line for mutant in mutants
                              if mutant.boot == machine_words
                              for line in mutant.runs))


def run(options):
    mutants = edits.choose(edits.read_all(), options.only,
                                 options.sample, options.seed)
    if not mutants:
        print("no mutant matches %r" % options.only)
        return 2
    if options.sample:
        print("%d mutants, drawn with SEED=%s" % (len(mutants), options.seed))
    scratch = os.path.join(qemu.ROOT, options.objdir, "mutants")
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    workshop = trial.Workshop(
        qemu.ROOT, options.objdir, options.make,
        qemu.qemu_command(options.make), scratch, options.whole,
        options.checks)
    try:
        for mutant in mutants:
            error = workshop.check_good_kernel(
                mutant.boot, programs_for(mutants, mutant.boot))
            if error:
                print(error)
                return 2

        def progress(result, count):
            if options.verbose or sys.stdout.isatty():
                print("%3d/%d %-10s %-40s %5.1f s" % (
                    count, len(mutants), result["verdict"], result["name"],
                    result["seconds"]), flush=True)
        results = run_all(workshop, mutants, options.jobs, progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    good = report(results)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"seed": options.seed if options.sample else None,
                   "mutants": results}, file, indent=1)
        file.write("\n")
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description="Seed bugs: which check names "
                                     "them.")
    parser.add_argument("--only", metavar="PATTERN")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", default=str(datetime.date.today()))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        metavar="N")
    parser.add_argument("--whole", action="store_true", help="continue after a "
                        "mutant is named, to see all checks that fail")
    parser.add_argument("--checks", default="", metavar="NAMES",
                        help="run only these checks, to save time")
    parser.add_argument("--make", default=building.default_make())
    parser.add_argument("--objdir", default="obj")
    parser.add_argument("--json", default="obj/mutants.json", metavar="FILE")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    try:
        return script.run_guarded(lambda: run(options))
    except edits.ListError as error:
        print(error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
