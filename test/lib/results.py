"""Read a graded kernel's results: lines that carry the run's key.

The grader gives each boot its own key (QEMU's fw_cfg item
opt/pagewalk/grade). The kernel prints the key in front of its plan and of each
result:

    @KEY plan page_insert rule 14
    @KEY run check_page/insert_new page_insert rule
    @KEY ok check_page/insert_new page_insert rule
    FAIL check_page/insert_replaces: THE RULE
        expected: ...
        found:    ...
        at kern/check/insert_rules.c:123
    @KEY FAIL check_page/insert_replaces page_insert rule
    @KEY skip check_page/... page_insert own THE REASON
    @KEY note ANY TEXT
    @KEY done 84 1

A line without the key is only text: printing "succeeded!" earns nothing. The
key may come in the middle of a line, because code under test may have printed
half a line before.
"""

import re
import secrets

from lib.report import plain

ITEM = "opt/pagewalk/grade"
RIGHT_ITEM = "opt/pagewalk/right"

OK, FAIL, SKIP = "ok", "FAIL", "skip"

_FAIL = re.compile(r"FAIL ([\w-]+/[\w-]+): ")


def fresh_key():
    return secrets.token_hex(8)


def boot_options(key, names=(), right=()):
    """QEMU's options for a graded boot: all checks, or those of these names.
    right: the functions of a course's file to replace by right ones."""
    words = " ".join([key] + list(names)).replace(",", ",,")
    options = ["-fw_cfg", "name=%s,string=%s" % (ITEM, words)]
    if right:
        options += ["-fw_cfg", "name=%s,string=%s" % (RIGHT_ITEM,
                                                      " ".join(right))]
    return options


def without_keyed(lines, key):
    """The lines without the results that carry the key."""
    mark = "@%s " % key
    return [line.partition(mark)[0] for line in lines
            if not line.startswith(mark)]


class Run:
    """One run of a check: OK, FAIL or SKIP, and its output."""

    def __init__(self, status, lines=()):
        self.status = status
        self.lines = list(lines)


class Check:
    """A check and its runs. It passes if each run does."""

    def __init__(self, name, subject, kind):
        self.name = name                # GROUP/NAME
        self.group = name.partition("/")[0]
        self.subject = subject
        self.kind = kind
        self.runs = []

    @property
    def status(self):
        found = [run.status for run in self.runs]
        return FAIL if FAIL in found else OK if OK in found else SKIP

    @property
    def lines(self):
        """The output of the first run that has the check's status."""
        return next(run.lines for run in self.runs
                    if run.status == self.status)


class Results:
    """All results of one boot that carry its key.

    plan: {subject: {kind: number of checks}}; checks: {GROUP/NAME: Check} in
    the order in which they ended; done: the kernel reported that all ran; last:
    the name of the last check that ended; under_way: the Check that has begun
    but not ended, or None; unrun: the reason that some planned checks did not
    run, as text; killer: the Check during which the machine ended, or None.
    """

    def __init__(self, lines, key):
        self.plan = {}
        self.checks = {}
        self.notes = []
        self.unrun = ""
        self.done = False
        self.last = None
        self.under_way = self.killer = None
        self.blocks = []                # failures whose result has not come yet
        self._mark = "@%s " % key
        for i, line in enumerate(lines):
            self._take(lines, i, line)

    def _take(self, lines, i, line):
        before, mark, after = line.partition(self._mark)
        if mark:
            self._take_keyed(after)
        match = _FAIL.search(before)
        if match:
            self.blocks.append((match.group(1), [plain(before[match.start():])]
                                + indented(lines, i + 1)))

    def _take_keyed(self, text):
        word, _, rest = text.partition(" ")
        words = rest.split()
        if word == "plan" and len(words) == 3 and words[2].isdigit():
            kinds = self.plan.setdefault(words[0], {})
            kinds[words[1]] = kinds.get(words[1], 0) + int(words[2])
        elif word == "run" and len(words) == 3:
            self.under_way = Check(*words)
        elif word in (OK, FAIL, SKIP) and len(words) >= 3:
            self._take_result(word, *rest.split(None, 3))
        elif word == "note":
            self.notes.append(plain(rest))
        elif word == "unrun":
            self.unrun = plain(rest)
        elif word == "done":
            self.done = True

    def _take_result(self, status, name, subject, kind, reason=""):
        check = self.checks.setdefault(name, Check(name, subject, kind))
        lines = [plain(reason)] if reason else []
        if status == FAIL:
            lines = [line for block in self.blocks if block[0] == name
                     for line in block[1]]
            self.blocks = [block for block in self.blocks if block[0] != name]
            lines = lines or ["FAIL %s (without a reason)" % name]
        check.runs.append(Run(status, lines))
        self.last = name
        self.under_way = None

    def adopt(self, earlier):
        """Take over from an earlier boot what was left out of this one: results
        and the plan. The check that ended it is among them."""
        self.plan = earlier.plan
        for name, check in earlier.checks.items():
            self.checks.setdefault(name, check)
        self.notes = [note for note in earlier.notes
                      if note not in self.notes] + self.notes

    def stopped(self, why):
        """The kernel stopped: the check that was running has failed."""
        check = self.under_way
        if check:
            lines = ["FAIL %s: a rule of %s" % (check.name, check.subject),
                     "    expected: the check finishes",
                     "    found:    " + why[0]]
            lines += ["              " + line for line in why[1:]]
            check = self.checks.setdefault(check.name, check)
            check.runs.append(Run(FAIL, lines))
            self.killer = check

    @property
    def any(self):
        """True if any line carried the key."""
        return bool(self.plan or self.checks or self.notes or self.done)

    def planned(self, subject, kinds=None):
        """The number of checks of that subject and of these kinds."""
        return sum(number for kind, number
                   in self.plan.get(subject, {}).items()
                   if kinds is None or kind in kinds)

    def of_subject(self, subject, kinds=None):
        return [check for check in self.checks.values()
                if check.subject == subject
                and (kinds is None or check.kind in kinds)]

    def missing(self, subject, kinds=None):
        """The number of that subject's planned checks that did not end."""
        return max(0, self.planned(subject, kinds)
                   - len(self.of_subject(subject, kinds)))

    def loose(self):
        """Lines of failures that have no result with the key."""
        return [line for block in self.blocks for line in block[1]]


def indented(lines, start):
    """The lines from start on that belong to the failure above them."""
    end = start
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return [plain(line) for line in lines[start:end]]
