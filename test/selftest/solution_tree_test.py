"""Tests of what a course's own tree gives: tree.py, compile.py, entry.S."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit  # noqa: E402
from solution import facts, tree  # noqa: E402

HEADER = """/* #define IN_A_COMMENT 1 */
#ifndef GUARD_H
#define GUARD_H
#define CHUNK \\
	(SIZE / 4096)
struct chunk {
	struct { int a; } inner;
	int count;
};
typedef struct chunk chunk_t;
enum { RED, GREEN = 3 };
extern int depth, width[4];
size_t chunk_size(struct chunk *c);
static inline int
twice(int n)
{
	return n * 2;
}
#endif
"""

FILE = """#include <inc/x86.h>
#include <kern/pmap.h>
#include <kern/kclock.h>
#include <kern/chunk.h>
size_t npages;
static size_t
half(void)
{
	struct chunk c = { CHUNK_PAGES };

	return c.pages + twice(chunk_top(npages)) + mc146818_read(3);
}
"""


class InFolder(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class TreeTest(InFolder):
    def test_what_a_header_declares(self):
        found = tree.chunks(HEADER)
        for name, text in (
                ("CHUNK", "#define CHUNK \\\n\t(SIZE / 4096)"),
                ("chunk_t", "typedef struct chunk chunk_t;"),
                ("GREEN", "enum { RED, GREEN = 3 };"),
                ("chunk_size", "size_t chunk_size(struct chunk *c);")):
            self.assertEqual([chunk for chunk in found
                              if tree.declares(chunk, name)], [text])
        for name, begin in (("chunk", "struct chunk {"),
                            ("twice", "static inline int"),
                            ("depth", "extern int depth")):
            self.assertTrue([chunk for chunk in found
                             if tree.declares(chunk, name)
                             ][0].startswith(begin), name)
        for name in ("IN_A_COMMENT", "count", "SIZE", "inner"):
            self.assertFalse(any(tree.declares(chunk, name)
                                 for chunk in found), name)

    def test_only_a_file_in_kern_has_a_tree(self):
        self.write("inc/a.h", HEADER)
        pmap = self.write("kern/pmap.c", "")
        chunk = self.write("kern/chunk.c", "int depth = 3;\nint\ntop(void)\n"
                           "{\n\treturn depth;\n}\nextern int other;\n")
        found = tree.Tree(pmap)
        self.assertEqual(found.declaration("GREEN")[1], "inc/a.h")
        self.assertEqual(found.definer("top"), chunk)
        self.assertEqual(found.definer("depth"), chunk)
        self.assertIsNone(found.definer("other"))
        alone = tree.Tree(self.write("elsewhere/pmap.c", ""))
        self.assertIsNone(alone.declaration("GREEN"))
        self.assertIsNone(alone.definer("top"))

    def test_unknown_names_of_both_compilers(self):
        log = ("a.c:1:1: error: 'ONE' undeclared (first use)\n"
               "a.c:2:1: error: unknown type name 'two_t'\n"
               "a.c:3:1: warning: implicit declaration of function 'three'\n"
               "a.c:4:1: error: use of undeclared identifier 'FOUR'\n"
               "a.c:5:1: error: call to undeclared function 'five'; ISO C99\n"
               "a.c:6:9: error: storage size of 's' isn't known\n"
               "    6 |  struct six s;\n"
               "a.c:7:1: error: incomplete definition of type 'struct seven'\n")
        self.assertEqual(sorted(tree.unknown_names(log)), sorted(
            ["ONE", "two_t", "three", "FOUR", "five", "six", "seven"]))


class EntryTest(InFolder):
    def check(self, files, pse):
        for name, text in files.items():
            self.write("kern/" + name, text)
        self.assertEqual(facts.entry_sets_pse(
            os.path.join(self.root, "kern")), pse)

    def test_by_name(self):
        self.check({"entry.S": "# don't\n movl %cr4, %eax\n orl $(CR4_PSE), "
                    "%eax # now\n movl %eax, %cr4\n"}, True)

    def test_by_number(self):
        self.check({"entry.S": " mov %cr4, %ecx\n or $0x00000010, %ecx\n"
                    " mov %ecx, %cr4\n"}, True)

    def test_another_bit(self):
        self.check({"entry.S": " movl %cr4, %eax\n orl $0x80, %eax\n"
                    " movl %eax, %cr4\n"}, False)

    def test_in_a_comment(self):
        self.check({"entry.S": "# orl $(CR4_PSE), %eax\n# movl %eax, %cr4\n"
                    " movl %eax, %cr0\n"}, False)

    def test_in_c_before_mem_init(self):
        text = "void\ni386_init(void)\n{\n\t%s\n\tmem_init();\n\t%s\n}\n"
        call = "lcr4(rcr4() | CR4_PSE);"
        self.check({"init.c": text % (call, "")}, True)
        self.check({"init.c": text % ("", call)}, False)

    def test_no_tree(self):
        self.check({}, False)


@unittest.skipUnless(shutil.which("gcc"), "no gcc on this host")
class CompileTest(InFolder):
    """The compiler itself, with our headers."""

    def compile(self, source, *more):
        path = self.write("kern/pmap.c", source)
        answer = subprocess.run(
            [sys.executable, os.path.join(qemu.ROOT, "test", "solution",
                                          "compile.py"),
             "--out", os.path.join(self.root, "out"), path, "--", "gcc", "-m32",
             "-O0", "-std=gnu17", "-ffreestanding", "-fno-pie", "-Wall",
             "-fkeep-static-functions", "-Wno-unused"] + list(more),
            cwd=qemu.ROOT, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return answer.returncode, answer.stdout.decode("utf-8", "replace")

    def borrowed(self):
        with open(os.path.join(self.root, "out", "borrowed.txt"),
                  encoding="utf-8") as file:
            return file.read()

    def tree(self):
        self.write("kern/chunk.h", "size_t chunk_top(size_t n);\n")
        self.write("inc/memlayout.h", "#define CHUNK_PAGES PAGES_IN_IT\n"
                   "#define PAGES_IN_IT 4\nstruct chunk { size_t pages; };\n"
                   "static inline int twice(int n) { return n * 2; }\n")
        self.write("kern/chunk.c", "#include <inc/types.h>\n"
                   "#include <kern/chunk.h>\n"
                   "size_t chunk_top(size_t n)\n{\n\treturn n;\n}\n")

    def test_a_file_takes_from_its_tree_what_ours_lack(self):
        self.tree()
        self.assertEqual(self.compile(FILE), (0, ""))
        for word in ("CHUNK_PAGES is taken from inc/memlayout.h",
                     "PAGES_IN_IT is taken", "chunk is taken",
                     "twice is taken",
                     "kern/chunk.c of the file's own tree is compiled"):
            self.assertIn(word, self.borrowed())

    def test_a_file_that_needs_nothing_takes_nothing(self):
        self.tree()
        self.assertEqual(self.compile("#include <kern/pmap.h>\nint npages_;\n"
                                      ), (0, ""))
        self.assertEqual(self.borrowed(), "")

    def test_a_broken_file_gets_its_own_errors_only(self):
        status, text = self.compile(
            "#include <inc/x86.h>\n#include <kern/pmap.h>\n"
            "int rcr3(int a);\n"
            "void\nf(struct PageInfo *pp)\n{\n\tlcr3(pp->pp_lnk, 1)\n}\n")
        self.assertEqual(status, 1)
        self.assertIn("kern/pmap.c:7:", text)
        self.assertIn("error: ", text)
        for word in ("foreign", "test/solution", "x86.h", "In file included"):
            self.assertNotIn(word, text)

    def test_a_broken_file_is_not_told_what_its_tree_has(self):
        self.tree()
        status, text = self.compile(FILE.replace("(3);", "(3)"))
        self.assertEqual(status, 1)
        self.assertIn("expected ';'", text)
        self.assertNotIn("CHUNK_PAGES", text)

    def test_the_struct_has_the_file_s_name(self):
        text = self.compile("#include <kern/pmap.h>\nstruct Page *a;\n"
                            "int b(struct Page *p)\n{\n"
                            "\treturn p->pp_lnk;\n}\n")[1]
        self.assertIn("struct Page'", text)
        self.assertNotIn("PageInfo", text)


if __name__ == "__main__":
    unit.main()
