"""Tests of the matrix without a kernel: results of rows, and the sample."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import endings, qemu, tap, unit  # noqa: E402
from matrix import bochs, build, matrix  # noqa: E402
from matrix import rows as qemu_rows  # noqa: E402
from matrix.rows import Row, Skip, Tree  # noqa: E402

NO_TREE = Tree("/nonexistent", "make")


def row_that(end):
    """A row that returns this text, or raises this exception."""
    def work(_tree):
        if isinstance(end, Exception):
            raise end
        return end
    return Row("group", "name", work)


def judge(end):
    return matrix.judge_row(row_that(end), NO_TREE)


def quietly(function, *args):
    """The function's result, and its output."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        value = function(*args)
    return value, output.getvalue()


class ResultTest(unittest.TestCase):
    def test_the_detected_machine_is_printed(self):
        result = judge("128 MiB")
        self.assertEqual((result.status, result.detail),
                         (matrix.OK, "128 MiB"))

    def test_a_failure_prints_what_was_found(self):
        result = judge(tap.Failed("five", ["four", "three"]))
        self.assertEqual(result.status, matrix.FAIL)
        self.assertEqual(result.lines, ["expected: five", "found:    `four`",
                                        "found:    `three`"])

    def test_a_machine_that_stops_has_failed(self):
        outcome = endings.Outcome(endings.TRIPLE_FAULT, "triple fault")
        result = judge(qemu.Stopped(outcome))
        self.assertEqual((result.status, result.detail),
                         (matrix.FAIL, "triple fault"))

    def test_a_mistake_in_a_row_has_failed(self):
        result = judge(KeyError("no such thing"))
        self.assertEqual(result.status, matrix.FAIL)
        self.assertIn("KeyError", result.detail)

    def test_a_skipped_row_says_why(self):
        result = judge(Skip("there is none"))
        self.assertEqual((result.status, result.detail),
                         (matrix.SKIP, "there is none"))


class MissingTest(unittest.TestCase):
    """On a host without emulators, no row passes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.dict(os.environ, PATH=folder.name)
        patch.start()
        self.addCleanup(patch.stop)
        patch = mock.patch.object(qemu, "qemu_command",
                                  lambda: ["qemu-system-i386"])
        patch.start()
        self.addCleanup(patch.stop)

    def statuses(self, rows):
        return {matrix.judge_row(row, NO_TREE).status for row in rows}

    def test_without_qemu(self):
        rows = qemu_rows.memory_rows() + qemu_rows.processor_rows()
        self.assertEqual(self.statuses(rows), {matrix.SKIP})

    def test_without_bochs(self):
        self.assertEqual(self.statuses(bochs.rows()), {matrix.SKIP})

    def test_without_grub(self):
        rows = [row for row in qemu_rows.disk_rows() if "GRUB" in row.name]
        self.assertEqual(len(rows), 2)
        self.assertEqual(self.statuses(rows), {matrix.SKIP})

    def test_without_compilers(self):
        rows = [row for row in build.rows()
                if "clang" in row.name or "cross" in row.name]
        self.assertGreater(len(rows), 5)
        self.assertEqual(self.statuses(rows), {matrix.SKIP})


class IsoTest(unittest.TestCase):
    def test_an_older_iso_does_not_pass(self):
        tree = Tree("/nonexistent", "make")
        with mock.patch.object(qemu_rows, "make_iso", side_effect=tap.Failed(
                "make iso succeeds", ["no room"])):
            matrix.prepare(tree)
        row = qemu_rows.iso_row("x")
        with mock.patch.object(qemu_rows, "need_grub"):
            result = matrix.judge_row(row, tree)
        self.assertEqual(result.status, matrix.FAIL)
        self.assertIn("found:    `no room`", result.lines)


class CloseTest(unittest.TestCase):
    def close(self, *statuses):
        results = [matrix.Result(status, "") for status in statuses]
        return quietly(matrix.close, results, results, 1)

    def test_all_passed(self):
        status, output = self.close(matrix.OK, matrix.OK)
        self.assertEqual(status, 0)
        self.assertEqual(output.splitlines()[-1], "2 passed, 0 failed")

    def test_one_failed(self):
        status, output = self.close(matrix.OK, matrix.FAIL, matrix.SKIP)
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[-1],
                         "1 passed, 1 failed, 1 skipped")

    def test_a_skipped_row_has_not_passed(self):
        self.assertEqual(self.close(matrix.SKIP, matrix.SKIP)[0], 1)
        self.assertEqual(self.close(matrix.OK, matrix.SKIP)[0], 0)

    def test_the_table_has_each_row(self):
        rows = [row_that("a"), row_that(Skip("b"))]
        results = [matrix.judge_row(row, NO_TREE) for row in rows]
        _, output = quietly(matrix.print_table, rows, results)
        self.assertEqual([line.split() for line in output.splitlines()[2:]],
                         [["group:", "name", "ok", "0.0", "a"],
                          ["group:", "name", "SKIP", "0.0", "b"]])


class ChoiceTest(unittest.TestCase):
    rows = matrix.all_rows()

    def titles(self, *words):
        return [row.title()
                for row in matrix.choose(self.rows, matrix.parse(words))]

    def test_all_rows(self):
        self.assertEqual(self.titles(), [row.title() for row in self.rows])

    def test_words(self):
        self.assertEqual(self.titles("--only", "memory 4096"),
                         ["memory: 4096 MiB"])
        self.assertEqual(self.titles("--only", "no such row"), [])

    def test_a_sample_has_its_own_rows_and_a_few_more(self):
        always = [row.title() for row in self.rows if row.sample]
        drawn = self.titles("--sample", "--seed", "2024-01-01")
        self.assertLessEqual(set(always), set(drawn))
        self.assertEqual(len(drawn), len(always) + matrix.BY_LOT)

    def test_a_sample_builds_nothing(self):
        for day in range(1, 29):
            drawn = matrix.draw(self.rows, "2024-01-%02d" % day)
            self.assertFalse([row for row in drawn if row.builds()])

    def test_a_day_has_its_own_lot(self):
        one = self.titles("--sample", "--seed", "2024-01-01")
        self.assertEqual(one, self.titles("--sample", "--seed", "2024-01-01"))
        self.assertNotEqual(one,
                            self.titles("--sample", "--seed", "2024-01-02"))

    def test_in_time_all_have_their_turn(self):
        drawn = set()
        for day in range(365):
            drawn.update(row.title() for row in
                         matrix.draw(self.rows, "day %d" % day))
        self.assertEqual(drawn, {row.title() for row in self.rows
                                 if not row.builds()})


class InstructionTest(unittest.TestCase):
    """Instructions that a 486 lacks are found in a listing."""

    LISTING = """\
f0100000 <first>:
f0100000:\t0f 44 c1             \tcmove  %ecx,%eax
f0100003:\t89 c8                \tmov    %ecx,%eax
f0100010 <second>:
f0100010:\t0f 57 c0             \txorps  %xmm0,%xmm0
f0100013:\t0f ba e0 03          \tbt     $0x3,%eax
""".splitlines()

    def test_later_instructions(self):
        self.assertEqual(build.later_instructions(self.LISTING),
                         ["cmove in first at f0100000",
                          "xorps in second at f0100010"])


if __name__ == "__main__":
    unit.main()
