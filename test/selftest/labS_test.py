"""Tests of judging lab S (labS.py), with made-up consoles."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import (grade_all, grading, lab1, lab2, lab3, lab4,  # noqa: E402
                   labS, rules)
from lib import programs, unit  # noqa: E402

NEW = "[00000000] new env 00001000\n"

CONSOLES = {
    "bigmemory": NEW + "645 frames are free; using 2580 pages\n"
                 "round 1: 0 words are wrong\nround 2: 0 words are wrong\n"
                 "[00001000] exiting gracefully\n",
    "ondisk": NEW + "pages: \nondisk: 7 passed, 0 failed\n",
    "sixpages": NEW + "six pages\nmoved: six\nseven pages\nentered: 2\n",
}


def row_of(name):
    return next(row for row in labS.LARGE + labS.NEEDY if row.name == name)


def judged(name, console):
    boot = grading.Boot(NEW)
    boot.found = {name: programs.Run(console.split("\n"))}
    return next(test for test in labS.LAB.tests
                if test.name == name).judge(boot)


class Programs(unittest.TestCase):
    def test_right_lines_earn_the_points(self):
        for name, console in CONSOLES.items():
            self.assertEqual(judged(name, console), [], name)

    def test_wrong_data_lose_them(self):
        self.assertTrue(judged("bigmemory", CONSOLES["bigmemory"].replace(
            "round 2: 0 words", "round 2: 3 words")))
        self.assertTrue(judged("ondisk", CONSOLES["ondisk"].replace(
            "0 failed", "2 failed")))
        self.assertTrue(judged("sixpages", CONSOLES["sixpages"].replace(
            "moved: six", "moved: sox")))

    def test_a_program_that_ends_early_loses_them(self):
        for name in CONSOLES:
            self.assertTrue(judged(name, NEW), name)


class TheLab(unittest.TestCase):
    def test_each_subject_once(self):
        names = [subject.name for subject in rules.ALL_SUBJECTS]
        self.assertEqual(len(names), len(set(names)))

    def test_labs_1_to_4_keep_their_points(self):
        self.assertEqual([each.LAB.max_score
                          for each in (lab1, lab2, lab3, lab4)],
                         [50, 200, 130, 135])

    def test_make_grade_includes_it(self):
        self.assertEqual(grade_all.labs_so_far(), [1, 2, 3, 4, "S"])

    def test_without_an_area_it_is_skipped(self):
        report = grading.report_skipped(labS.LAB, "no area")
        self.assertTrue(report.full)
        self.assertEqual(report.score, 0)
        self.assertFalse(any(result.failed for result in report.results))
        self.assertEqual(len(report.results), len(labS.LAB.tests)
                         + len(rules.SWAP_SUBJECTS))

    def test_it_attaches_the_area(self):
        self.assertIn("index=2", " ".join(labS.LAB.options()))
        self.assertEqual(grading.Lab(9, "", []).options(), [])


if __name__ == "__main__":
    unit.main()
