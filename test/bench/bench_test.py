"""Tests of bench.py: parsing, agreement of runs, verdicts, the table."""

import json
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bench import bench  # noqa: E402
from lib import unit  # noqa: E402

with open(bench.GOALS, encoding="utf-8") as goals_file:
    GOALS = json.load(goals_file)

CALIBRATED = {"calibrate_loop": (2000003, 1)}


def complete():
    """A figure of 1 for each that the goals name."""
    return {(figure["boot"], figure["name"]): (1, 1)
            for figure in GOALS["figures"]}


class ParseTest(unittest.TestCase):
    def test_totals_and_times(self):
        self.assertEqual(
            bench.parse(["6828 decimal", "BENCH page_alloc_free 27000 1000",
                         "BENCH mem_init 230000"]),
            {"page_alloc_free": (27000, 1000), "mem_init": (230000, 1)})

    def test_a_broken_line_is_refused(self):
        for line in ("BENCH", "BENCH x", "BENCH x -3", "BENCH x 1 2 3",
                     "BENCH x 1 0", "BENCH x 0x10"):
            with self.subTest(line), self.assertRaises(bench.BenchError):
                bench.parse([line])

    def test_the_kernel_says_what_it_is(self):
        figures = bench.parse(["Kernel: CHECK=1 POISON=1, compiler 12",
                               "BENCH x 1"])
        self.assertEqual(figures.kernel, "CHECK=1 POISON=1, compiler 12")
        self.assertEqual(figures, {"x": (1, 1)})

    def test_a_figure_printed_twice_is_refused(self):
        with self.assertRaises(bench.BenchError):
            bench.parse(["BENCH x 1", "BENCH x 1"])


class TrustTest(unittest.TestCase):
    def calibrate(self, figures):
        bench.check_calibration(figures, GOALS["calibration"])

    def test_calibration_within_a_few_instructions(self):
        self.calibrate(CALIBRATED)
        self.calibrate({"calibrate_loop": (2000006, 1)})

    def test_calibration_off_or_missing_is_refused(self):
        for figures in ({}, {"calibrate_loop": (2000300, 1)},
                        {"calibrate_loop": (1000003, 1)}):
            with self.subTest(figures), self.assertRaises(bench.BenchError):
                self.calibrate(figures)

    def test_equal_runs_agree(self):
        self.assertEqual(bench.agree(CALIBRATED, dict(CALIBRATED)), CALIBRATED)

    def test_runs_that_differ_are_refused(self):
        for other in ({"a": (2, 1)}, {}, {"a": (1, 1), "b": (1, 1)}):
            with self.subTest(other), self.assertRaises(bench.BenchError):
                bench.agree({"a": (1, 1)}, other)

    def test_figures_that_wait_for_the_disk_may_differ(self):
        self.assertEqual(bench.agree({"a": (9, 1)}, {"a": (7, 1)}, ["a"]),
                         {"a": (7, 1)})


class SectorTest(unittest.TestCase):
    def test_bytes_up_to_the_last_that_is_not_zero(self):
        sector = (b"\xeb\0\0\x90").ljust(510, b"\0") + b"\x55\xaa"
        self.assertEqual(bench.sector_bytes(sector), 4)

    def test_a_full_sector(self):
        self.assertEqual(bench.sector_bytes(b"\x90" * 510 + b"\x55\xaa"), 510)

    def test_no_signature_is_refused(self):
        for sector in (b"", b"\0" * 512, b"\x90" * 100):
            with self.assertRaises(bench.BenchError):
                bench.sector_bytes(sector)

    def test_the_image_replaces_a_missing_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "image")
            with open(path, "wb") as file:
                file.write(b"\x90".ljust(510, b"\0") + b"\x55\xaa" + b"more")
            self.assertEqual(len(bench.read_sector("no such", path)), 512)


class TableTest(unittest.TestCase):
    def test_averages(self):
        self.assertEqual(bench.value_of((27000, 1000)), 27)
        self.assertEqual(bench.value_of((27310, 1000)), 27.3)
        self.assertEqual(repr(bench.value_of((28003, 1000))), "28")

    def test_verdicts(self):
        self.assertEqual(bench.verdict(28, 28), "met")
        self.assertEqual(bench.verdict(30, 25), "missed by 20.0 %")
        self.assertEqual(bench.verdict(30, None), "-")
        self.assertEqual(bench.verdict(None, 25), "missing")

    def test_all_there_and_met(self):
        table = bench.rows(GOALS, complete())
        self.assertEqual(bench.judge(table, True), (0, "All goals are met."))

    def test_a_missing_figure_fails(self):
        found = complete()
        del found["128 MB", "page_init"]
        status, sentence = bench.judge(bench.rows(GOALS, found), False)
        self.assertEqual(status, 1)
        self.assertIn("page_init", sentence)

    def test_a_compiler_may_have_a_goal_of_its_own(self):
        goals = {"figures": [{"name": "f", "boot": "b", "what": "f",
                              "goal": 10, "goal_clang": 12}]}
        found = {("b", "f"): (11, 1)}
        self.assertEqual(bench.rows(goals, found)[0]["verdict"],
                         "missed by 10.0 %")
        self.assertEqual(bench.rows(goals, found, "clang")[0]["verdict"],
                         "met")

    def test_a_missed_goal_fails_only_when_strict(self):
        found = complete()
        found["128 MB", "page_lookup"] = (33000, 1000)
        table = bench.rows(GOALS, found)
        self.assertEqual(bench.judge(table, False)[0], 0)
        status, sentence = bench.judge(table, True)
        self.assertEqual(status, 1)
        self.assertIn("page_lookup", sentence)

    def test_the_text_has_a_line_a_figure_and_the_peers(self):
        lines = bench.format_table(bench.rows(GOALS, complete()))
        self.assertEqual(len(lines), len(GOALS["figures"]) + 2)
        self.assertTrue(any("3,324,658" in line for line in lines))

    def test_the_checked_kernel_stands_beside(self):
        goals = {"figures": [
            {"name": "f", "boot": "128 MB", "what": "both"},
            {"name": "f", "boot": "64 MB", "what": "another machine"},
            {"name": "f", "boot": "checked", "what": "checked", "goal": 9},
        ]}
        found = {("128 MB", "f"): (28, 1), ("64 MB", "f"): (27, 1),
                 ("checked", "f"): (2000, 1)}
        lines = bench.format_table(bench.rows(goals, found))[2:]
        self.assertEqual([line.split() for line in lines], [
            ["both", "28", "2,000", "-", "-", "-", "-"],
            ["another", "machine", "27", "-", "-", "-", "-", "-"],
            ["checked", "-", "2,000", "9", "-", "-",
             "missed", "by", "22122.2", "%"]])

    def test_the_poison_and_the_audit_have_goals(self):
        """The book promises them."""
        goals = {(figure["boot"], figure["name"]): figure.get("goal")
                 for figure in GOALS["figures"]}
        self.assertLessEqual(goals["checked", "page_alloc_free"], 2200)
        self.assertLessEqual(goals["checked", "page_remove_frees"], 1060)
        self.assertLessEqual(goals["checked", "audit_1000_envs"], 5000000)


class GoalsTest(unittest.TestCase):
    def test_each_figure_has_its_boot(self):
        boots = set(GOALS["boots"]) | {"boot sector"}
        for figure in GOALS["figures"]:
            self.assertIn(figure["boot"], boots)
            self.assertTrue(figure["what"])


class MeasureTest(unittest.TestCase):
    def measure(self, runs):
        runs = iter(runs)
        with mock.patch.object(bench, "run_once",
                               lambda image, memory, cpu, swap: dict(next(runs))):
            return bench.measure(GOALS, {"plain": "p", "checked": "c",
                                         "swap": "s"})

    def test_each_boot_runs_twice(self):
        boots = len(GOALS["boots"])
        found = self.measure([CALIBRATED] * 2 * boots)
        self.assertEqual(len(found), boots)

    def test_a_difference_is_refused(self):
        with self.assertRaises(bench.BenchError):
            self.measure([dict(CALIBRATED, x=(1, 1)),
                          dict(CALIBRATED, x=(2, 1)),
                          dict(CALIBRATED, x=(3, 1))])

    def test_a_third_run_decides(self):
        boots = len(GOALS["boots"])
        found = self.measure(
            [dict(CALIBRATED, x=(1, 1))] + [dict(CALIBRATED, x=(2, 1))] * 2
            + [CALIBRATED] * 2 * (boots - 1))
        self.assertEqual([value for (_, name), value in found.items()
                          if name == "x"], [(2, 1)])


if __name__ == "__main__":
    unit.main()
