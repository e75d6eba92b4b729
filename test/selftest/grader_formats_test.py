"""Tests of results.json, JUnit's XML and TAP: parsers that share no code with
formats.py read them back."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab1, lab2, rules  # noqa: E402
from lib import endings, formats, unit  # noqa: E402
from lib.report import Case, Report, Result, Section  # noqa: E402
from selftest.samples import CONSOLE, KEY, graded_console  # noqa: E402

FATES = {"check_page/insert_same": "FAIL", "check_page/region_pse": "skip",
         "check_page_alloc/double_free": "FAIL"}
NOISE = "".join(map(chr, range(256)))
XML_TRAP = "]]> <&> \"quoted\" 'single' \x00\x0b\x1b[31m\x7f\x85\ufffe\udc80"


def boot(text, outcome=None, key=KEY):
    return grading.Boot(text, outcome, endings.Symbols(), key=key)


def lab2_report(fates=None, outcome=None, **more):
    return grading.judge(lab2.LAB,
                         boot(graded_console(fates, **more), outcome))


def lab1_report(text=CONSOLE):
    return grading.judge(lab1.LAB, boot(text))


def course_report(fates):
    """Grade as for a solution: advice costs nothing."""
    return Report("pmap.c", [rules.judge([boot(graded_console(fates))],
                                         rules.COURSE_KINDS)])


def trap_report():
    """A Report with difficult characters in every place."""
    case = Case(XML_TRAP + "#case", "failed", [XML_TRAP, "  two", "a: #b"])
    return Report("name " + XML_TRAP, [Section(
        XML_TRAP, "Score # " + XML_TRAP,
        [Result(XML_TRAP + "#", 5, [XML_TRAP, NOISE], cases=[case])])],
        heading=[XML_TRAP], notes=[NOISE.replace("\n", "").replace("\r", "")])


class JsonTest(unittest.TestCase):
    def read(self, *reports, **more):
        return json.loads(json.dumps(formats.as_json(list(reports), **more)))

    def test_gradescopes_fields(self):
        answer = self.read(lab2_report(FATES), seconds=1.234)
        self.assertEqual(answer["score"],
                         sum(test["score"] for test in answer["tests"]))
        self.assertEqual(sum(test["max_score"] for test in answer["tests"]),
                         200)
        self.assertEqual(answer["execution_time"], 1.2)
        for test in answer["tests"]:
            self.assertEqual(sorted(test), [
                "max_score", "name", "output", "output_format", "score",
                "status"])
            self.assertIn(test["status"], ("passed", "failed"))
            self.assertEqual(test["output_format"], "text")
            self.assertEqual(test["status"] == "passed",
                             test["score"] == test["max_score"])

    def test_a_lost_test_says_why(self):
        tests = {test["name"]: test for test
                 in self.read(lab2_report(FATES))["tests"]}
        self.assertIn("FAIL check_page/insert_same: the rule of it\n"
                      "    expected: a == b\n    found:    0x1 and 0x2\n"
                      "    at kern/check_x.c:44",
                      tests["page_insert"]["output"])

    def test_several_labs_are_distinguished(self):
        answer = self.read(lab1_report(), lab2_report())
        self.assertEqual(answer["score"], 250)
        names = [test["name"] for test in answer["tests"]]
        self.assertEqual(len(set(names)), len(names))
        self.assertIn("Lab 1: printf", names)

    def test_it_is_written_as_utf8(self):
        with tempfile.NamedTemporaryFile() as file:
            formats.write_json(file.name, [trap_report()])
            with open(file.name, "rb") as written:
                json.loads(written.read().decode("utf-8"))


class JunitTest(unittest.TestCase):
    def read(self, *reports):
        text = formats.as_junit(list(reports), 1.5)
        return ElementTree.fromstring(text.encode("utf-8"))

    def test_the_tree_is_junits(self):
        root = self.read(lab1_report(), lab2_report(FATES))
        self.assertEqual(root.tag, "testsuites")
        self.assertEqual([suite.get("name") for suite in root],
                         ["Lab 1", "Lab 2: Score", "Lab 2: Rules"])
        for suite in root:
            self.assertEqual(suite.tag, "testsuite")
            tags = [child.tag for child in suite]
            self.assertEqual(tags[0], "properties")
            self.assertLessEqual(set(tags[1:]), {"testcase", "system-out"})
            for case in suite.iter("testcase"):
                self.assertTrue(case.get("name") and case.get("classname"))
                self.assertLessEqual({child.tag for child in case},
                                     {"failure", "skipped", "system-out"})

    def test_the_counts_are_right(self):
        root = self.read(lab1_report(CONSOLE.replace("15254", "X")),
                         lab2_report(FATES), course_report(FATES))
        for element in [root] + list(root):
            for attribute, tag in (("tests", "testcase"),
                                   ("failures", "failure"),
                                   ("skipped", "skipped")):
                self.assertEqual(int(element.get(attribute)),
                                 len(list(element.iter(tag))))
            self.assertEqual(element.get("errors"), "0")
        self.assertEqual(root.get("time"), "1.5")
        self.assertGreater(int(root.get("failures")), 2)
        self.assertGreater(int(root.get("skipped")), 1)

    def test_each_check_is_a_case_of_its_function(self):
        suite = self.read(lab2_report(FATES))[1]
        cases = {case.get("name"): case for case in suite.iter("testcase")}
        case = cases["check_page/insert_same"]
        self.assertEqual(case.get("classname"), "lab2.rules.page_insert")
        failure = case.find("failure")
        self.assertEqual(failure.get("message"),
                         "FAIL check_page/insert_same: the rule of it")
        self.assertIn("    expected: a == b\n", failure.text)
        skipped = cases["check_page/region_pse"].find("skipped")
        self.assertEqual(skipped.get("message"), "this processor has none")

    def test_advice_is_no_failure(self):
        root = self.read(course_report({"check_page_alloc/double_free":
                                        "FAIL"}))
        self.assertEqual(root.get("failures"), "0")
        self.assertIn("advice", root.find(".//skipped").get("message"))

    def test_a_check_that_did_not_run_is_a_failure(self):
        root = self.read(lab2_report(
            outcome=endings.Outcome(endings.HANG, "a hang"),
            stop_after="check_page/insert_same"))
        cases = root.findall(".//testcase[@classname='lab2.rules.paging']")
        self.assertEqual(len(cases), 1)
        self.assertIn("a hang", cases[0].find("failure").text)

    def test_the_score_is_a_property(self):
        properties = self.read(lab2_report(FATES))[1].find("properties")
        self.assertEqual({each.get("name"): each.get("value")
                          for each in properties},
                         {"score": "105", "max_score": "130"})

    def test_no_character_breaks_it(self):
        root = self.read(trap_report())
        failure = root.find(".//failure")
        self.assertIn("]]> <&> \"quoted\" 'single' \\x00\\x0b\\x1b[31m",
                      failure.text)
        self.assertTrue(root.find(".//testcase").get("name")
                        .startswith("]]> <&> \"quoted\""))

    def test_a_noisy_console_does_not_break_it(self):
        text = NOISE + "check_page() FAILED " + NOISE + graded_console(
            {"check_page/flush": "FAIL"}).replace("0x1 and", NOISE[:10] + "&<")
        self.read(grading.judge(lab2.LAB, boot(text)))
        self.read(grading.judge(lab1.LAB, boot(text)))

    @unittest.skipUnless(shutil.which("xmllint"), "needs xmllint")
    def test_xmllint_reads_it(self):
        with tempfile.NamedTemporaryFile(suffix=".xml") as file:
            formats.write_junit(file.name, [trap_report(),
                                            lab2_report(FATES)])
            subprocess.run(["xmllint", "--noout", file.name], check=True)


class TapReader:
    """A strict reader of TAP 13; points is a list of dictionaries."""

    LINE = re.compile(r"^(not )?ok (\d+) - ((?:[^#\\]|\\.)*?)"
                      r"(?: # (SKIP|TODO) (.*))?$")

    def __init__(self, text):
        lines = text.split("\n")
        if lines.pop() != "":
            raise AssertionError("no newline at the end")
        if lines.pop(0) != "TAP version 13":
            raise AssertionError("no version line")
        self.plan = None
        self.points, self.comments = [], []
        while lines:
            self.take(lines)
        if self.plan != len(self.points):
            raise AssertionError("planned %s, found %d" % (self.plan,
                                                           len(self.points)))

    def take(self, lines):
        line = lines.pop(0)
        match = self.LINE.match(line)
        if line.startswith("#"):
            self.comments.append(line)
        elif re.match(r"^1\.\.\d+$", line):
            self.plan = int(line[3:])
        elif match:
            self.points.append({
                "ok": not match.group(1), "name": match.group(3),
                "directive": match.group(4), "yaml": self.yaml(lines)})
            if int(match.group(2)) != len(self.points):
                raise AssertionError("numbered wrongly: " + line)
        else:
            raise AssertionError("not TAP: %r" % line)

    @staticmethod
    def yaml(lines):
        """The block below a test: keys with numbers, words, JSON strings, or
        the lines of a text."""
        block = {}
        if not lines or lines[0] != "  ---":
            return block
        lines.pop(0)
        while lines[0] != "  ...":
            key, _, value = lines.pop(0).strip().partition(":")
            block[key] = value.strip()
            if block[key].startswith('"'):
                block[key] = json.loads(block[key])
            if block[key] == "|":
                block[key] = []
                while lines[0].startswith("    "):
                    block[key].append(lines.pop(0)[4:])
        lines.pop(0)
        return block


class TapTest(unittest.TestCase):
    def read(self, *reports):
        return TapReader(formats.as_tap(list(reports)))

    def test_full_marks(self):
        found = self.read(lab1_report(), lab2_report())
        self.assertTrue(all(point["ok"] for point in found.points))
        self.assertIn("# Score: 70/70", found.comments)
        self.assertIn("# Rules: 130/130", found.comments)

    def test_a_failure_has_its_lines(self):
        found = self.read(lab2_report(FATES))
        point = next(point for point in found.points
                     if point["name"].endswith("check_page/insert_same"))
        self.assertFalse(point["ok"])
        self.assertEqual(point["yaml"]["message"],
                         "FAIL check_page/insert_same: the rule of it")
        self.assertEqual(point["yaml"]["output"][1], "    expected: a == b")
        self.assertEqual(point["yaml"]["max_score"], "15")

    def test_a_skip_is_a_skip(self):
        found = self.read(lab2_report(FATES))
        self.assertEqual([point["name"] for point in found.points
                          if point["directive"] == "SKIP"],
                         ["Lab 2: boot_map_region: check_page/region_pse"])

    def test_advice_is_a_todo(self):
        found = self.read(course_report({"check_page_alloc/double_free":
                                         "FAIL"}))
        todo = [point for point in found.points if not point["ok"]]
        self.assertEqual([point["directive"] for point in todo], ["TODO"])

    def test_no_character_breaks_it(self):
        found = self.read(trap_report())
        self.assertEqual(len(found.points), 1)

    @unittest.skipUnless(shutil.which("prove"), "needs prove")
    def test_prove_reads_it(self):
        hang = endings.Outcome(endings.HANG, "a hang: \x1b[2J", ["in a: b"])
        odd = Report("Odd", [Section("", "Score", [
            Result("blanks", 1, ["  a: b", "", "- c: d"]),
            Result("a key", 1, ["a: b", "- c: d", "...", "---"])])])
        for made, good in ((lab2_report(), True), (lab2_report(FATES), False),
                           (course_report({"check_page_alloc/double_free":
                                           "FAIL"}), True),
                           (trap_report(), False), (odd, False),
                           (lab2_report(outcome=hang, stop_in="check_page/"
                                        "flush"), False),
                           (lab2_report(outcome=hang, stop_after="check_page/"
                                        "flush"), False)):
            with tempfile.NamedTemporaryFile("w", suffix=".t", errors="replace"
                                             ) as file:
                file.write(formats.as_tap([made]))
                file.flush()
                answer = subprocess.run(
                    ["prove", "--exec", "cat", file.name], check=False,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                words = answer.stdout.decode()
                self.assertEqual(answer.returncode == 0, good, words)
                self.assertNotIn("Parse error", words)


class ReadableTest(unittest.TestCase):
    def shown(self, made):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            formats.print_report(made)
        return out.getvalue()

    def test_sums_are_in_their_places(self):
        lines = self.shown(lab2_report()).splitlines()
        self.assertIn("Score: 70/70", lines)
        self.assertEqual(lines[-2:], ["Rules: 130/130", "Lab 2: 200/200"])
        self.assertEqual(self.shown(lab1_report()).splitlines()[-1],
                         "Score: 50/50")

    def test_a_lost_rule_has_its_three_lines(self):
        text = self.shown(lab2_report(FATES))
        self.assertIn("""\
  LOST page_insert                    0/15  1 of 4 checks failed
         FAIL check_page/insert_same: the rule of it
             expected: a == b
             found:    0x1 and 0x2
             at kern/check_x.c:44
""", text)

    def test_a_check_that_did_not_run_is_not_called_wrong(self):
        text = self.shown(lab2_report(
            outcome=endings.Outcome(endings.HANG, "a hang"),
            stop_in="check_page/remove_clears"))
        self.assertIn("\n  LOST page_remove ", text)
        self.assertIn("\n  ---- page_insert ", text)
        self.assertIn("\n  ---- paging ", text)

    def test_a_common_reason_is_printed_once(self):
        text = self.shown(lab2_report(
            outcome=endings.Outcome(endings.HANG, "a hang"),
            stop_after="check_page/insert_same"))
        self.assertEqual(text.count("not run: the kernel stopped"), 1)

    def test_control_characters_do_not_reach_the_terminal(self):
        text = graded_console({"check_page/flush": "FAIL"}).replace(
            "0x1 and", "\x1b[2J\x07")
        shown = self.shown(grading.judge(lab2.LAB, boot(text)))
        self.assertIn("found:    \\x1b[2J\\x07", shown)
        self.assertNotIn("\x1b", shown)


if __name__ == "__main__":
    unit.main()
