"""A checkout has LF at its line ends, whatever the user's git converts."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit  # noqa: E402


def git(*words, cwd=qemu.ROOT):
    return subprocess.run(("git",) + words, cwd=cwd, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def tracked():
    """The names of all files that git tracks."""
    return [name for name in git("ls-files", "-z").decode().split("\0")
            if name and os.path.isfile(os.path.join(qemu.ROOT, name))]


@unittest.skipUnless(shutil.which("git") and
                     os.path.exists(os.path.join(qemu.ROOT, ".git")),
                     "this tree is no git checkout")
class CheckoutTest(unittest.TestCase):
    def test_no_conversion(self):
        """With core.autocrlf, git writes the same bytes."""
        with tempfile.TemporaryDirectory(prefix="pagewalk-git.") as folder:
            git("init", "-q", folder)
            for name in tracked():
                path = os.path.join(folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                shutil.copyfile(os.path.join(qemu.ROOT, name), path)
            git("-c", "core.autocrlf=true", "add", "-A", cwd=folder)
            before = {name: self.content(folder, name) for name in tracked()}
            for name in before:
                os.remove(os.path.join(folder, name))
            git("-c", "core.autocrlf=true", "checkout-index", "-a", cwd=folder)
            changed = [name for name in before
                       if self.content(folder, name) != before[name]]
        self.assertEqual(changed, [])

    def test_no_carriage_return(self):
        """No tracked text has CR LF."""
        lines = git("ls-files", "--eol").decode().splitlines()
        self.assertEqual([line for line in lines if "crlf" in line.split()[0]
                          or "mixed" in line.split()[0]], [])

    @staticmethod
    def content(folder, name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()


if __name__ == "__main__":
    unit.main()
