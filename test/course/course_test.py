"""Grade labs 1 to 4 as a course's own grader does: through make and gdb.

usage: python3 test/course/course_test.py [--make COMMAND] [--limit S]
           [WORD ...]

Works in a copy of the tree. Each test is one boot by make TARGET-nox-gdb, with
the words on make's command line that graders put there, up to a breakpoint at
readline; then SIGTERM to make alone. No boot may reach its time limit, leave a
process or keep the port. The last lines are the figures.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from course import driver, labs  # noqa: E402
from env.run_test import copy_of_the_tree  # noqa: E402
from lib import building, programs, rows, script  # noqa: E402
from lib.tap import Tap, check, equal  # noqa: E402

# Graders wait 30 seconds, on a machine that does nothing else. The first boot
# builds everything.
LIMIT = 30.0
BUILD_LIMIT = 600.0
OUTSIDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "outsider")

# Of lab 4: primes does not end by itself, and stresssched needs processors that
# the kernel does not use.
NOT_RUN = ("primes", "stresssched")


class Course:
    """The tree, and all boots so far."""

    def __init__(self, make, tree, limit):
        self.make, self.tree, self.limit = make, tree, limit
        self.port = driver.unused_port()
        self.boots = []

    def boot(self, target, *words, limit=None, cpus=1):
        boot = driver.Boot(self.make, self.tree, target, self.port,
                           slowness() * (limit or self.limit),
                           ["CPUS=%d" % cpus, "QEMUEXTRA+=-snapshot",
                            "GDBPORT=%d" % self.port] + list(words))
        self.boots.append(boot)
        check(boot.complaint is None, "the breakpoint at readline is hit",
              [boot.complaint] + boot.text.split("\n")[-12:])
        check(boot.quit_seconds is not None,
              "QEMU is gone %g s after SIGTERM to make" % driver.QUIT_LIMIT,
              "a process is left")
        check_free(self.port)
        check("\r" not in boot.text, "the console sends LF",
              "a carriage return")
        return boot


def slowness():
    """How many others share a processor of this machine with us."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def check_free(port):
    """The port is free. Old connections may linger, as for QEMU itself."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            check(False, "port %d is free" % port, error.strerror)


def lab1_and_2(course):
    boot = course.boot("qemu", limit=BUILD_LIMIT)
    equal(labs.lab1(boot.text), [])
    equal(labs.lab2(boot.text), [])


def lab3(course, program):
    boot = course.boot("run-" + program.name)
    equal(labs.lab3(program, boot.text), [])


def lab4(course, row):
    boot = course.boot("run-" + row.name, cpus=row.cpus)
    equal(labs.lab4(row, boot.text), [])


def caller_s_flags(course):
    """run-NAME keeps the caller's INIT_CFLAGS, and the program runs, too"""
    boot = course.boot("run-hello",
                       'INIT_CFLAGS=-DHERE_TOO -include here.h')
    check("\nhere\n" in boot.text, "the line of here.h", boot.text[-400:])
    check("\nhello, world\n" in boot.text, "the program's line",
          boot.text[-400:])


# Included into init.c by the caller's INIT_CFLAGS.
HERE = """\
#include <inc/stdio.h>
#include <kern/env.h>
#ifdef HERE_TOO
#define env_init()	(cprintf("here\\n"), env_init())
#endif
"""


def time_of(path):
    """The time of a file, in nanoseconds."""
    check(os.path.exists(path), path, "no such file")
    return os.stat(path).st_mtime_ns


def symbols_of_the_image(course):
    """kernel.sym and kernel.asm belong to the image that run-NAME built"""
    folder = os.path.join(course.tree, "obj/kern")
    built = time_of(os.path.join(folder, "kernel"))
    for name in ("kernel.sym", "kernel.asm"):
        check(time_of(os.path.join(folder, name)) >= built,
              name + " is not older than the kernel", "it is")


def gdb_builds_nothing(course):
    """make gdb leaves the kernel that run-NAME built as it is"""
    kernel = os.path.join(course.tree, "obj/kern/kernel")
    before = time_of(kernel)
    driver.ask_make(course.make, course.tree, "gdb", "GDB=true")
    equal(time_of(kernel), before)


# Programs of outsider/user, and lines that they print.
OUTSIDERS = [
    ("outpages", ["2: above", "4: below"]),
    ("outupcall", ["7 1", "over the edge", "1001: child of 1000",
                   "took d0000000 err 6"]),
    ("outloops", ["1001: 4 'page 4' from 1000 perm 7, 2 sharers",
                  "it is gone: bad environment"]),
]


def library_of_a_course(course):
    """a course's own library and programs, copied over ours"""
    # copy, not copy2: with their old times, make would not compile them.
    shutil.copytree(OUTSIDER, course.tree, copy_function=shutil.copy,
                    dirs_exist_ok=True)
    for name, wanted in OUTSIDERS:
        boot = course.boot("run-" + name, limit=BUILD_LIMIT)
        for line in wanted:
            check("\n%s\n" % line in boot.text, "the line " + line,
                  boot.text[-1500:])
    with open(os.path.join(course.tree, "obj/user/outupcall.sym"),
              encoding="ascii") as file:
        names = file.read().split()
    check("pgfault_prepare" not in names, "the course's pgfault.c", "ours")
    check(os.path.exists(os.path.join(course.tree, "obj/lib/pfentry.o")),
          "the course's pfentry.S", "ours")


def print_figures(course):
    hits = [boot.seconds for boot in course.boots if boot.seconds]
    ends = [boot.quit_seconds for boot in course.boots if boot.quit_seconds]
    if hits and ends:
        print("# %d boots: readline after %.1f s at most (first one: %.1f s);"
              " QEMU gone after %.2f s at most; load %.1f" %
              (len(course.boots), max(hits[1:] or hits), hits[0], max(ends),
               os.getloadavg()[0]))


def run_tests(make, limit, words):
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="pagewalk-course.") as where:
        course = Course(make, copy_of_the_tree(where), limit)
        with open(os.path.join(course.tree, "here.h"), "w",
                  encoding="ascii") as file:
            file.write(HERE)
        tap.run("labs 1 and 2: one boot by qemu-nox-gdb",
                lambda: lab1_and_2(course))
        for program in programs.PROGRAMS:
            if words and not any(word in program.name for word in words):
                continue
            tap.run("lab 3: run-%s-nox-gdb" % program.name,
                    lambda p=program: lab3(course, p))
        for row in rows.ROWS:
            if row.name in NOT_RUN or words and not any(
                    word in row.name for word in words):
                continue
            tap.run("lab 4: run-%s-nox-gdb, CPUS=%d" % (
                row.name, row.cpus), lambda r=row: lab4(course, r))
        for test in (symbols_of_the_image, gdb_builds_nothing, caller_s_flags,
                     library_of_a_course):
            tap.run(test.__doc__, lambda t=test: t(course))
        print_figures(course)
    return tap.close()


def main():
    parser = argparse.ArgumentParser(
        description="Grade labs 1 to 4 as a course's grader does.")
    parser.add_argument("--make", default=building.default_make())
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="S",
                        help="seconds from the start of make to the "
                        "breakpoint (default: %(default)g)")
    parser.add_argument("words", nargs="*", metavar="WORD",
                        help="of labs 3 and 4, run only the programs whose "
                        "name contains WORD")
    options = parser.parse_args()
    return script.run_guarded(lambda: run_tests(options.make, options.limit,
                                                options.words))


if __name__ == "__main__":
    sys.exit(main())
