"""Tests against a running kernel, told in the manner of TAP.

A test is a function; its docstring's first line is its name, the behaviour it
shows. It calls check() and equal(), or whatever raises Failed. A kernel that
stops under a test fails it, with the reason.
"""

import sys

from lib import qemu
from lib.report import quoted


class Failed(Exception):
    """A test's expectation did not come true."""

    def __init__(self, expected, actual):
        Exception.__init__(self, expected)
        self.expected = expected
        self.actual = actual


def show(value):
    """A value for people: lists of lines one below the other."""
    if isinstance(value, (list, tuple)):
        return [quoted(str(line)) for line in value] or ["nothing"]
    return [str(value)]


def equal(actual, expected):
    if actual != expected:
        raise Failed(expected, actual)


def check(condition, expected, actual):
    """expected says in words what condition demands."""
    if not condition:
        raise Failed(expected, actual)


class Tap:
    """Numbers the tests and counts how they went."""

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
        """reports: pairs of a word and what it is about."""
        self.failed += 1
        self._say("not ok %d - %s" % (self._number(), name))
        for word, value in reports:
            lines = show(value)
            self._say("#   %-9s %s" % (word + ":", lines[0]))
            for line in lines[1:]:
                self._say("#             " + line)

    def run(self, name, work):
        """Call work, and tell how it went. True if it went well."""
        try:
            work()
        except Failed as failed:
            self.not_ok(name, ("expected", failed.expected),
                        ("actual", failed.actual))
        except qemu.Stopped as stopped:
            self.not_ok(name, ("expected", "the kernel goes on"),
                        ("actual", stopped.outcome.lines()))
        else:
            self.ok(name)
            return True
        return False

    def close(self):
        """The plan and the closing line; an exit status."""
        self._say("1..%d" % self._number())
        self._say("%d passed, %d failed" % (self.passed, self.failed)
                  + (", %d skipped" % self.skipped if self.skipped else ""))
        return 0 if self.passed and not self.failed else 1
