"""Test the makefile: interrupted builds, and settings on the command line.

usage: python3 test/course/build_test.py [--make COMMAND]

Works in a copy of the tree.

An interrupted make must leave no half of a file, which would be newer than its
sources. So a shell of the test's own runs each command of a build twice: first
with a limit of 0 bytes for files, at which the command is stopped in the
middle, then as it is. The first time, only files whose name ends in ~ may have
appeared or changed.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from course.driver import clean_environment  # noqa: E402
from env.run_test import copy_of_the_tree  # noqa: E402
from lib import building, script  # noqa: E402
from lib.tap import Tap, check, equal  # noqa: E402

# $1 is -c, $2 the command. A move happens wholly or not at all.
STOPPING_SHELL = """\
#!/bin/sh
case $2 in
'mv '*|*'conf/toolchain '*)
	;;
*'>'*|*' -o '*|*dd*|*objcopy*|*cp*|*sed*)
	touch "$HALVES.before"
	(ulimit -f 0; exec /bin/sh "$@") </dev/null >/dev/null 2>&1
	# A program that failed is marked, and the next make tries again.
	find obj -type f ! -name '*~' ! -name '*.failed' \
		-newer "$HALVES.before" | while read -r file; do
		[ -e "$file.failed" ] || echo "$file"
	done >>"$HALVES"
	;;
esac
exec /bin/sh "$@"
"""


class Tree:
    """A copy of the tree, and make in it."""

    def __init__(self, make, where):
        self.make, self.where = make, where
        self.path = copy_of_the_tree(where)

    def run(self, *words, **environment):
        answer = subprocess.run(
            shlex.split(self.make) + ["--no-print-directory"] + list(words),
            cwd=self.path, env=dict(clean_environment(), **environment),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        return answer.returncode, answer.stdout.decode("utf-8", "replace")

    def good(self, *words, **environment):
        status, output = self.run(*words, **environment)
        check(status == 0, "make %s succeeds" % " ".join(words),
              output.split("\n")[-6:])
        return output

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def has(self, name):
        return os.path.exists(os.path.join(self.path, name))


def stopped_commands(tree):
    """each command of a build leaves no half of a file when it is stopped"""
    shell = os.path.join(tree.where, "shell")
    with open(shell, "w", encoding="ascii") as file:
        file.write(STOPPING_SHELL)
    os.chmod(shell, 0o755)
    halves = os.path.join(tree.where, "halves")
    tree.good("SHELL=" + shell, "all", "obj/gdbinit", HALVES=halves)
    with open(halves, encoding="utf-8") as file:
        equal(file.read().split(), [])
    check(os.path.getsize(tree.path + "/obj/kern/kernel.img"), "an image",
          "an empty one")


def nothing_left(tree):
    """a whole build leaves no file with ~"""
    left = [name for _path, _folders, names in os.walk(
        os.path.join(tree.path, "obj")) for name in names
            if name.endswith("~")]
    equal(left, [])


def half_a_toolchain(tree):
    """a makefile of the toolchain that was cut off is made again"""
    with open(os.path.join(tree.path, "obj/toolchain.mk"), "w",
              encoding="ascii") as file:
        file.write("CC_CMD := i6")
    tree.good("all")


def clean_and_all(tree):
    """make -j8 clean all builds everything"""
    before = tree.read("obj/kern/kernel.img")
    tree.good("-j8", "clean", "all")
    check(tree.read("obj/kern/kernel.img") == before, "the same image",
          "another")


def flags_on_the_command_line(tree):
    """CFLAGS, CPPFLAGS and LDFLAGS on the command line come after ours"""
    commands = tree.good("-n", "V=1", "CFLAGS=-O0 -DMINE", "CPPFLAGS=-DHERS",
                         "LDFLAGS=--no-warn-mismatch", "obj/kern/kernel",
                         "-W", "kern/page.c")
    line = [line for line in commands.replace("\\\n", " ").split("\n")
            if "kern/page.c" in line][-1]
    for word in ("-m32" if "gcc" in line else "--target=", "-ffreestanding",
                 "-nostdinc", "-DHERS", "-DMINE"):
        check(word in line, word, line)
    check(line.rindex("-O0") > line.rindex("-O2"), "-O0 after -O2", line)
    check("--no-warn-mismatch" in commands and "-nostdlib" in commands,
          "both options of the linker", "not both")


def an_old_make(tree):
    """make 3.81 gets one sentence that names gmake"""
    status, output = tree.run("MAKE_VERSION=3.81")
    check(status == 2 and "4.0 or later" in output and "gmake" in output,
          "a message about GNU make 4.0 and gmake", output.split("\n"))


def missing_tmpdir(tree):
    """a TMPDIR that does not exist is not used"""
    tree.good("-W", "kern/page.c", "all", TMPDIR="/no/such/folder")


def run_sector(tree, code):
    """Run make qemu-nox on a boot sector with that code."""
    image = os.path.join(tree.where, "sector.img")
    with open(image, "wb") as file:
        file.write(code.ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20))
    return tree.run("qemu-nox", "IMAGE=" + image)


def ends_of_qemu(tree):
    """a QEMU that fails and a triple fault fail make; switching off does not"""
    # movw $0x2000, %ax; outw to the ACPI port 0x604
    status, output = run_sector(tree, b"\xba\x04\x06\xb8\x00\x20\xef\xeb\xfe")
    check(status == 0 and "Error" not in output, "status 0, no error",
          ["status %d" % status] + output.split("\n")[-4:])
    # lidt of an empty table; int3
    status, output = run_sector(tree, b"\x0f\x01\x1e\x00\x06\xcc\xeb\xfe")
    check(status == 2 and "*** A triple fault ended QEMU" in output,
          "status 2, and a word about the triple fault",
          ["status %d" % status] + output.split("\n")[-4:])
    for words in (["QEMUEXTRA=-cpu nosuch"], ["QEMUEXTRA=--nonsense"],
                  ["IMAGE=/no/such/image"]):
        status, output = tree.run("qemu-nox", *words)
        check(status == 2, "make fails with %s" % words,
              ["status %d" % status] + output.split("\n")[-4:])


def names_of_courses(tree):
    """boot.out, prep-NAME, .gdbinit, grub, tarball, handin, realclean"""
    check(tree.has("obj/boot/boot.out"), "obj/boot/boot.out", "none")
    tree.good("prep-hello", "INIT_CFLAGS=-DMINE")
    equal(tree.read("obj/.stamp-init"), b"-DMINE -DTEST=user_hello\n")
    tree.good(".gdbinit")
    equal(tree.read(".gdbinit"), b"source obj/gdbinit\n")
    tree.good("grub")
    check(tree.has("obj/jos-grub"), "obj/jos-grub", "none")
    for target in ("tarball", "handin"):
        tree.good(target, "LAB=3")
        names = subprocess.run(["tar", "tzf", "lab3-handin.tar.gz"],
                               cwd=tree.path, stdout=subprocess.PIPE,
                               check=True).stdout.decode().split("\n")
        check("kern/pmap.c" in names, "kern/pmap.c in it", names[:9])
        built = [name for name in names if name.startswith("obj/")]
        equal(built, [])
    tree.good("realclean")
    equal([name for name in ("obj", ".gdbinit", "lab3-handin.tar.gz")
           if tree.has(name)], [])


def help_text(tree):
    """make help shows the number of labs, and no variable"""
    output = tree.good("help", "LAB=2")
    check("labs 1 to 2 " in output, "labs 1 to 2", output.split("\n")[:12])
    check("$(" not in output, "no variable", output.split("\n"))


def silent(tree):
    """make -s says nothing, nor do the builds of a benchmark"""
    equal(tree.good("-s", "all"), "")


def run_tests(make):
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="pagewalk-build.") as where:
        tree = Tree(make, where)
        for test in (stopped_commands, nothing_left, half_a_toolchain,
                     flags_on_the_command_line, an_old_make, missing_tmpdir,
                     help_text, ends_of_qemu, clean_and_all, names_of_courses,
                     silent):
            tap.run(test.__doc__, lambda t=test: t(tree))
    return tap.close()


def main():
    parser = argparse.ArgumentParser(description="Test the makefile.")
    parser.add_argument("--make", default=building.default_make())
    options = parser.parse_args()
    return script.run_guarded(lambda: run_tests(options.make))


if __name__ == "__main__":
    sys.exit(main())
