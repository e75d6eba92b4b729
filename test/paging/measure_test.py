"""`tools/paging measure`, with a kernel that is played by a script.

The script answers the monitor's commands. Its counts come from naive.py, the
second implementation of the policies. record_test.py has the kernel itself.
"""

import os
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit                                  # noqa: E402
from paging import naive                                    # noqa: E402
from paging.samples import some_ops, tool                   # noqa: E402

import measure                                              # noqa: E402
import policies                                             # noqa: E402
import record                                               # noqa: E402
import reftrace                                             # noqa: E402

OPS = some_ops(3, 400, 12, frees=False)
PAGES = len({op >> 1 for op in OPS})

# A kernel with a fault: {name of a policy: what it does instead}.
SCRIPT = """#!%(python)s
import sys
sys.path.insert(0, %(tests)r)
from paging import naive
ops, instead = %(ops)r, %(instead)r
state = {"policy": "clock", "frames": "0", "seed": "1"}
write = sys.stdout.write
write(%(boot)r + "K> ")
sys.stdout.flush()
for line in sys.stdin:
    write(line.replace("\\n", "\\r\\n"))
    words = line.split()
    if words[:2] == ["swap", "trace"]:
        frames, policy = int(state["frames"]), state["policy"]
        counts, _ = naive.run(instead.get(policy, policy), frames, ops,
                              int(state["seed"]))
        write("paging-trace 1\\nframes %%d\\npolicy %%s\\nseed %%s\\n"
              "period %%d\\nfaults %%d\\nwrites %%d\\n%(lost)s" %% (
              frames, policy, state["seed"], max(1, frames // 8), counts[0],
              counts[2]))
        for op in ops:
            write("00001000 %%05x%%s\\n" %% (
                0x800 + (op >> 1), " w" if op & 1 else ""))
        write("paging-trace end\\n")
    elif words == ["swap"]:
        write("  still here, on their way to the disk %%12d\\n" %% %(returned)d)
    elif words == ["swap", "reset"]:
        pass
    elif words[0] == "swap":
        state[words[1]] = words[2]
        write(%(answer)r)
    elif words[0] == "run" and %(ran)r:
        write(%(ran)r)
    elif words[0] == "run":
        continue
    write("K> ")
    sys.stdout.flush()
"""
BOOT = "hello\nswap: 16 MB on secondary master, generation 1\n"
RAN = ("[00000000] new env 00001000\nsample: 12 pages, 0 wrong\n"
       "No runnable environments in the system!\n")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(self.path("sample.txt"), "w", encoding="utf-8") as stream:
            stream.write("\n".join(reftrace.lines_of(
                (op >> 1, bool(op & 1)) for op in OPS)))

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def measure(self, *arguments, boot=BOOT, ran=RAN, instead=None, lost="",
                answer="", returned=0):
        with open(self.path("qemu"), "w", encoding="utf-8") as stream:
            stream.write(SCRIPT % {
                "python": sys.executable, "ops": OPS, "boot": boot, "ran": ran,
                "tests": os.path.join(qemu.ROOT, "test"), "lost": lost,
                "instead": instead or {}, "answer": answer,
                "returned": returned})
        os.chmod(self.path("qemu"), 0o755)
        return tool("measure", "sample", "--strings", self.folder.name,
                    "--image", __file__, "--qemu", self.path("qemu"),
                    *arguments)


class Measure(Case):
    def test_a_kernel_that_counts_as_the_replay_does(self):
        status, out, err = self.measure("--frames", "4,6")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("sample: %d references, %d pages" % (len(OPS), PAGES),
                      out)
        self.assertIn("The kernel's counts are those of the replay in 8 of 8"
                      " runs.\n", out)
        for n in (4, 6):
            best = naive.run("opt", n, OPS)[0][0]
            lru = naive.run("lru", n, OPS)[0][0]
            block = out.split("%d frames " % n)[1].split("\n\n")[0]
            found = {line.split()[0]: line.split()[1:]
                     for line in block.split("\n")[1:]}
            self.assertEqual(list(found), list(measure.NAMES + ("lru", "opt")))
            for name, words in found.items():
                faults, _, writes = naive.run(name, n, OPS)[0]
                kernel = [str(faults), str(writes)] \
                    if name in measure.NAMES else ["-", "-"]
                self.assertEqual(words[:4], [str(faults), kernel[0],
                                             str(writes), kernel[1]], name)
                self.assertEqual(words[4::2], [
                    "%+.1f" % (100 * (faults - base) / base)
                    for base in (lru, best)], name)

    def test_a_clock_that_is_fifo(self):
        """Pages that came back explain a small difference, not this one."""
        n = max(range(3, PAGES), key=lambda n: abs(
            naive.run("fifo", n, OPS)[0][0] - naive.run("clock", n, OPS)[0][0]))
        counts = [naive.run(name, n, OPS)[0][0] for name in ("fifo", "clock")]
        self.assertGreater(abs(counts[0] - counts[1]), 0.03 * counts[0])
        for returned in (0, 1, 20):
            status, out, _ = self.measure("--frames", str(n), returned=returned,
                                          instead={"clock": "fifo"})
            self.assertEqual(status, 1)
            for what in ("the exact string", "its own string"):
                self.assertIn("%d frames, clock: the kernel counted %d faults;"
                              " %s gives %d\n" % (n, counts[0], what,
                                                  counts[1]), out)
            self.assertIn("replay in 3 of 4 runs", out)
            self.assertEqual("    1 page came back before it was written\n"
                             in out, returned == 1)
            self.assertEqual("    20 pages came back before they were written"
                             "\n" in out, returned == 20)

    def test_what_was_recorded_is_not_complete(self):
        status, out, _ = self.measure("--frames", "4", "--policies", "fifo",
                                      lost="# 3 events did not fit\\n")
        self.assertEqual(status, 1)
        self.assertIn("4 frames, fifo: the kernel's own string is not"
                      " complete\n", out)

    def test_frames_for_parts_of_the_pages(self):
        status, out, _ = self.measure("--policies", "clock")
        self.assertEqual(status, 0)
        self.assertEqual([int(n) for n in re.findall(r"^(\d+) frames", out,
                                                     re.M)],
                         [PAGES // 4, PAGES // 2, PAGES * 3 // 4])

    def test_the_picture_has_the_kernels_counts(self):
        picture = self.path("out.svg")
        status, _, _ = self.measure("--frames", "4,6", "--svg", picture,
                                    instead={"clock": "fifo"})
        self.assertEqual(status, 1)
        root = xml.etree.ElementTree.parse(picture).getroot()
        titles = [t.text for t in root.iter(
            "{http://www.w3.org/2000/svg}title")]
        for n in (4, 6):
            for name in measure.NAMES:
                faults = naive.run("fifo" if name == "clock" else name, n,
                                   OPS)[0][0]
                self.assertIn("the kernel (%s): %d faults with %d frames" % (
                    name, faults, n), titles)


class Agreement(unittest.TestCase):
    """Which differences are explained by pages that came back."""

    def agree(self, policy, exact, own, returned, writes=5):
        run = measure.Run(4, policy, {"faults": 100, "writes": 5},
                          policies.Counts(exact, 0, writes), own and
                          policies.Counts(own, 0, 0), returned)
        return measure.agreement([run])[0]

    def test_exact(self):
        for policy in measure.NAMES:
            self.assertTrue(self.agree(policy, 100, 100, 0))
            for exact, own, writes in ((101, 100, 5), (100, 101, 5),
                                       (100, 100, 6), (100, None, 5)):
                self.assertFalse(self.agree(policy, exact, own, 0, writes))

    def test_pages_that_came_back(self):
        for policy, most in measure.MAY_DIFFER.items():
            most = round(100 * most)
            for sign in (1, -1):
                self.assertTrue(self.agree(policy, 100 + sign * most, 100, 9))
                self.assertTrue(self.agree(policy, 100, 100 + sign * most, 9))
                more = 100 + sign * (most + 1)
                self.assertFalse(self.agree(policy, more, 100, 9))
                self.assertFalse(self.agree(policy, 100, more, 9))
            self.assertFalse(self.agree(policy, 100, None, 9))


class Goals(unittest.TestCase):
    """What is said of figures that are known."""

    def measured(self, clock, aging, kernel_writes=10, lru=100):
        def counts(faults):
            return {4: policies.Counts(faults, 0, 10)}
        trace = reftrace.from_string("1 2 3 4 5 6 7 8 9")       # half: 4
        runs = [measure.Run(4, name, {"faults": faults, "writes":
                                      kernel_writes}, counts(faults)[4], None, 0)
                for name, faults in (("clock", clock), ("aging", aging))]
        return measure.Measured("p", trace, {
            "clock": counts(1), "aging": counts(1), "lru": counts(lru)}, runs)

    def test_met_and_missed(self):
        for clock, aging, writes, wanted in (
                (110, 105, 10, [True, True, True]),
                (111, 105, 11, [False, True, False]),
                (90, 106, 10, [True, False, True])):
            found = list(measure.goals(self.measured(clock, aging, writes)))
            self.assertEqual([met for met, _ in found], wanted)
            for met, line in found:
                self.assertIn("met" if met else "missed", line)
        self.assertIn("clock: -10.0 % over LRU", found[0][1])
        self.assertIn("aging: +6.0 % over LRU", found[1][1])

    def test_no_dirty_victim(self):
        one = self.measured(100, 100)
        one = one._replace(runs=[run._replace(exact=policies.Counts(1, 0, 0))
                                 for run in one.runs])
        self.assertEqual(len(list(measure.goals(one))), 2)


class Errors(Case):
    def failing(self, *arguments, **kernel):
        status, out, err = self.measure("--frames", "4", *arguments, **kernel)
        self.assertEqual((status, out), (1, ""))
        self.assertTrue(err.startswith("paging: "), err)
        return err

    def test_a_kernel_without_a_swap_area(self):
        self.assertIn("this kernel does not page to disk:\nno swap",
                      self.failing(boot="no swap\n"))

    def test_a_program_that_fails(self):
        for ran in (RAN.replace("0 wrong", "7 wrong"),
                    "[00000000] new env 00001000\n[00001000] user panic in x",
                    "[00001000] out of memory: no frame for the page\n"):
            self.assertIn("sample failed with 4 frames, under fifo:\n",
                          self.failing(ran=ran))

    def test_a_program_that_is_not_there(self):
        self.assertIn("no environment was created",
                      self.failing(ran="There is no program 'sample'.\n"))

    def test_a_command_that_is_not_known(self):
        self.assertIn("swap policy fifo: the kernel answers:\nwhat?",
                      self.failing(answer="what?\n"))

    def test_a_kernel_that_is_silent(self):
        err = self.failing("--seconds", "1", ran="")
        self.assertIn("no prompt in time", err)

    def test_no_image(self):
        self.assertEqual(tool("measure", "hello", "--image", "/nowhere"),
                         (1, "", "paging: /nowhere: no such file\n"))

    def test_a_qemu_that_ends(self):
        status, _, err = tool("measure", "sample", "--strings",
                              self.folder.name, "--image", __file__,
                              "--qemu", "/bin/echo")
        self.assertEqual(status, 1)
        self.assertIn("QEMU has ended:", err)

    def test_arguments(self):
        for words in (["measure"], ["measure", "x", "--policies", "lru"],
                      ["measure", "x", "--policies", "nru"],
                      ["measure", "x", "--frames", "0"]):
            status, out, err = tool(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertNotIn("Traceback", err)

    def test_a_trace_that_lacks_a_count(self):
        with self.assertRaises(record.Failed) as raised:
            measure.parse_run("p", "  still here, on their way to the disk 3",
                              "paging-trace 1\nframes 3\npolicy clock\n"
                              "faults 3\n1000 800\n", None)
        self.assertEqual(str(raised.exception),
                         "p: the kernel's trace lacks writes")


if __name__ == "__main__":
    unit.main()
