"""Tests of running: grade-lab*, grade_all.py, and qemu.py itself.

Scripts run in a copy of the tree, with a makefile that builds nothing and a
QEMU (fake_qemu.py) that plays a scenario.
"""

import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock as mock
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import rules  # noqa: E402
from lib import endings, formats, qemu, unit, watch  # noqa: E402
from selftest.fake_tree import HERE, Tree  # noqa: E402
from selftest.samples import (CONSOLE, GRADED, PROMPT, TRACE,  # noqa: E402
                              graded_checks)

# The classic ones of both labs, and the rules'.
TESTS = 5 + 4 + len(rules.SUBJECTS)


def alive(pid):
    """True if that process runs; a zombie does not."""
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        pass
    if os.path.isdir("/proc/self"):
        return False
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class ScriptTest(Tree):
    def test_full_marks_end_with_status_zero(self):
        self.play_good()
        for script, score in (("grade-lab1", "50/50"),
                              ("grade-lab2", "70/70")):
            status, output = self.run_script(script)
            self.assertEqual(status, 0, output)
            self.assertIn("Score: " + score, output.splitlines())
            self.assertNotIn("\x1b", output)

    def test_a_lost_point_ends_with_status_one_and_keeps_the_console(self):
        text = GRADED.replace("check_page() succeeded!\n", "")
        self.play(["print", text], ["read", "halt"], ["exit", 1])
        status, output = self.run_script("grade-lab2", "--no-build")
        self.assertEqual(status, 1)
        self.assertIn("Score: 50/70", output)
        self.assertIn("Rules: 130/130", output)
        self.assertEqual(output.splitlines()[-2], "Lab 2: 180/200")
        self.assertIn("check_page_alloc() succ", self.read("jos.out.lab2"))
        self.assertIn("check_page_alloc() succ", self.read("jos.out"))

    def test_a_kernel_without_halt_keeps_its_points(self):
        self.play(["print", CONSOLE])
        status, output = self.run_script("grade-lab1", "--no-build")
        self.assertEqual(status, 0, output)

    def test_a_hang_ends_after_the_quiet_time(self):
        self.play(["print", "6828 decimal is 15254 octal!\n"])
        start = time.monotonic()
        status, output = self.run_script("grade-lab1", "--no-build",
                                         "--quiet", "0.7")
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(status, 1)
        self.assertIn("hang: no output for 0.7 s", output)
        self.assertIn("Score: 0/50", output)

    def test_endless_printing_ends(self):
        self.play(*[["print", "again\n"], ["sleep", 0.1]] * 100)
        status, output = self.run_script("grade-lab1", "--no-build",
                                         "--timeout", "2")
        self.assertEqual(status, 1)
        self.assertIn("not done after 2 s", output)

    def test_a_triple_fault_is_explained(self):
        self.play(["print", "6828 decimal is 15254 octal!\n"],
                  ["trace", TRACE], ["exit", 0])
        status, output = self.run_script("grade-lab1", "--no-build")
        self.assertEqual(status, 1)
        self.assertIn("triple fault: Page Fault at eip 0xf010202c "
                      "(page_init+44), cr2 0x00000014", output)

    def test_a_reset_is_not_a_triple_fault(self):
        self.play(["print", "6828\n"], ["trace", "CPU Reset (CPU 0)\n"],
                  ["exit", 0])
        output = self.run_script("grade-lab1", "--no-build")[1]
        self.assertIn("the machine was reset or switched off", output)

    def test_the_boot_sectors_word_is_printed(self):
        self.play(["print", "boot: no ELF file\r\n"])
        output = self.run_script("grade-lab1", "--no-build")[1]
        self.assertIn("the boot sector stopped: boot: no ELF file", output)

    def test_a_panic_is_shown(self):
        self.play(["print", "kernel panic at kern/a.c:1: no\n" + PROMPT],
                  ["read", "halt"], ["exit", 1])
        output = self.run_script("grade-lab2", "--no-build")[1]
        self.assertIn("kernel panic at kern/a.c:1: no", output)

    def test_a_qemu_that_does_not_start_is_shown(self):
        self.play(["complain", "qemu: -drive: Could not open\n"], ["exit", 1])
        status, output = self.run_script("grade-lab1", "--no-build")
        self.assertEqual(status, 1)
        self.assertIn("QEMU did not start: qemu: -drive", output)

    def test_a_missing_image_is_reported(self):
        os.remove(os.path.join(self.root, "obj/kern/kernel.img"))
        self.play_good()
        output = self.run_script("grade-lab2", "--no-build")[1]
        self.assertIn("there is no obj/kern/kernel.img", output)
        self.assertEqual(output.splitlines()[-1], "Lab 2: 0/200")

    def test_a_failed_build_gives_zero_and_its_errors(self):
        self.play_good()
        self.write("GNUmakefile", "all:\n\t@echo \"kern/a.c:3:1: error: "
                   "expected ';'\"; false\nclean:\n\t@:\n")
        status, output = self.run_script("grade-lab2")
        self.assertEqual(status, 1)
        self.assertIn("kern/a.c:3:1: error: expected ';'", output)
        self.assertEqual(output.splitlines()[-1], "Score: 0/200")

    def test_json_holds_score_and_tests(self):
        self.play(["print", CONSOLE.replace("15254", "XXX")],
                  ["read", "halt"], ["exit", 1])
        self.run_script("grade-lab1", "--no-build", "--json", "out.json")
        report = json.loads(self.read("out.json"))
        self.assertEqual(report["score"], 30)
        self.assertEqual(sum(test["max_score"] for test in report["tests"]),
                         50)
        self.assertEqual(report["tests"][0]["status"], "failed")

    def test_a_printed_success_earns_nothing(self):
        for text in (CONSOLE, GRADED.replace("{KEY}", "0123456789abcdef")):
            self.play(["print", text], ["read", "halt"], ["exit", 1])
            status, output = self.run_script("grade-lab2", "--no-build")
            self.assertEqual(status, 1)
            self.assertIn("a printed line alone earns nothing", output)
            self.assertEqual(output.splitlines()[-2], "Lab 2: 0/200")

    def test_each_boot_has_a_key_of_its_own(self):
        self.play(["print", "key {KEY}\n" + PROMPT], ["read", "halt"],
                  ["exit", 1])
        keys = set()
        for script in ("grade-lab1", "grade-lab2", "grade-lab2"):
            self.run_script(script, "--no-build")
            keys.add(self.read("jos.out").split()[1])
        self.assertEqual(len(keys), 3)
        self.assertNotIn("", keys)

    def test_tap_is_all_that_is_printed(self):
        self.play_good()
        status, output = self.run_script("grade-lab2", "--tap")
        self.assertEqual(status, 0)
        for line in output.splitlines():
            self.assertRegex(line, r"^(TAP version 13|1\.\.\d+|ok .*|#.*)$")

    def test_tap_of_a_failed_build(self):
        self.write("GNUmakefile", "all:\n\t@echo 'a.c:1: error: no'; false\n")
        status, output = self.run_script("grade-lab2", "--tap")
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[0], "TAP version 13")
        self.assertIn("#   a.c:1: error: no", output)
        self.assertNotIn("\nok ", output)

    def test_junit_is_written(self):
        self.play_good()
        self.run_script("grade-lab1", "--no-build", "--junit", "out.xml")
        root = ElementTree.fromstring(self.read("out.xml"))
        self.assertEqual(root.get("tests"), "5")

    def test_only_some_checks(self):
        only = graded_checks({"check_page/insert_same": "FAIL"}, "{KEY}")
        self.play(["names", "page_insert insert_same"],
                  ["print", only + PROMPT], ["read", "halt"], ["exit", 1])
        status, output = self.run_script(
            "grade-lab2", "--no-build", "--only", "page_insert",
            "--only", "check_page/insert_same", "--json", "out.json")
        self.assertEqual(status, 1)
        self.assertIn("  FAIL check_page/insert_same\n", output)
        self.assertIn("    expected: a == b\n", output)
        self.assertNotIn("Score", output)
        self.assertNotIn("check_page_alloc", output)
        self.assertEqual(output.splitlines()[-1], "3 passed, 1 failed")
        self.assertEqual(len(json.loads(self.read("out.json"))["tests"]), 4)

    def test_only_takes_names_of_checks(self):
        status, output = self.run_script("grade-lab2", "--no-build",
                                         "--only", "a,b c")
        self.assertEqual(status, 2)
        self.assertIn("not a valid name of a check", output)

    def test_a_reader_that_leaves_is_no_error(self):
        self.play_good()
        self.write("run", "'%s' grade-lab2 --no-build 2> errors | head -n 1"
                   % sys.executable)
        answer = subprocess.run(["sh", "run"], cwd=self.root, check=True,
                                stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(answer.stdout.count(b"\n"), 1)
        self.assertEqual(self.read("errors"), "")

    def test_files_are_written_even_without_a_reader(self):
        self.play_good()
        self.write("run", "'%s' grade-lab2 --no-build --json out.json --junit"
                   " out.xml 2> errors | head -n 1" % sys.executable)
        subprocess.run(["sh", "run"], cwd=self.root, check=True,
                       stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(self.read("errors"), "")
        self.assertEqual(json.loads(self.read("out.json"))["score"], 200)
        ElementTree.fromstring(self.read("out.xml"))

    def test_an_unwritable_file_is_reported_before_the_work(self):
        for path, why in (("none/out.json", "there is no directory"),
                          (".", "it is a directory")):
            for option in ("--json", "--junit"):
                status, output = self.run_script("grade-lab2", option, path)
                self.assertEqual(status, 2)
                self.assertIn("cannot write %s: %s" % (path, why), output)
                self.assertNotIn("Lab 2", output)

    def test_a_file_that_can_be_written_no_more(self):
        pid_file = os.path.join(self.root, "pid")
        self.play(["pid", pid_file], ["sleep", 2], ["print", GRADED],
                  ["exit", 1])
        os.mkdir(os.path.join(self.root, "out"))
        process = self.start("grade-lab2", "--no-build", "--json",
                             "out/out.json", "--junit", "out.xml")
        self.assertTrue(wait_for(lambda: os.path.exists(pid_file)))
        os.rmdir(os.path.join(self.root, "out"))
        output = process.communicate(timeout=60)[0].decode()
        self.assertEqual(process.returncode, 1)
        self.assertIn("out/out.json was not written: No such file", output)
        self.assertNotIn("Traceback", output)
        ElementTree.fromstring(self.read("out.xml"))

    def test_a_reader_sees_the_old_file_or_all_of_the_new_one(self):
        path = os.path.join(self.root, "out.json")
        self.write("out.json", "old")
        with mock.patch.object(os, "replace", side_effect=OSError("full")):
            with self.assertRaises(OSError):
                formats.write_file(path, "new")
        self.assertEqual(self.read("out.json"), "old")
        formats.write_file(path, "new")
        self.assertEqual(self.read("out.json"), "new")
        self.assertEqual([name for name in os.listdir(self.root)
                          if name.startswith("out.json")], ["out.json"])

    def test_verbose_shows_the_console(self):
        self.play_good()
        output = self.run_script("grade-lab1", "--no-build", "-v")[1]
        self.assertIn("| 6828 decimal is 15254 octal!", output)


class GradeAllTest(Tree):
    def test_total_and_closing_line(self):
        self.play_good()
        status, output = self.run_script("test/grade/grade_all.py")
        self.assertEqual(status, 0, output)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 250/250", "%d passed, 0 failed" % TESTS])

    def test_lab_mk_limits_the_labs(self):
        self.play_good()
        self.write("conf/lab.mk", "# how far\nLAB = 1\n")
        output = self.run_script("test/grade/grade_all.py")[1]
        self.assertIn("Total: 50/50", output)

    def test_labs_can_be_chosen(self):
        self.play_good()
        output = self.run_script("test/grade/grade_all.py", "--make", "make",
                                 "2")[1]
        self.assertIn("Total: 200/200", output)

    def test_an_unknown_lab_is_reported(self):
        status, output = self.run_script("test/grade/grade_all.py", "77")
        self.assertNotEqual(status, 0)
        self.assertIn("no grader for lab 77", output)

    def test_a_lost_point_fails(self):
        self.play(["print", GRADED.replace("15254", "XXX")],
                  ["read", "halt"], ["exit", 1])
        status, output = self.run_script("test/grade/grade_all.py")
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 230/250",
                          "%d passed, 1 failed" % (TESTS - 1)])

    def test_a_failed_build_gives_zero(self):
        self.write("GNUmakefile", "all:\n\tfalse\nclean:\n\t@:\n")
        status, output = self.run_script("test/grade/grade_all.py")
        self.assertEqual(status, 1)
        self.assertIn("does not build", output)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 0/250", "0 passed, %d failed" % TESTS])

    def test_one_file_holds_all_labs(self):
        self.play_good()
        self.run_script("test/grade/grade_all.py", "--json", "out.json",
                        "--junit", "out.xml")
        report = json.loads(self.read("out.json"))
        self.assertEqual((report["score"], len(report["tests"])),
                         (250, TESTS))
        root = ElementTree.fromstring(self.read("out.xml"))
        self.assertEqual([suite.get("name") for suite in root],
                         ["Lab 1", "Lab 2: Score", "Lab 2: Rules"])

    def test_one_tap_stream_holds_all_labs(self):
        self.play_good()
        output = self.run_script("test/grade/grade_all.py", "--tap")[1]
        self.assertEqual(output.count("TAP version 13"), 1)
        self.assertEqual(output.count("\n1.."), 1)
        self.assertIn("ok 1 - Lab 1: printf\n", output)

    def test_it_cleans_before_it_builds(self):
        self.play_good()
        makefile = self.read("GNUmakefile")
        self.write("GNUmakefile", makefile.replace(
            "@echo building", "@echo build >> order").replace(
                "clean:\n\t@:", "clean:\n\t@echo clean >> order"))
        self.run_script("test/grade/grade_all.py")
        self.assertEqual(self.read("order"), "clean\nbuild\n")


class NothingSurvivesTest(Tree):
    def interrupted(self, number, *words):
        """Start a script on a kernel that hangs, send it a signal, and check
        that its QEMU is gone. Return the status and output."""
        pid_file = os.path.join(self.root, "pid")
        self.play(["pid", pid_file], ["print", "6828\n"])
        process = self.start(*words)
        self.assertTrue(wait_for(lambda: os.path.exists(pid_file)))
        pid = int(self.read("pid"))
        self.assertTrue(alive(pid))
        process.send_signal(number)
        output = process.communicate(timeout=30)[0].decode()
        self.assertTrue(wait_for(lambda: not alive(pid), 5),
                        "QEMU runs on after signal %d" % number)
        return process.returncode, output

    def test_ctrl_c(self):
        status, output = self.interrupted(signal.SIGINT, "grade-lab1",
                                          "--no-build")
        self.assertEqual(status, 130)
        self.assertNotIn("Traceback", output)

    def test_sigterm(self):
        status, output = self.interrupted(signal.SIGTERM, "grade-lab2",
                                          "--no-build")
        self.assertEqual(status, 128 + signal.SIGTERM)
        self.assertNotIn("Traceback", output)

    def test_hang_up(self):
        self.interrupted(signal.SIGHUP, "test/grade/grade_all.py")

    @unittest.skipUnless(qemu._prctl, "needs Linux's prctl")
    def test_sigkill(self):
        self.interrupted(signal.SIGKILL, "grade-lab1", "--no-build")

    def test_exceptions(self):
        pid_file = os.path.join(self.root, "pid")
        self.play(["pid", pid_file])
        fake = [sys.executable, os.path.join(HERE, "fake_qemu.py"),
                os.path.join(self.root, "scenario")]
        with self.assertRaises(ZeroDivisionError):
            with qemu.Machine(qemu=fake, root=self.root):
                self.assertTrue(wait_for(lambda: os.path.exists(pid_file)))
                raise ZeroDivisionError
        self.assertFalse(alive(int(self.read("pid"))))

    def test_a_wrapper_around_qemu(self):
        """A QEMU= that is a shell script leaves no process behind either."""
        makefile = self.read("GNUmakefile")
        command = makefile.rpartition("@echo ")[2].strip()
        self.write("wrap", "#!/bin/sh\n%s \"$@\"\nexit $?\n" % command)
        os.chmod(os.path.join(self.root, "wrap"), 0o755)
        self.write("GNUmakefile", makefile.replace(
            command, shlex.quote(os.path.join(self.root, "wrap"))))
        self.interrupted(signal.SIGINT, "grade-lab1", "--no-build")


@unittest.skipUnless(shutil.which("qemu-system-i386"), "needs QEMU")
class RealQemuTest(unittest.TestCase):
    """Boot sectors of a few instructions, in the real QEMU."""

    HELLO = b"\xba\xf8\x03\xb0A\xee\xb0\x0a\xee"      # "A\n" to the serial line

    def end(self, code, quiet=10.0, after=None):
        """The outcome of a boot sector with that code. after: wait for this
        pattern first, so that the BIOS is not part of a short `quiet`."""
        with tempfile.NamedTemporaryFile(suffix=".img") as file:
            file.write(code.ljust(510, b"\0") + b"\x55\xaa")
            file.flush()
            machine = qemu.Machine(file.name, transcript=None,
                                   qemu=["qemu-system-i386"])
            with machine:
                if after:
                    machine.expect(after, timeout=60, quiet=30)
                return machine.wait_for_end(timeout=60, quiet=quiet)

    def test_debug_exit(self):
        outcome = self.end(self.HELLO + b"\xba\x01\x05\x30\xc0\xee\xeb\xfe")
        self.assertEqual((outcome.kind, outcome.status), (endings.ENDED, 1))

    def test_debug_exit_without_output(self):
        outcome = self.end(b"\xba\x01\x05\x30\xc0\xee\xeb\xfe")
        self.assertEqual(outcome.kind, endings.ENDED)

    def test_triple_fault(self):
        # lidt of an empty table, then int3
        outcome = self.end(self.HELLO + b"\x0f\x01\x1e\x00\x06\xcc\xeb\xfe")
        self.assertEqual(outcome.kind, endings.TRIPLE_FAULT)
        self.assertIn("General Protection in real mode", outcome.text)

    def test_reset(self):
        # the keyboard controller's reset line
        outcome = self.end(self.HELLO + b"\xb0\xfe\xe6\x64\xeb\xfe")
        self.assertEqual(outcome.kind, endings.RESET)

    def test_hang_in_a_loop(self):
        outcome = self.end(self.HELLO + b"\xfa\xeb\xfe", quiet=1.0, after="A")
        self.assertEqual(outcome.kind, endings.HANG)
        self.assertIn("executing at eip 0x00007c0a (boot sector)",
                      outcome.text)

    def test_stop_in_the_boot_sector(self):
        outcome = self.end(self.HELLO + b"\xfa\xf4")
        self.assertEqual(outcome.kind, endings.BOOT_SECTOR)
        self.assertIn("stopped: A", outcome.text)

    def test_no_image(self):
        with qemu.Machine("/no/such/image", transcript=None,
                          qemu=["qemu-system-i386"]) as machine:
            outcome = machine.wait_for_end()
        self.assertEqual(outcome.kind, endings.NO_START)

    def test_an_unknown_processor(self):
        with qemu.Machine("/dev/zero", transcript=None, cpu="z80",
                          qemu=["qemu-system-i386"]) as machine:
            outcome = machine.wait_for_end()
        self.assertEqual(outcome.kind, endings.NO_START)
        self.assertIn("z80", outcome.text)


@unittest.skipUnless(os.path.isdir("/proc/self"), "no /proc on this host")
class WatchTest(unittest.TestCase):
    """Boot sectors in the real QEMU, with a watch."""

    HELLO = RealQemuTest.HELLO
    # A guard, at 0x7e00, and a handler for the NMI, which prints N.
    GUARDED = (b"\x31\xc0\x8e\xd8\xc7\x06\x08\x00\x20\x7c"
               b"\xc7\x06\x0a\x00\x00\x00\xc6\x06\x00\x7e\x01")
    HANDLER = b"\xba\xf8\x03\xb0N\xee\xb0\x0a\xee\xcf"

    def watched(self, code, pattern=r"(?!)", progress="@key "):
        """Run it until the pattern is printed; its Watch, and its end."""
        with tempfile.TemporaryDirectory() as folder:
            image = os.path.join(folder, "image")
            symbols = os.path.join(folder, "symbols")
            with open(image, "wb") as file:
                file.write(code.ljust(510, b"\0") + b"\x55\xaa")
            with open(symbols, "w", encoding="ascii") as file:
                file.write("f0007e00 b innermost\nf0007e04 b ticks_left\n")
            with qemu.Machine(image, transcript=None, symbols=symbols,
                              qemu=["qemu-system-i386"]) as machine:
                machine.watch = watch.Watch(machine, progress)
                try:
                    machine.expect(pattern, timeout=60, quiet=30)
                except qemu.Stopped as stopped:
                    return machine.watch, stopped.outcome
                return machine.watch, None

    def test_a_guard_with_interrupts_off_gets_an_nmi(self):
        code = self.HELLO + self.GUARDED + b"\xfa\xeb\xfe"
        code = code.replace(b"\x20\x7c", bytes([len(code), 0x7C]))
        seen, outcome = self.watched(code + self.HANDLER, "^N$", "A")
        self.assertIsNone(outcome)
        self.assertEqual(seen.alarms, 1)

    def test_a_guard_with_interrupts_on_is_left_to_its_ticks(self):
        code = self.HELLO + self.GUARDED + b"\xfb\xeb\xfe"
        code = code.replace(b"\x20\x7c", bytes([len(code), 0x7C]))
        with mock.patch.object(watch, "STUCK", 3.0):
            seen, outcome = self.watched(code + self.HANDLER, progress="A")
        self.assertEqual(seen.alarms, 0)
        self.assertIn("no result of a check in 3 s", outcome.text)

    def test_interrupts_off_while_ticks_are_counted_are_a_handler(self):
        # 0x7e04 is incremented, as if each look found the handler.
        code = self.HELLO + self.GUARDED + b"\xfa\xfe\x06\x04\x7e\xeb\xfa"
        code = code.replace(b"\x20\x7c", bytes([len(code), 0x7C]))
        with mock.patch.object(watch, "STUCK", 3.0):
            seen, _outcome = self.watched(code + self.HANDLER, progress="A")
        self.assertEqual(seen.alarms, 0)

    def test_without_a_guard_nothing_ends_a_loop_but_patience(self):
        with mock.patch.object(watch, "SILENT", 2.0):
            seen, outcome = self.watched(self.HELLO + b"\xfa\xeb\xfe")
        self.assertEqual(seen.alarms, 0)
        self.assertIn("hang: no output for 2 s; it is executing at eip"
                      " 0x00007c0a", outcome.text)

    def test_endless_output_without_progress(self):
        code = b"\xba\xf8\x03\xb0A\xee\xb0\x0a\xee\xeb\xf8"
        with mock.patch.object(watch, "STUCK", 1.0):
            self.assertIn("no result of a check in 1 s",
                          self.watched(code)[1].text)
            # It makes progress, so the limit on its output ends it.
            with mock.patch.object(qemu, "MAX_CONSOLE", 60000):
                self.assertEqual(self.watched(code, progress="A")[1].kind,
                                 endings.ENDLESS)


class StandingMachine:
    """A guarded kernel, stopped where interrupts are off."""

    heard, text = 0.0, "@key "

    def __init__(self):
        self.process = mock.Mock(pid=1)
        self.symbols = mock.Mock()
        self.symbols.variable.return_value = watch.KERNBASE
        self.commands = []

    def ask_qemu(self, command, _seconds):
        self.commands.append(command)
        return ("EFL=00000002 HLT=0" if command == "info registers"
                else "00000000: 0x00000001")


class BusyHostTest(unittest.TestCase):
    def alarms(self, step):
        """The NMIs in 30 looks; the processor runs step seconds between."""
        times = itertools.count(0, step)
        machine = StandingMachine()
        with mock.patch.object(watch, "processor_seconds",
                               lambda pid: next(times)), \
                mock.patch.object(watch, "PAUSE", 0):
            watched = watch.Watch(machine, "@key ")
            for look in range(30):
                watched.look(time.monotonic() + 10 + look)
        return machine.commands.count("nmi")

    def test_a_processor_that_gets_no_time_is_left_alone(self):
        self.assertEqual(self.alarms(0.0005), 0)

    def test_one_that_runs_with_interrupts_off_gets_an_nmi(self):
        self.assertGreater(self.alarms(0.1), 0)


if __name__ == "__main__":
    unit.main()
