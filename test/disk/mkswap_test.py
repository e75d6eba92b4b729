"""tools/mkswap: good areas, refusals, and what it leaves alone."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit  # noqa: E402
from disk import areas  # noqa: E402
from disk.areas import SLOT  # noqa: E402

TOOL = os.path.join(qemu.ROOT, "tools", "mkswap")
SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
KIB, MIB = 1 << 10, 1 << 20


class MkswapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mkswap.")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "a disk")

    def tool(self, *words, shell="sh"):
        answer = subprocess.run(
            [shell, TOOL] + list(words), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return answer.returncode, answer.stdout.decode()

    def made(self, *words, shell="sh"):
        self.assertEqual(self.tool(*words, shell=shell), (0, ""))
        return self.contents()

    def refused(self, part, *words):
        """It must say why, and leave the file as it is."""
        before = self.contents() if os.path.exists(self.path) else None
        status, output = self.tool(*words)
        self.assertEqual(status, 1, output)
        self.assertIn(part, output)
        self.assertTrue(output.startswith("mkswap: "), output)
        self.assertEqual(output.count("\n"), 1, output)
        after = self.contents() if os.path.exists(self.path) else None
        self.assertEqual(before, after)

    def contents(self):
        with open(self.path, "rb") as file:
            return file.read()

    def put(self, data):
        with open(self.path, "wb") as file:
            file.write(data)

    def test_sizes(self):
        """a new file has the size and the header of its area"""
        for shell in SHELLS:
            for size, slots in (("1", 256), ("8K", 2), ("64", 64 * 256),
                                ("8m", 2048), ("100k", 25), ("0012", 3072),
                                ("1G", 1 << 18), ("11K", 2)):
                if os.path.exists(self.path):
                    os.remove(self.path)
                self.assertEqual(self.tool(self.path, size, shell=shell),
                                 (0, ""))
                self.assertEqual(os.path.getsize(self.path), slots * SLOT)
                with open(self.path, "rb") as file:
                    head = file.read(SLOT)
                self.assertEqual(head, areas.header(slots).ljust(SLOT, b"\0"))

    def test_all_slot_counts(self):
        """the checksum is right for all carries of the sum"""
        for slots in (2, 0x595C, 0x595B, 0x5F3B, 0xFFFF, 0x10000, 0x10001):
            self.assertEqual(self.tool("--force", self.path, "%dK" %
                                       (slots * 4)), (0, ""))
            with open(self.path, "rb") as file:
                self.assertEqual(file.read(24), areas.header(slots))

    def test_largest(self):
        """an area of 4 GiB, which takes hardly any room"""
        self.assertEqual(self.tool(self.path, "4G"), (0, ""))
        status = os.stat(self.path)
        self.assertEqual(status.st_size, 4 << 30)
        self.assertLess(status.st_blocks * 512, MIB)
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(24), areas.header(1 << 20))

    def test_bad_sizes(self):
        for size in ("4097", "5G", "4194305K", "99999999999999999999"):
            self.refused("size " + size, self.path, size)
        for size in ("", "x", "K", "1.5", "-3", "1 2", "4KB"):
            self.refused("not a number of MiB", self.path, size)
        for size in ("0", "4K", "7K"):
            self.refused("the smallest area has 8 KiB", self.path, size)
        self.assertFalse(os.path.exists(self.path))

    def test_usage(self):
        for words in ((), (self.path,), (self.path, "1", "2"),
                      ("--what", self.path, "1"), ("--offset",)):
            status, output = self.tool(*words)
            self.assertEqual(status, 2, output)
            self.assertTrue(output.startswith("usage: "), output)
        status, output = self.tool("--help")
        self.assertEqual(status, 0)
        self.assertIn("usage: sh tools/mkswap", output)

    def test_other_files_are_kept(self):
        """a file that is no swap area is overwritten only with --force"""
        self.put(areas.noise(20000))
        self.refused("no swap area", self.path, "1")
        self.put(b"short")
        self.refused("no swap area", self.path, "1")
        self.put(bytes(20000))
        self.refused("no swap area", self.path, "1")
        self.assertEqual(len(self.made("--force", self.path, "1")), MIB)

    def test_areas_are_made_again(self):
        """an area, and an empty file, may be overwritten"""
        self.put(areas.area(20))
        data = self.made(self.path, "1")
        self.assertEqual(data, areas.header(256).ljust(MIB, b"\0"))
        data = self.made(self.path, "8K")
        self.assertEqual(data, areas.header(2).ljust(2 * SLOT, b"\0"))
        self.put(b"")
        self.assertEqual(len(self.made(self.path, "1")), MIB)

    def test_offset(self):
        """--offset writes one slot, and keeps the rest of the file"""
        before = areas.noise(100 * SLOT)
        self.put(before)
        self.refused("no swap area", "--offset", "63", self.path, "40K")
        after = self.made("--force", "--offset", "63", self.path, "40K")
        at = 63 * 512
        self.assertEqual(after[:at], before[:at])
        self.assertEqual(after[at:at + SLOT],
                         areas.header(10).ljust(SLOT, b"\0"))
        self.assertEqual(after[at + SLOT:], before[at + SLOT:])
        # It is an area now.
        self.made("--offset=63", self.path, "80K")

    def test_offset_must_fit(self):
        self.put(bytes(100 * SLOT))
        self.refused("do not fit", "--force", "--offset", "1", self.path,
                     "400K")
        self.refused("do not fit", "--force", "--offset", "900", self.path,
                     "8K")
        self.made("--force", "--offset", "784", self.path, "8K")
        self.refused("do not fit", "--force", "--offset", "785", self.path,
                     "8K")
        self.refused("not the number of a sector", "--offset", "x",
                     self.path, "8K")

    def test_offset_needs_a_file(self):
        self.refused("no such file", "--offset", "0", self.path, "8K")
        self.assertFalse(os.path.exists(self.path))

    def test_bad_files(self):
        self.refused("not a file", os.path.dirname(self.path), "1")
        self.refused("cannot be made", self.path + "/below/it", "1")
        if os.path.exists("/dev/full"):
            self.refused("not a file", "/dev/full", "1")
        if os.geteuid():
            self.put(areas.area(4))
            os.chmod(self.path, 0o444)
            self.refused("no permission", self.path, "1")

    def test_odd_names(self):
        """a name that looks like an option, after --"""
        folder = os.path.dirname(self.path)
        answer = subprocess.run(["sh", TOOL, "--", "-n", "8K"], cwd=folder,
                                check=False)
        self.assertEqual(answer.returncode, 0)
        self.assertEqual(os.path.getsize(os.path.join(folder, "-n")),
                         2 * SLOT)


if __name__ == "__main__":
    unit.main()
