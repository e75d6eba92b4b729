"""Tests of grade_solution.py, against a QEMU that plays a scenario."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grade_solution  # noqa: E402
from lib import unit  # noqa: E402
from selftest.fake_tree import Tree  # noqa: E402
from selftest.samples import (CONSOLE, TRACE, course_console,  # noqa: E402
                              fail_block)

SIZES = ("33", "64", "77", "128", "256")


class SolutionTest(Tree):
    def setUp(self):
        Tree.setUp(self)
        self.write("my pmap.c", "")

    def grade(self, *options):
        return self.run_script("test/grade/grade_solution.py", "--pmap",
                               "my pmap.c", *options)

    def play_sizes(self, fates, **others):
        """others: m64={...}: the fates with that size."""
        texts = {size: course_console(others["m" + size]) for size in SIZES
                 if "m" + size in others}
        texts["else"] = course_console(fates)
        self.play(["print_sized", texts], ["exit", 1])

    def test_full_marks(self):
        self.play_sizes({})
        status, output = self.grade()
        self.assertEqual(status, 0, output)
        self.assertEqual(output.splitlines()[-1], "Score: 120/120")
        self.assertNotIn("mmio_map_region", output)
        for size in SIZES:
            self.assertIn("\n  %s MB: " % size, output)

    def test_the_given_file_is_built(self):
        self.play_sizes({})
        self.grade()
        built = self.read("obj/solution/kernel.img").strip()
        self.assertTrue(os.path.isabs(built))
        self.assertEqual(os.path.basename(built), "my pmap.c")

    def test_it_is_built_where_make_builds(self):
        self.play_sizes({})
        status, output = self.grade("--make", "make OBJDIR=else/where")
        self.assertEqual(status, 0, output)
        self.assertIn("my pmap.c", self.read("else/where/solution/kernel.img"))

    def test_a_broken_rule_in_the_words_of_the_rules(self):
        self.play_sizes({"check_page/insert_same": "FAIL"})
        status, output = self.grade()
        self.assertEqual(status, 1)
        for line in fail_block("check_page/insert_same").splitlines():
            self.assertIn("\n         " + line, output)
        self.assertNotIn("only with", output)
        self.assertIn("\nScore: 105/120\n", output)

    def test_a_rule_broken_at_one_size_only(self):
        self.play_sizes({}, m64={"check_page/insert_same": "FAIL"})
        output = self.grade()[1]
        self.assertIn("    only with 64 MB\n", output)
        self.assertIn("  64 MB: 21 checks, 1 failed, ", output)

    def test_a_missing_function_has_no_points(self):
        self.play_sizes({"check_page/region_bounds": "skip"})
        status, output = self.grade()
        self.assertEqual(status, 0)
        self.assertIn("skipped: check_page/region_bounds: this processor",
                      output)
        self.assertIn("\nScore: 110/110\n", output)

    def test_two_default_sizes_are_odd(self):
        self.assertGreaterEqual(sum(size % 2 for size in
                                    grade_solution.SIZES), 2)

    def test_a_rule_broken_at_an_odd_size_is_seen(self):
        self.play_sizes({}, m77={"check_page/insert_same": "FAIL"})
        self.assertIn("    only with 77 MB\n", self.grade()[1])

    def test_sizes_can_be_chosen(self):
        self.play_sizes({}, m64={"check_page/insert_same": "FAIL"})
        status, output = self.grade("--memory", "32,128")
        self.assertEqual(status, 0)
        self.assertNotIn("64 MB", output)

    def test_sizes_must_be_numbers(self):
        for wrong in ("", "32,,64", "x", "0"):
            status, output = self.grade("--memory", wrong)
            self.assertEqual(status, 2)
            self.assertIn("sizes in MB", output)

    def test_advice_costs_nothing(self):
        self.play_sizes({"check_page_alloc/double_free": "FAIL"})
        status, output = self.grade()
        self.assertEqual(status, 0)
        self.assertIn("advice, without points:\n", output)
        self.assertIn("  64 MB: 21 checks, 1 not as advised, ", output)
        self.assertIn("FAIL check_page_alloc/double_free", output)

    def test_lines_without_a_key_earn_nothing(self):
        self.play(["print", CONSOLE], ["exit", 1])
        status, output = self.grade("--memory", "32")
        self.assertEqual(status, 1)
        self.assertIn("Score: 0/120", output)

    def test_a_file_that_does_not_compile(self):
        self.write("GNUmakefile", "solution-kernel:\n\t@echo \"my pmap.c:12:3:"
                   " error: 'pgs' undeclared\"; false\n")
        status, output = self.grade("--json", "out.json")
        self.assertEqual(status, 1)
        self.assertIn("in it does not build; the first errors:\n", output)
        self.assertIn("my pmap.c:12:3: error: 'pgs' undeclared", output)
        self.assertEqual(output.splitlines()[-1], "Score: 0/120")
        self.assertIn("'pgs' undeclared",
                      json.loads(self.read("out.json"))["output"])

    def fail_build(self, words, source=""):
        """The report on a build that fails with this message."""
        self.write("my pmap.c", source)
        self.write("GNUmakefile", "solution-kernel:\n\t@echo \"%s\"; "
                   "false\n" % words)
        status, output = self.grade()
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[-1], "Score: 0/120")
        return output

    def test_another_interface_is_reported(self):
        error = "kern/pmap.c:3:1: error: unknown type name 'Page_list'"
        for source, word in (
                ("void i386_vm_init(void) { }", "until 2010"),
                ("int\npage_alloc(struct Page **store);", "until 2010"),
                ("pml4e_t *kern_pml4e;", "x86-64"),
                ("x = PML4(va);", "64 bits"),
                ("uint64_t boot_cr3;", "64 bits"),
                ('asm("movq %%rsp, %0" : "=r" (x));', "64 bits"),
                ("void mips_detect_memory(void);", "MIPS")):
            output = self.fail_build(error, source)
            self.assertIn("another interface than the one that is graded",
                          output)
            self.assertIn(word, output)
            self.assertIn(error, output)

    def test_the_tree_of_a_64_bit_file_tells(self):
        self.write("64/inc/mmu.h", "#define PML4(la) ((la) >> 39 & 0x1FF)\n")
        self.write("64/kern/pmap.c", "int x = y;\n")
        self.write("GNUmakefile", "solution-kernel:\n\tfalse\n")
        output = self.run_script("test/grade/grade_solution.py", "--pmap",
                                 "64/kern/pmap.c")[1]
        self.assertIn("64 bits", output)

    def test_an_ordinary_error_is_not_another_interface(self):
        output = self.fail_build("kern/pmap.c:3:1: error: 'x' undeclared",
                                 "struct PageInfo *page_alloc(int flags);\n"
                                 "// x86-64 has kern_pml4e here, PML4(va)")
        self.assertNotIn("another interface", output)

    def test_errors_that_need_an_explanation(self):
        for error, words in (
                ("kern/pmap.c:9:1: error: invalid storage class for function"
                 " 'page_free'", "page_free begins within another function"),
                ("./kern/pmap.c:9: undefined reference to 'flush'",
                 "flush is neither in the file nor"),
                ("kern/pmap.c:1:10: fatal error: inc/me.h: No such file or"
                 " directory", "no course has that header"),
                ("kern/pmap.c:7:5: error: 'VPT' undeclared",
                 "older memory layout")):
            self.assertIn(words, self.fail_build(error))

    def test_a_file_in_utf_16(self):
        path = os.path.join(self.root, "my pmap.c")
        self.fail_build("kern/pmap.c:1:1: error: stray character")
        with open(path, "wb") as file:
            file.write("int x;\n".encode("utf-16"))
        self.assertIn("the file is UTF-16", self.grade()[1])

    def test_a_row_that_cannot_run_has_a_reason(self):
        self.play(["print", course_console(stop_after="check_page/flush")
                   + "@{KEY} unrun mem_init stopped before page_init\n"],
                  ["exit", 1])
        output = self.grade()[1]
        self.assertIn("not run: mem_init stopped before page_init", output)
        self.assertNotIn("did not finish its checks", output)

    def test_no_file(self):
        status, output = self.run_script("test/grade/grade_solution.py",
                                         "--pmap", "none.c")
        self.assertEqual(status, 2)
        self.assertIn("there is no file none.c", output)

    def test_a_triple_fault_says_where(self):
        self.play(["print", course_console(stop_after="check_page/flush")],
                  ["trace", TRACE], ["exit", 0])
        self.write("obj/kern/kernel.sym", "")
        status, output = self.grade("--memory", "32,64")
        self.assertEqual(status, 1)
        self.assertIn("  triple fault: Page Fault at eip 0xf010202c", output)
        self.assertIn("the last check that ended: check_page/flush", output)
        self.assertIn("not run: the kernel stopped before this: triple fault",
                      output)

    def test_a_hang_says_where(self):
        self.play(["print", course_console(stop_after="check_page/flush")])
        status, output = self.grade("--memory", "32", "--quiet", "0.7")
        self.assertEqual(status, 1)
        self.assertIn("hang: no output for 0.7 s", output)

    def test_a_panic_in_mem_init_says_where(self):
        self.play(["print", "kernel panic at my pmap.c:88: no memory\n"],
                  ["exit", 1])
        output = self.grade("--memory", "32")[1]
        self.assertIn("kernel panic at my pmap.c:88: no memory", output)

    def test_a_failure_that_no_result_followed_is_shown(self):
        self.play(["print", fail_block("mem_init/runs")], ["exit", 1])
        output = self.grade("--memory", "32")[1]
        self.assertIn("FAIL mem_init/runs: the rule of it", output)
        self.assertIn("it ended before its checks did", output)

    def test_what_the_file_s_tree_gave_is_printed(self):
        self.play_sizes({})
        self.write("obj/solution/borrowed.txt", "SIZE is taken from inc/a.h\n")
        self.assertIn("\n  SIZE is taken from inc/a.h\n", self.grade()[1])

    def test_sizes_that_are_too_small(self):
        status, output = self.grade("--memory", "3,64")
        self.assertEqual(status, 2)
        self.assertIn("from 4 up", output)

    def test_notes_are_printed_once(self):
        self.play(["print_sized", {
            "64": course_console() + "@{KEY} note only here\n",
            "else": course_console() + "@{KEY} note everywhere\n"}],
            ["exit", 1])
        output = self.grade()[1]
        self.assertEqual(output.count("everywhere"), 1)
        self.assertIn("only here (only with 64 MB)", output)

    def test_consoles_are_kept(self):
        self.play_sizes({"check_page/insert_same": "FAIL"})
        output = self.grade("--memory", "32")[1]
        self.assertIn("obj/solution/console.32", output)
        self.assertIn("FAIL check_page/insert_same",
                      self.read("obj/solution/console.32"))

    def test_all_formats(self):
        self.play_sizes({"check_page/insert_same": "FAIL"})
        output = self.grade("--memory", "32", "--json", "out.json",
                            "--junit", "out.xml", "--tap")[1]
        self.assertEqual(output.splitlines()[0], "TAP version 13")
        report = json.loads(self.read("out.json"))
        self.assertEqual(report["score"], 105)
        self.assertIn("<testsuites", self.read("out.xml"))


if __name__ == "__main__":
    unit.main()
