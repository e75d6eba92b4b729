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

LIMIT = 900             # seconds for a full build on a slow machine

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

# As course programs are: declarations that are not used, without prototypes, of
# the old style; macros that the kernel has, too.
LENIENT = """\
#include <inc/lib.h>
#include <inc/x86.h>
#define CHECK	3
#define POISON	4
#define BENCH	5
int unused_global;
static int unused_function(void) { return 1; }
struct packed { char c; int i; } __attribute__((packed));
static const char bytes[256] = { ['a'] = 1 };
extern char etext[], edata[], end[];
int sum(a, b) int a, b; { int unused; return a + b; }
int no_prototype() { return CHECK + POISON + BENCH; }
static int deep(int n) { char c[64]; c[n % 64] = n; return deep(n + 1) + c[0]; }
static const char *const names[] = { [T_PGFLT] "page fault" };
void
umain(int argc, char **argv)
{
	char c = 'a';
	unsigned char *unsigned_text = "text";
	struct packed p;
	int *ip = &p.i, i, r, unused = 7;
	envid_t who;

	cprintf("temporary at %x, %d\\n", UTEMP, sizeof(p));
	*ip = bytes[c];
	if (argc > 1000)
		deep(1), *(unsigned *)0 = 1, cprintf("%x", *(unsigned *)0);
	if ((r = sys_env_destroy(0x7ffff3ff)) < 0)
		cprintf("%e, %s %s\\n", r, names[T_PGFLT], unsigned_text);
	for (i = 0; i < NENV; i++)
		if (envs[i].env_status == ENV_RUNNING && ENVX(envs[i].env_id) == i)
			cprintf("%08x runs, sum %d\\n", envs[i].env_id,
				sum(*ip, no_prototype()));
	if (etext > edata || edata > end || read_eflags() & FL_CF & 0)
		panic("the program's parts are not in order");
	if (UTEXT + (PFTEMP - UTEMP) < 0 || PGOFF(UTEMP) != 0)
		panic("scratch addresses");
}
"""

# Each of these fails at another stage; the programs of later labs do so.
BROKEN = {
    "broken": "#include <inc/lib.h>\nvoid umain(int argc) { no sense; }\n",
    "headless": "#include <inc/fd.h>\nvoid umain(void) { }\n",
    "unlinked": "#include <inc/lib.h>\nint later_lab(void);\n"
                "void umain(int argc, char **argv) { later_lab(); }\n",
}

# More than 7 MiB in the kernel's file.
BIG = """\
#include <inc/lib.h>
const char big[7 * MIB + 5] = { [0] = 1, [7 * MIB + 4] = 2 };
void
umain(int argc, char **argv)
{
	const volatile char *p = big;

	cprintf("the ends are %d and %d\\n", p[0], p[7 * MIB + 4]);
}
"""


def copy_of_the_tree(where):
    """Copy the sources, without built files."""
    ignore = shutil.ignore_patterns(".git", "obj", "jos.out*", "__pycache__")
    tree = os.path.join(where, "tree")
    shutil.copytree(qemu.ROOT, tree, symlinks=True, ignore=ignore)
    return tree


def make_run(make, tree, target, typed="halt"):
    """Run that target; type this at the monitor's prompt. Return the exit
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
            text = talk(process, typed)
        finally:
            alarm.cancel()
            end_group(process)
    return process.returncode, text


def talk(process, typed):
    """Read all output; answer each prompt with the next of the lines typed."""
    text, lines = b"", typed.split("\n")
    while True:
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            process.wait()
            return text.decode("latin-1").replace("\r", "")
        text += piece
        if lines and text.endswith(b"\nK> "):
            process.stdin.write(lines.pop(0).encode("ascii") + b"\n")
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


def put(tree, name, text):
    with open(os.path.join(tree, "user", name), "w", encoding="ascii") as file:
        file.write(text)


def course_folder(make, tree):
    """A folder of a course's programs: the kernel has those that were built."""
    put(tree, "lenient.c", LENIENT)
    for name, text in BROKEN.items():
        put(tree, name + ".c", text)
    # Its linker script is not ours, and its names may be odd or taken.
    put(tree, "user.ld", "ENTRY(start_of_another_library)\n")
    put(tree, "two words.c", BROKEN["broken"])
    put(tree, "it's.c", BROKEN["broken"])
    put(tree, "fpu.c", OUTSIDER)
    names = " ".join(sorted(BROKEN))
    status, text = make_run(make, tree, "all")
    lines = text.split("\n")
    check(status == 0, "make succeeds without these programs", lines[-20:])
    check("*** Not built, and so not in the kernel: %s. Their errors are above."
          % names in lines, "make lists them", lines[-20:])
    for odd in ("user/two words.c", "user/it's.c"):
        check(any(line.startswith("*** %s is left out: a program's name" % odd)
                  for line in lines), "make names " + odd, lines[-20:])
    check("*** user/test/fpu.c is left out, because user/fpu.c has the same name."
          in lines, "make prefers user/fpu.c", lines[-20:])
    noise = [line for line in lines if re.search(
        r"(lenient|fpu)\.c:.*(warning|error)|fatal: |No rule", line)]
    check(not noise, "a sloppy program compiles without a warning", noise)
    if shutil.which("clang"):
        status, text = make_run(make + " CC=clang OBJDIR=obj/clang", tree,
                                "obj/clang/user/lenient.o")
        check(status == 0 and "warning:" not in text,
              "it does with clang, too", text.split("\n"))


def again(make, tree):
    """The next make tries again, and builds nothing else."""
    status, text = make_run(make, tree, "all")
    lines = text.split("\n")
    check(status == 0 and any(line.startswith("*** Not built") for line in lines),
          "make says so again", lines[-20:])
    built = [line for line in lines if re.search("^  (KSYMS|IMAGE)|obj/kern", line)]
    check(not built, "the kernel is not linked again", built)
    status, text = make_run(make, tree, "obj/user/unlinked")
    check(status != 0, "make of that program fails", text.split("\n"))
    status, text = make_run(make, tree, "run-broken-nox")
    check(status != 0 and "*** broken cannot run." in text.split("\n"),
          "make run-broken-nox fails, with a reason", text.split("\n")[-20:])


def those_built_run(make, tree):
    status, text = make_run(make, tree, "run-lenient-nox",
                            "run broken\nrun fpu\nls\nhalt")
    lines = text.split("\n")
    check(status == 0, "make run-lenient-nox ends well", lines[-20:])
    for wanted in ("temporary at 400000, 5",
                   "bad environment, page fault text",
                   "00001000 runs, sum 13",
                   "broken did not compile or link: 'make' shows why.",
                   "fpu: 0 arguments",
                   "Not in this kernel ('make' shows why):",
                   "".join("%-18s" % name for name in sorted(BROKEN))):
        check(wanted in lines, "a line `%s`" % wanted, lines[-50:])


def mended(make, tree):
    """A program that has been mended is built."""
    for name in BROKEN:
        os.remove(os.path.join(tree, "user", name + ".c"))
    for name in ("two words.c", "it's.c", "user.ld", "fpu.c"):
        os.remove(os.path.join(tree, "user", name))
    put(tree, "broken.c", OUTSIDER)
    run = run_name(make, tree, "broken")
    check("broken: 0 arguments" in run.lines, "it runs", run.lines[-20:])
    check(not any(line.startswith("***") and "Leave QEMU" not in line
                  and "display" not in line for line in run.lines),
          "make complains no more", run.lines)


def big_program(make, tree):
    """7 MiB of programs: the kernel links and boots, its stack at f01xxxxx."""
    put(tree, "big.c", BIG)
    run = run_name(make, tree, "big")
    check("the ends are 1 and 2" in run.lines, "it runs", run.lines[-30:])
    frames = [line for line in run.lines if line.startswith("  ebp ")]
    check(len(frames) == 8 and all(
        re.match("  ebp f01.{5}  eip f0100...  args", line) for line in frames),
          "eight frames, at f01xxxxx", frames)
    os.remove(os.path.join(tree, "user", "big.c"))


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
        for name, test in (
                ("a course's folder: what does not build is left out",
                 course_folder),
                ("the next make tries again, and builds nothing else", again),
                ("those that were built run", those_built_run),
                ("a program that has been mended is built", mended),
                ("a program of 7 MiB", big_program)):
            tap.run(name, lambda test=test: test(make, tree))
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
