"""Check that grade-solution says "first fix X" where that is true.

usage: python3 test/solution/causes_check.py [--only PATTERN] [--jobs N]
    `make check-causes` runs it, with ONLY=.

Each pair of bugs in pairs.txt is seeded into pmap.c together, and each bug
alone. If a check fails with both, and holds with the second alone, then the
first function is its cause: the report must name it, and nothing else. A
function without a bug must keep its points.
"""

import argparse
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, script, workers  # noqa: E402
from mutants import edits  # noqa: E402
from solution.solution_check import FOLDER, MEMORY, Grader  # noqa: E402

PAIRS = os.path.join(FOLDER, "pairs.txt")

_FAIL = re.compile(r"FAIL (\w+/\w+): ")
_FIRST = re.compile(r"first fix ([\w ]+): ")


def read_pairs(bugs):
    """[(the first Mutant, the second)]"""
    named = {bug.name: bug for bug in bugs}
    with open(PAIRS, encoding="utf-8") as file:
        lines = [line.split() for line in file
                 if line.strip() and not line.startswith("#")]
    return [tuple(named[name] for name in line) for line in lines]


def causes_in(output):
    """{check: the words after "first fix", or None} of one function's row."""
    found, cause = {}, None
    for line in output.splitlines():
        if "advice, without points:" in line:
            break
        first, fail = _FIRST.search(line), _FAIL.search(line)
        if first:
            cause = first.group(1)
        elif fail:
            found[fail.group(1)] = cause
    return found


class Report:
    """What a report says: {function: {check: cause}}, and who lost points."""

    def __init__(self, tests):
        rows = [(test["name"].split()[-1], test) for test in tests]
        self.causes = {name: causes_in(test.get("output", ""))
                       for name, test in rows}
        self.lost = {name for name, test in rows
                     if test["score"] < test["max_score"]}


class Workshop:
    def __init__(self, make, folder):
        self.make, self.folder = make, folder

    def run(self, bugs):
        """The tests of the report on the file with these bugs."""
        grader = Grader(self.make, os.path.join(self.folder,
                                                str(os.getpid())))
        path = os.path.join(grader.folder, "edited", "pmap.c")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.path.join(qemu.ROOT, bugs[0].file),
                  encoding="utf-8") as file:
            text = file.read()
        for bug in bugs:
            text = bug.apply(text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return grader.grade(path, "--memory", MEMORY)[2]


def true_causes(name, check, alone):
    """What a report may name as the cause of that failure, of that function.
    alone: {function with a bug: the Report with that bug alone}."""
    first, second = alone
    fails = {one: check in alone[one].causes.get(name, {}) for one in alone}
    if name in alone:
        other = second if name == first else first
        return {None} if fails[name] else {other}
    if fails[first] and fails[second]:
        return {"%s and %s" % (first, second), "%s and %s" % (second, first)}
    return {one for one, other in ((first, second), (second, first))
            if not fails[other]}


def complaints(both, alone):
    """What is untrue in the report on two bugs, as lines."""
    wrong = ["%s lost points" % name for name in both.lost - set(alone)]
    # One bug may hide the other: then nothing of it fails.
    wrong += ["%s lost none" % name for name in alone
              if name not in both.lost and any(
                  None in true_causes(name, check, alone)
                  for check in both.causes.get(name, ()))]
    for name, causes in both.causes.items():
        for check, cause in causes.items():
            true = true_causes(name, check, alone)
            if cause not in true:
                wrong.append("%s, %s: first fix %s; in truth %s" % (
                    name, check, cause, " or ".join(map(str, true))))
    return wrong


def run(options):
    folder = os.path.join(options.objdir, "causes-check")
    shutil.rmtree(os.path.join(qemu.ROOT, folder), ignore_errors=True)
    pairs = [pair for pair in read_pairs(edits.read(
        os.path.join(FOLDER, "bugs.txt")))
             if not options.only or re.search(options.only, " ".join(
                 bug.name for bug in pair))]
    singles = list(dict.fromkeys(bug for pair in pairs for bug in pair))
    jobs = [(bug,) for bug in singles] + pairs
    reports, failed, lines = {}, 0, 0
    for number, tests in workers.answers(
            Workshop(options.make, folder).run, jobs, options.jobs):
        reports[jobs[number]] = Report(tests)
        print("graded %s" % " and ".join(bug.name for bug in jobs[number]),
              flush=True)
    for pair in pairs:
        both = reports[pair]
        wrong = complaints(both, {bug.kills[0]: reports[(bug,)]
                                  for bug in pair})
        failed += bool(wrong)
        lines += len({(name, cause) for name, causes in both.causes.items()
                      for cause in causes.values() if cause})
        print("%s %s" % ("FAIL" if wrong else "ok  ",
                         " and ".join(bug.name for bug in pair)))
        print("".join("       %s: first fix %s\n" % (name, cause)
                      for name, causes in both.causes.items()
                      for cause in dict.fromkeys(causes.values()) if cause)
              + "".join("       %s\n" % line for line in wrong), end="")
    shutil.rmtree(os.path.join(qemu.ROOT, folder), ignore_errors=True)
    print("%d lines of \"first fix\"" % lines)
    print("%d passed, %d failed" % (len(pairs) - failed, failed), flush=True)
    return 0 if pairs and not failed else 1


def main():
    parser = argparse.ArgumentParser(
        description="Check the causes that grade-solution names.")
    parser.add_argument("--only", metavar="PATTERN")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        metavar="N")
    parser.add_argument("--make", default="make")
    parser.add_argument("--objdir", default="obj")
    options = parser.parse_args()
    return script.run_guarded(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
