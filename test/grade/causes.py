"""Find the functions that failures come from, by experiments.

A check of page_insert fails. Is page_insert wrong, or the pgdir_walk that it
calls? Boot again with a right pgdir_walk in place of the file's
(test/solution/right.c). If the check holds now, the failure came through
pgdir_walk. If it still fails, it did not: pgdir_walk may be wrong, too, but
that is another story.

The job: which experiments to make, and what they show. Not the job: booting
(grade_solution.py), judging and printing (rules.py).
"""

from grade import rules
from lib.results import FAIL, OK

# The functions of test/solution/right.c.
REPLACEABLE = frozenset((
    "i386_detect_memory", "boot_alloc", "page_init", "page_alloc", "page_free",
    "page_decref", "pgdir_walk", "boot_map_region", "page_lookup",
    "tlb_invalidate", "page_remove", "page_insert"))

# The most experiments for one file: each is a boot.
MOST = 24

# Stands for the checks of a subject that did not run.
UNRUN = ""


class Trouble:
    """A subject that loses points. places: {check: the boot where it failed
    first}; through: {check: the functions that it fails through}."""

    def __init__(self, verdict):
        self.name = verdict.subject.name
        self.kinds = verdict.kinds
        self.planned = verdict.planned
        self.places = verdict.places_of_failure()
        if verdict.unrun or verdict.stopped:
            self.places[UNRUN] = (verdict.stopped + verdict.short)[0]
        self.through = {}

    def left(self):
        """The checks whose cause is not known."""
        return set(self.places) - set(self.through)

    def cured(self, place, boot):
        """Those that failed at that place, and hold in that boot."""
        found = {check.name: check.status for check in
                 boot.results.of_subject(self.name, self.kinds)}
        everything = (len(found) >= self.planned
                      and FAIL not in found.values())
        return {name for name, where in self.places.items()
                if where is place and (everything if name == UNRUN
                                       else found.get(name) == OK)}


class Laboratory:
    """Makes experiments. boot_with(place, subjects, right) boots as in that
    place, runs those subjects' checks, and replaces the functions of right."""

    def __init__(self, boot_with):
        self.boot_with = boot_with
        self.made = 0

    def replace(self, right, troubles):
        """{name: the checks that hold with these functions replaced}."""
        cured = {each.name: set() for each in troubles}
        places = [place for each in troubles
                  for place in each.places.values()]
        for place in dict.fromkeys(places):
            here = [each for each in troubles
                    if place in each.places.values()]
            if self.made >= MOST:
                break
            self.made += 1
            boot = self.boot_with(place, [each.name for each in here], right)
            for each in here:
                cured[each.name] |= each.cured(place, boot)
        return cured

    def fewest(self, right, trouble, checks):
        """Of functions that together cure these checks, those needed."""
        for name in list(right) if len(right) > 2 else ():
            fewer = [each for each in right if each != name]
            if checks <= self.replace(fewer, [trouble])[trouble.name]:
                right = fewer
        return right


def find(boots, boot_with, kinds=rules.COURSE_KINDS):
    """{subject: {check: [functions]}}: the checks that hold if only these
    functions are right. The check UNRUN stands for those that did not run."""
    troubles = [Trouble(verdict) for verdict in rules.verdicts(boots, kinds)
                if verdict.lost and verdict.planned]
    suspects = [each.name for each in troubles if each.name in REPLACEABLE
                and any(each.places)]
    laboratory = Laboratory(boot_with)
    for name in list(suspects):
        if not next(each for each in troubles if each.name == name).left():
            suspects.remove(name)       # another is to be fixed
            continue
        cured = laboratory.replace([name], [each for each in troubles
                                            if each.name != name])
        for each in troubles:
            for check in cured.get(each.name, ()):
                each.through.setdefault(check, []).append((name,))
    for each in troubles:
        others = [name for name in suspects if name != each.name]
        left = each.left()
        if left and len(others) > 1:
            left &= laboratory.replace(others, [each])[each.name]
            needed = laboratory.fewest(others, each, left) if left else ()
            for check in left:
                each.through[check] = [tuple(needed)]
    return untangled({each.name: each.through for each in troubles},
                     {each.name: set(each.places) for each in troubles})


def untangled(through, checks):
    """One way to cure each check, from the bottom up. A function that is wrong
    only because of others is not to be fixed first, if there is another way.
    Of two that cure each other, the lower is to be fixed."""
    found, innocent = {}, set()
    for name in through:
        for check, ways in through[name].items():
            ways = [way for way in ways
                    if not any(name in fixed for cause in way
                               for fixed in found.get(cause, {}).values())
                    and not circular(name, way, through)]
            ways.sort(key=lambda way: bool(innocent & set(way)))
            if ways:
                found.setdefault(name, {})[check] = list(ways[0])
        if checks[name] and checks[name] <= set(found.get(name, ())):
            innocent.add(name)
    return found


def circular(name, way, through):
    """True if it is below a function of that way, and cures that one."""
    order = list(through)
    return any(order.index(name) < order.index(cause)
               and (name,) in [one for ways in through[cause].values()
                               for one in ways]
               for cause in way)
