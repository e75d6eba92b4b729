"""Tests of what test/solution/facts.py reads in a course's pmap.c."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import unit  # noqa: E402
from solution import facts  # noqa: E402

ALLOC = """{
	struct %(Page)s *pp = page_free_list;	// pp_link may be NULL
	page_free_list = pp->pp_link;
	return pp;
}
"""


def file_with(above, free="", page="PageInfo"):
    """A file with that comment above page_alloc, and one in page_free."""
    return ("struct %(Page)s *page_alloc(int alloc_flags);\n"
            "// Called by page_alloc(0): pp_link is used here\n"
            "void\npage_init(void)\n{\n\tpage_alloc(0);\n}\n\n" + above
            + "struct %(Page)s *\npage_alloc(int alloc_flags)\n" + ALLOC
            + "\nvoid\npage_free(struct %(Page)s *pp)\n{\n" + free
            + "\n}\n") % {"Page": page}


WITH_IT = ("//\n// Allocate a frame.\n//\n// The frame's pp_link\n// must be"
           " NULL afterwards.\n")
WITHOUT = "//\n// Allocate a frame. Does not count it.\n//\n"
HINT = ("\t// You may panic if pp->pp_ref is not 0, or\n"
        "\t// pp->pp_link not NULL.")


class AsksToClearTheLink(unittest.TestCase):
    def check(self, source, asks):
        self.assertEqual(facts.asks_to_clear_the_link(source), asks)

    def test_the_contract_says_so(self):
        self.check(file_with(WITH_IT), True)

    def test_it_does_not(self):
        self.check(file_with(WITHOUT), False)

    def test_the_name_of_the_struct_says_nothing(self):
        self.check(file_with(WITH_IT, page="Page"), True)
        self.check(file_with(WITHOUT, page="Page"), False)

    def test_page_free_looks_for_a_double_free(self):
        self.check(file_with(WITHOUT, free=HINT), True)

    def test_a_remark_about_the_link_is_no_demand(self):
        self.check(file_with(WITHOUT, free="\t// put pp before pp_link"),
                   False)

    def test_no_text(self):
        self.check(file_with(""), False)
        self.check("", False)

    def test_another_function_s_text(self):
        self.check(file_with(WITH_IT + "int\nother(void)\n{\n}\n\n"), False)
        self.check(file_with(WITH_IT + "#define N 3\n"), False)

    def test_other_layouts(self):
        block = "/* The link pp_link\n * becomes NULL. */\n"
        self.check(file_with(block).replace("\n", "\r\n"), True)
        self.check(file_with(block).replace("*\npage_alloc", "* page_alloc"),
                   True)
        self.check(file_with(block).replace(")\n{", ") {"), True)

    def test_text_in_a_string_is_no_comment(self):
        self.check(file_with('const char *s = "// pp_link NULL";\n'), False)


if __name__ == "__main__":
    unit.main()
