"""Tests of graders as people use them: by words, two at once, a course's own
script, a tree that cannot be written, Ctrl-C at once.

Scripts run in a copy of the tree, with a QEMU that plays a scenario.
"""

import os
import signal
import sys
import time
import unittest
import unittest.mock as mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab3  # noqa: E402
from lib import lock, qemu, tracepipe, unit  # noqa: E402
from selftest.fake_tree import HERE, Tree  # noqa: E402
from selftest.samples import GRADED, TRACE  # noqa: E402

# A course's grader: it prints scores, and exits with status 1.
FOREIGN = """\
#!/bin/sh
echo "divzero: OK (1.2s)"
echo "Part A score: 30/30"
echo "softint: FAIL (1.3s)"
echo "Score: 70/80"
exit 1
"""


class WordsTest(Tree):
    def test_only_tests_whose_name_contains_the_word(self):
        self.play_good()
        status, output = self.run_script("grade-lab1", "--no-build", "count",
                                         "lines")
        self.assertEqual(status, 0, output)
        self.assertIn("Score: 15/15", output.splitlines())
        self.assertNotIn("printf", output)

    def test_words_choose_rules_too(self):
        self.play_good()
        status, output = self.run_script("grade-lab2", "--no-build",
                                         "page_insert")
        self.assertEqual(status, 0, output)
        self.assertIn("Rules: 15/15", output.splitlines())
        self.assertNotIn("boot_alloc", output)

    def test_a_lost_point_that_was_not_chosen_costs_nothing(self):
        self.play(["print", GRADED.replace("15254", "XXX")],
                  ["read", "halt"], ["exit", 1])
        self.assertEqual(self.run_script("grade-lab1", "--no-build",
                                         "backtrace")[0], 0)
        self.assertEqual(self.run_script("grade-lab1", "--no-build",
                                         "printf")[0], 1)

    def test_a_word_of_no_test_is_refused(self):
        status, output = self.run_script("grade-lab1", "nonsense")
        self.assertEqual(status, 2)
        self.assertIn("no test of lab 1 has this in its name: nonsense",
                      output)

    def test_lab_3_runs_the_chosen_programs_only(self):
        lab = lab3.LAB.chosen(["buggy"])
        self.assertEqual([test.name for test in lab.tests],
                         ["buggyhello", "buggyhello2"])
        self.assertEqual((lab.checks, lab.max_score),
                         (grading.NO_CHECKS, 10))


class ForeignTest(Tree):
    def put(self, number, text):
        path = os.path.join(self.root, "grade-lab%d" % number)
        self.write(path, text)
        os.chmod(path, 0o755)

    def test_a_course_s_grader_in_place_of_ours_is_run(self):
        self.play_good()
        self.put(2, FOREIGN)
        status, output = self.run_script("test/grade/grade_all.py")
        self.assertEqual(status, 1)
        self.assertIn("softint: FAIL (1.3s)\n", output)
        self.assertIn("Total: 120/130", output.splitlines())

    def test_full_marks_of_it_are_full_marks(self):
        self.play_good()
        self.put(2, FOREIGN.replace("70/80", "80/80"))
        status, output = self.run_script("test/grade/grade_all.py")
        self.assertEqual(status, 0, output)
        self.assertIn("Total: 130/130", output.splitlines())

    def test_a_lab_that_only_the_course_grades(self):
        self.play_good()
        self.put(4, FOREIGN)
        output = self.run_script("test/grade/grade_all.py", "4")[1]
        self.assertIn("Total: 70/80", output.splitlines())

    def test_one_that_does_not_start_or_has_no_score_fails(self):
        self.put(2, "#!/no/such/python\n")
        status, output = self.run_script("test/grade/grade_all.py", "2")
        self.assertEqual(status, 1)
        self.put(2, "#!/bin/sh\nexit 0\n")
        self.assertEqual(self.run_script("test/grade/grade_all.py", "2")[0], 1)


class TwoAtOnceTest(Tree):
    def test_the_second_waits_and_says_so(self):
        """This process is the first one."""
        self.play_good()
        for script in ("grade-lab1", "test/grade/grade_all.py"):
            with self.subTest(script=script):
                with lock.folder(self.root, self.fail):
                    second = self.start(script)
                    self.assertEqual(
                        second.stdout.readline(),
                        b"Another grader is at work in this tree: waiting "
                        b"until it has finished.\n")
                    self.assertIsNone(second.poll())
                output = second.communicate(timeout=120)[0].decode()
                self.assertEqual(second.returncode, 0, output)


class NotWritableTest(Tree):
    def test_an_old_transcript_that_cannot_be_removed(self):
        self.play_good()
        # Not even root can remove or write a folder of that name.
        os.makedirs(os.path.join(self.root, "jos.out", "kept"))
        status, output = self.run_script("grade-lab1", "--no-build")
        self.assertEqual(status, 0, output)
        self.assertNotIn("Traceback", output)
        self.assertRegex(output, r"jos\.out cannot be written \(.*\): this "
                         r"console is not kept")
        self.assertIn("Score: 50/50", output.splitlines())


class EarlyInterruptTest(Tree):
    def test_ctrl_c_in_the_first_half_second(self):
        self.play(["sleep", 20])
        for delay in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
            with self.subTest(delay=delay):
                process = self.start("grade-lab1", "--no-build")
                time.sleep(delay)
                process.send_signal(signal.SIGINT)
                output = process.communicate(timeout=60)[0].decode()
                # Python's own start may print a traceback, of its files only.
                self.assertNotIn(self.root, output)
                if "Fatal Python error" not in output:
                    self.assertIn(process.returncode, (130, -signal.SIGINT))

    def test_while_modules_are_loaded(self):
        """The word, and the status, as later on."""
        code = ("import sys, os, signal; sys.path.insert(0, 'test'); "
                "from lib import early; os.kill(os.getpid(), signal.SIGINT)")
        status, output = self.run_script("-c", code)
        self.assertEqual((status, output), (130, "\nInterrupted.\n"))


class NoDescriptorFilesTest(unittest.TestCase):
    def test_a_triple_fault_is_explained_without_dev_fd(self):
        tree = Tree()
        tree.setUp()
        self.addCleanup(tree.doCleanups)
        tree.play(["print", "6828\n"], ["trace", TRACE], ["exit", 0])
        fake = [sys.executable, os.path.join(HERE, "fake_qemu.py"),
                os.path.join(tree.root, "scenario")]
        with mock.patch.object(tracepipe, "DESCRIPTORS", "/no/such/folder"):
            machine = qemu.Machine(qemu=fake, root=tree.root)
            with machine:
                self.assertTrue(os.path.dirname(machine._trace_pipe.path))
                folder = os.path.dirname(machine._trace_pipe.path)
                outcome = machine.wait_for_end(timeout=30)
        self.assertIn("triple fault: Page Fault at eip 0xf010202c",
                      outcome.text)
        self.assertFalse(os.path.exists(folder))


if __name__ == "__main__":
    unit.main()
