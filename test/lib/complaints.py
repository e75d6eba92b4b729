"""Complaints about a console: what was expected, and what was found instead.

A complaint is a list of lines. A console is anything with `lines`, a `tail`
(an unfinished last line) and, for some, `stopped_words()`: grading.Boot and
programs.Run.
"""

import difflib

from lib import qemu
from lib.report import quoted


def expected_found(expected, found, *more):
    """Complaint lines in the one form that they all have."""
    if isinstance(found, str):
        found = [found]
    lines = ["expected: " + expected, "found:    " + found[0]]
    lines += ["          " + line for line in found[1:]]
    return lines + list(more)


def nearest(boot, wanted, others=()):
    """Where the console came closest to a line that is not there, in words.

    others: lines that are right in themselves, and so not this one misspelt.
    """
    for line in boot.lines + [boot.tail]:
        if wanted == line.strip() and line != wanted:
            return "the line with blanks around it: %s" % quoted(line)
        if wanted in line:
            if line == boot.tail:
                return "an unfinished line: %s" % quoted(line)
            return "only within another line: %s" % quoted(line)
    close = difflib.get_close_matches(
        wanted, [line for line in boot.lines if line not in others], 1, 0.7)
    if close:
        return "the nearest line is %s" % quoted(close[0])
    return "no such line"


def missing_line(boot, wanted, others=()):
    """Complaints about a line that should have been there, whole."""
    return expected_found("the line %s" % quoted(wanted),
                          [nearest(boot, wanted, others)]
                          + boot.stopped_words())


def no_prompt(boot, printed):
    """Complaints if the kernel did not come to its prompt after all that."""
    if boot.at_prompt:
        return []
    last = boot.tail or (boot.lines[-1] if boot.lines else "")
    found = ["that, but no prompt after it; the console ends with %s" %
             quoted(last)]
    return expected_found("%s, then the prompt `%s`" % (printed, qemu.PROMPT),
                          found + boot.stopped_words())
