"""Check that grade-solution blames the right function.

usage: python3 test/solution/solution_check.py [--only PATTERN] [--sample N]
                                               [--show]
    `make check-solution` runs it, with ONLY=, SAMPLE= and SHOW=1.

The correct files of test/solution must get full marks, with every size of
memory. Then the bugs of test/solution/bugs*.txt are seeded into these files,
one at a time. The first function that loses points must be one that the list
names. So must all functions that lose points without another to fix first. An
edit with `advises` must cost no points, and these functions must get advice. A
bug that the list calls equivalent must lose none: it is a stylistic variation.
A sample of the bugs changes with the date. --show prints the report that a
student reads.
"""

import argparse
import datetime
import glob
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import qemu, script, workers  # noqa: E402
from mutants import edits  # noqa: E402

FOLDER = os.path.join(qemu.ROOT, "test", "solution")
RIGHT = ("pmap.c", "lab4.c", "old.c", "large.c")
BUGS = os.path.join(FOLDER, "bugs*.txt")

MEMORY = "64"                   # MB, for bugs that appear with any size

# The texts in reports on kernels that did not finish their checks.
ENDINGS = {"triple-fault": "triple fault", "build": "does not build",
           "panic": "kernel panic", "hang": "hang: "}

NAMED, MISNAMED, SURVIVED = "named", "misnamed", "survived"


# --- Grading --------------------------------------------------------------

class Grader:
    """Run grade_solution.py, with its own folder for built files."""

    def __init__(self, make, folder):
        self.make = "%s OBJDIR=%s" % (make, folder)
        self.folder = folder

    def grade(self, path, *options):
        """(exit status, output, the tests of the JSON file)."""
        results = os.path.join(self.folder, "results.json")
        os.makedirs(self.folder, exist_ok=True)
        answer = subprocess.run(
            [sys.executable, os.path.join(qemu.ROOT, "test", "grade",
                                          "grade_solution.py"),
             "--pmap", path, "--make", self.make, "--json", results]
            + list(options), cwd=qemu.ROOT, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        text = answer.stdout.decode("utf-8", "replace")
        tests = []
        if os.path.exists(results):
            with open(results, encoding="utf-8") as file:
                tests = json.load(file)["tests"]
            os.remove(results)
        return answer.returncode, text, tests


def lost(tests):
    """The names of the tests that lost points because a rule failed."""
    return [test["name"] for test in tests
            if test["score"] < test["max_score"]
            and "FAIL " in test.get("output", "")]


def alone(tests):
    """The names of those that lost points, and for which the report names no
    other function to fix first."""
    return [test["name"].split()[-1] for test in tests
            if test["score"] < test["max_score"]
            and "FAIL " in test.get("output", "")
            and "first fix " not in test["output"]]


def advised(tests):
    """The names of the functions that get advice, without points."""
    return [test["name"].split()[-1] for test in tests
            if "advice, without points:" in test.get("output", "")]


def judge(bug, status, text, tests):
    """A verdict, and the names that the report blames."""
    blamed = lost(tests)
    if bug.advises and not status:
        found = advised(tests)
        return (NAMED if set(bug.advises) <= set(found) else SURVIVED, found)
    if bug.advises:
        return MISNAMED, blamed
    if bug.equivalent:
        return MISNAMED if status else NAMED, blamed
    blamed += [name for name, words in ENDINGS.items() if words in text]
    if status == 0 or not blamed:
        return SURVIVED, blamed
    named = (blamed[0].split()[-1] in bug.kills
             and set(alone(tests)) <= set(bug.kills))
    return NAMED if named else MISNAMED, blamed


# --- Running --------------------------------------------------------------

def edited(bug):
    """The text of the right file with that bug."""
    with open(os.path.join(qemu.ROOT, bug.file), encoding="utf-8") as file:
        return bug.apply(file.read())


class Workshop:
    """Seeds bugs and grades them; each process has its own folder."""

    def __init__(self, make, folder):
        self.make = make
        self.folder = folder

    def run(self, bug):
        """(verdict, the blamed names, the report)."""
        grader = Grader(self.make, os.path.join(self.folder,
                                                str(os.getpid())))
        path = os.path.join(grader.folder, "edited", "pmap.c")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(edited(bug))
        status, text, tests = grader.grade(
            path, "--memory", bug.boot.get("memory", MEMORY))
        return judge(bug, status, text, tests) + (text,)


def check_right(make, folder):
    """The number of correct files that do not get full marks."""
    failed = 0
    for name in RIGHT:
        # The path has a space in it, as users' folders do.
        copy = os.path.join(folder, "a right file", name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(os.path.join(FOLDER, name), copy)
        status, text, _tests = Grader(make, folder).grade(copy)
        print("%s %s: %s" % ("ok  " if status == 0 else "FAIL", name,
                             text.strip().splitlines()[-1]), flush=True)
        if status:
            failed += 1
            print(text)
    return failed


def check_bugs(bugs, options, folder):
    """The verdicts, one a bug. Print the bugs that are not named."""
    verdicts = []
    workshop = Workshop(options.make, folder)
    for number, (verdict, blamed, text) in workers.answers(
            workshop.run, bugs, options.jobs):
        bug = bugs[number]
        verdicts.append(verdict)
        if verdict != NAMED or options.show or options.verbose:
            print("%-9s %s: %s\n          blames %s; to blame: %s" % (
                verdict, bug.name, bug.why, ", ".join(blamed) or
                "none", " ".join(bug.kills + bug.advises) or "none"),
                  flush=True)
        if options.show:
            print(text)
    return verdicts


def run(options):
    folder = os.path.join(options.objdir, "solution-check")
    shutil.rmtree(os.path.join(qemu.ROOT, folder), ignore_errors=True)
    bugs = [bug for path in sorted(glob.glob(BUGS))
            for bug in edits.read(path)]
    for bug in bugs:
        edited(bug)                     # each must still fit the file
    bugs = edits.choose(bugs, options.only, options.sample, options.seed)
    if options.sample:
        print("%d bugs, drawn with SEED=%s" % (len(bugs), options.seed))
    failed = 0 if options.only else check_right(options.make, folder)
    verdicts = check_bugs(bugs, options, folder)
    shutil.rmtree(os.path.join(qemu.ROOT, folder), ignore_errors=True)
    print("bugs: %d named, %d misnamed, %d survived" % tuple(
        verdicts.count(verdict) for verdict in (NAMED, MISNAMED, SURVIVED)))
    total = len(verdicts) + (0 if options.only else len(RIGHT))
    failed += len(verdicts) - verdicts.count(NAMED)
    print("%d passed, %d failed" % (total - failed, failed), flush=True)
    return 0 if total and not failed else 1


def main():
    parser = argparse.ArgumentParser(description="Seed bugs into a one-file "
                                     "lab 2, and grade it.")
    parser.add_argument("--only", metavar="PATTERN")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", default=str(datetime.date.today()))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        metavar="N")
    parser.add_argument("--make", default="make")
    parser.add_argument("--objdir", default="obj")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    return script.run_guarded(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
