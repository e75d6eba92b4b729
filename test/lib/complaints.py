"""Complaints about a console: what was expected, and what was found instead.

A complaint is a list of lines. A console has `lines`, a `tail` (an unfinished
last line) and, for some of these functions, `stopped_words()`. grading.Boot and
programs.Run are consoles.
"""

import difflib

from lib import qemu
from lib.report import quoted


def expected_found(expected, found, *more):
    """The lines of a complaint. All complaints have this form."""
    if isinstance(found, str):
        found = [found]
    lines = ["expected: " + expected, "found:    " + found[0]]
    lines += ["          " + line for line in found[1:]]
    return lines + list(more)


def nearest(boot, wanted, others=()):
    """Describe what the console has instead of a missing line.

    others: correct lines, which are not a misspelt form of this one.
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
    """Complain that a whole line is missing."""
    return expected_found("the line %s" % quoted(wanted),
                          [nearest(boot, wanted, others)]
                          + boot.stopped_words())


def no_prompt(boot, printed):
    """Complain if the kernel did not reach its prompt after what it printed."""
    if boot.at_prompt:
        return []
    last = boot.tail or (boot.lines[-1] if boot.lines else "")
    found = ["that, but no prompt after it; the console ends with %s" %
             quoted(last)]
    return expected_found("%s, then the prompt `%s`" % (printed, qemu.PROMPT),
                          found + boot.stopped_words())
