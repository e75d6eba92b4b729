"""Lab 2: memory management, as the kernel's own checks judge it.

Each group of checks prints `GROUP() succeeded!`, or `GROUP() FAILED: 2 of 31
checks` below the checks that failed:

    FAIL check_page/insert_replaces: THE RULE
        expected: ...
        found:    ...
        at kern/check/insert_rules.c:123

A group passes if its line is at its place in the classic order, no failure of
it is printed, and the results that carry the run's key agree (results.py). So a
line that other code prints earns nothing. Only in a boot without a key (as in
test/matrix/drive.py) the lines alone count.
"""

import re

from grade import rules
from grade.grading import Lab, Test
from lib.complaints import expected_found, missing_line, nearest, no_prompt
from lib.report import count, plain, quoted
from lib.results import FAIL

# In the order in which the kernel runs them; the free list is checked twice.
ORDER = [
    "check_page_free_list", "check_page_alloc", "check_page",
    "check_kern_pgdir", "check_page_free_list", "check_page_installed_pgdir",
]


_GROUP = re.compile(r"^(check_\w+)\(\) (succeeded!|FAILED\b.*)$")
_FAIL = re.compile(r"^FAIL (check_\w+)/\S+: ")

MAX_FAILS = 3           # shown for each lost point


def good_lines(boot):
    """The lines of groups: none is a misspelt form of another."""
    names = set(ORDER)
    if boot.results:
        names.update(check.group for check in boot.results.checks.values())
    return {name + "() succeeded!" for name in names}


class Group:
    """One line about a group of checks, and the failures above it."""

    def __init__(self, name, passed, line, fails):
        self.name = name
        self.passed = passed and not fails
        self.line = line
        self.fails = fails


def groups_of(boot):
    """The groups on the console, in their order.

    A group that has failures but no line has line None.
    """
    groups, fails = [], []
    for i, line in enumerate(boot.lines):
        if _FAIL.match(line):
            fails.append(_fail_block(boot.lines, i))
        match = _GROUP.match(line)
        if match:
            own = [block for block in fails if _group_of(block)
                   == match.group(1)]
            fails = [block for block in fails if block not in own]
            groups.append(Group(match.group(1),
                                match.group(2) == "succeeded!", line, own))
    for block in fails:
        groups.append(Group(_group_of(block), False, None, [block]))
    return groups


def _fail_block(lines, start):
    """The FAIL line at start and the indented lines below it."""
    end = start + 1
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return lines[start:end]


def _group_of(block):
    return _FAIL.match(block[0]).group(1)


def in_order(groups):
    """Match groups to ORDER: a list of Group or None, one for each place.

    Uses the longest common subsequence, so that a group that is missing or out
    of place does not affect the others.
    """
    names = [group.name for group in groups]
    best = [[0] * (len(names) + 1) for _ in range(len(ORDER) + 1)]
    for i in reversed(range(len(ORDER))):
        for j in reversed(range(len(names))):
            best[i][j] = (1 + best[i + 1][j + 1] if ORDER[i] == names[j]
                          else max(best[i + 1][j], best[i][j + 1]))
    places = [None] * len(ORDER)
    i = j = 0
    while i < len(ORDER) and j < len(names):
        if ORDER[i] == names[j]:
            places[i] = groups[j]
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return places


def judge_place(boot, place):
    """Complain about the group at that place of ORDER."""
    groups = groups_of(boot)
    places = in_order(groups)
    name, group = ORDER[place], places[place]
    wanted = "%s() succeeded!" % name
    strays = [other for other in groups
              if other.name == name and other not in places
              and not other.passed]
    if group and group.passed and not strays:
        return (no_prompt(boot, "the line %s" % quoted(wanted))
                or unconfirmed(boot, place))
    if failed_checks(boot, place):
        return _failed_checks(boot, place)
    if group and not group.passed:
        return _failed(wanted, group, boot)
    if strays:
        return _failed(wanted, strays[0], boot)
    if any(other.name == name and other not in places for other in groups):
        return _out_of_place(wanted, place, boot, places)
    if _twin(place) is not None:
        return _missing_twice(wanted, place, boot, places)
    return missing_line(boot, wanted, good_lines(boot))


# --- Results with the key, of one group ------------------------------------

def checks_at(boot, place):
    """The group's checks that ran at that place of ORDER, each with its run
    there. A group that runs twice has two places."""
    name = ORDER[place]
    turn = ORDER[:place].count(name)
    return [(check, check.runs[turn])
            for check in boot.results.checks.values()
            if check.group == name and turn < len(check.runs)]


def failed_checks(boot, place):
    if not boot.results:
        return []
    return [check for check, run in checks_at(boot, place)
            if run.status == FAIL]


def _failed_checks(boot, place):
    """The names of failed checks; the rules print the rest below."""
    failed = failed_checks(boot, place)
    lines = ["%d of %s failed (more of it below):" % (
        len(failed), count(len(checks_at(boot, place)), "check"))]
    lines += ["    %s, a rule of %s" % (check.name, check.subject)
              for check in failed[:MAX_FAILS]]
    if len(failed) > MAX_FAILS:
        lines.append("    (and %d more)" % (len(failed) - MAX_FAILS))
    return lines


def unconfirmed(boot, place):
    """Complain if the line is printed, but the results differ."""
    results = boot.results
    if not results:
        return []
    name = ORDER[place]
    checks = checks_at(boot, place)
    wanted = "besides the line %s, the results of its checks" % quoted(
        name + "() succeeded!")
    if not checks:
        found = ("no result of %s's checks there" % name if results.any
                 else "no result with the key of this run")
        return expected_found(wanted, [found] + boot.stopped_words(),
                              "a printed line alone earns nothing")
    if failed_checks(boot, place):
        return _failed_checks(boot, place)
    if not results.done:
        return expected_found(wanted, ["those, but the run of all checks did "
                                       "not finish"]
                              + boot.stopped_words())
    for subject in sorted({check.subject for check, _run in checks}):
        if results.missing(subject) or not results.planned(subject):
            return expected_found(wanted, "%d of %s of %s" % (
                len(results.of_subject(subject)),
                count(results.planned(subject), "result"), subject))
    return []


# --- Messages ---------------------------------------------------------------

def _failed(wanted, group, boot):
    lines = [plain(line) for block in group.fails[:MAX_FAILS]
             for line in block]
    if len(group.fails) > MAX_FAILS:
        lines += ["and, in short:"] + [plain(block[0]) for block
                                       in group.fails[MAX_FAILS:]]
    if group.line and not group.fails:
        return lines + expected_found("the line %s" % quoted(wanted),
                                      quoted(group.line))
    if not group.line:
        lines += missing_line(boot, wanted, good_lines(boot))
    return lines


def _where(place):
    """The place in the console where that group belongs."""
    return "after %s()'s" % ORDER[place - 1] if place else "before all others"


def _out_of_place(wanted, place, boot, places):
    """Complain that the line is there, but out of order."""
    found = ["it is printed, but out of the classic order"]
    if place and not places[place - 1]:
        before = ORDER[place - 1] + "() succeeded!"
        found.append("%s: %s" % (quoted(before),
                                 nearest(boot, before, good_lines(boot))))
    return expected_found("the line %s %s" % (quoted(wanted), _where(place)),
                          found + boot.stopped_words())


def _twin(place):
    """The other place of a group that runs twice; None if it runs once."""
    for i, name in enumerate(ORDER):
        if i != place and name == ORDER[place]:
            return i
    return None


def _missing_twice(wanted, place, boot, places):
    """Complain that a line that belongs in two places is missing here."""
    found = nearest(boot, wanted, good_lines(boot))
    if places[_twin(place)]:
        found = "none there, only the one %s" % _where(_twin(place))
    return expected_found("the line %s %s" % (quoted(wanted), _where(place)),
                          [found] + boot.stopped_words())


def judging(*places):
    """A judge of these places of ORDER; it returns the first complaint."""
    def judge(boot):
        for place in places:
            complaints = judge_place(boot, place)
            if complaints:
                return complaints
        return []
    return judge


LAB = Lab(2, "memory management", [
    Test("Physical page allocator", 20, judging(0, 1)),
    Test("Page management", 20, judging(2)),
    Test("Kernel page directory", 20, judging(3)),
    Test("Page management 2", 10, judging(4, 5)),
], subjects=rules.SUBJECTS, checks=("-check_env", "-check_calls",  # of labs 3, 4
                                        "-check_disk"))
