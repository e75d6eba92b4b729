"""The trace format of tools/paging: what is read, and what is refused."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import unit                                        # noqa: E402
from paging import samples                                  # noqa: E402, F401

import reftrace                                             # noqa: E402


def parse(text, which=None):
    return reftrace.parse("t", text.split("\n"), which)


def events(text):
    return parse("paging-trace 1\n" + text)


def message(text, which=None):
    try:
        parse(text, which)
    except reftrace.Malformed as malformed:
        return str(malformed)
    return None


class Read(unittest.TestCase):
    def test_references(self):
        trace = events("00001000 00800\n00001000 eebfd w\n1000 800 w\n")
        self.assertEqual(trace.ops, [0, 3, 1])
        self.assertEqual((trace.references, trace.distinct), (3, 2))
        self.assertEqual(trace.names, ["800", "eebfd"])

    def test_the_same_number_in_two_environments_is_two_pages(self):
        trace = events("1000 800\n1001 800")
        self.assertEqual(trace.ops, [0, 2])
        self.assertEqual(trace.names, ["00001000:00800", "00001001:00800"])

    def test_keys(self):
        trace = events("frames 64\npolicy clock\nseed 7\nperiod 2\nfaults 123\n"
                       "pageins 45\nwrites 0\n1000 800")
        self.assertEqual(trace.header, {
            "frames": 64, "policy": "clock", "seed": 7, "period": 2,
            "faults": 123, "pageins": 45, "writes": 0})

    def test_comments_and_empty_lines(self):
        trace = parse("# paging-trace 1 follows\n\npaging-trace 1\n# frames 3\n"
                      "\n  1000 800\n#1000 801\n")
        self.assertEqual((trace.ops, trace.header), ([0], {}))

    def test_an_alias_is_the_same_page(self):
        trace = events("1000 800 w\nalias 1001 900 = 1000 800\n1001 900\n"
                       "alias 1002 a00 = 1001 900\n1002 a00")
        self.assertEqual(trace.ops, [1, 0, 0])

    def test_an_alias_of_a_page_that_is_new(self):
        trace = events("alias 1001 800 = 1000 800\n1001 800\n1000 800\n"
                       "1000 900")
        self.assertEqual(trace.ops, [0, 0, 2])

    def test_a_page_is_given_up_with_its_last_name(self):
        trace = events("1000 800\nalias 1001 800 = 1000 800\nfree 1000 800\n"
                       "1001 800\nfree 1001 800\n1000 800\n")
        self.assertEqual(trace.ops, [0, 0, ~0, 2])

    def test_the_end_gives_up_all_pages_of_one_environment(self):
        trace = events("1000 800\n1000 801\n1001 802\n"
                       "alias 1001 801 = 1000 801\nend 1000\n1001 801\n"
                       "1000 800\nend 1001\nend 1000")
        self.assertEqual(trace.ops, [0, 2, 4, ~0, 2, 6, ~2, ~1, ~3])

    def test_the_end_of_one_that_has_no_pages(self):
        self.assertEqual(events("end 1000\n1000 800").ops, [0])

    def test_the_largest_numbers(self):
        self.assertEqual(events("ffffffff fffff").names, ["fffff"])


class Console(unittest.TestCase):
    LOG = ("Welcome to the monitor.\r\nK> swap trace\r\n"
           "K> paging-trace 1\r\n# of hello\r\nframes 3\r\n"
           "00001000 00800\r\n\r\n00001000 00801 w\r\n"
           "paging-trace end\r\nK> 00001000 00802\r\n")

    def test_the_block_is_taken(self):
        trace = parse(self.LOG)
        self.assertEqual((trace.ops, trace.header), ([0, 3], {"frames": 3}))

    def test_lines_are_counted_from_the_top_of_the_log(self):
        self.assertEqual(message(self.LOG.replace("00800\r", "00800 x\r")),
                         "t:6: x: only `w` may follow a page")

    def test_two_blocks(self):
        two = self.LOG + self.LOG.replace("00801", "00803")
        self.assertEqual(message(two),
                         "t:1: 2 traces: choose one with --trace N")
        self.assertEqual(parse(two, 1).names, ["800", "801"])
        self.assertEqual(parse(two, 2).names, ["800", "803"])
        self.assertEqual(message(two, 3), "t:1: no trace 3: the file has 2")

    def test_a_prompt_that_ends_in_another_word_is_no_beginning(self):
        self.assertEqual(message("K>paging-trace 1\n"),
                         "t:1: no line `paging-trace 1`")


class Refused(unittest.TestCase):
    """Each with the line and the reason."""

    LINES = (
        ("1000", "`ENV PAGE` or `ENV PAGE w` expected: 1000"),
        ("1000 800 w w", "`ENV PAGE` or `ENV PAGE w` expected: 1000 800 w w"),
        ("1000 800 W", "W: only `w` may follow a page"),
        ("10g0 800",
         "10g0: not an environment's id of 1 to 8 hexadecimal digits"),
        ("0x1000 800",
         "0x1000: not an environment's id of 1 to 8 hexadecimal digits"),
        ("100000000 800",
         "100000000: not an environment's id of 1 to 8 hexadecimal digits"),
        ("1000 -1", "-1: not a page number of 1 to 5 hexadecimal digits"),
        ("1000 00800000",
         "00800000: not a page number of 1 to 5 hexadecimal digits"),
        ("alias 1001 800 1000 800", "`alias ENV PAGE = ENV PAGE` expected"),
        ("alias 1001 800 = 1000", "`alias ENV PAGE = ENV PAGE` expected"),
        ("alias 1001 800 : 1000 800", "`alias ENV PAGE = ENV PAGE` expected"),
        ("alias 1000 700 = 1000 800",
         "00001000 00700 is in use: free it first"),
        ("alias 1001 800 = 1001 800", "an alias of itself"),
        ("alias 1001 800 = 100x 800",
         "100x: not an environment's id of 1 to 8 hexadecimal digits"),
        ("free 1000", "`free ENV PAGE` expected"),
        ("free 1000 701", "00001000 00701 is not in use"),
        ("end", "`end ENV` expected"),
        ("end 1000 700", "`end ENV` expected"),
        ("end x", "x: not an environment's id of 1 to 8 hexadecimal digits"),
        ("frames 3", "frames: a key after the first event"),
        ("hello world",
         "hello: not an environment's id of 1 to 8 hexadecimal digits"),
        ("paging-trace 1", "a trace begins within a trace"),
        ("paging-trace 2",
         "version 2 of the format; this tool reads version 1"),
    )
    KEYS = (
        ("frames", "frames: one value expected, not 0"),
        ("frames 3 4", "frames: one value expected, not 2"),
        ("frames 0", "frames: at least 1 expected, not 0"),
        ("frames 0x10", "frames: not a decimal number: 0x10"),
        ("faults -1", "faults: not a decimal number: -1"),
        ("seed 0", "seed: at least 1 expected, not 0"),
        ("seed 4294967296", "seed: more than 32 bits: 4294967296"),
        ("period 0", "period: at least 1 expected, not 0"),
        ("policy nru",
         "nru: no policy; they are fifo clock aging random lru opt"),
        ("writes 1\nwrites 1", "writes: given twice"),
    )

    def test_events(self):
        for line, reason in self.LINES:
            self.assertEqual(
                message("paging-trace 1\n1000 700\n%s\n1000 702" % line),
                "t:3: " + reason)

    def test_keys(self):
        for lines, reason in self.KEYS:
            last = 2 + lines.count("\n")
            self.assertEqual(
                message("paging-trace 1\n%s\n1000 700" % lines),
                "t:%d: %s" % (last, reason))

    def test_files(self):
        for text, reason in (
                ("", "t:1: no line `paging-trace 1`"),
                ("1000 800\n", "t:1: no line `paging-trace 1`"),
                ("\npaging-trace end\n",
                 "t:2: `paging-trace end` without a beginning"),
                ("paging-trace 0\n",
                 "t:1: version 0 of the format; this tool reads version 1")):
            self.assertEqual(message(text), reason)


class Strings(unittest.TestCase):
    def test_words_are_pages(self):
        trace = reftrace.from_string("7 0w, 7w  a")
        self.assertEqual(trace.ops, [0, 3, 1, 4])
        self.assertEqual(trace.names, ["7", "0", "a"])

    def test_what_is_written_is_read_again(self):
        lines = reftrace.lines_of([(0, True), (5, False), (0, False)],
                                  header=[("frames", 2)])
        trace = parse("\n".join(lines))
        self.assertEqual((trace.ops, trace.header, trace.names),
                         ([1, 2, 0], {"frames": 2}, ["800", "805"]))


if __name__ == "__main__":
    unit.main()
