"""A kernel at its monitor's prompt, for the tests of the monitor.

The job: boot it (again if it stopped), type into it, and return its output;
keep the table of tests, which this folder and test/env fill, and run it.
"""

import re

from lib import qemu
from lib.tap import Tap, check

MEMORY = 128                    # MB
QUIET = 6.0                     # seconds without output in a command

TROUBLE = re.compile(r"^(TRAP frame|kernel (panic|page fault|trap|double))",
                     re.M)

TESTS = []


def test(function):
    """Add a test to the table; its docstring is its name."""
    TESTS.append(function)
    return function


def name_of(function):
    return function.__doc__.strip().splitlines()[0]


def run_tests(kernel, words):
    tap = Tap()
    for function in TESTS:
        name = name_of(function)
        if all(word in name for word in words):
            if not tap.run(name, lambda f=function: f(kernel)):
                kernel.stop()           # the next test gets a fresh kernel
    kernel.stop()
    return tap.close()


class Kernel:
    """A kernel at its prompt; booted again if it stopped."""

    def __init__(self, **how):
        self.how = how
        self.settled = 0
        self.machine = None

    def ready(self):
        """A machine at its prompt."""
        if self.machine and not self.machine.outcome:
            return self.machine
        self.stop()
        self.machine = qemu.Machine(memory=MEMORY,
                                    transcript="obj/monitor-test.out",
                                    **self.how)
        self.machine.start()
        # The boot sector reads the kernel without a word.
        self.machine.wait_for_prompt(quiet=qemu.QUIET)
        return self.machine

    def stop(self):
        if self.machine:
            self.machine.close()
            self.machine = None

    def run(self, line):
        """A command's output, as lines."""
        return self.ready().command(line, quiet=QUIET)

    def sane(self, line):
        """A command's output, without a panic or fault."""
        lines = self.run(line)
        check(not TROUBLE.search("\n".join(lines)),
              "`%s` ends in a message, not a fault" % line[:60], lines)
        return lines

    def type(self, data, settle=None):
        """Type bytes, and wait for the text `settle`.

        Return the console's output since then.
        """
        machine = self.ready()
        start = machine.position = len(machine.text)
        machine.send_bytes(data)
        if settle is not None:
            machine.expect(settle, quiet=QUIET)
        return machine.text[start:]

    def enter(self, data):
        """Type bytes that end a line; return the echo and the output."""
        machine = self.ready()
        start = machine.position = len(machine.text)
        machine.send_bytes(data)
        machine.wait_for_prompt(quiet=QUIET)
        return machine.text[start:]

    def typed(self, data):
        """The first word of the line that these bytes produce.

        The monitor quotes it as an unknown command. The bytes must not include
        the line's end.
        """
        output = self.enter(data + b"\n")
        match = re.search(r"'(.*?)'", output.partition("\n")[2])
        check(match, "an unknown command is quoted", output.split("\n"))
        return match.group(1)

    def settle(self):
        """Wait until all typed lines have been executed."""
        self.settled += 1               # a word that is in no history
        self.type(b"\x15zsettle%d\n" % self.settled,
                  "'zsettle%d'" % self.settled)
        self.machine.wait_for_prompt(quiet=QUIET)

    def fresh_history(self):
        """Boot again, for an empty history."""
        self.stop()
        return self.ready()


def has(lines, pattern):
    """True if the regular expression matches in some line."""
    return any(re.search(pattern, line) for line in lines)


def demand(lines, *patterns):
    for pattern in patterns:
        check(has(lines, pattern), "a line with /%s/" % pattern, lines)


def symbol(kernel, name):
    """A function's address, from nm."""
    for start, other in kernel.ready().symbols.functions:
        if other == name:
            return start
    check(False, "a function %s in kernel.sym" % name, "none")
    return None
