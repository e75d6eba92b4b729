"""Tests of the mutants' runner without a kernel. All lists must fit."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import endings, qemu, unit  # noqa: E402
from mutants import edits, mutants, trial  # noqa: E402

SOURCE = """\
static int count;

int
first(void)
{
	count++;
	return 0;
}

int
second(void)
{
	count++;
	count++;
	return 0;
}
"""

LIST = """\
# A list.
file kern/x.c

mutant keeps_count
why the count is not counted
in first
kills counts first_counts panic:first
- 	count++;
  	return 0;
"""

KEY = "0123456789abcdef"


def one(text):
    """The only mutant of this list."""
    (mutant,) = edits.parse(text, "list")
    return mutant


def console(*results):
    """A Console of "ok NAME SUBJECT" and "FAIL NAME SUBJECT"."""
    lines = []
    for result in results:
        verdict, name, subject = result.split()
        if verdict == "FAIL":
            lines += ["FAIL group/%s: the rule" % name,
                      "    expected: 1", "    found:    2", "    at x.c:1"]
        lines.append("@%s %s group/%s %s rule" % (KEY, verdict, name, subject))
    return trial.Console(lines, KEY)


class ListTest(unittest.TestCase):
    def test_a_block_is_read(self):
        mutant = one(LIST)
        self.assertEqual((mutant.name, mutant.file, mutant.function),
                         ("keeps_count", "kern/x.c", "first"))
        self.assertEqual(mutant.kills, ["counts", "first_counts",
                                        "panic:first"])
        self.assertEqual(mutant.old, ["\tcount++;", "\treturn 0;"])
        self.assertEqual(mutant.new, ["\treturn 0;"])
        self.assertEqual(mutant.boot, {})

    def test_machines(self):
        text = LIST.replace("kills", "boot memory=4 cpu=486,-pse\nkills")
        self.assertEqual(one(text).boot, {"memory": "4", "cpu": "486,-pse"})
        self.assertEqual(one(LIST.replace("kills", "boot kernel\nkills")).boot,
                         {"kernel": True})

    def test_errors_of_a_list_are_reported(self):
        for old, new, words in (
                ("kills counts first_counts panic:first\n", "", "kills"),
                ("why the count is not counted\n", "", "why"),
                ("in first\n", "", "line for in"),
                ("in first\n", "on first\n", "what is the line"),
                ("- 	count++;\n", "", "changes nothing"),
                ("kills", "equivalent no\nkills", "either"),
                ("kills", "boot disk=1\nkills", "disk=1"),
                ("file kern/x.c\n", "", "file")):
            with self.assertRaises(edits.ListError) as caught:
                one(LIST.replace(old, new))
            self.assertIn(words, str(caught.exception))

    def test_an_edit_is_made_in_its_function_only(self):
        edited = one(LIST).apply(SOURCE)
        self.assertEqual(edited, SOURCE.replace("\tcount++;\n", "", 1))

    def test_a_misfit_is_an_error_with_its_place(self):
        for old, new, words in (
                ("in first", "in second", None),
                ("in first", "in third", "no function third"),
                ("in first", "in file", "2 times"),
                ("count++", "count--", "nowhere")):
            mutant = one(LIST.replace(old, new))
            if words is None:
                self.assertIn("\tcount++;\n\treturn",
                              mutant.apply(SOURCE).split("second")[1])
                continue
            with self.assertRaises(edits.ListError) as caught:
                mutant.apply(SOURCE)
            self.assertIn(words, str(caught.exception))
            self.assertIn("keeps_count", str(caught.exception))

    def test_functions_of_assembly_end_with_their_size(self):
        lines = ["\t.globl\tone", "one:", "\tret", "\t.size\tone, . - one",
                 "two:", "\tret", "\t.size\ttwo, . - two"]
        self.assertEqual(edits.function_extent(lines, "one"), (1, 4))
        self.assertEqual(edits.function_extent(lines, "two"), (4, 7))

    def test_two_of_one_name_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.txt", "b.txt"):
                with open(os.path.join(folder, name), "w") as file:
                    file.write(LIST)
            with self.assertRaises(edits.ListError):
                edits.read_all(folder)


class JudgeTest(unittest.TestCase):
    def judge(self, *results, outcome=None, differs=False, text=LIST):
        return trial.judge(one(text), console(*results).failures,
                                outcome, differs)

    def test_the_listed_check_names_it(self):
        self.assertEqual(self.judge("ok a x", "FAIL counts first"), "named")
        self.assertEqual(self.judge("FAIL first_counts y"), "named")

    def test_another_check_of_the_same_function_may_be_first(self):
        self.assertEqual(self.judge("FAIL a first", "FAIL counts first"),
                         "named")

    def test_another_check_is_misnaming(self):
        self.assertEqual(self.judge("FAIL a x"), "misnamed")
        self.assertEqual(self.judge("FAIL a x", "FAIL counts y"), "misnamed")

    def test_nothing_noticed(self):
        self.assertEqual(self.judge("ok counts first"), "survived")

    def test_an_ending_names_it_if_it_is_listed(self):
        panic = endings.Outcome(endings.PANIC, "kernel panic at x.c:1: first")
        other = endings.Outcome(endings.PANIC, "kernel panic at x.c:1: other")
        hang = endings.Outcome(endings.HANG, "hang: first")
        self.assertEqual(self.judge(outcome=panic), "named")
        self.assertEqual(self.judge(outcome=other), "misnamed")
        self.assertEqual(self.judge(outcome=hang), "misnamed")
        self.assertEqual(self.judge("FAIL a x", outcome=panic), "misnamed")

    def test_the_console_alone_kills_and_names_if_it_is_listed(self):
        self.assertEqual(self.judge(differs=True), "misnamed")
        self.assertEqual(self.judge(differs=True, text=LIST.replace(
            "panic:first", "console")), "named")

    def test_equivalent_ones_must_not_be_noticed(self):
        text = LIST.replace("kills counts first_counts panic:first",
                            "equivalent nobody counts")
        self.assertEqual(self.judge("ok a x", text=text), "equivalent")
        self.assertEqual(self.judge("FAIL a x", text=text), "not equivalent")

    def test_results_of_another_key_do_not_count(self):
        lines = ["@%s FAIL group/counts first rule" % ("f" * 16)]
        self.assertEqual(trial.Console(lines, KEY).failures, [])

    def test_failures_come_with_their_lines(self):
        failure = console("FAIL counts first").failures[0]
        self.assertEqual(len(failure.lines), 4)
        self.assertEqual(str(failure), "group/counts")

    def test_lines_about_memory_are_compared_one_by_one(self):
        self.assertEqual(trial.differing(["a", "b"], ["a", "b"]), [])
        self.assertEqual(trial.differing(["a", "c"], ["a", "b"]),
                         ["- b", "+ c"])


class RunTest(unittest.TestCase):
    def test_a_sample_is_the_same_for_the_same_seed(self):
        many = [one(LIST.replace("keeps_count", "m%d" % i))
                for i in range(50)]
        first = edits.choose(many, sample=20, seed="2026-11-21")
        self.assertEqual(len(first), 20)
        self.assertEqual(first, edits.choose(many, sample=20,
                                                   seed="2026-11-21"))
        self.assertNotEqual(first, edits.choose(many, sample=20,
                                                      seed="2026-11-22"))

    def test_a_pattern_chooses_by_file_function_and_name(self):
        many = [one(LIST)]
        for pattern in ("kern/x", "/first/", "keeps_count$"):
            self.assertEqual(edits.choose(many, pattern), many)
        self.assertEqual(edits.choose(many, "second"), [])

    def test_misnamed_ones_count_only_as_a_share(self):
        def results(named, misnamed):
            verdicts = ["named"] * named + ["misnamed"] * misnamed
            return [{"verdict": verdict} for verdict in verdicts]
        self.assertEqual(mutants.failures_of(results(95, 5)), (0, 0.95))
        self.assertEqual(mutants.failures_of(results(94, 6)), (1, 0.94))
        self.assertEqual(mutants.failures_of(
            results(100, 0) + [{"verdict": "survived"}] * 2), (2, 1.0))

    def test_all_mutants_fit_their_files(self):
        texts = {}
        for mutant in edits.read_all():
            if mutant.file not in texts:
                path = os.path.join(qemu.ROOT, mutant.file)
                with open(path, encoding="utf-8") as file:
                    texts[mutant.file] = file.read()
            self.assertNotEqual(mutant.apply(texts[mutant.file]),
                                texts[mutant.file])
        self.assertGreater(len(texts), 1)


if __name__ == "__main__":
    unit.main()
