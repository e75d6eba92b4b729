"""Tests of layers.py, with symbols and trees made up here."""

import argparse
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from layers import layers, recursion  # noqa: E402
from layers.layers import Arrow  # noqa: E402
from lib import unit  # noqa: E402

NM = """\
page_free T 00000010 00000042
page_free_list B 00000000 00000004
page_lock V 00000000 00000004
_panic U
maybe w
cprintf U         \n"""


def uses(**files):
    """Tables in which files define their names, and need others."""
    return {name.replace("__", "/").replace("_c", ".c"): (set(defined.split()),
                                                          set(needed.split()))
            for name, (defined, needed) in files.items()}


def report(arrows):
    out = io.StringIO()
    bad = layers.report(arrows, out)
    return bad, out.getvalue().splitlines()


# memset became a call of itself; copy and move call each other; find loops.
LISTING = """\

string.o:     file format elf32-i386

00000000 <memset>:
   0:\t55                   \tpush   %ebp
   7:\te8 fc ff ff ff       \tcall   8 <memset+0x8>
\t\t\t8: R_386_PC32\tmemset
00000010 <copy>:
  10:\te9 fc ff ff ff       \tjmp    11 <copy+0x1>
\t\t\t11: R_386_PLT32\tmove
00000020 <move>:
  20:\te8 0b 00 00 00       \tcall   10 <copy>
00000030 <find>:
  30:\t40                   \tinc    %eax
  31:\teb fd                \tjmp    30 <find>
  33:\te8 fc ff ff ff       \tcall   34 <find+0x4>
\t\t\t34: R_386_PC32\tstrlen
"""


class RecursionTest(unittest.TestCase):
    def test_calls_are_found(self):
        self.assertEqual(recursion.calls(LISTING), {
            "memset": {"memset"}, "copy": {"move"}, "move": {"copy"},
            "find": {"strlen"}})

    def test_circles_are_found(self):
        self.assertEqual(recursion.circles(recursion.calls(LISTING)), [
            ["copy", "move", "copy"], ["memset", "memset"],
            ["move", "copy", "move"]])

    def test_a_long_circle_is_found_and_a_chain_is_none(self):
        graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set()}
        self.assertEqual([way[0] for way in recursion.circles(graph)],
                         ["a", "b", "c"])


class SymbolTest(unittest.TestCase):
    def test_nm_lists_defined_and_needed_symbols(self):
        defined, needed = layers.parse_nm(NM.splitlines())
        self.assertEqual(defined, {"page_free", "page_free_list", "page_lock"})
        self.assertEqual(needed, {"_panic", "maybe", "cprintf"})

    def test_an_arrow_leads_to_the_file_that_defines(self):
        tables = uses(kern__page_c=("page_free", "_panic end"),
                      kern__panic_c=("_panic hooks", ""))
        self.assertEqual(layers.symbol_arrows(tables), [
            Arrow("kern/page.c", "kern/panic.c", ("_panic",))])

    def test_own_symbols_are_no_arrow(self):
        tables = uses(kern__page_c=("page_free", "page_free"))
        self.assertEqual(layers.symbol_arrows(tables), [])

    def test_many_symbols_are_counted(self):
        arrow = Arrow("a.c", "b.c", tuple("s%d" % i for i in range(9)))
        self.assertEqual(str(arrow),
                         "a.c -> b.c: s0 s1 s2 s3 s4 s5 (and 3 more)")


class BoundaryTest(unittest.TestCase):
    def broken(self, source, target, *symbols):
        return report([Arrow(source, target, symbols)])[0]

    def test_the_kernel_and_its_watchers(self):
        for target in ("kern/check/run.c", "kern/check/own/env.c",
                       "kern/monitor/monitor.c", "kern/bench/bench.c"):
            self.assertEqual(self.broken("kern/env.c", target, "f"), 1)
            self.assertEqual(self.broken("kern/entry.S", target, "f"), 1)
            self.assertEqual(self.broken("kern/init.c", target, "f"), 0)
            self.assertEqual(self.broken(target, "kern/env.c", "f"), 0)
        self.assertEqual(self.broken("kern/init.h", "kern/check/check.h"), 0)
        self.assertEqual(self.broken("kern/env.h", "kern/check/check.h"), 1)

    def test_devices(self):
        self.assertEqual(self.broken("kern/dev/kbd.c", "kern/env.c", "f"), 1)
        self.assertEqual(self.broken("kern/dev/kbd.h", "kern/pmap.h"), 1)
        self.assertEqual(self.broken("kern/dev/kbd.c",
                                     "kern/monitor/monitor.c", "f"), 1)
        self.assertEqual(self.broken("kern/dev/lapic.c", "kern/cpuid.c",
                                     "cpu"), 0)
        self.assertEqual(self.broken("kern/dev/kbd.c", "kern/dev/console.c",
                                     "f"), 0)
        self.assertEqual(self.broken("kern/dev/kbd.c", "lib/string.c",
                                     "memset"), 0)

    def test_lib_expects_a_console_and_nothing_else(self):
        self.assertEqual(self.broken("lib/readline.c", "kern/dev/console.c",
                                     "cputchar"), 0)
        self.assertEqual(self.broken("lib/readline.c", "kern/dev/console.c",
                                     "cputchar", "cons_init"), 1)
        self.assertEqual(self.broken("lib/readline.c", "kern/dev/console.h"),
                         1)
        self.assertEqual(self.broken("lib/printfmt.c", "lib/string.c",
                                     "strlen"), 0)

    def test_inc_includes_inc(self):
        self.assertEqual(self.broken("inc/env.h", "inc/types.h"), 0)
        self.assertEqual(self.broken("inc/env.h", "kern/env.h"), 1)
        self.assertEqual(self.broken("inc/env.h", "stdint.h"), 1)


class CircleTest(unittest.TestCase):
    ARROWS = [Arrow("kern/a.c", "kern/b.c", ("f",)),
              Arrow("kern/b.c", "kern/c.c", ("g",)),
              Arrow("kern/c.h", "kern/a.h", ()),
              Arrow("kern/d.c", "kern/a.c", ("h",)),
              Arrow("kern/a.c", "kern/e.c", ("i",))]

    def test_a_circle_is_printed_with_its_arrows(self):
        bad, lines = report(self.ARROWS)
        self.assertEqual(bad, 1)
        at = lines.index("FAIL " + layers.NO_CIRCLE)
        self.assertEqual([line.strip() for line in lines[at + 1:]], [
            "a circle of 3: kern/a kern/b kern/c",
            "the shortest ring in it: "
            "kern/a -> kern/b -> kern/c -> kern/a",
            "kern/a.c -> kern/b.c: f", "kern/b.c -> kern/c.c: g",
            "kern/c.h includes kern/a.h", "4 passed, 1 failed"])

    def test_an_include_alone_closes_a_circle(self):
        self.assertEqual(report(self.ARROWS[:2])[0], 0)
        self.assertEqual(report(self.ARROWS[:3])[0], 1)

    def test_watchers_may_go_in_circles(self):
        self.assertEqual(report([
            Arrow("kern/check/a.c", "kern/check/b.c", ("f",)),
            Arrow("kern/check/b.c", "kern/check/a.c", ("g",))])[0], 0)

    def test_two_circles(self):
        found = layers.circles(layers.make_graph([
            Arrow("kern/%s.c" % a, "kern/%s.c" % b, ("f",))
            for a, b in ("ab", "ba", "bc", "cd", "dc", "ea")], ("kern/",)))
        self.assertEqual(found, [["kern/c", "kern/d"], ["kern/a", "kern/b"]])

    def test_levels(self):
        graph = layers.make_graph(self.ARROWS, ("kern/",))
        self.assertEqual(layers.levels(graph), {
            "kern/e": 1, "kern/a": 2, "kern/b": 2, "kern/c": 2, "kern/d": 3})


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="layers test ")
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.objdir = os.path.join(self.root, "obj")
        self.objects, self.symbols = [], ""
        for name in ("inc", "lib"):
            os.mkdir(os.path.join(self.root, name))

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def add(self, source, text="", *symbols):
        """A file, and lines that nm prints of its object file."""
        self.write(source, text)
        path = os.path.join(self.objdir, layers.noun(source) + ".o")
        self.objects.append(path)
        for line in symbols:
            self.symbols += "%s: %s\n" % (path, line)

    def examine(self):
        """The exit status, and what was printed."""
        nm = self.write("nm", "#!/bin/sh\ncat '%s'\n" % self.write(
            "symbols", self.symbols))
        os.chmod(nm, 0o755)
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = layers.examine(argparse.Namespace(
                objects=self.objects, objdir=self.objdir, root=self.root,
                nm=nm, levels=True))
        return status, out.getvalue().splitlines()

    def test_a_tree_without_circles(self):
        self.add("kern/panic.c", "", "_panic T 0 1", "vcprintf U")
        self.add("kern/page.c", '#include <kern/page.h>\n', "page_free T 0 1",
                 "_panic U")
        self.write("kern/page.h", "#include <inc/types.h>\n")
        self.write("inc/types.h", "")
        self.add("kern/dev/console.c", "", "vcprintf T 0 1")
        status, lines = self.examine()
        self.assertEqual((status, lines[-1]), (0, "5 passed, 0 failed"))
        self.assertEqual(lines[:3], ["  1  kern/dev/console",
                                     "  2  kern/panic", "  3  kern/page"])

    def test_symbols_and_includes_break_rules(self):
        self.add("kern/panic.c", "", "_panic T 0 1", "page_free U")
        self.add("kern/page.c", "  #  include <kern/check/run.h>\n",
                 "page_free T 0 1", "_panic U")
        self.write("kern/check/run.h", "")
        status, lines = self.examine()
        lines = [line.strip() for line in lines]
        self.assertEqual((status, lines[-1]), (1, "3 passed, 2 failed"))
        self.assertIn("kern/page.c includes kern/check/run.h", lines)
        self.assertIn("kern/panic.c -> kern/page.c: page_free", lines)

    def test_an_include_of_a_neighbour_by_its_name_alone(self):
        self.add("kern/page.c", '#include "page.h"\n', "page_free T 0 1")
        self.write("kern/page.h", '#include "page.c"\n')
        self.assertEqual(self.examine()[0], 0)      # one noun
        self.write("kern/page.h", '#include "check/run.h"\n')
        self.write("kern/check/run.h", "")
        self.assertEqual(self.examine()[0], 1)

    def test_nothing_to_examine_is_no_success(self):
        self.add("kern/page.c")
        self.assertEqual(self.examine()[0], 2)
        self.objects.append(os.path.join(self.objdir, "kern/other.o"))
        self.symbols = "%s: f T 0 1\n" % self.objects[-1]
        self.assertEqual(self.examine()[0], 2)      # without a source


if __name__ == "__main__":
    unit.main()
