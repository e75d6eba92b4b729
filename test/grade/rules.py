"""The rules: points for each function whose checks all hold.

A subject is the function, or another thing, that a check tests. A subject earns
its points only if all its checks pass. SUBJECTS lists them from the bottom up,
with the subjects that each depends on: the first that fails is the first to
fix, because a failure above it may be only a consequence.

There are three kinds of checks. A `rule` comes from the public interface,
`advice` from what course texts leave open, and `own` from what only this kernel
promises. All count in our own tree. Only rules count in a course's solution.

The input is one boot (grading.Boot) or, for a solution, several with different
sizes of memory. A check must pass in each.
"""

import re

from lib import endings
from lib.report import (ADVICE, FAILED, NOT_RUN, PASSED, SKIPPED, Case, Result,
                        Section, count)
from lib.results import FAIL, OK, SKIP

MAX_FAILS = 3           # printed for each subject
MAX_FOLLOWING = 1       # printed if something else must be fixed first
MAX_SKIPS = 3

# These checks watch the processor use the directory of that subject.
WITH_DIRECTORY = "check_page_installed_pgdir/"
DIRECTORY = "mem_init"
OWN_KINDS = ("rule", "advice", "own")
COURSE_KINDS = ("rule",)


class Subject:
    """A name, its points, and the subjects that it depends on.

    own: it has only checks of the kind `own`.
    """

    def __init__(self, name, points, *below, own=False):
        self.name = name
        self.points = points
        self.below = below
        self.own = own


SUBJECTS = [
    Subject("entry", 1, own=True),
    Subject("cpuid_init", 1, own=True),
    Subject("trap_init", 1, own=True),
    Subject("trap", 1, "trap_init", own=True),
    Subject("page2pa", 1, own=True),
    Subject("i386_detect_memory", 5),
    Subject("boot_alloc", 10),
    Subject("page_init", 15, "page2pa", "i386_detect_memory", "boot_alloc"),
    Subject("page_alloc", 10, "page_init"),
    Subject("page_free", 10, "page_alloc"),
    Subject("page_decref", 5, "page_free"),
    Subject("pgdir_walk", 10, "page_alloc", "page_free"),
    Subject("boot_map_region", 10, "pgdir_walk"),
    Subject("page_lookup", 5, "pgdir_walk"),
    Subject("tlb_invalidate", 5, "page_alloc"),
    Subject("page_remove", 5, "page_lookup", "page_decref", "tlb_invalidate"),
    Subject("page_insert", 15, "pgdir_walk", "page_remove"),
    Subject("mmio_map_region", 4, "boot_map_region", own=True),
    Subject("mem_init", 15, "boot_map_region", "page_init"),
    Subject("paging", 1, "mem_init", own=True),
]

# Of lab 3.
ENV_SUBJECTS = [
    Subject("env_init", 2, own=True),
    Subject("env_setup_vm", 5, own=True),
    Subject("env_alloc", 6, "env_init", "env_setup_vm", own=True),
    Subject("env_free", 3, "env_alloc", own=True),
    Subject("envid2env", 3, "env_alloc", own=True),
    Subject("elf_refusal", 5, own=True),
    Subject("env_create", 6, "env_free", "elf_refusal", own=True),
    Subject("env_destroy", 2, "env_free", own=True),
    Subject("env_run", 3, "env_free", own=True),
    Subject("sched_yield", 2, "env_run", own=True),
    Subject("sched_abandon", 1, "env_run", own=True),
    Subject("user_trap", 1, "env_create", "env_destroy", own=True),
    Subject("page_fault_handler", 1, "env_create", "env_destroy", own=True),
    Subject("user_mem_check", 3, "env_create", own=True),
    Subject("copy_from_user", 1, "env_create", own=True),
    Subject("syscall_init", 1, own=True),
    Subject("sys_cputs", 1, "user_mem_check", "env_destroy", own=True),
    Subject("syscall", 2, "user_mem_check", "envid2env", own=True),
    Subject("fpu_init", 1, own=True),
    Subject("fpu_enter", 1, "fpu_init", "env_create", own=True),
]

# Of lab 4.
CALL_SUBJECTS = [
    Subject("syscall_arguments", 1, own=True),
    Subject("sched_leave", 1, "sched_yield", own=True),
    Subject("sys_page_alloc", 3, "page_insert", "envid2env",
            "syscall_arguments", own=True),
    Subject("sys_page_map", 4, "page_insert", "envid2env",
            "syscall_arguments", own=True),
    Subject("sys_page_unmap", 2, "page_remove", "envid2env", own=True),
    Subject("cow_share", 3, "page_alloc", own=True),
    Subject("cow_copy", 3, "page_insert", own=True),
    Subject("sys_cow_range", 1, "cow_share", "envid2env", own=True),
    Subject("sys_cow_page", 1, "cow_copy", own=True),
    Subject("syscall_save", 1, "syscall_init", own=True),
    Subject("fpu_copy", 1, "fpu_enter", own=True),
    Subject("sys_exofork", 3, "env_alloc", "fpu_copy", "syscall_save",
            own=True),
    Subject("sys_yield", 1, "sched_yield", own=True),
    Subject("sys_env_set_status", 3, "sched_yield", "envid2env", own=True),
    Subject("sys_env_set_trapframe", 3, "user_mem_check", "envid2env",
            own=True),
    Subject("sys_env_set_pgfault_upcall", 1, "envid2env", own=True),
    Subject("pgfault_upcall", 4, "page_lookup", "env_destroy", own=True),
    Subject("wait_end", 1, "sched_yield", own=True),
    Subject("wait_forget", 2, "wait_end", "env_free", own=True),
    Subject("sys_ipc_try_send", 4, "wait_end", "page_insert",
            "syscall_arguments", own=True),
    Subject("sys_ipc_recv", 3, "sys_ipc_try_send", own=True),
    Subject("sys_ipc_send", 3, "sys_ipc_recv", own=True),
    Subject("sys_env_wait", 2, "wait_forget", own=True),
    Subject("sys_time_msec", 1, own=True),
    Subject("sys_sleep", 2, "wait_end", own=True),
    Subject("audit", 1, own=True),
]

# Of lab S.
SWAP_SUBJECTS = [
    Subject("slot_alloc", 2, own=True),
    Subject("slot_put", 2, "slot_alloc", own=True),
    Subject("slot_release", 2, "slot_alloc", own=True),
    Subject("slot_set_bad", 1, "slot_alloc", own=True),
    Subject("entry_is_absent", 1, own=True),
    Subject("resident_add", 2, own=True),
    Subject("resident_lost_mapping", 3, "resident_add", own=True),
    Subject("resident_forget_home", 2, "resident_add", "slot_release",
            own=True),
    Subject("mappers_visit", 3, own=True),
    Subject("mappers_one", 1, "mappers_visit", own=True),
    Subject("policy_used", 3, "mappers_visit", own=True),
    Subject("policy_choose", 1, own=True),
    Subject("fifo_victim", 3, "resident_add", own=True),
    Subject("clock_victim", 5, "policy_used", own=True),
    Subject("aging_victim", 3, "policy_used", own=True),
    Subject("random_victim", 1, "resident_add", own=True),
    Subject("swapio_start", 3, own=True),
    Subject("swapio_can", 1, own=True),
    Subject("take_entry", 4, "mappers_visit", own=True),
    Subject("must_write", 4, "resident_lost_mapping", own=True),
    Subject("frame_in_window", 2, own=True),
    Subject("evict", 5, "take_entry", "slot_put", own=True),
    Subject("allowed", 1, own=True),
    Subject("slot_for", 2, "slot_alloc", own=True),
    Subject("refill", 2, "evict", own=True),
    Subject("swap_reclaim", 1, "evict", own=True),
    Subject("bring_in", 3, "swapio_start", own=True),
    Subject("swap_fault", 1, own=True),
    Subject("swap_need", 3, "bring_in", own=True),
    Subject("wait_for", 2, "bring_in", own=True),
    Subject("turn_ask", 3, "bring_in", own=True),
    Subject("filepage_read", 3, own=True),
    Subject("load_file_page", 1, own=True),
    Subject("user_pages", 1, own=True),
    Subject("entry_release", 2, "slot_put", own=True),
    Subject("count_entry", 3, "slot_put", own=True),
    Subject("write_ended", 2, own=True),
    Subject("write_failed", 3, "write_ended", own=True),
    Subject("read_ended", 3, own=True),
    Subject("get_page", 1, "read_ended", own=True),
]

ALL_SUBJECTS = SUBJECTS + ENV_SUBJECTS + CALL_SUBJECTS + SWAP_SUBJECTS

# A place in one of these functions, in the words of an outcome.
STOPPED_IN = re.compile(r"\b(%s)\+\d" % "|".join(
    subject.name for subject in SUBJECTS))


def closure(names, below):
    """These names, and all that they depend on; below: {name: names}."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += below.get(name, ())
    return found


UNDER_DIRECTORY = closure([DIRECTORY], {each.name: each.below
                                        for each in ALL_SUBJECTS})


def not_run(boot):
    """The reason why results are missing, as text."""
    if boot.results.unrun:
        return "%s: %s" % (NOT_RUN, boot.results.unrun)
    if not boot.results.any and not boot.outcome:
        return ("%s: the kernel printed nothing with the key of this run" %
                NOT_RUN + " (is it built with CHECK=0?)" * boot.at_prompt)
    if boot.results.done:
        return ("%s: the kernel finished without them; they run when"
                " mem_init calls milestone() with their step" % NOT_RUN)
    return "%s: %s" % (NOT_RUN, " ".join(boot.stopped_words()) or
                       "the kernel did not finish its checks")


def stopped_by(boot):
    """The subject that ended a boot outside of its checks; None if none did. A
    check that was running has failed, and tells more."""
    if boot.results.done or boot.results.under_way:
        return None
    if not boot.outcome:
        return DIRECTORY
    if boot.outcome.kind == endings.NO_START:
        return None
    found = STOPPED_IN.search(" ".join(boot.outcome.lines()))
    return found.group(1) if found else DIRECTORY


class Verdict:
    """The results of all boots about one subject."""

    def __init__(self, subject, boots, kinds):
        self.subject = subject
        self.boots = boots
        self.kinds = kinds
        self.planned = max(boot.results.planned(subject.name, kinds)
                           for boot in boots)
        checks = self._checks(kinds)
        self.failed = [name for name in checks
                       if self._status(name) == FAIL]
        self.skipped = [name for name in checks
                        if self._status(name) == SKIP]
        # Other subjects fail with it, but not for advice or own checks.
        binding = kinds if subject.own else ("rule",)
        self.broken = any(self._status(name) == FAIL
                          for name in self._checks(binding))
        # Each check must have run at some size: a boot that stops early costs
        # only the subject that stopped it.
        self.short = [boot for boot in boots if self._missing(boot)]
        self.unrun = len(checks) < self.planned
        self.stopped = [boot for boot in boots if kinds != OWN_KINDS
                        and stopped_by(boot) == subject.name]
        self.out_of_reach = kinds != OWN_KINDS and self._out_of_reach()
        self.causes, self.follows = {}, False
        self.lost = not self.out_of_reach and bool(
            self.failed or self.unrun or self.stopped or not self.planned)

    def blame(self, causes):
        """Take what experiments have shown: {check: [functions]} (causes.py).
        If each failure comes from other functions, nothing is lost."""
        self.causes = causes
        troubled = self.failed + [""] * bool(self.unrun or self.stopped)
        self.follows = bool(troubled) and set(troubled) <= set(causes)
        self.lost = self.lost and not self.follows

    def places_of_failure(self):
        """{check: the boot where it failed first}"""
        return {name: self._in_boots(name, FAIL)[0] for name in self.failed}

    def _out_of_reach(self):
        """True if, in a course's file, it has no rules, or none that can be
        tested there. Then it has no points."""
        if not any(boot.results.plan for boot in self.boots):
            return self.subject.own
        return not self.planned or (len(self.skipped) == self.planned
                                    and not self.unrun)

    def _missing(self, boot):
        """The number of its checks that did not end in that boot."""
        return max(0, self.planned - len(boot.results.of_subject(
            self.subject.name, self.kinds)))

    def _checks(self, kinds):
        """The names of its checks of these kinds, in their order."""
        names = []
        for boot in self.boots:
            for check in boot.results.of_subject(self.subject.name, kinds):
                if check.name not in names:
                    names.append(check.name)
        return names

    def _in_boots(self, name, status=None):
        """The boots in which that check ran, or had that status."""
        return [boot for boot in self.boots
                if name in boot.results.checks
                and status in (None, boot.results.checks[name].status)]

    def _status(self, name):
        found = [boot.results.checks[name].status
                 for boot in self._in_boots(name)]
        return next(status for status in (FAIL, OK, SKIP) if status in found)

    def _block(self, name):
        """The check's output where it failed, and in which boots."""
        boots = self._in_boots(name, FAIL)
        lines = merged({boot.label: boot.results.checks[name].lines
                        for boot in boots})
        if len(boots) < len(self._in_boots(name)):
            lines.append("    only with " + labels(boots))
        return lines

    def _blocks(self, names, limit=MAX_FAILS):
        """The output of these checks, different outputs first; of those after
        the limit only the first line, with the rule."""
        blocks = [self._block(name) for name in names]
        said = {}
        for block in blocks:
            said.setdefault(tuple(block[1:]), block)
        first = list(said.values())[:limit]
        rest = [block[0] for block in blocks
                if all(block is not shown for shown in first)]
        return [line for block in first for line in block] + (
            ["and, in short:"] if rest else []) + rest

    def _not_run(self):
        """Lines about the checks that did not end."""
        if not self.planned and any(b.results.plan for b in self.boots):
            return ["not run: the kernel has no check for it"]
        alike = {}
        for boot in self.boots:
            if self.planned and boot not in self.short + self.stopped:
                continue
            alike.setdefault(not_run(boot), []).append(boot)
        return [words + self._with(boots) for words, boots in alike.items()]

    def _with(self, boots):
        """The boots' labels, if only some of the boots are meant."""
        if len(boots) == len(self.boots):
            return ""
        return " (only with %s)" % labels(boots)

    def complaints(self, roots):
        """Explain lost points; roots: what to fix first."""
        if not self.lost:
            return []
        lines = []
        if roots:
            lines.append("first fix %s: %s depends on %s, and this may only "
                         "follow" % (" and ".join(roots), self.subject.name,
                                     "it" if len(roots) == 1 else "them"))
        own = [name for name in self.failed if name not in self.causes]
        lines += self._blocks(own, MAX_FOLLOWING if roots else MAX_FAILS)
        lines += self._caused()
        if self.unrun or self.stopped or not self.planned:
            lines += self._not_run()
        return lines

    def _caused(self):
        """Lines about the failures that come from other functions."""
        alike = {}
        for name in self.failed + [""]:
            if name in self.causes:
                alike.setdefault(" and ".join(self.causes[name]),
                                 []).append(name)
        lines = []
        for causes, names in alike.items():
            lines.append("first fix %s: with a right %s instead, %s" % (
                causes, causes, "all checks of %s run" % self.subject.name
                if names == [""] else "%s of %s %s" % (
                    count(len(list(filter(None, names))), "rule"),
                    self.subject.name,
                    "holds" if len(names) == 1 else "hold")))
            lines += self._blocks([name for name in names if name],
                                  MAX_FOLLOWING)
        return lines

    def below(self):
        """The names of the subjects that may cause its failures."""
        if (self.failed and self.subject.name not in UNDER_DIRECTORY
                and all(name.startswith(WITH_DIRECTORY)
                        for name in self.failed)):
            return self.subject.below + (DIRECTORY,)
        return self.subject.below

    def advice(self):
        """Lines about checks that fail, but cost no points."""
        if "advice" in self.kinds:
            return []
        return [name for name in self._checks(("advice",))
                if self._status(name) == FAIL]

    def remarks(self):
        lines = ["skipped: %s: %s" % (name, " ".join(
            self._in_boots(name, SKIP)[0].results.checks[name].lines))
            for name in self.skipped[:MAX_SKIPS]]
        if len(self.skipped) > MAX_SKIPS:
            lines.append("(and %d more skipped)"
                         % (len(self.skipped) - MAX_SKIPS))
        if self.follows:
            lines += self._caused()
        if self.short and not self.lost and not self.out_of_reach:
            lines.append("some of its checks did not run with %s, where the"
                         " kernel stopped" % labels(self.short))
        if self.advice() and not self.lost:
            lines.append("advice, without points:")
            lines += self._blocks(self.advice())
        return lines

    def cases(self):
        words = {FAIL: ADVICE if self.follows else FAILED, SKIP: SKIPPED}
        cases = []
        for name in self._checks(self.kinds):
            status = self._status(name)
            lines = (self._block(name) if status == FAIL else
                     self._in_boots(name, status)[0].results.checks[name]
                     .lines)
            cases.append(Case(name, words.get(status, PASSED), lines))
        cases += [Case(name, ADVICE, self._block(name))
                  for name in self.advice()]
        if self.short or not self.planned:
            cases.append(Case("all checks of it run", NOT_RUN,
                              self._not_run()))
        return cases

    def summary(self):
        """The number of checks and of failures, as a short text."""
        if not self.planned:
            return ""
        words = count(self.planned, "check")
        if self.failed:
            words = "%d of %s failed" % (len(self.failed), words)
        if self.failed and self.follows:
            words += " because of %s" % " and ".join(dict.fromkeys(
                name for causes in self.causes.values() for name in causes))
        ran = len(self._checks(self.kinds))
        if ran < self.planned:
            words += ", %s run" % ("%d" % ran if ran else "none")
        if self.skipped:
            words += ", %d skipped" % len(self.skipped)
        return words


def listed(words):
    """32 MB, 64 MB and 128 MB."""
    words = list(words)
    return " and ".join(filter(None, [", ".join(words[:-1])] + words[-1:]))


def labels(boots):
    return listed(boot.label for boot in boots)


def merged(outputs):
    """One check's outputs, {label: lines}, as one list of lines. Those that
    only some have are followed by their labels."""
    first, *others = outputs.values()
    if any(len(lines) != len(first) for lines in others):
        whole = {}
        for label, lines in outputs.items():
            whole.setdefault(tuple(lines), []).append(label)
        return first[:1] + [
            line for lines, found in whole.items()
            for line in ["    with %s:" % listed(found)] + list(lines[1:])]
    result = []
    for row in zip(*outputs.values()):
        alike = {}
        for label, line in zip(outputs, row):
            alike.setdefault(line, []).append(label)
        result += row[:1] if len(alike) == 1 else [
            "%s (with %s)" % (line, listed(found))
            for line, found in alike.items()]
    return result


def subjects_of(boots, subjects):
    """These subjects, then those that only the kernel's checks name."""
    known = {subject.name for subject in ALL_SUBJECTS}
    others = []
    for boot in boots:
        for name in boot.results.plan:
            if name not in known:
                known.add(name)
                others.append(Subject(name, 0))
    return list(subjects) + others


def roots_of(name, below, broken):
    """The lowest broken subjects that it depends on: those that do not depend
    on broken ones themselves."""
    found = closure(below[name], below) & broken
    return [each.name for each in ALL_SUBJECTS if each.name in found
            and not roots_of(each.name, below, broken)]


def result_of(verdict, roots):
    """The subject's Result; roots: what to fix before it."""
    points = 0 if verdict.out_of_reach else verdict.subject.points
    return Result(verdict.subject.name, points, verdict.complaints(roots),
                  verdict.remarks(), verdict.cases(), verdict.summary(),
                  verdict.lost and not verdict.failed)


def verdicts(boots, kinds=OWN_KINDS, subjects=SUBJECTS):
    return [Verdict(subject, boots, kinds)
            for subject in subjects_of(boots, subjects)]


def judge(boots, kinds=OWN_KINDS, subjects=SUBJECTS, causes=None):
    """The section of the rules from these boots. causes: what experiments have
    shown (causes.py), for a course's file. Without them, a subject that depends
    on a broken one is said to follow it, perhaps."""
    found = verdicts(boots, kinds, subjects)
    below = {verdict.subject.name: verdict.below() for verdict in found}
    broken = {verdict.subject.name for verdict in found if verdict.broken}
    if causes is not None:
        broken = set()
        for verdict in found:
            verdict.blame(causes.get(verdict.subject.name, {}))
    return Section("Rules, from the bottom up", "Rules", [
        result_of(verdict, roots_of(verdict.subject.name, below, broken))
        for verdict in found
        if not verdict.out_of_reach or verdict.planned or verdict.advice()])


def unbuilt(reason, kinds=OWN_KINDS, subjects=SUBJECTS):
    """The section if nothing could be booted."""
    return Section("Rules", "Rules", [
        Result(subject.name, subject.points, [reason], unrun=True)
        for subject in subjects if kinds == OWN_KINDS or not subject.own])
