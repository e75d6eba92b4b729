"""`tools/paging record` and `measure` with a kernel, in QEMU.

usage: python3 test/paging/record_test.py [--image FILE]    (make check-paging)

Records testbss, whose accesses are known: it reads an array from one end to the
other, writes it, and reads it again.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit                                  # noqa: E402
from paging.samples import tool                             # noqa: E402

import measure                                              # noqa: E402
import record                                               # noqa: E402
import reftrace                                             # noqa: E402

ARRAY = 1024            # pages of testbss's array, or one more


class Record(unittest.TestCase):
    def test_an_array_is_read_written_and_read(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "testbss.txt")
            with open(file, "w", encoding="utf-8") as stream:
                done = subprocess.run(
                    [sys.executable, os.path.join(qemu.ROOT, "tools",
                                                  "paging"),
                     "record", "testbss", "--image", IMAGE], stdout=stream,
                    stderr=subprocess.PIPE, universal_newlines=True,
                    timeout=600, check=False)
            if "built without plugins" in done.stderr:
                self.skipTest(done.stderr.strip())
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            with open(file, encoding="utf-8") as stream:
                trace = reftrace.parse(file, stream)
        numbers = [int(name, 16) for name in trace.names]
        # Code and stack are used all the time; the array's pages, in turn.
        used = []
        first = min(numbers)
        self.assertEqual(first, 0x800)          # UTEXT: instructions
        for op in trace.ops:
            page = numbers[op >> 1]
            entry = page - first, bool(op & 1)
            if page > 0xE0000 or (used and used[-1] == entry):
                continue
            used.append(entry)
        code = min(page for page, _ in used)
        sweep = [entry for entry in used if entry[0] > code + 8]
        sweep = [entry for i, entry in enumerate(sweep)
                 if not i or entry != sweep[i - 1]]
        pages = sorted({page for page, _ in sweep})
        self.assertEqual(pages, list(range(pages[0], pages[-1] + 1)))
        self.assertTrue(ARRAY - 10 < len(pages) <= ARRAY + 1, len(pages))
        expected = [(page, write) for write in (False, True, False)
                    for page in pages]
        # The array may share its last page with variables of the library.
        for found, wanted in zip([e for e in sweep if e[0] < pages[-1]] +
                                 [None],
                                 [e for e in expected if e[0] < pages[-1]] +
                                 [None]):
            self.assertEqual(found, wanted)
        # The page of the wild write is never in memory.
        self.assertLess(max(page for page, _ in used), pages[-1] + 1)

    def test_two_environments_are_refused(self):
        status, out, err = tool("record", "dumbfork", "--image", IMAGE)
        if "built without plugins" in err:
            self.skipTest(err.strip())
        self.assertEqual((status, out), (1, ""))
        self.assertIn("2 environments were created", err)

    def test_a_program_that_is_not_there(self):
        status, out, err = tool("record", "nosuch", "--image", IMAGE)
        if "built without plugins" in err:
            self.skipTest(err.strip())
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no environment was created", err)
        self.assertIn("There is no program 'nosuch'", err)


class Measure(unittest.TestCase):
    def test_the_kernels_counts_are_the_replays(self):
        """Unless pages came back before they were written (measure.py)."""
        status, out, err = tool("measure", "sequential", "--image", IMAGE,
                                "--frames", "31,62", "--policies",
                                "fifo,clock,aging")
        if "built without plugins" in err:
            self.skipTest(err.strip())
        self.assertEqual((status, err), (0, ""), out)
        self.assertRegex(out, "The kernel's counts are those of the replay in"
                         " [2-6] of 6 runs.\n")

    def options(self):
        parser = argparse.ArgumentParser()
        parser.set_defaults(image=IMAGE, qemu="qemu-system-i386", memory=64,
                            seconds=200)
        return parser.parse_args([])

    def test_a_recording_changes_no_count(self):
        """Nor does what ran before: the same run has the same counts."""
        with tempfile.TemporaryDirectory() as folder:
            area = record.disk(measure.make_area(folder), measure.SWAP_INDEX)
            with record.boot(self.options(), area) as machine:
                machine.prompt()
                for policy in measure.NAMES:
                    self.compare(machine, policy, 90)

    def compare(self, machine, policy, frames):
        plain = []
        for _ in range(2):
            for line in ("policy " + policy, "seed 1", "frames %d" % frames,
                         "reset"):
                measure.silent(machine, "swap " + line)
            machine.command("run quicksort")
            plain.append(self.counted(machine.command("swap")))
        run = measure.parse_run(policy, *measure.run_once(
            machine, "quicksort", frames, policy), None)
        plain.append(dict(run.kernel, returned=run.returned))
        if not any(counts["returned"] for counts in plain):
            self.assertEqual(plain, plain[:1] * 3, policy)
            self.assertEqual(run.own.faults, run.kernel["faults"], policy)
        most = measure.MAY_DIFFER[policy] * plain[0]["faults"]
        for counts in plain:
            self.assertLessEqual(abs(counts["faults"] - plain[0]["faults"]),
                                 most, (policy, plain))

    def counted(self, text):
        """What `swap` says, by the keys of a trace."""
        words = {"faults": "pages that came into memory",
                 "writes": "  written to the disk",
                 "returned": "  still here, on their way to the disk"}
        return {key: int(re.search(r"^  %s +(\d+)" % word, text,
                                   re.M).group(1))
                for key, word in words.items()}


class Refused(unittest.TestCase):
    """What needs no kernel."""

    def test_no_image(self):
        self.assertEqual(tool("record", "hello", "--image", "/nowhere"),
                         (1, "", "paging: /nowhere: no such file\n"))

    def test_no_compiler(self):
        self.assertEqual(
            tool("record", "hello", "--image", __file__, "--compiler",
                 "/no/cc"),
            (1, "", "paging: /no/cc: No such file or directory\n"))

    def test_no_qemu(self):
        self.assertEqual(
            tool("record", "hello", "--image", __file__, "--qemu", "/no/qemu"),
            (1, "", "paging: /no/qemu: No such file or directory\n"))

    def test_a_qemu_without_plugins(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = os.path.join(folder, "qemu")
            with open(fake, "w", encoding="utf-8") as stream:
                stream.write("#!/bin/sh\necho qemu: -plugin: invalid option\n")
            os.chmod(fake, 0o755)
            self.assertEqual(
                tool("record", "hello", "--image", __file__, "--qemu", fake),
                (1, "", "paging: this QEMU was built without plugins\n"))

    def test_a_qemu_that_ends(self):
        status, _, err = tool("record", "hello", "--image", __file__,
                              "--qemu", "/bin/echo")
        self.assertEqual(status, 1)
        self.assertIn("QEMU has ended:\n-display none", err)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--image", default=qemu.IMAGE)
    options, rest = parser.parse_known_args()
    IMAGE = os.path.abspath(options.image)
    sys.argv[1:] = rest
    unit.main()
