"""Show that layers.py finds forbidden arrows in the real tree.

usage: python3 test/layers/seeded.py --objdir DIR --nm NM --compile COMMAND
                                     OBJECT...

Seeds one forbidden call or include into a copy of the sources, compiles that
file with COMMAND, and examines the copy. layers.py must name the very arrow,
which it did not name before.
"""

import argparse
import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from layers import layers  # noqa: E402
from lib import qemu, script  # noqa: E402
from lib.tap import Tap, check  # noqa: E402

CALL = """
void %(name)s(void);
void seeded(void);
void
seeded(void)
{
	%(name)s();
}
"""
TABLE = """
extern char %(name)s[];
extern char *seeded[];
char *seeded[] = { %(name)s };
"""
INCLUDE = "\n#include <%(name)s>\n"

# A name, the file that gets the text, the text, its symbol, and the forbidden
# arrow that must be found.
SEEDS = (
    ("a call from the kernel to the monitor", "kern/vmwalk.c", CALL, "monitor",
     "kern/vmwalk.c -> kern/monitor/monitor.c: monitor"),
    ("a table in the kernel that points to a check", "kern/vmwalk.c", TABLE,
     "audit", "kern/vmwalk.c -> kern/check/audit.c: audit"),
    ("a low file of the kernel that calls a high one", "kern/panic.c", CALL,
     "mem_init", "kern/panic.c -> kern/pmap.c: mem_init"),
    ("a device that calls the kernel", "kern/dev/pic.c", CALL, "mem_init",
     "kern/dev/pic.c -> kern/pmap.c: mem_init"),
    ("lib/ that calls the kernel", "lib/string.c", CALL, "mem_init",
     "lib/string.c -> kern/pmap.c: mem_init"),
    ("a header of the kernel that includes a check's", "kern/page.h", INCLUDE,
     "kern/check/check.h", "kern/page.h includes kern/check/check.h"),
    ("a header of inc/ that includes the kernel's", "inc/types.h", INCLUDE,
     "kern/page.h", "inc/types.h includes kern/page.h"),
)


class Copy:
    """A copy of the sources, and the symbols of the object files."""

    def __init__(self, folder, options):
        self.root, self.options = folder, options
        for name in ("inc", "kern", "lib"):
            shutil.copytree(os.path.join(qemu.ROOT, name),
                            os.path.join(folder, name))
        self.tables = layers.read_objects(options.objects, options.objdir,
                                          self.root, options.nm)
        self.before = self.examine(self.tables)

    def examine(self, tables):
        """What layers.py prints of these symbols and the copy, as lines."""
        out = io.StringIO()
        layers.report(layers.symbol_arrows(tables)
                      + layers.include_arrows(self.root), out)
        return [line.strip() for line in out.getvalue().splitlines()]

    def compile(self, file):
        """The symbols of a file of the copy: a part of the tables."""
        target = os.path.join(self.root, layers.noun(file) + ".o")
        answer = subprocess.run(
            shlex.split(self.options.compile) + ["-w", "-c", "-o", target,
                                                 file],
            cwd=self.root, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(answer.returncode == 0, "the seeded file compiles",
              answer.stdout.decode("utf-8", "replace").splitlines())
        return layers.read_objects([target], self.root, self.root,
                                   self.options.nm)

    def try_seed(self, file, text, arrow):
        """Append text to the file, and demand that the arrow is found."""
        check(arrow not in self.before, "no such arrow before the seed",
              self.before)
        path = os.path.join(self.root, file)
        with open(path, encoding="utf-8") as source:
            good = source.read()
        try:
            write(path, good + text)
            tables = dict(self.tables)
            if file.endswith(".c"):
                tables.update(self.compile(file))
            found = self.examine(tables)
        finally:
            write(path, good)
        check(arrow in found, arrow,
              [line for line in found if line not in self.before])


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(options):
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="layers-") as folder:
        copy = Copy(folder, options)
        for name, file, form, symbol, arrow in SEEDS:
            text = form % {"name": symbol}
            tap.run("layers.py finds " + name,
                    lambda f=file, t=text, a=arrow: copy.try_seed(f, t, a))
    return tap.close()


def main():
    parser = argparse.ArgumentParser(
        description="Seed forbidden arrows, and see layers.py find them.")
    parser.add_argument("--objdir", default="obj", metavar="DIR")
    parser.add_argument("--nm", default="nm", metavar="COMMAND")
    parser.add_argument("--compile", required=True, metavar="COMMAND",
                        help="compiler and flags")
    parser.add_argument("objects", nargs="+", metavar="OBJECT")
    options = parser.parse_args()
    return script.run_guarded(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
