"""TAP output for tests of a running kernel.

A test is a function. The first line of its docstring is its name: the behaviour
that it shows. It calls check() and equal(), which raise Failed. If the kernel
stops during a test, the test fails, with the reason.
"""

import sys

from lib import qemu
from lib.report import quoted


class Failed(Exception):
    """A test's expectation is not met."""

    def __init__(self, expected, actual):
        Exception.__init__(self, expected)
        self.expected = expected
        self.actual = actual


def show(value):
    """A value as lines, for people."""
    if isinstance(value, (list, tuple)):
        return [quoted(str(line)) for line in value] or ["nothing"]
    return [str(value)]


def equal(actual, expected):
    if actual != expected:
        raise Failed(expected, actual)


def check(condition, expected, actual):
    """Demand the condition; expected describes it."""
    if not condition:
        raise Failed(expected, actual)


class Tap:
    """Number the tests, and count those that passed."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stdout
        self.passed = self.failed = self.skipped = 0

    def _say(self, text):
        print(text, file=self.stream, flush=True)

    def _number(self):
        return self.passed + self.failed + self.skipped

    def ok(self, name):
        self.passed += 1
        self._say("ok %d - %s" % (self._number(), name))

    def skip(self, name, reason):
        self.skipped += 1
        self._say("ok %d - %s # SKIP %s" % (self._number(), name, reason))

    def not_ok(self, name, *reports):
        """A failure. reports: pairs of a word and a value."""
        self.failed += 1
        self._say("not ok %d - %s" % (self._number(), name))
        for word, value in reports:
            lines = show(value)
            self._say("#   %-9s %s" % (word + ":", lines[0]))
            for line in lines[1:]:
                self._say("#             " + line)

    def run(self, name, work):
        """Call work, and print its result. True if it passed."""
        try:
            work()
        except Failed as failed:
            self.not_ok(name, ("expected", failed.expected),
                        ("actual", failed.actual))
        except qemu.Stopped as stopped:
            self.not_ok(name, ("expected", "the kernel keeps running"),
                        ("actual", stopped.outcome.lines()))
        else:
            self.ok(name)
            return True
        return False

    def close(self):
        """Print the plan and the closing line; return an exit status."""
        self._say("1..%d" % self._number())
        self._say("%d passed, %d failed" % (self.passed, self.failed)
                  + (", %d skipped" % self.skipped if self.skipped else ""))
        return 0 if self.passed and not self.failed else 1
