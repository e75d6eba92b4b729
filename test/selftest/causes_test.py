"""Tests of causes.py: which function a failure is said to come from."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import causes, grading, rules  # noqa: E402
from lib import endings, unit  # noqa: E402
from selftest.samples import KEY, SYMBOLS, graded_console  # noqa: E402

ALLOC, FREE = "check_page_alloc/distinct", "check_page_alloc/pushed"
WALK, LOOKUP = "check_page/walk_creates", "check_page/lookup_absent"
SAME, COUNTS = "check_page/insert_same", "check_page/insert_counts"


def boot(fates=None, label="64 MB", outcome=None, **more):
    return grading.Boot(graded_console(fates, **more), outcome,
                        endings.Symbols(SYMBOLS), 1.0, KEY, label)


def failing(*names):
    return {name: "FAIL" for name in names}


class CausesTest(unittest.TestCase):
    def find(self, boots, *worlds):
        """The causes. worlds: (functions, what fails with these replaced); with
        others replaced, the same fails as without."""
        self.made = []

        def boot_with(place, names, right):
            self.made.append((place.label, tuple(right)))
            for functions, left in worlds:
                if set(right) == set(functions):
                    return boot(failing(*left))
            return place

        return causes.find(boots, boot_with)

    def judged(self, boots, found):
        return {result.name: result for result in rules.judge(
            boots, rules.COURSE_KINDS, causes=found).results}

    def test_a_failure_that_a_right_function_cures(self):
        boots = [boot(failing(ALLOC, WALK))]
        found = self.find(boots, (["page_alloc"], []))
        self.assertEqual(found, {"pgdir_walk": {WALK: ["page_alloc"]}})
        row = self.judged(boots, found)["pgdir_walk"]
        self.assertEqual(row.score, row.max_score)
        self.assertEqual(row.remarks[0], "first fix page_alloc: with a right "
                         "page_alloc instead, 1 rule of pgdir_walk holds")
        self.assertIn("FAIL %s: the rule of it" % WALK, row.remarks)
        self.assertEqual(self.judged(boots, found)["page_alloc"].score, 0)

    def test_a_failure_that_it_does_not_cure(self):
        boots = [boot(failing(ALLOC, WALK))]
        found = self.find(boots, (["page_alloc"], [WALK]))
        self.assertEqual(found, {})
        row = self.judged(boots, found)["pgdir_walk"]
        self.assertEqual(row.score, 0)
        self.assertNotIn("first fix", "\n".join(row.output))

    def test_one_of_two_failures_is_its_own(self):
        boots = [boot(failing(ALLOC, SAME, COUNTS))]
        found = self.find(boots, (["page_alloc"], [COUNTS]))
        row = self.judged(boots, found)["page_insert"]
        self.assertEqual(row.score, 0)
        first = row.complaints.index("first fix page_alloc: with a right "
                                     "page_alloc instead, 1 rule of "
                                     "page_insert holds")
        self.assertLess(row.complaints.index("FAIL %s: the rule of it"
                                             % COUNTS), first)
        self.assertGreater(row.complaints.index("FAIL %s: the rule of it"
                                                % SAME), first)

    def test_the_lowest_cause_is_named(self):
        found = self.find([boot(failing(ALLOC, WALK, SAME))],
                          (["page_alloc"], []), (["pgdir_walk"], [ALLOC]))
        self.assertEqual(found, {"pgdir_walk": {WALK: ["page_alloc"]},
                                 "page_insert": {SAME: ["page_alloc"]}})
        # Only page_alloc is suspect then.
        self.assertEqual(self.made, [("64 MB", ("page_alloc",))])

    def test_two_causes_of_one_failure(self):
        found = self.find([boot(failing(ALLOC, LOOKUP, SAME))],
                          (["page_alloc", "page_lookup"], []))
        self.assertEqual(found, {"page_insert":
                                 {SAME: ["page_alloc", "page_lookup"]}})

    def test_of_three_that_are_wrong_the_two_that_matter(self):
        found = self.find([boot(failing(ALLOC, FREE, LOOKUP, SAME))],
                          (["page_alloc", "page_free", "page_lookup"], []),
                          (["page_alloc", "page_lookup"], [FREE]))
        self.assertEqual(found.get("page_insert"),
                         {SAME: ["page_alloc", "page_lookup"]})

    def test_of_two_that_cure_each_other_the_lower_is_wrong(self):
        found = self.find([boot(failing(WALK, SAME))],
                          (["pgdir_walk"], []), (["page_insert"], []))
        self.assertEqual(found, {"page_insert": {SAME: ["pgdir_walk"]}})

    def test_the_machine_on_which_it_failed(self):
        boots = [boot(failing(ALLOC), "32 MB"),
                 boot(failing(ALLOC, WALK), "256 MB")]
        found = self.find(boots, (["page_alloc"], [WALK]))
        self.assertEqual(found, {})
        self.assertEqual(self.made[0], ("256 MB", ("page_alloc",)))

    def test_checks_that_did_not_run(self):
        hang = endings.Outcome(endings.HANG, "hang")
        boots = [boot({}, "64 MB", hang, stop_in=ALLOC)]
        found = self.find(boots, (["page_alloc"], []))
        rows = self.judged(boots, found)
        self.assertEqual([name for name, row in rows.items()
                          if row.score < row.max_score], ["page_alloc"])
        self.assertIn("first fix page_alloc: with a right page_alloc instead, "
                      "all checks of mem_init run", rows["mem_init"].remarks)

    def test_nothing_to_find(self):
        self.assertEqual(self.find([boot()]), {})
        self.assertEqual(self.find([boot(failing(SAME))]), {})
        self.assertEqual(self.find([boot(failing("check_kern_pgdir/window",
                                                 "check_kern_pgdir/window"))]),
                         {})
        self.assertEqual(self.made, [])


if __name__ == "__main__":
    unit.main()
