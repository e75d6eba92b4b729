"""Tests of grading our own kernel: the kernel's output and the graders must
agree, and the graders' files must be readable.

usage: python3 test/selftest/grader_kernel_test.py       after make
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, rules  # noqa: E402
from lib import qemu, results, unit  # noqa: E402


# Functions of check_disk, which `check` runs in the monitor: no lab grades them.
UNGRADED = {"swap_area_find", "ide_start", "ide_transfer", "ide_interrupt",
            "ide_tick"}

# Those of a boot with a swap area.
OF_SWAP = UNGRADED | {each.name for each in rules.SWAP_SUBJECTS}


def script(*words):
    """Run a grader on the built kernel; return its status and output."""
    answer = subprocess.run(
        [sys.executable] + list(words), cwd=qemu.ROOT, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300)
    return answer.returncode, answer.stdout.decode()


class WordsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.boot = grading.boot_kernel()

    def test_it_finishes(self):
        self.assertTrue(self.boot.results.done)
        self.assertIsNone(self.boot.outcome)

    def test_all_planned_subjects_have_points(self):
        planned = set(self.boot.results.plan) - UNGRADED
        self.assertEqual(planned, {each.name for each in rules.ALL_SUBJECTS})

    def test_subjects_without_rules_are_marked_own(self):
        plan = self.boot.results.plan
        self.assertEqual({name for name in set(plan) - UNGRADED
                          if "rule" not in plan[name]},
                         {each.name for each in rules.ALL_SUBJECTS if each.own})

    def test_kinds_are_known(self):
        for kinds in self.boot.results.plan.values():
            self.assertLessEqual(set(kinds), set(rules.OWN_KINDS))

    def test_each_planned_check_ends(self):
        found = self.boot.results
        for subject in set(found.plan) - OF_SWAP:
            for kind in found.plan[subject]:
                self.assertEqual(len(found.of_subject(subject, (kind,))),
                                 found.planned(subject, (kind,)),
                                 "%s %s" % (subject, kind))

    def test_all_pass(self):
        self.assertEqual([check.name for check
                          in self.boot.results.checks.values()
                          if check.status == results.FAIL], [])

    def test_without_a_key_there_are_no_results(self):
        with qemu.Machine(transcript=None) as machine:
            machine.wait_for_prompt()
            self.assertNotIn("\n@", machine.text)
            self.assertIn("\ncheck_page() succeeded!\n", machine.text)


class ScriptsTest(unittest.TestCase):
    def test_full_marks_in_all_formats(self):
        with tempfile.TemporaryDirectory() as folder:
            json_file = os.path.join(folder, "results.json")
            xml_file = os.path.join(folder, "junit.xml")
            status, output = script("grade-lab2", "--no-build", "--json",
                                    json_file, "--junit", xml_file)
            self.assertEqual(status, 0, output)
            self.assertEqual(output.splitlines()[-1], "Lab 2: 200/200")
            with open(json_file, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["score"], 200)
            root = ElementTree.parse(xml_file).getroot()
            self.assertEqual(root.get("failures"), "0")

    def test_only_one_function(self):
        status, output = script("grade-lab2", "--no-build", "--only",
                                "page_lookup")
        self.assertEqual(status, 0, output)
        self.assertIn("  ok   check_page/lookup", output)
        self.assertNotIn("insert", output)

    def test_only_with_an_unknown_name(self):
        status, output = script("grade-lab2", "--no-build", "--only",
                                "page_lokup")
        self.assertEqual(status, 1)
        self.assertIn("no check, function or group of that name", output)


if __name__ == "__main__":
    unit.main()
