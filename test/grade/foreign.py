"""Graders that a course puts in place of ours.

A file grade-labN that does not start our grading.py is one: `make grade` runs
it, and takes its points from its line `Score: 70/80`. It calls make by itself.
"""

import os
import re
import subprocess
import sys

from lib import qemu
from lib.report import Report, Result, Section

OURS = re.compile(rb"^sys\.exit\(grading\.main\(", re.M)
SCORE = re.compile(rb"^Score: (\d+)/(\d+)\s*$", re.M)

# Of our make, which would reach that of the grader.
MAKES = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")


def path_of(number, root=qemu.ROOT):
    return os.path.join(root, "grade-lab%s" % number)


def is_foreign(number, root=qemu.ROOT):
    try:
        with open(path_of(number, root), "rb") as file:
            return not OURS.search(file.read())
    except OSError:
        return False


def run(number, root=qemu.ROOT, shown=None):
    """Run it, and print its output to `shown` as it comes; a Report."""
    name = "grade-lab%s" % number
    environment = {key: value for key, value in os.environ.items()
                   if key not in MAKES}
    output = b""
    try:
        with subprocess.Popen(["./" + name], cwd=root, env=environment,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            for line in process.stdout:
                output += line
                print(line.decode("utf-8", "replace"), end="", flush=True,
                      file=shown or sys.stdout)
        status = process.returncode
    except OSError as error:
        return report(name, ["%s does not start: %s" % (name,
                                                        error.strerror)])
    scores = SCORE.findall(output)
    if not scores:
        return report(name, ["no line `Score: 70/80`; exit status %d" %
                             status])
    earned, most = map(int, scores[-1])
    lost = ["see its output"] if earned < most else []
    return report(name, lost, earned, most)


def report(name, complaints, earned=0, most=0):
    """Points are all or nothing for a Result: so there are two."""
    results = [Result(name, earned, [])] if earned else []
    if complaints or not results:
        results.append(Result(name + ", lost", most - earned, complaints))
    return Report(name, [Section("", "Score", results)])
