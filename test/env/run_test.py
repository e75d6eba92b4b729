"""Test make run-NAME, and a program that is dropped into user/.

usage: python3 test/env/run_test.py [--make COMMAND]

Works in a copy of the tree, because make run-NAME builds a kernel that runs the
program instead of entering the monitor.
"""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import building, programs, qemu, script  # noqa: E402
from lib.tap import Tap, check  # noqa: E402

LIMIT = 300             # seconds for a full build on a slow machine

# Written only from the description of the interface.
OUTSIDER = """\
#include <inc/lib.h>

int numbers[5000];

void
umain(int argc, char **argv)
{
	int i, sum = 0;
	char text[40];

	cprintf("%s: %d arguments\\n", binaryname, argc);
	for (i = 0; i < 5000; i++)
		numbers[i] = i;
	for (i = 0; i < 5000; i++)
		sum += numbers[i];
	snprintf(text, sizeof(text), "the sum is %d", sum);
	cprintf("%s\\n", text);
	if (thisenv->env_id != sys_getenvid() || envs[0].env_id == 0)
		panic("who am i?");
	if (!(uvpd[PDX(numbers)] & PTE_P) || !(uvpt[PGNUM(numbers)] & PTE_W))
		panic("my own pages are not mine");
	if (pages[PGNUM(PTE_ADDR(uvpt[PGNUM(numbers)]))].pp_ref != 1)
		panic("my page is shared");
	sys_yield();
	if (sys_env_destroy(0x7ffff3ff) != -E_BAD_ENV)
		panic("there is no such environment");
	exit();
}
"""


def copy_of_the_tree(where):
    """Copy the sources, without built files."""
    ignore = shutil.ignore_patterns(".git", "obj", "jos.out*", "__pycache__")
    tree = os.path.join(where, "tree")
    shutil.copytree(qemu.ROOT, tree, symlinks=True, ignore=ignore)
    return tree


def make_run(make, tree, target):
    """Run that target; type `halt` at the monitor's prompt. Return the exit
    status and the output."""
    environment = dict(os.environ, LC_ALL="C")
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    with subprocess.Popen(
            shlex.split(make) + ["-j2", target], cwd=tree,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=environment,
            start_new_session=True) as process:
        alarm = threading.Timer(LIMIT, end_group, [process])
        alarm.start()
        try:
            text = talk(process)
        finally:
            alarm.cancel()
            end_group(process)
    return process.returncode, text


def talk(process):
    """Read all output; answer the first prompt."""
    text, answered = b"", False
    while True:
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            process.wait()
            return text.decode("latin-1").replace("\r", "")
        text += piece
        if not answered and text.endswith(b"\nK> "):
            answered = True
            process.stdin.write(b"halt\n")
            process.stdin.flush()


def end_group(process):
    """End make and its children, if they still run."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def run_name(make, tree, name):
    """Run make run-NAME-nox, and `halt`; a programs.Run."""
    status, text = make_run(make, tree, "run-%s-nox" % name)
    run = programs.Run(text.split("\n"))
    check(status == 0, "make run-%s-nox ends well after `halt`" % name,
          ["status %d" % status] + run.lines[-8:])
    check(run.id == "00001000", "the first environment is 00001000",
          run.lines[-20:])
    return run


def outsider(make, tree, folder):
    """The program runs from that folder, wherever it was before."""
    path = os.path.join(tree, "user", "outsider.c")
    with open(path, "w", encoding="ascii") as file:
        file.write(OUTSIDER)
    if folder != "user":
        os.replace(path, os.path.join(tree, folder, "outsider.c"))
    run = run_name(make, tree, "outsider")
    for wanted in ("outsider: 0 arguments", "the sum is 12497500",
                   "[00001000] exiting gracefully",
                   "Destroyed the only environment - nothing more to do!"):
        check(wanted in run.lines, "a line `%s`" % wanted, run.lines[-30:])
    for built in ("outsider", "outsider.asm", "outsider.sym"):
        check(os.path.exists(os.path.join(tree, "obj", "user", built)),
              "obj/user/" + built, "none")


def same_name_twice(make, tree):
    name = "hello.c"
    copy = os.path.join(tree, "user", "test", name)
    shutil.copyfile(os.path.join(tree, "user", name), copy)
    status, text = make_run(make, tree, "all")
    os.remove(copy)
    check(status != 0 and re.search("both user/ and user/test/.*hello", text),
          "make fails, and names the program", text.split("\n"))


def graded_program(make, tree, program):
    run = run_name(make, tree, program.name)
    complaints = program.judge(run)
    check(not complaints, "what lab 3 asks of " + program.name, complaints)


def no_program(make, tree):
    status, text = make_run(make, tree, "run-nosuch-nox")
    check(status != 0 and re.search("no user program.*nosuch", text),
          "make run-nosuch-nox fails, with a reason", text.split("\n"))


def run_tests(make):
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="pagewalk-run.") as where:
        tree = copy_of_the_tree(where)
        tap.run("a program dropped into user/ is built and runs",
                lambda: outsider(make, tree, "user"))
        tap.run("it runs after a move to user/test/, too",
                lambda: outsider(make, tree, "user/test"))
        tap.run("a program in both folders is an error",
                lambda: same_name_twice(make, tree))
        for program in programs.PROGRAMS:
            if program.name in ("hello", "divzero", "faultread", "evilhello",
                                "breakpoint"):
                tap.run("make run-%s-nox" % program.name,
                        lambda p=program: graded_program(make, tree, p))
        tap.run("make run-NAME of no program",
                lambda: no_program(make, tree))
    return tap.close()


def main():
    parser = argparse.ArgumentParser(description="Test make run-NAME.")
    parser.add_argument("--make", default=building.default_make())
    options = parser.parse_args()
    return script.run_guarded(lambda: run_tests(options.make))


if __name__ == "__main__":
    sys.exit(main())
