"""Run user programs at the monitor's prompt, for the tests of environments.

The table of tests is in test/monitor/driver.py; the files here fill it.
"""

import re

from lib import programs
from lib.tap import check, equal
from monitor.driver import QUIET

ANSWER = re.compile(r": \Z")    # a program that waits for a line prints this


def begin(k, name):
    """Type `run NAME` at the prompt; return the machine."""
    machine = k.ready()
    machine.position = len(machine.text)
    machine.send("run " + name)
    return machine


def run(k, name, *answers, quiet=QUIET):
    """Run a program; return its Run. answers: lines to type for it."""
    machine = begin(k, name)
    start = machine.expect(r"\n", quiet=quiet).end()
    for answer in answers:
        machine.expect(ANSWER, quiet=quiet)
        machine.send(answer)
    end = machine.wait_for_prompt(quiet=quiet).start()
    return programs.Run(machine.text[start:end].split("\n")[:-1])


def go_on(k, quiet=QUIET):
    """Continue after a breakpoint; return a Run."""
    return programs.Run(k.ready().command("continue", quiet=quiet))


def frames(k):
    """The numbers of free, used and reserved frames."""
    found = {}
    for line in k.sane("meminfo"):
        match = re.match(r"  (free|used|reserved) +(\d+) frames", line)
        if match:
            found[match.group(1)] = int(match.group(2))
    return found


def settled(k):
    """Demand that no environment is left and all invariants hold. Return the
    numbers of frames."""
    lines = k.sane("envs")
    check("no environments" in lines[0], "no environment is left", lines)
    equal(k.sane("audit"), ["audit: all invariants hold"])
    return frames(k)


class Conserved:
    """`with Conserved(k):` demands the same numbers of frames afterwards."""

    def __init__(self, k):
        self.k = k

    def __enter__(self):
        self.before = settled(self.k)

    def __exit__(self, kind, _value, _trace):
        if kind is None:
            equal(settled(self.k), self.before)


def demand_lines(run_, wanted, unwanted=()):
    """Demand these lines in the run of an environment (lib/programs.py)."""
    check(run_.id, "a line `[00000000] new env ........`", run_.lines)
    for line in wanted:
        check(programs.has_line(line, run_),
              "a line `%s`" % line.replace("{id}", run_.id), run_.lines)
    for line in unwanted:
        check(not programs.has_line(line, run_),
              "no line `%s`" % line.replace("{id}", run_.id), run_.lines)
