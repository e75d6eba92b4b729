"""Tests of the graders: qemu.py, grading.py, lab1.py, lab2.py, grade_all.py.

Judges get made consoles. Scripts run in a tree of their own with a makefile
that builds nothing and a QEMU (fake_qemu.py) that says what a scenario tells
it to.
"""

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

sys.dont_write_bytecode = True

import grading  # noqa: E402
import lab1  # noqa: E402
import lab2  # noqa: E402
import qemu  # noqa: E402
import unit  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))

SYMBOLS = """\
0010000c T _start
f010000c T entry
f0100040 T i386_init
f01000a0 T test_backtrace
f0100200 t mem_check
f0102000 T page_init
f0110000 D bootstack
"""

BACKTRACE = """\
Stack backtrace:
  ebp f0117ed8  eip f01000f0  args 00000000 00000000 00000000 f0117f08 00000000
         kern/init.c:19: test_backtrace+80
  ebp f0117ef8  eip f01000d4  args 00000000 00000001 f0117f38 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f18  eip f01000d4  args 00000001 00000002 f0117f58 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f38  eip f01000d4  args 00000002 00000003 f0117f78 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f58  eip f01000d4  args 00000003 00000004 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f78  eip f01000d4  args 00000004 00000005 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f98  eip f0100060  args 00000005 00001aac 00000000 00000000 00000000
         kern/init.c:33: i386_init+32
  ebp f0117ff8  eip f010003e  args 00111021 00000000 00000000 00000000 00000000
         kern/entry.S:83: entry+50
"""

CHECKS = """\
check_page_free_list() succeeded!
check_page_alloc() succeeded!
check_page() succeeded!
check_kern_pgdir() succeeded!
check_page_free_list() succeeded!
check_page_installed_pgdir() succeeded!
"""

PROMPT = """\
Welcome to the JOS kernel monitor!
Type 'help' for a list of commands.
K> """

CONSOLE = ("6828 decimal is 15254 octal!\n" + BACKTRACE
           + "Physical memory: 131072K available, base = 640K,"
           " extended = 130432K\n" + CHECKS + PROMPT)

FAIL = """\
FAIL check_page/insert_replaces: page_insert over a mapping removes it
    expected: pp0->pp_ref == 0
    found:    1
    at kern/check_pmap.c:123
"""

TRACE = """\
CPU Reset (CPU 0)
check_exception old: 0xffffffff new 0xe
     0: v=0e e=0002 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
CR2=00000014
EAX=00000001
check_exception old: 0xe new 0xb
     1: v=08 e=0000 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
env->regs[R_EAX]=00000001
check_exception old: 0x8 new 0xb
Triple fault
"""


def boot(text, outcome=None):
    return grading.Boot(text, outcome, qemu.Symbols(SYMBOLS))


def lost(lab, text, outcome=None):
    """The tests of a lab that lose points on that console, with why."""
    report = grading.judge(lab.LAB, boot(text, outcome))
    return {result.name: "\n".join(result.output)
            for result in report.results if not result.passed}


class Lab1Test(unittest.TestCase):
    def test_full_marks(self):
        self.assertEqual(lost(lab1, CONSOLE), {})

    def test_full_marks_with_carriage_returns(self):
        self.assertEqual(lost(lab1, CONSOLE.replace("\n", "\r\n")), {})

    def test_points_are_the_classic_fifty(self):
        report = grading.judge(lab1.LAB, boot(CONSOLE))
        self.assertEqual((report.score, report.max_score), (50, 50))

    def test_octal_not_done_shows_the_nearest_line(self):
        why = lost(lab1, CONSOLE.replace("15254", "XXX"))
        self.assertEqual(list(why), ["printf"])
        self.assertIn("6828 decimal is XXX octal!", why["printf"])

    def test_octal_within_another_line_is_not_enough(self):
        why = lost(lab1, "debug: " + CONSOLE)
        self.assertEqual(list(why), ["printf"])
        self.assertIn("only within another line", why["printf"])

    def test_no_backtrace_loses_all_four(self):
        why = lost(lab1, CONSOLE.replace(BACKTRACE, ""))
        self.assertEqual(len(why), 4)
        self.assertIn("no such line", why["backtrace count"])

    def test_one_frame_too_few(self):
        short = CONSOLE.replace("".join(BACKTRACE.splitlines(True)[-2:]), "")
        why = lost(lab1, short)
        self.assertIn("found:    7 frames", why["backtrace count"])
        self.assertIn("backtrace symbols", why)
        self.assertNotIn("backtrace arguments", why)

    def test_a_frame_in_another_form_is_shown(self):
        why = lost(lab1, CONSOLE.replace("ebp f0117f38", "ebp 0xf0117f38"))
        self.assertIn("0xf0117f38", why["backtrace count"])

    def test_wrong_arguments(self):
        why = lost(lab1, CONSOLE.replace("args 00000003", "args f0101234"))
        self.assertEqual(list(why), ["backtrace arguments"])
        self.assertIn("0 0 1 2 f0101234 4 5", why["backtrace arguments"])

    def test_wrong_function(self):
        why = lost(lab1, CONSOLE.replace("i386_init+32", "cons_init+32"))
        self.assertEqual(list(why), ["backtrace symbols"])
        self.assertIn("cons_init", why["backtrace symbols"])

    def test_wrong_offset_is_found_by_the_symbol_table(self):
        why = lost(lab1, CONSOLE.replace("i386_init+32", "i386_init+0"))
        self.assertEqual(list(why), ["backtrace symbols"])
        self.assertIn("i386_init+32 for eip f0100060",
                      why["backtrace symbols"])

    def test_line_outside_test_backtrace(self):
        why = lost(lab1, CONSOLE.replace("init.c:19:", "init.c:99:"))
        self.assertEqual(list(why), ["backtrace lines"])
        self.assertIn("kern/init.c:99", why["backtrace lines"])

    def test_frames_without_places(self):
        bare = "".join(line for line in CONSOLE.splitlines(True)
                       if not line.startswith("         "))
        why = lost(lab1, bare)
        self.assertEqual(sorted(why), ["backtrace lines", "backtrace symbols"])

    def test_no_prompt_earns_nothing(self):
        outcome = qemu.Outcome(qemu.HANG, "hang: no output for 15 s")
        why = lost(lab1, CONSOLE[:-len("K> ")], outcome)
        self.assertEqual(len(why), 5)
        self.assertIn("hang: no output", why["printf"])

    def test_text_after_the_prompt_earns_nothing(self):
        self.assertEqual(len(lost(lab1, PROMPT + CONSOLE)), 5)

    def test_a_panic_after_them_takes_nothing_away(self):
        panic = CONSOLE.replace("check_page() succeeded!", "kernel panic at "
                                "kern/pmap.c:12: assertion failed: pp")
        self.assertEqual(lost(lab1, panic), {})

    def test_empty_console(self):
        self.assertEqual(len(lost(lab1, "")), 5)


class Lab2Test(unittest.TestCase):
    def test_full_marks(self):
        self.assertEqual(lost(lab2, CONSOLE), {})

    def test_points_are_the_classic_seventy(self):
        report = grading.judge(lab2.LAB, boot(CONSOLE))
        self.assertEqual((report.score, report.max_score), (70, 70))

    def without(self, line):
        return lost(lab2, CONSOLE.replace(line + "\n", "", 1))

    def test_each_missing_line_costs_its_own_points(self):
        for line, test in (("check_page_alloc() succeeded!",
                            "Physical page allocator"),
                           ("check_page() succeeded!", "Page management"),
                           ("check_kern_pgdir() succeeded!",
                            "Kernel page directory"),
                           ("check_page_installed_pgdir() succeeded!",
                            "Page management 2")):
            with self.subTest(line):
                self.assertEqual(list(self.without(line)), [test])

    def test_the_first_free_list_check_counts_for_the_allocator(self):
        self.assertEqual(list(self.without("check_page_free_list() "
                                           "succeeded!")),
                         ["Physical page allocator"])

    def test_the_second_free_list_check_counts_for_the_last_test(self):
        head, _, rest = CONSOLE.partition("check_kern_pgdir() succeeded!\n")
        rest = rest.replace("check_page_free_list() succeeded!\n", "")
        why = lost(lab2, head + "check_kern_pgdir() succeeded!\n" + rest)
        self.assertEqual(list(why), ["Page management 2"])

    def test_a_failed_group_shows_its_rules(self):
        text = CONSOLE.replace("check_page() succeeded!\n", FAIL
                               + "check_page() FAILED: 1 of 31 checks\n")
        why = lost(lab2, text)
        self.assertEqual(list(why), ["Page management"])
        for line in FAIL.splitlines():
            self.assertIn(line, why["Page management"])

    def test_many_failures_are_cut(self):
        text = CONSOLE.replace("check_page() succeeded!\n", FAIL * 9
                               + "check_page() FAILED: 9 of 31 checks\n")
        why = lost(lab2, text)["Page management"]
        self.assertEqual(why.count("FAIL check_page/"), lab2.MAX_FAILS)
        self.assertIn("(and 6 more)", why)

    def test_success_after_a_failure_is_not_believed(self):
        text = CONSOLE.replace("check_page() succeeded!\n", FAIL
                               + "check_page() succeeded!\n")
        self.assertEqual(list(lost(lab2, text)), ["Page management"])

    def test_success_beside_a_failed_line_is_not_believed(self):
        text = CONSOLE.replace(
            "check_page() succeeded!\n", "check_page() succeeded!\n"
            "check_page() FAILED: 1 of 31 checks\n")
        self.assertEqual(list(lost(lab2, text)), ["Page management"])

    def test_lines_out_of_order_earn_nothing(self):
        lines = CHECKS.splitlines(True)
        swapped = "".join([lines[2]] + lines[:2] + lines[3:])
        why = lost(lab2, CONSOLE.replace(CHECKS, swapped))
        self.assertEqual(list(why), ["Page management"])
        self.assertIn("out of the classic order", why["Page management"])

    def test_a_line_within_another_earns_nothing(self):
        text = CONSOLE.replace("check_page() succ", "pp=3 check_page() succ")
        why = lost(lab2, text)
        self.assertEqual(list(why), ["Page management"])
        self.assertIn("only within another line", why["Page management"])

    def test_a_line_without_its_end_earns_nothing(self):
        text = CONSOLE[:CONSOLE.index("check_page() succeeded!") + 23]
        self.assertIn("unfinished", lost(lab2, text)["Page management"])

    def test_a_panic_is_told_to_what_comes_after_it(self):
        panic = "kernel panic at kern/pmap.c:88: page_insert: no frame"
        head = CONSOLE[:CONSOLE.index("check_page() succeeded!")]
        why = lost(lab2, head + panic + "\n" + PROMPT)
        self.assertNotIn("Physical page allocator", why)
        self.assertEqual(len(why), 3)
        for text in why.values():
            self.assertIn(panic, text)

    def test_failures_without_an_end_are_shown(self):
        head = CONSOLE[:CONSOLE.index("check_page() succeeded!")]
        outcome = qemu.Outcome(qemu.TRIPLE_FAULT, "triple fault: there")
        why = lost(lab2, head + FAIL, outcome)["Page management"]
        self.assertIn("insert_replaces", why)
        self.assertIn("triple fault: there", why)

    def test_noise_and_control_characters_are_harmless(self):
        noise = "".join(map(chr, range(256))) * 3 + "\n"
        lost(lab2, noise + CONSOLE)
        lost(lab1, noise + CONSOLE)
        self.assertTrue(lost(lab2, noise))


class OutcomeTest(unittest.TestCase):
    symbols = qemu.Symbols(SYMBOLS)

    def end(self, status, lines=("line",), stderr="", trace=""):
        return qemu.classify_end(status, list(lines), stderr, trace,
                                 self.symbols)

    def test_debug_exit(self):
        outcome = self.end(1)
        self.assertEqual((outcome.kind, outcome.status), (qemu.ENDED, 1))

    def test_warnings_are_no_failure_to_start(self):
        outcome = self.end(1, [], "qemu-system-i386: warning: TCG doesn't\n")
        self.assertEqual(outcome.kind, qemu.ENDED)

    def test_qemu_that_does_not_start(self):
        outcome = self.end(1, [], "qemu: Could not open 'x'\n")
        self.assertEqual(outcome.kind, qemu.NO_START)
        self.assertIn("Could not open", outcome.text)

    def test_triple_fault_names_place_and_address(self):
        outcome = self.end(0, trace=TRACE)
        self.assertEqual(outcome.kind, qemu.TRIPLE_FAULT)
        self.assertIn("Page Fault at eip 0xf010202c (page_init+44), "
                      "cr2 0x00000014", outcome.text)

    def test_triple_fault_on_the_stack_says_so(self):
        trace = TRACE.replace("CR2=00000014", "CR2=f0117fbc")
        outcome = self.end(0, trace=trace)
        self.assertIn("just below esp", outcome.details[0])

    def test_triple_fault_with_a_cut_trace(self):
        outcome = self.end(0, trace="Triple fault\n")
        self.assertEqual(outcome.kind, qemu.TRIPLE_FAULT)

    def test_reset(self):
        outcome = self.end(0, trace="CPU Reset (CPU 0)\n")
        self.assertEqual(outcome.kind, qemu.RESET)

    def test_a_panic_comes_before_what_followed(self):
        outcome = self.end(0, ["kernel panic at a.c:1: no"], trace=TRACE)
        self.assertEqual(outcome.kind, qemu.PANIC)
        self.assertIn("triple fault", outcome.details[0])

    def test_panic_with_a_processor(self):
        outcome = qemu.trouble(["kernel panic on CPU 0 at kern/a.c:7: x"])
        self.assertEqual(outcome.kind, qemu.PANIC)

    def test_kernel_fault(self):
        outcome = qemu.trouble(["kernel page fault: read of 0x0: no PDE"])
        self.assertEqual(outcome.kind, qemu.FAULT)

    def test_signals(self):
        self.assertEqual(self.end(-9).kind, qemu.KILLED)

    def test_addresses_in_words(self):
        words = self.symbols.words
        self.assertEqual(words(0xF0102004), "0xf0102004 (page_init+4)")
        self.assertEqual(words(0x7C10), "0x00007c10 (boot sector)")
        self.assertEqual(words(0x00102004), "0x00102004 (page_init+4)")
        self.assertEqual(words(0xDEADBEEF), "0xdeadbeef (no function)")

    def test_hang_with_a_halted_processor(self):
        sample = "EIP=f0102000 EFL=00000046 [---] CPL=0 II=0 SMM=0 HLT=1"
        lines = qemu.explain_hang([sample], self.symbols)
        self.assertIn("halted (hlt) at eip 0xf0102000 (page_init+0), "
                      "interrupts off", lines[0])

    def test_hang_in_a_loop(self):
        sample = "EIP=f010200%d EFL=00000246 [---] CPL=0 II=0 SMM=0 HLT=0"
        lines = qemu.explain_hang([sample % 1, sample % 2, sample % 1, ""],
                                  self.symbols)
        self.assertEqual(lines, ["it is executing at eip 0xf0102001 "
                                 "(page_init+1), 0xf0102002 (page_init+2)"])


    def test_a_stop_in_the_boot_sector(self):
        sample = "EIP=%08x EFL=00000046 [---] CPL=0 II=0 SMM=0 HLT=%d"
        for eip, halted, stopped in ((0x7CB1, 1, True), (0x7CB1, 0, False),
                                     (0xF0102000, 1, False)):
            self.assertEqual(qemu.stopped_in_boot_sector(
                sample % (eip, halted)), stopped)
        self.assertFalse(qemu.stopped_in_boot_sector(""))

    def test_the_boot_sectors_words_are_explained(self):
        outcome = qemu.explain_boot_word("ELF?")
        self.assertEqual(outcome.kind, qemu.BOOT_SECTOR)
        self.assertIn("no ELF file", outcome.text)


class BuildErrorsTest(unittest.TestCase):
    def test_compiler_errors_come_with_their_excerpts(self):
        lines = grading.first_errors(
            "  CC      kern/pmap.c\nkern/pmap.c: In function 'f':\n"
            "kern/pmap.c:3:2: error: 'x' undeclared\n    3 |  x = 1;\n"
            "      |  ^\nmake: *** [kern/build.mk:9: obj/pmap.o] Error 1\n")
        self.assertEqual(lines, ["kern/pmap.c:3:2: error: 'x' undeclared",
                                 "    3 |  x = 1;", "      |  ^"])

    def test_only_the_first_are_shown(self):
        lines = grading.first_errors("a.c:1: error: no\n" * 50)
        self.assertEqual(len(lines), 4)

    def test_linker_errors(self):
        lines = grading.first_errors(
            "ld: obj/a.o: in function `f':\n"
            "/x/a.c:3: undefined reference to `page_alloc'\n")
        self.assertEqual(len(lines), 1)
        self.assertIn("page_alloc", lines[0])

    def test_unknown_errors_show_the_end(self):
        lines = grading.first_errors("one\ntwo\nmake: *** [x] Error 1\n")
        self.assertEqual(lines[-1], "make: *** [x] Error 1")


def alive(pid):
    """Does that process run? A zombie does not."""
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


class Tree(unittest.TestCase):
    """Scripts run in a tree of their own."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="grader-test-")
        self.addCleanup(shutil.rmtree, self.root)
        os.makedirs(os.path.join(self.root, "obj", "kern"))
        os.mkdir(os.path.join(self.root, "conf"))
        shutil.copytree(HERE, os.path.join(self.root, "test"))
        for name in ("grade-lab1", "grade-lab2"):
            shutil.copy(os.path.join(HERE, "..", name), self.root)
        self.write("conf/lab.mk", "LAB=2\n")
        self.write("obj/kern/kernel.img", "")
        self.write("obj/kern/kernel.sym", SYMBOLS)
        fake = "%s %s %s" % (sys.executable,
                             os.path.join(self.root, "test", "fake_qemu.py"),
                             os.path.join(self.root, "scenario"))
        self.write("GNUmakefile", "all:\n\t@echo building\nclean:\n\t@:\n"
                   "print-qemu:\n\t@echo %s\n" % fake)

    def write(self, name, text):
        with open(os.path.join(self.root, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(os.path.join(self.root, name), encoding="latin-1",
                  newline="") as file:
            return file.read()

    def play(self, *steps):
        self.write("scenario", json.dumps(steps))

    def play_good(self):
        self.play(["print", CONSOLE.replace("\n", "\r\n")], ["read", "halt"],
                  ["exit", 1])

    def start(self, *words):
        """Start a script, out of the reach of who runs the tests."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("QEMUEXTRA", "QEMU", "MAKEFLAGS",
                                       "MAKELEVEL", "MAKE", "NO_COLOR")}
        process = subprocess.Popen(
            [sys.executable] + list(words), cwd=self.root, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def run_script(self, *words):
        """Run a script; its status and output."""
        process = self.start(*words)
        output = process.communicate(timeout=60)[0].decode()
        return process.returncode, output


class ScriptTest(Tree):
    def test_full_marks_end_with_status_zero(self):
        self.play_good()
        for script, score in (("grade-lab1", "50/50"),
                              ("grade-lab2", "70/70")):
            status, output = self.run_script(script)
            self.assertEqual(status, 0, output)
            self.assertEqual(output.splitlines()[-1], "Score: " + score)
            self.assertNotIn("\x1b", output)

    def test_a_lost_point_ends_with_status_one_and_keeps_the_console(self):
        text = CONSOLE.replace("check_page() succeeded!\n", "")
        self.play(["print", text], ["read", "halt"], ["exit", 1])
        status, output = self.run_script("grade-lab2", "--no-build")
        self.assertEqual(status, 1)
        self.assertIn("Score: 50/70", output)
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

    def test_the_boot_sectors_word_is_shown(self):
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

    def test_no_image_is_told(self):
        os.remove(os.path.join(self.root, "obj/kern/kernel.img"))
        self.play_good()
        output = self.run_script("grade-lab1", "--no-build")[1]
        self.assertIn("there is no obj/kern/kernel.img", output)

    def test_a_failed_build_gives_zero_and_its_errors(self):
        self.play_good()
        self.write("GNUmakefile", "all:\n\t@echo \"kern/a.c:3:1: error: "
                   "expected ';'\"; false\nclean:\n\t@:\n")
        status, output = self.run_script("grade-lab2")
        self.assertEqual(status, 1)
        self.assertIn("kern/a.c:3:1: error: expected ';'", output)
        self.assertEqual(output.splitlines()[-1], "Score: 0/70")

    def test_json_holds_score_and_tests(self):
        self.play(["print", CONSOLE.replace("15254", "XXX")],
                  ["read", "halt"], ["exit", 1])
        self.run_script("grade-lab1", "--no-build", "--json", "out.json")
        report = json.loads(self.read("out.json"))
        self.assertEqual(report["score"], 30)
        self.assertEqual(sum(test["max_score"] for test in report["tests"]),
                         50)
        self.assertEqual(report["tests"][0]["status"], "failed")

    def test_verbose_shows_the_console(self):
        self.play_good()
        output = self.run_script("grade-lab1", "--no-build", "-v")[1]
        self.assertIn("| 6828 decimal is 15254 octal!", output)


class GradeAllTest(Tree):
    def test_total_and_closing_line(self):
        self.play_good()
        status, output = self.run_script("test/grade_all.py")
        self.assertEqual(status, 0, output)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 120/120", "9 passed, 0 failed"])

    def test_lab_mk_limits_the_labs(self):
        self.play_good()
        self.write("conf/lab.mk", "# how far\nLAB = 1\n")
        output = self.run_script("test/grade_all.py")[1]
        self.assertIn("Total: 50/50", output)

    def test_labs_can_be_chosen(self):
        self.play_good()
        output = self.run_script("test/grade_all.py", "--make", "make", "2")[1]
        self.assertIn("Total: 70/70", output)

    def test_an_unknown_lab_is_told(self):
        status, output = self.run_script("test/grade_all.py", "77")
        self.assertNotEqual(status, 0)
        self.assertIn("no grader for lab 77", output)

    def test_a_lost_point_fails(self):
        self.play(["print", CONSOLE.replace("15254", "XXX")],
                  ["read", "halt"], ["exit", 1])
        status, output = self.run_script("test/grade_all.py")
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 100/120", "8 passed, 1 failed"])

    def test_a_failed_build_gives_zero(self):
        self.write("GNUmakefile", "all:\n\tfalse\nclean:\n\t@:\n")
        status, output = self.run_script("test/grade_all.py")
        self.assertEqual(status, 1)
        self.assertIn("does not build", output)
        self.assertEqual(output.splitlines()[-2:],
                         ["Total: 0/120", "0 passed, 9 failed"])

    def test_it_cleans_before_it_builds(self):
        self.play_good()
        makefile = self.read("GNUmakefile")
        self.write("GNUmakefile", makefile.replace(
            "@echo building", "@echo build >> order").replace(
                "clean:\n\t@:", "clean:\n\t@echo clean >> order"))
        self.run_script("test/grade_all.py")
        self.assertEqual(self.read("order"), "clean\nbuild\n")


class NothingSurvivesTest(Tree):
    def interrupted(self, number, *words):
        """Start a script on a kernel that hangs, send it a signal, and see
        that its QEMU is gone. Its status and output."""
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
        self.interrupted(signal.SIGHUP, "test/grade_all.py")

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
        """A QEMU= that is a shell script leaves nothing behind either."""
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

    def end(self, code, quiet=10.0):
        """How a boot sector with that code ends: the outcome."""
        with tempfile.NamedTemporaryFile(suffix=".img") as file:
            file.write(code.ljust(510, b"\0") + b"\x55\xaa")
            file.flush()
            machine = qemu.Machine(file.name, transcript=None,
                                   qemu=["qemu-system-i386"])
            with machine:
                return machine.wait_for_end(timeout=60, quiet=quiet)

    def test_debug_exit(self):
        outcome = self.end(self.HELLO + b"\xba\x01\x05\x30\xc0\xee\xeb\xfe")
        self.assertEqual((outcome.kind, outcome.status), (qemu.ENDED, 1))

    def test_debug_exit_without_a_word(self):
        outcome = self.end(b"\xba\x01\x05\x30\xc0\xee\xeb\xfe")
        self.assertEqual(outcome.kind, qemu.ENDED)

    def test_triple_fault(self):
        # lidt of an empty table, then int3
        outcome = self.end(self.HELLO + b"\x0f\x01\x1e\x00\x06\xcc\xeb\xfe")
        self.assertEqual(outcome.kind, qemu.TRIPLE_FAULT)
        self.assertIn("General Protection in real mode", outcome.text)

    def test_reset(self):
        # the keyboard controller's reset line
        outcome = self.end(self.HELLO + b"\xb0\xfe\xe6\x64\xeb\xfe")
        self.assertEqual(outcome.kind, qemu.RESET)

    def test_hang_in_a_loop(self):
        outcome = self.end(self.HELLO + b"\xfa\xeb\xfe", quiet=1.0)
        self.assertEqual(outcome.kind, qemu.HANG)
        self.assertIn("executing at eip 0x00007c0a (boot sector)",
                      outcome.text)

    def test_stop_in_the_boot_sector(self):
        outcome = self.end(self.HELLO + b"\xfa\xf4")
        self.assertEqual(outcome.kind, qemu.BOOT_SECTOR)
        self.assertIn("stopped: A", outcome.text)

    def test_no_image(self):
        with qemu.Machine("/no/such/image", transcript=None,
                          qemu=["qemu-system-i386"]) as machine:
            outcome = machine.wait_for_end()
        self.assertEqual(outcome.kind, qemu.NO_START)

    def test_an_unknown_processor(self):
        with qemu.Machine("/dev/zero", transcript=None, cpu="z80",
                          qemu=["qemu-system-i386"]) as machine:
            outcome = machine.wait_for_end()
        self.assertEqual(outcome.kind, qemu.NO_START)
        self.assertIn("z80", outcome.text)


if __name__ == "__main__":
    unit.main()
