"""Tests of tools/size.py: what counts as a line of code."""

import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit  # noqa: E402

sys.path.insert(0, os.path.join(qemu.ROOT, "tools"))

import size  # noqa: E402


class CountTest(unittest.TestCase):
    def code(self, text):
        return size.count_lines(text)[1]

    def test_blank_lines_and_comments_are_no_code(self):
        text = "/*\n * A comment.\n */\n\nint a;\t/* one */\n// more\nint b;\n"
        self.assertEqual(size.count_lines(text), (7, 2))

    def test_code_on_both_sides_of_a_comment(self):
        self.assertEqual(self.code("int /* a\n b */ c;\n"), 2)

    def test_what_looks_like_a_comment_in_a_string(self):
        self.assertEqual(self.code('char *a = "/*";\nint b;\nchar c = \'"\';'
                                   '\n/* "\n" */\n'), 3)

    def test_an_empty_file(self):
        self.assertEqual(size.count_lines(""), (0, 0))


class TableTest(unittest.TestCase):
    def test_folders_do_not_count_their_subfolders(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "kern", "dev"))
            for name in ("kern/a.c", "kern/b.S", "kern/build.mk",
                         "kern/dev/c.h"):
                with open(os.path.join(root, name), "w",
                          encoding="utf-8") as file:
                    file.write("one\n\ntwo\n")
            out = io.StringIO()
            size.print_table(root, "obj", [], out)
        rows = {line[:16].strip(): line.split()[-5:]
                for line in out.getvalue().splitlines()}
        self.assertEqual(rows["kernel proper"], ["2", "6", "4", ".", "kern"])
        self.assertEqual(rows["devices"], ["1", "3", "2", ".", "kern/dev"])
        self.assertEqual(rows["all"][1:], ["3", "9", "6", "."])


if __name__ == "__main__":
    unit.main()
