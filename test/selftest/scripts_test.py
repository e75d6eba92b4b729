"""Tests of how the scripts under test/ import each other."""

import ast
import glob
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit  # noqa: E402

TESTS = os.path.join(qemu.ROOT, "test")
FILES = [os.path.relpath(path, TESTS)
         for path in sorted(glob.glob(os.path.join(TESTS, "*", "*.py")))]
FOLDERS = {os.path.dirname(path) for path in FILES}


def text_of(path):
    with open(os.path.join(TESTS, path), encoding="utf-8") as file:
        return file.read()


def imported(path):
    """The first part of each module's name that the file imports."""
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


class ImportTest(unittest.TestCase):
    def test_scripts_run_from_anywhere(self):
        """Through a path with a space and a symbolic link, safe path or not."""
        with tempfile.TemporaryDirectory(prefix="a folder ") as folder:
            link = os.path.join(folder, "tree")
            os.symlink(qemu.ROOT, link)
            for path in FILES:
                if ("argparse" not in text_of(path)
                        or "__main__" not in text_of(path)):
                    continue
                for safe in ("", "1"):
                    with self.subTest(path=path, safe=safe):
                        answer = subprocess.run(
                            [sys.executable, os.path.join(link, "test", path),
                             "--help"], cwd=folder, check=False,
                            env=dict(os.environ, PYTHONSAFEPATH=safe),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                        self.assertEqual((answer.returncode,
                                          answer.stdout[:6]), (0, b"usage:"))

    def test_no_file_has_the_name_of_a_module_of_python(self):
        known = set(getattr(sys, "stdlib_module_names", ()))
        names = {os.path.basename(path)[:-3] for path in FILES} | FOLDERS
        self.assertEqual(sorted(names & known), [])

    def test_helpers_import_only_helpers(self):
        for path in FILES:
            if os.path.dirname(path) == "lib":
                with self.subTest(path=path):
                    self.assertEqual(set(imported(path)) & FOLDERS - {"lib"},
                                     set())


if __name__ == "__main__":
    unit.main()
