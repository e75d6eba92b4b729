"""The checker of the book, on made-up text: what it must accept and refuse."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
TEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TEST, os.path.join(os.path.dirname(TEST), "doc", "_ext")]

import references                       # noqa: E402
from book import transcripts            # noqa: E402
from lib import unit                    # noqa: E402

SOURCE = """\
/* frobnicate(x) in a comment is no definition. */
#define TWICE(x)	((x) * 2)

static int helper(int);

struct thing {
	int a;
};

int
frobnicate(int x)
{
	return helper(x);
}
"""


class Tree(references.Tree):
    """A tree that is not on a disk."""

    def __init__(self, files):
        self.contents = files
        self.root = None
        self.files = sorted(files)
        self.file_set = set(files)
        self.folders = {os.path.dirname(file) for file in files}
        self.names, self.declared, self.structs = {}, {}, {}
        for file in self.files:
            self._index(file)

    def read(self, file):
        return self.contents[file]


TREE = Tree({"kern/a.c": SOURCE, "kern/check/b.c": SOURCE, "lib/c.c":
             "int\nonly_here(void)\n{\n}\n",
             "user/d.c": "int\nmain(void)\n{}\n",
             "user/e.c": "int\nmain(void)\n{}\n",
             "kern/f.S": "\t.globl start\nstart:\tnop\n"})


def place(span):
    return str(TREE.resolve(span))


def unknown(span):
    try:
        TREE.resolve(span)
    except references.Unknown:
        return True
    return False


class Book(unittest.TestCase):
    def test_definitions_are_found(self):
        self.assertEqual(place("frobnicate()"), "kern/a.c:11")
        self.assertEqual(place("TWICE()"), "kern/a.c:2")
        self.assertEqual(place("struct thing"), "kern/a.c:6")
        self.assertEqual(place("start()"), "kern/f.S:2")
        self.assertEqual(place("kern/check/b.c:frobnicate()"),
                         "kern/check/b.c:11")
        self.assertEqual(place("kern/a.c"), "kern/a.c")

    def test_what_is_not_there_is_refused(self):
        for span in ("missing()", "struct missing", "kern/missing.c",
                     "lib/c.c:frobnicate()", "kern/x*.c", "main()"):
            self.assertTrue(unknown(span), span)

    def test_other_spans_are_no_references(self):
        for span in ("page_insert", "x + 1", "K>", "pages[n]", "user/NAME.c",
                     "kern/*.c", "kern/"):
            self.assertIsNone(TREE.resolve(span), span)

    def test_spans_of_code_blocks_are_left_out(self):
        text = "a `b()`\n```c\n`c()`\n```\n    `d()`\n`e\nf` and `g()`\n"
        self.assertEqual(list(references.spans(text)), [
            (1, "b()"), (6, "e f"), (7, "g()")])

    def test_a_page_may_name_other_trees(self):
        text = "<!-- elsewhere: a(), struct b -->\n`a()` `struct b` `c()`\n"
        self.assertEqual([span for _, span in references.spans(text)],
                         ["c()"])

    def test_lines_that_may_differ(self):
        same = transcripts.same_line
        self.assertTrue(same("eip f0100123", "eip f0101234"))
        self.assertTrue(same("kern/a.c:12: f+33", "kern/a.c:13: f+1"))
        self.assertTrue(same("free …", "free     32218 frames"))
        self.assertTrue(same("  a   b", "  a b"))
        self.assertFalse(same("eip f0100000", "eip f0101234"))
        self.assertFalse(same("eip f0100123", "eip 00000000"))
        self.assertFalse(same("kern/a.c:12: f+33", "kern/b.c:12: f+33"))
        self.assertFalse(same("audit: 1", "audit: 2"))

    def test_elided_lines(self):
        same = transcripts.same_lines
        self.assertTrue(same(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(same(["..."], []))
        self.assertTrue(same(["...", "b", "..."], ["a", "b"]))
        self.assertFalse(same(["a", "..."], ["b", "a"]))
        self.assertFalse(same(["...", "a"], ["a", "b"]))
        self.assertFalse(same(["a"], ["a", "b"]))


if __name__ == "__main__":
    unit.main()
