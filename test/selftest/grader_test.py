"""Tests of judging: lab1.py, lab2.py, endings.py, and what grading.py shows.

The judges get made consoles (samples.py). Running is grader_run_test.py's.
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab1, lab2  # noqa: E402
from lib import building, endings, unit  # noqa: E402
from selftest.samples import (BACKTRACE, CHECKS, CONSOLE,  # noqa: E402
                              FAIL, PROMPT, SYMBOLS, TRACE)


def boot(text, outcome=None):
    return grading.Boot(text, outcome, endings.Symbols(SYMBOLS))


def lost(lab, text, outcome=None):
    """{test: complaints} of a lab on that console."""
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
        outcome = endings.Outcome(endings.HANG, "hang: no output for 15 s")
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
        self.assertIn("only the one before all others",
                      why["Page management 2"])

    def test_neither_free_list_check_is_printed_twice(self):
        why = lost(lab2, CONSOLE.replace("check_page_free_list", "chk"))
        self.assertEqual(list(why), ["Physical page allocator",
                                     "Page management 2"])
        self.assertIn("no such line", why["Page management 2"]
                      + why["Physical page allocator"])

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
        self.assertEqual(why.count("    expected: "), lab2.MAX_FAILS)
        self.assertEqual(why.split("and, in short:\n")[1].splitlines(),
                         FAIL.splitlines()[:1] * 6)

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

    def test_a_panic_is_the_reason_for_what_follows(self):
        panic = "kernel panic at kern/pmap.c:88: page_insert: no frame"
        head = CONSOLE[:CONSOLE.index("check_page() succeeded!")]
        why = lost(lab2, head + panic + "\n" + PROMPT)
        self.assertNotIn("Physical page allocator", why)
        self.assertEqual(len(why), 3)
        for text in why.values():
            self.assertIn(panic, text)

    def test_failures_without_an_end_are_shown(self):
        head = CONSOLE[:CONSOLE.index("check_page() succeeded!")]
        outcome = endings.Outcome(endings.TRIPLE_FAULT, "triple fault: there")
        why = lost(lab2, head + FAIL, outcome)["Page management"]
        self.assertIn("insert_replaces", why)
        self.assertIn("triple fault: there", why)

    def test_noise_and_control_characters_are_harmless(self):
        noise = "".join(map(chr, range(256))) * 3 + "\n"
        lost(lab2, noise + CONSOLE)
        lost(lab1, noise + CONSOLE)
        self.assertTrue(lost(lab2, noise))


class OutcomeTest(unittest.TestCase):
    symbols = endings.Symbols(SYMBOLS)

    def end(self, status, lines=("line",), stderr="", trace=""):
        return endings.classify_end(status, list(lines), stderr, trace,
                                 self.symbols)

    def test_debug_exit(self):
        outcome = self.end(1)
        self.assertEqual((outcome.kind, outcome.status), (endings.ENDED, 1))

    def test_a_triple_fault_without_an_interrupt_table(self):
        dump = TRACE.replace("EAX=00000001", "EAX=00000001\n"
                             "GDT=     f0112000 00000037\n"
                             "IDT=     00000000 000003ff\n"
                             "CR0=80010011 CR2=00000014 CR3=001ad000")
        details = "\n".join(self.end(0, trace=dump).details)
        self.assertIn("none was loaded (lidt)", details)
        self.assertNotIn("paging is off", details)

    def test_a_triple_fault_without_paging(self):
        dump = TRACE.replace("EAX=00000001", "IDT=     f0112000 000007ff\n"
                             "CR0=00010011 CR2=00000000 CR3=001ad000")
        details = "\n".join(self.end(0, trace=dump).details)
        self.assertIn("paging is off (CR0 0x00010011)", details)
        self.assertNotIn("lidt", details)

    def test_variables_are_found_by_name(self):
        symbols = endings.Symbols("f0110010 b innermost\nf0100000 t text\n")
        self.assertEqual(symbols.variable("innermost"), 0xF0110010)
        self.assertIsNone(symbols.variable("text"))

    def test_warnings_are_no_failure_to_start(self):
        outcome = self.end(1, [], "qemu-system-i386: warning: TCG doesn't\n")
        self.assertEqual(outcome.kind, endings.ENDED)

    def test_qemu_that_does_not_start(self):
        outcome = self.end(1, [], "qemu: Could not open 'x'\n")
        self.assertEqual(outcome.kind, endings.NO_START)
        self.assertIn("Could not open", outcome.text)

    def test_triple_fault_names_place_and_address(self):
        outcome = self.end(0, trace=TRACE)
        self.assertEqual(outcome.kind, endings.TRIPLE_FAULT)
        self.assertIn("Page Fault at eip 0xf010202c (page_init+44), "
                      "cr2 0x00000014", outcome.text)

    def test_triple_fault_on_the_stack_says_so(self):
        trace = TRACE.replace("CR2=00000014", "CR2=f0117fbc")
        outcome = self.end(0, trace=trace)
        self.assertIn("just below esp", outcome.details[0])

    def test_triple_fault_after_a_wrong_cr3(self):
        trace = TRACE.replace("CR2=00000014", "CR2=f010202c").replace(
            "EAX=00000001\n", "CR0=8001 CR2=f010202c CR3=f015e000 CR4=90\n")
        words = "\n".join(self.end(0, trace=trace).details)
        self.assertIn("not mapped there by the page tables in use", words)
        self.assertIn("CR3 0xf015e000 looks like a virtual address", words)

    def test_triple_fault_with_a_cut_trace(self):
        outcome = self.end(0, trace="Triple fault\n")
        self.assertEqual(outcome.kind, endings.TRIPLE_FAULT)

    def test_reset(self):
        outcome = self.end(0, trace="CPU Reset (CPU 0)\n")
        self.assertEqual(outcome.kind, endings.RESET)

    def test_a_panic_comes_before_what_followed(self):
        outcome = self.end(0, ["kernel panic at a.c:1: no"], trace=TRACE)
        self.assertEqual(outcome.kind, endings.PANIC)
        self.assertIn("triple fault", outcome.details[0])

    def test_panic_with_a_processor(self):
        outcome = endings.trouble(["kernel panic on CPU 0 at kern/a.c:7: x"])
        self.assertEqual(outcome.kind, endings.PANIC)

    def test_kernel_fault(self):
        outcome = endings.trouble(["kernel page fault: read of 0x0: no PDE"])
        self.assertEqual(outcome.kind, endings.FAULT)

    def test_signals(self):
        self.assertEqual(self.end(-9).kind, endings.KILLED)

    def test_addresses_with_functions(self):
        words = self.symbols.words
        self.assertEqual(words(0xF0102004), "0xf0102004 (page_init+4)")
        self.assertEqual(words(0x7C10), "0x00007c10 (boot sector)")
        self.assertEqual(words(0x00102004), "0x00102004 (page_init+4)")
        self.assertEqual(words(0xDEADBEEF), "0xdeadbeef (no function)")

    def test_hang_with_a_halted_processor(self):
        sample = "EIP=f0102000 EFL=00000046 [---] CPL=0 II=0 SMM=0 HLT=1"
        lines = endings.explain_hang([sample], self.symbols)
        self.assertIn("halted (hlt) at eip 0xf0102000 (page_init+0), "
                      "interrupts off", lines[0])

    def test_hang_in_a_loop(self):
        sample = "EIP=f010200%d EFL=00000246 [---] CPL=0 II=0 SMM=0 HLT=0"
        lines = endings.explain_hang([sample % 1, sample % 2, sample % 1, ""],
                                  self.symbols)
        self.assertEqual(lines, ["it is executing at eip 0xf0102001 "
                                 "(page_init+1), 0xf0102002 (page_init+2)"])


    def test_a_stop_in_the_boot_sector(self):
        sample = "EIP=%08x EFL=00000046 [---] CPL=0 II=0 SMM=0 HLT=%d"
        for eip, halted, stopped in ((0x7CB1, 1, True), (0x7CB1, 0, False),
                                     (0xF0102000, 1, False)):
            self.assertEqual(endings.stopped_in_boot_sector(
                sample % (eip, halted)), stopped)
        self.assertFalse(endings.stopped_in_boot_sector(""))

    def test_the_boot_sectors_words_are_explained(self):
        outcome = endings.explain_boot_word("ELF?")
        self.assertEqual(outcome.kind, endings.BOOT_SECTOR)
        self.assertIn("no ELF file", outcome.text)


class BuildErrorsTest(unittest.TestCase):
    def test_compiler_errors_come_with_their_excerpts(self):
        lines = building.first_errors(
            "  CC      kern/pmap.c\nkern/pmap.c: In function 'f':\n"
            "kern/pmap.c:3:2: error: 'x' undeclared\n    3 |  x = 1;\n"
            "      |  ^\nmake: *** [kern/build.mk:9: obj/pmap.o] Error 1\n")
        self.assertEqual(lines, ["kern/pmap.c:3:2: error: 'x' undeclared",
                                 "    3 |  x = 1;", "      |  ^"])

    def test_only_the_first_are_shown(self):
        lines = building.first_errors("a.c:1: error: no\n" * 50)
        self.assertEqual(len(lines), 4)

    def test_linker_errors(self):
        lines = building.first_errors(
            "ld: obj/a.o: in function `f':\n"
            "/x/a.c:3: undefined reference to `page_alloc'\n")
        self.assertEqual(len(lines), 1)
        self.assertIn("page_alloc", lines[0])

    def test_unknown_errors_show_the_end(self):
        lines = building.first_errors("one\ntwo\nmake: *** [x] Error 1\n")
        self.assertEqual(lines[-1], "make: *** [x] Error 1")


if __name__ == "__main__":
    unit.main()
