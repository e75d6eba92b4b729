"""Tests of the results with a key (results.py), and of what they are worth:
the classic points of lab 2, the rules (rules.py), checks by name (only.py)."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab2, only, rules  # noqa: E402
from lib import endings, report, results, unit  # noqa: E402
from selftest.samples import (CONSOLE, KEY, PROMPT, fail_block,  # noqa: E402
                              graded_checks, graded_console)

CLASSIC = ["Physical page allocator", "Page management",
           "Kernel page directory", "Page management 2"]


def boot(text, outcome=None, key=KEY, label=""):
    return grading.Boot(text, outcome, endings.Symbols(), key=key, label=label)


def parsed(text, key=KEY):
    return results.Results(text.split("\n"), key)


def graded(text, outcome=None):
    return grading.judge(lab2.LAB, boot(text, outcome))


def lost(section):
    return {result.name: "\n".join(result.complaints)
            for result in section.results if not result.passed}


def lost_points(text, outcome=None):
    """The lost points of the classic tests, and of the rules."""
    return [lost(section) for section in graded(text, outcome).sections]


TRIPLE_FAULT = endings.Outcome(endings.TRIPLE_FAULT, "triple fault")


class DeathTest(unittest.TestCase):
    """A check that ends the machine costs that check only."""

    def boots(self, *boots, at_prompt=None):
        """boot_kernel with these boots; and the names that each got."""
        given, left = [], list(boots)

        def boot_once(_timeout, _quiet, names, _at_prompt, _options):
            given.append(list(names))
            return left.pop(0)
        real, grading.boot_once = grading.boot_once, boot_once
        try:
            return grading.boot_kernel(at_prompt=at_prompt), given
        finally:
            grading.boot_once = real

    def dead(self, name="check_page/insert_same"):
        """A boot that ends during that check."""
        text = graded_console()
        mark = "@%s run %s" % (KEY, name)
        if mark not in text:
            text = text.replace("@%s ok %s" % (KEY, name), "%s page_insert"
                                " rule\n@%s ok %s" % (mark, KEY, name))
        end = text.index("\n", text.index(mark)) + 1
        return boot(text[:end], TRIPLE_FAULT)

    def living(self, name="check_page/insert_same"):
        """A boot without that check."""
        return boot("\n".join(
            line for line in graded_console().split("\n")
            if name not in line))

    def test_the_next_boot_leaves_it_out(self):
        found, given = self.boots(self.dead(), self.living())
        self.assertEqual(given, [[], ["-insert_same"]])
        self.assertIsNone(found.outcome)
        self.assertTrue(found.results.done)
        self.assertIn("check_page/insert_same ended the machine: triple fault",
                      found.deaths[0])

    def test_it_has_failed_and_costs_its_function(self):
        found, _given = self.boots(self.dead(), self.living())
        sections = grading.judge(lab2.LAB, found).sections
        self.assertEqual(list(lost(sections[0])), ["Page management"])
        self.assertEqual(list(lost(sections[1])), ["page_insert"])
        self.assertIn("triple fault", lost(sections[1])["page_insert"])

    def test_there_is_an_end(self):
        found, given = self.boots(*[self.dead() for _ in range(9)])
        self.assertEqual(len(given), 1 + grading.MOST_DEATHS)
        self.assertEqual(found.outcome.kind, endings.TRIPLE_FAULT)

    def test_after_some_deaths_the_rest_of_the_group_is_left_out(self):
        found, given = self.boots(
            self.dead(), self.dead(), self.dead(),
            self.living("check_page/"))
        self.assertEqual(given[-1], ["-insert_same"] * 3 + ["-check_page"])
        self.assertIsNone(found.outcome)
        classic, functions = grading.judge(lab2.LAB, found).sections
        self.assertEqual(list(lost(classic)), ["Page management"])
        self.assertIn("not run: too many checks of check_page ended the"
                      " machine", "\n".join(lost(functions).values()))

    def test_a_death_outside_of_checks_is_no_checks_fault(self):
        text = graded_console()
        text = text[:text.index("@%s done" % KEY)]
        _found, given = self.boots(boot(text, TRIPLE_FAULT))
        self.assertEqual(given, [[]])

    def test_the_rest_of_the_lab_runs_without_checks(self):
        text = graded_console()
        text = text[:text.index("@%s done" % KEY)]
        last = boot(PROMPT)
        last.found = "programs"
        found, given = self.boots(boot(text, TRIPLE_FAULT), last,
                                  at_prompt=lambda *_words: None)
        self.assertEqual(given, [[], list(grading.NO_CHECKS)])
        self.assertEqual(found.found, "programs")


class ResultsTest(unittest.TestCase):
    def test_a_whole_run(self):
        found = parsed(graded_checks())
        self.assertTrue(found.done)
        self.assertEqual(found.planned("page_insert"), 4)
        self.assertEqual(found.missing("page_insert"), 0)
        self.assertEqual(found.checks["check_page/insert_same"].status, "ok")

    def test_kinds_are_counted_apart(self):
        found = parsed(graded_checks())
        self.assertEqual(found.planned("boot_map_region", ("rule",)), 1)
        self.assertEqual(found.planned("boot_map_region"), 2)

    def test_another_key_has_no_results(self):
        found = parsed(graded_checks(key="fedcba9876543210"))
        self.assertFalse(found.any)

    def test_a_longer_key_is_another_key(self):
        self.assertFalse(parsed("@%s9 done 1 0\n" % KEY).any)

    def test_half_a_line_before_the_key_is_harmless(self):
        found = parsed("pp=f0@%s ok check_page/a page_insert rule\n" % KEY)
        self.assertEqual(found.checks["check_page/a"].status, "ok")

    def test_half_a_line_before_a_failure_is_harmless(self):
        found = parsed("pp=f0" + fail_block("check_page/a")
                       + "@%s FAIL check_page/a page_insert rule\n" % KEY)
        self.assertEqual(found.checks["check_page/a"].lines[0],
                         "FAIL check_page/a: the rule of it")

    def test_a_failure_has_its_block(self):
        found = parsed(graded_checks({"check_page/insert_same": "FAIL"}))
        self.assertEqual(found.checks["check_page/insert_same"].lines,
                         fail_block("check_page/insert_same").splitlines())
        self.assertEqual(found.loose(), [])

    def test_a_check_that_runs_twice_must_pass_twice(self):
        name = "check_page_free_list/all_others"
        found = parsed(graded_checks({}, second={name: "FAIL"}))
        self.assertEqual(found.checks[name].status, "FAIL")
        self.assertEqual([run.status for run in found.checks[name].runs],
                         ["ok", "FAIL"])

    def test_a_skip_has_its_reason(self):
        found = parsed(graded_checks({"check_page/flush": "skip"}))
        self.assertEqual(found.checks["check_page/flush"].lines,
                         ["this processor has none"])

    def test_a_failure_without_a_result_is_loose(self):
        found = parsed(fail_block("mem_init/guarded"))
        self.assertEqual(found.loose(),
                         fail_block("mem_init/guarded").splitlines())

    def test_notes(self):
        found = parsed("@%s note paging: 1728 cases\x07\n" % KEY)
        self.assertEqual(found.notes, ["paging: 1728 cases\\x07"])

    def test_damaged_lines_are_harmless(self):
        for rest in ("", "plan", "plan a rule", "plan a rule x", "ok", "ok a",
                     "ok a b", "FAIL", "skip x y", "done", "note", "??? 1 2",
                     "plan a rule 99999999999999999999", "\x00" * 9):
            parsed("@%s %s\n" % (KEY, rest))

    def test_keys_are_fresh_and_the_kernel_takes_them(self):
        keys = {results.fresh_key() for _ in range(50)}
        self.assertEqual(len(keys), 50)
        for key in keys:
            self.assertRegex(key, r"^[A-Za-z0-9]{8,32}$")

    def test_qemu_gets_key_and_names(self):
        self.assertEqual(
            results.boot_options("abc", ["page_insert", "x,y"]),
            ["-fw_cfg", "name=opt/pagewalk/grade,string=abc page_insert x,,y"])


class ForgeryTest(unittest.TestCase):
    """The classic points need the line and the results with the key."""

    def test_full_marks(self):
        found = graded(graded_console())
        self.assertEqual([(section.score, section.max_score)
                          for section in found.sections],
                         [(70, 70), (130, 130)])
        self.assertTrue(found.full)

    def test_lines_without_a_key_earn_nothing(self):
        classic, by_rule = lost_points(CONSOLE)
        self.assertEqual(list(classic), CLASSIC)
        for why in classic.values():
            self.assertIn("no result with the key of this run", why)
            self.assertIn("a printed line alone earns nothing", why)
        self.assertEqual(len(by_rule), len(rules.SUBJECTS))
        self.assertEqual(graded(CONSOLE).score, 0)

    def test_lines_with_a_wrong_key_earn_nothing(self):
        self.assertEqual(graded(graded_console(key="f" * 16)).score, 0)

    def test_without_its_own_results_a_group_earns_nothing(self):
        text = "".join(line for line in graded_console().splitlines(True)
                       if not line.startswith("@%s ok check_page/" % KEY))
        classic = lost_points(text)[0]
        self.assertEqual(list(classic), ["Page management",
                                         "Page management 2"])
        self.assertIn("no result of check_page's checks",
                      classic["Page management"])
        self.assertIn("1 of 2 results of tlb_invalidate",
                      classic["Page management 2"])

    def test_results_for_half_of_the_groups(self):
        """A kernel stops half-way, and other code prints the rest."""
        head = graded_console(stop_after="check_page/insert_full")
        classic, by_rule = lost_points(head + "".join(
            name + "() succeeded!\n" for name in lab2.ORDER[2:]) + PROMPT)
        self.assertEqual(list(classic), CLASSIC)
        self.assertIn("those, but the run of all checks did not "
                      "finish", classic["Physical page allocator"])
        self.assertIn("no result of check_kern_pgdir's checks",
                      classic["Kernel page directory"])
        self.assertEqual(list(by_rule),
                         ["tlb_invalidate", "mmio_map_region", "mem_init",
                          "paging"])

    def test_a_result_too_few_is_missed(self):
        text = graded_console().replace(
            "@%s ok check_page/insert_same page_insert rule\n" % KEY, "")
        classic, by_rule = lost_points(text)
        self.assertEqual(list(classic), ["Page management"])
        self.assertIn("3 of 4 results of page_insert",
                      classic["Page management"])
        self.assertEqual(list(by_rule), ["page_insert"])

    def test_success_printed_beside_a_failure(self):
        text = graded_console({"check_page/insert_same": "FAIL"}).replace(
            "check_page() FAILED: 1 of 12 checks", "check_page() succeeded!")
        self.assertNotIn("FAILED", text)
        classic = lost_points(text)[0]
        self.assertEqual(list(classic), ["Page management"])
        self.assertIn("check_page/insert_same", classic["Page management"])

    def test_a_failure_whose_block_is_not_seen(self):
        text = graded_console({"check_page/insert_same": "FAIL"}).replace(
            "check_page() FAILED: 1 of 12 checks", "check_page() succeeded!")
        text = text.replace(fail_block("check_page/insert_same"), "")
        classic = lost_points(text)[0]
        self.assertEqual(list(classic), ["Page management"])

    def test_results_after_the_prompt_earn_nothing(self):
        self.assertEqual(graded(CONSOLE + graded_checks()).score, 0)

    def test_a_missing_line_earns_nothing_though_the_checks_held(self):
        text = graded_console().replace("check_page() succeeded!\n", "")
        classic, by_rule = lost_points(text)
        self.assertEqual(list(classic), ["Page management"])
        self.assertEqual(by_rule, {})

    def test_the_free_list_is_checked_once_in_each_place(self):
        name = "check_page_free_list/all_others"
        first = lost_points(graded_console({name: "FAIL"}, second={}))
        second = lost_points(graded_console({}, second={name: "FAIL"}))
        self.assertEqual(list(first[0]), ["Physical page allocator"])
        self.assertEqual(list(second[0]), ["Page management 2"])
        self.assertEqual(list(first[1]), ["page_init"])
        self.assertEqual(list(second[1]), ["page_init"])

    def test_a_failed_group_names_its_checks(self):
        classic = lost_points(graded_console(
            {"check_page/insert_same": "FAIL",
             "check_page/insert_full": "FAIL"}))[0]
        self.assertIn("2 of 12 checks failed", classic["Page management"])
        self.assertIn("check_page/insert_same, a rule of page_insert",
                      classic["Page management"])

    def test_a_boot_without_a_key_is_believed_its_lines(self):
        found = grading.judge(lab2.LAB, boot(CONSOLE, key=None))
        self.assertEqual((found.score, found.max_score), (70, 70))


class RulesTest(unittest.TestCase):
    def rules(self, fates, kinds=rules.OWN_KINDS):
        return rules.judge([boot(graded_console(fates))], kinds)

    def test_the_points_are_a_hundred_and_thirty(self):
        self.assertEqual(sum(each.points for each in rules.SUBJECTS), 130)
        self.assertEqual(lab2.LAB.max_score, 200)

    def test_subjects_depend_only_on_earlier_ones(self):
        seen = set()
        for subject in rules.SUBJECTS:
            self.assertLessEqual(set(subject.below), seen, subject.name)
            seen.add(subject.name)

    def test_one_failure_costs_its_subject_only(self):
        section = self.rules({"check_page/insert_same": "FAIL"})
        why = lost(section)
        self.assertEqual(list(why), ["page_insert"])
        self.assertEqual(section.score, 115)
        self.assertEqual(why["page_insert"],
                         fail_block("check_page/insert_same").rstrip("\n"))

    def test_three_failures_are_shown_and_the_rest_in_short(self):
        fates = {"check_page/insert_" + name: "FAIL"
                 for name in ("replaces", "same", "counts", "full")}
        why = lost(self.rules(fates))["page_insert"]
        self.assertEqual(why.count("    expected: "), 3)
        self.assertEqual(why.splitlines()[-2:], [
            "and, in short:", "FAIL check_page/insert_full: the rule of it"])

    def test_the_lower_subject_comes_first_and_must_be_fixed_first(self):
        why = lost(self.rules({"check_page/insert_same": "FAIL",
                               "check_page_alloc/distinct": "FAIL",
                               "check_page_alloc/pushed": "FAIL"}))
        self.assertEqual(list(why), ["page_alloc", "page_free",
                                     "page_insert"])
        self.assertNotIn("first fix", why["page_alloc"])
        self.assertIn("first fix page_alloc: page_insert depends on it",
                      why["page_insert"])

    def test_an_independent_subject_is_no_consequence(self):
        why = lost(self.rules({"check_page/flush": "FAIL",
                               "check_page/walk_counts": "FAIL"}))
        self.assertEqual(list(why), ["pgdir_walk", "tlb_invalidate"])
        self.assertNotIn("first fix", why["tlb_invalidate"])

    def test_one_rule_is_shown_if_something_else_comes_first(self):
        fates = {"check_page/insert_" + name: "FAIL"
                 for name in ("replaces", "same", "counts", "full")}
        fates["check_page_alloc/distinct"] = "FAIL"
        why = lost(self.rules(fates))["page_insert"].splitlines()
        self.assertIn("first fix page_alloc", why[0])
        self.assertEqual(why[1], "FAIL check_page/insert_replaces: the rule "
                         "of it")
        self.assertEqual(why[5:], ["and, in short:"] + [
            "FAIL check_page/insert_%s: the rule of it" % name
            for name in ("same", "counts", "full")])

    def test_different_reasons_are_shown_before_equal_ones(self):
        fates = {"check_page/insert_" + name: "FAIL"
                 for name in ("same", "full", "replaces", "counts")}
        text = graded_console(fates)
        for name in ("replaces", "same", "counts"):     # all fail alike
            name = "check_page/insert_" + name
            text = text.replace(fail_block(name), fail_block(name).replace(
                "0x1 and 0x2", "NULL").replace(
                    "x.c:%d" % (2 * len(name)), "x.c:1"))
        why = lost_points(text)[1]["page_insert"]
        shown, rest = why.split("and, in short:\n")
        self.assertIn("FAIL check_page/insert_replaces", shown)
        self.assertIn("FAIL check_page/insert_full", shown)
        for name in ("same", "counts"):
            self.assertIn("FAIL check_page/insert_%s: " % name, rest)

    def test_checks_of_the_directory_depend_on_mem_init(self):
        seen, cr3 = ("check_page_installed_pgdir/" + name
                     for name in ("seen_at_once", "cr3"))
        why = lost(self.rules({seen: "FAIL", cr3: "FAIL"}))
        self.assertIn("first fix mem_init", why["tlb_invalidate"])
        self.assertNotIn("first fix", why["mem_init"])
        why = lost(self.rules({seen: "FAIL", cr3: "FAIL",
                               "check_page/remove_clears": "FAIL"}))
        self.assertIn("first fix mem_init:", why["page_remove"])
        why = lost(self.rules({seen: "FAIL", cr3: "FAIL",
                               "check_page/flush": "FAIL"}))
        self.assertNotIn("first fix", why["tlb_invalidate"])

    def test_failed_advice_is_no_cause_of_failures(self):
        why = lost(self.rules({"check_page/insert_same": "FAIL",
                               "check_page_alloc/double_free": "FAIL"}))
        self.assertEqual(list(why), ["page_free", "page_insert"])
        self.assertNotIn("first fix", why["page_insert"])

    def test_two_roots_are_both_named(self):
        why = lost(self.rules({"check_page/flush": "FAIL",
                               "check_page_alloc/decref_frees": "FAIL",
                               "check_page/remove_clears": "FAIL"}))
        self.assertIn("first fix page_decref and tlb_invalidate",
                      why["page_remove"])

    def test_a_skip_costs_nothing_and_is_shown(self):
        section = self.rules({"check_page/region_pse": "skip"})
        self.assertEqual(lost(section), {})
        remarks = [line for result in section.results
                   for line in result.remarks]
        self.assertEqual(remarks, ["skipped: check_page/region_pse: "
                                   "this processor has none"])

    def test_checks_that_did_not_run_are_listed_with_the_stop(self):
        outcome = endings.Outcome(endings.TRIPLE_FAULT, "triple fault: there")
        text = graded_console(stop_after="check_page/insert_same")
        found = graded(text, outcome)
        why = lost(found.sections[1])
        self.assertEqual(list(why), ["tlb_invalidate", "page_insert",
                                     "mmio_map_region", "mem_init", "paging"])
        for text in why.values():
            self.assertIn("not run: the kernel stopped before this: "
                          "triple fault: there", text)
        self.assertIn("the last check that ended: check_page/insert_same;"
                      " none was running", found.heading)
        summaries = {result.name: result.summary for result
                     in found.sections[1].results}
        self.assertEqual(summaries["page_insert"], "4 checks, 2 run")
        self.assertEqual(summaries["paging"], "1 check, none run")

    def test_the_check_running_when_the_kernel_stopped_has_failed(self):
        outcome = endings.Outcome(endings.TRIPLE_FAULT, "triple fault: there",
                                  ["by the stack"])
        found = graded(graded_console(stop_in="check_page/remove_clears"),
                       outcome)
        self.assertIn("the check that was running: check_page/remove_clears, of"
                      " page_remove", found.heading)
        why = lost(found.sections[1])
        self.assertEqual(why["page_remove"].splitlines()[:4], [
            "FAIL check_page/remove_clears: a rule of page_remove",
            "    expected: the check finishes",
            "    found:    triple fault: there",
            "                by the stack"])
        self.assertIn("first fix page_remove", why["page_insert"])
        unrun = {result.name: result.unrun for result
                 in found.sections[1].results if not result.passed}
        self.assertFalse(unrun["page_remove"])
        self.assertTrue(unrun["page_insert"])
        self.assertTrue(unrun["paging"])

    def test_a_check_that_the_kernel_left_has_failed(self):
        text = graded_console(stop_in="check_page/remove_clears") + PROMPT
        why = lost(graded(text).sections[1])
        self.assertIn("the kernel went on without a result",
                      why["page_remove"])

    def test_a_running_check_needs_the_key(self):
        text = graded_console(stop_after="check_page/flush") + \
            "@guess run check_page/remove_clears page_remove rule\n"
        found = graded(text, endings.Outcome(endings.HANG, "hang"))
        self.assertNotIn("FAIL", lost(found.sections[1])["page_remove"])

    def test_groups_that_were_not_called_are_listed(self):
        text = "".join(line for line in graded_console().splitlines(True)
                       if " check_page_alloc/" not in line)
        why = lost(graded(text).sections[1])
        self.assertIn("milestone()", why["page_alloc"])

    def test_a_check_that_did_not_run_is_no_cause_of_failures(self):
        outcome = endings.Outcome(endings.HANG, "hang")
        text = graded_console(stop_after="check_boot_alloc/aligned")
        for why in lost(graded(text, outcome).sections[1]).values():
            self.assertNotIn("first fix", why)

    def test_a_subject_whose_checks_are_gone_is_lost(self):
        text = "".join(line for line in graded_console().splitlines(True)
                       if " page_lookup " not in line)
        why = lost_points(text)[1]
        self.assertEqual(list(why), ["page_lookup"])
        self.assertIn("the kernel has no check for it", why["page_lookup"])

    def test_an_unknown_subject_has_no_points_but_counts(self):
        more = ("@%s plan swap rule 1\n" + fail_block("check_swap/x")
                + "@%s FAIL check_swap/x swap rule\n") % (KEY, KEY)
        found = graded(more + graded_console())
        self.assertEqual((found.score, found.max_score), (200, 200))
        self.assertEqual(list(lost(found.sections[1])), ["swap"])
        self.assertFalse(found.full)

    def test_in_our_tree_all_kinds_count(self):
        for name in ("check_page_alloc/double_free", "check_page/region_pse"):
            self.assertTrue(lost(self.rules({name: "FAIL"})))

    def test_advice_in_a_course_file_is_shown_without_points(self):
        section = self.rules({"check_page_alloc/double_free": "FAIL",
                              "check_page/region_pse": "FAIL"},
                             rules.COURSE_KINDS)
        self.assertEqual(lost(section), {})
        remarks = [line for result in section.results
                   for line in result.remarks]
        self.assertEqual(remarks, ["advice, without points:"] +
                         fail_block("check_page_alloc/double_free")
                         .splitlines())
        statuses = {case.name: case.status for result in section.results
                    for case in result.cases}
        self.assertEqual(statuses["check_page_alloc/double_free"],
                         report.ADVICE)

    def test_advice_is_shown_only_if_all_rules_hold(self):
        section = self.rules({"check_page_alloc/double_free": "FAIL",
                              "check_page_alloc/pushed": "FAIL"},
                             rules.COURSE_KINDS)
        self.assertEqual([result.remarks for result in section.results
                          if result.remarks], [])

    def test_advice_without_a_rule_is_shown_too(self):
        more = ("@%s plan swap advice 1\n" + fail_block("check_swap/x")
                + "@%s FAIL check_swap/x swap advice\n") % (KEY, KEY)
        section = rules.judge([boot(more + graded_console())],
                              rules.COURSE_KINDS)
        self.assertEqual((section.score, section.max_score), (120, 120))
        self.assertEqual(section.results[-1].name, "swap")
        self.assertIn("FAIL check_swap/x: the rule of it",
                      section.results[-1].remarks)

    def test_notes_come_through(self):
        text = graded_console().replace(
            "@%s done" % KEY, "@%s note 1728 cases\n@%s done" % (KEY, KEY))
        self.assertEqual(graded(text).notes, ["1728 cases"])


class SeveralBootsTest(unittest.TestCase):
    """A check must pass in each boot."""

    def judge(self, *boots):
        return rules.judge(list(boots), rules.COURSE_KINDS)

    def sized(self, megabytes, fates=None, outcome=None, **more):
        return boot(graded_console(fates, **more), outcome,
                    label="%d MB" % megabytes)

    def test_all_pass(self):
        section = self.judge(self.sized(32), self.sized(64))
        self.assertEqual((section.score, section.max_score), (120, 120))

    def test_a_failure_at_one_size_names_the_size(self):
        bad = {"check_page/insert_same": "FAIL"}
        section = self.judge(self.sized(32), self.sized(64, bad),
                             self.sized(128), self.sized(256, bad))
        self.assertIn("    only with 64 MB and 256 MB",
                      lost(section)["page_insert"])

    def test_a_failure_at_each_size_is_printed_once(self):
        bad = {"check_page/insert_same": "FAIL"}
        why = lost(self.judge(self.sized(32, bad), self.sized(64, bad)))
        self.assertEqual(why["page_insert"],
                         fail_block("check_page/insert_same").rstrip("\n"))

    def said(self, found, megabytes, more=""):
        """A boot where insert_same fails, and finds that."""
        text = graded_console({"check_page/insert_same": "FAIL"}).replace(
            "0x1 and 0x2\n", found + "\n" + more)
        return boot(text, label="%d MB" % megabytes)

    def test_words_that_differ_are_printed_with_their_sizes(self):
        why = lost(self.judge(self.said("frame 1", 32), self.said("none", 64),
                              self.sized(77), self.said("frame 1", 128)))
        self.assertEqual(why["page_insert"].splitlines()[1:], [
            "    expected: a == b",
            "    found:    frame 1 (with 32 MB and 128 MB)",
            "    found:    none (with 64 MB)",
            "    at kern/check_x.c:44",
            "    only with 32 MB, 64 MB and 128 MB"])

    def test_outputs_of_different_lengths_are_printed_whole(self):
        why = lost(self.judge(self.said("frame 1", 32), self.sized(64),
                              self.said("none", 128, "    a panic\n")))
        lines = why["page_insert"].splitlines()
        self.assertEqual(lines[1::4], ["    with 32 MB:", "    with 128 MB:",
                                       "    at kern/check_x.c:44"])
        self.assertEqual(lines[-1], "    only with 32 MB and 128 MB")
        for words in ("    found:    frame 1", "    found:    none",
                      "    a panic"):
            self.assertEqual(lines.count(words), 1)

    def test_a_check_that_runs_at_one_size_is_not_skipped(self):
        skip = {"check_page/region_bounds": "skip"}
        section = self.judge(self.sized(32, skip), self.sized(64))
        self.assertEqual([result.remarks for result in section.results
                          if result.remarks], [])
        section = self.judge(self.sized(32, skip), self.sized(64, skip))
        self.assertEqual(len([result.remarks for result in section.results
                              if result.remarks]), 1)
        self.assertEqual((section.score, section.max_score), (110, 110))

    def test_a_stop_at_one_size_names_the_size(self):
        hang = endings.Outcome(endings.HANG, "hang: no output")
        section = self.judge(self.sized(32), self.sized(
            64, None, hang, stop_after="check_page/insert_same"))
        why = lost(section)
        self.assertEqual(why["mem_init"], "not run: the kernel stopped before "
                         "this: hang: no output (only with 64 MB)")

    def test_only_what_stopped_it_loses_what_ran_elsewhere(self):
        hang = endings.Outcome(endings.HANG, "hang: no output")
        section = self.judge(self.sized(32), self.sized(
            256, None, hang, stop_after="check_page_alloc/distinct"))
        self.assertEqual(list(lost(section)), ["mem_init"])
        self.assertIn("some of its checks did not run with 256 MB, where the"
                      " kernel stopped",
                      [line for result in section.results
                       if result.name == "pgdir_walk"
                       for line in result.remarks])
        self.assertEqual([result.summary for result in section.results
                          if result.name == "page_insert"], ["4 checks"])

    def test_the_function_that_stopped_it_loses(self):
        fault = endings.Outcome(
            endings.TRIPLE_FAULT, "triple fault: Page Fault at eip 0xf0102000"
            " (page_init+44)")
        section = self.judge(self.sized(32), self.sized(
            256, None, fault, stop_after="check_page_alloc/distinct"))
        self.assertEqual(list(lost(section)), ["page_init"])

    def test_the_check_that_stopped_it_loses(self):
        hang = endings.Outcome(endings.HANG, "hang: no output")
        section = self.judge(self.sized(32), self.sized(
            256, None, hang, stop_in="check_page/walk_counts"))
        self.assertEqual(list(lost(section)), ["pgdir_walk"])

    def test_a_silent_boot_does_not_shrink_the_plan(self):
        dead = boot("", endings.Outcome(endings.HANG, "hang"), label="64 MB")
        section = self.judge(self.sized(32), dead)
        self.assertEqual((section.score, section.max_score), (105, 120))
        section = self.judge(dead, dead)
        self.assertEqual((section.score, section.max_score), (0, 120))

    def test_a_machine_that_does_not_start_costs_nothing(self):
        none = boot("", endings.Outcome(endings.NO_START, "no memory"),
                    label="4096 MB")
        self.assertEqual(lost(self.judge(self.sized(32), none)), {})


class OnlyTest(unittest.TestCase):
    def judge(self, text, *names, outcome=None):
        return only.judge(boot(text, outcome), names, ["heading"])

    def names(self, found):
        return [result.name for result in found.results]

    def test_by_function_group_check_and_full_name(self):
        text = graded_console()
        self.assertEqual(self.names(self.judge(text, "page_lookup")),
                         ["check_page/lookup_absent"])
        self.assertEqual(self.names(self.judge(text, "check_kern_pgdir")),
                         ["check_kern_pgdir/window"])
        for name in ("insert_same", "check_page/insert_same"):
            self.assertEqual(self.names(self.judge(text, name)),
                             ["check_page/insert_same"])

    def test_nothing_has_points(self):
        found = self.judge(graded_console(), "page_insert")
        self.assertEqual((len(found.results), found.score, found.max_score),
                         (4, 0, 0))
        self.assertTrue(found.full)

    def test_a_failure_fails(self):
        found = self.judge(graded_console({"check_page/flush": "FAIL"}),
                           "tlb_invalidate")
        self.assertFalse(found.full)
        self.assertEqual(found.results[0].complaints,
                         fail_block("check_page/flush").splitlines())

    def test_an_unknown_name_is_reported(self):
        found = self.judge(graded_console(), "page_inzert")
        self.assertFalse(found.full)
        self.assertIn("no check, function or group of that name has run",
                      found.results[0].complaints)

    def test_a_kernel_that_stops_is_reported(self):
        found = self.judge("", "flush",
                           outcome=endings.Outcome(endings.HANG, "a hang"))
        self.assertIn("a hang", "\n".join(found.results[0].complaints))


if __name__ == "__main__":
    unit.main()
