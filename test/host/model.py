"""Random system calls on the host, compared with a model.

usage: python3 test/host/model.py PROGRAMS [--seconds N] [--seed N]
           [--sample N]
       python3 test/host/model.py PROGRAMS --mutants [--only PATTERN]
           [--shrink]
       python3 test/host/model.py PROGRAMS --coverage [--seconds N] [--seed N]

PROGRAMS is the folder of the programs built by test/host/model/build.mk. Each
of the compilers' programs makes random calls for half of the time. A failing
sequence is shrunk and printed as calls. The default seed is the date, so that
each day tries others.

Before that, a sample of seeded bugs must be found, each within LIMIT calls.
With --mutants, all of them, and nothing else. They are in
test/host/model/mutants, in the format of test/mutants. --shrink prints the
sequence that finds each.

With --coverage: print the lines and branches that random calls reach.

The environment variables COMPILE and LINK are the commands for the kernel's
part and for the program.
"""

import argparse
import datetime
import glob
import os
import re
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from host import fuzz  # noqa: E402
from lib.tap import Tap, check  # noqa: E402
from mutants import edits  # noqa: E402

LISTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model",
                     "mutants")

# Each seeded bug must be found within so many calls.
LIMIT = 500000

# Files that are compiled as a part of another.
WRAPPED = {
    "kern/page.c": "test/host/fuzz/kernel_page.c",
}
for name in "fpu usermem swap swapio slot policy repeat framerun".split():
    WRAPPED["kern/%s.c" % name] = "test/host/model/kernel_%s.c" % name


def parse():
    parser = argparse.ArgumentParser(
        usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("programs")
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--seed", type=int, default=int(
        datetime.date.today().strftime("%Y%m%d")))
    parser.add_argument("--sample", type=int, default=5)
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    return parser.parse_args()


# --- Seeded bugs ------------------------------------------------------------

def must(command):
    status, said = fuzz.run(command)
    check(status == 0, "success of " + " ".join(command[:1]),
          said.splitlines())


def build(mutant, programs, folder):
    """A program with that bug, in the folder."""
    copy = os.path.join(folder, mutant.file)
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    with open(mutant.file, encoding="utf-8") as original, \
            open(copy, "w", encoding="utf-8") as changed:
        changed.write(mutant.apply(original.read()))
    source = copy
    if mutant.file in WRAPPED:
        # It includes the copy, which is found first.
        source = os.path.join(folder, "wrapper.c")
        shutil.copy(WRAPPED[mutant.file], source)
    built = os.path.join(folder, "mutant.o")
    must(shlex.split(os.environ["COMPILE"]) + ["-I" + folder, "-c", "-o",
                                               built, source])
    replaced = "%s/%s.o" % (programs, os.path.splitext(
        WRAPPED.get(mutant.file, mutant.file))[0])
    objects = [name for name in glob.glob(programs + "/**/*.o",
                                          recursive=True)
               if name != replaced]
    program = os.path.join(folder, "random")
    must(shlex.split(os.environ["LINK"]) + ["-o", program, built] + objects)
    return program


def find(mutant, programs, seed, shrink):
    """Build and run the mutant. Returns the calls until it was found."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(mutant, programs, folder)
        status, said = fuzz.run(
            [program, "--seed", str(seed), "--seconds", "60", "--save",
             folder + "/failing"] + ([] if shrink else ["--as-it-is", "1"]))
    found = re.search(r"fails, after (\d+) operations", said)
    check(status == 1 and found, "a failure: " + mutant.why,
          said.splitlines())
    rule = re.search("^FAIL: (.*)", said, re.M).group(1)
    check(int(found.group(1)) <= LIMIT, "within %d calls" % LIMIT,
          found.group(1))
    return int(found.group(1)), rule, said


def try_mutant(tap, mutant, programs, seed, shrink):
    def work():
        result.extend(find(mutant, programs, seed, shrink))

    result = []
    if tap.run("%s: %s" % (mutant.name, mutant.why), work):
        print("#   found after %d calls: %s" % tuple(result[:2]), flush=True)
        if shrink:
            shown = result[2].split("operations to ", 1)[-1]
            print("".join("#   %s\n" % line
                          for line in shown.splitlines()[1:-2]), end="")


def seeded_bugs(tap, options, sample):
    mutants = edits.choose(edits.read_all(LISTS), options.only, sample,
                           str(options.seed))
    for mutant in mutants:
        try_mutant(tap, mutant, options.programs + "/gcc", options.seed,
                   options.shrink)


# --- Coverage ---------------------------------------------------------------

COVERED = ("queue status cow pgfault sys_mem sys_env sys_ipc sys_time"
           " sys_console env sched resident mappers filepage syscall").split()


PAGING = ["kern/%s.c" % name
          for name in "swap swapio slot policy repeat".split()]


def coverage(options):
    folder = options.programs + "/coverage"
    for name in glob.glob(folder + "/**/*.gcda", recursive=True):
        os.remove(name)
    status, said = fuzz.run([
        folder + "/random", "--seed", str(options.seed), "--seconds",
        str(options.seconds), "--save", folder + "/failing-sequence"])
    print(said, end="")
    for name in COVERED:
        source = "kern/%s.c" % name
        fuzz.report_file(source, fuzz.gcov(folder + "/kern", name)[source])
    for source in PAGING:
        wrapper = os.path.basename(WRAPPED[source])[:-2]
        fuzz.report_file(source, fuzz.gcov(folder + "/test/host/model",
                                           wrapper)[source])
    return status


def main():
    options = parse()
    if options.coverage:
        return coverage(options)
    tap = Tap()
    seeded_bugs(tap, options, 0 if options.mutants else options.sample)
    if not options.mutants:
        for compiler in ("gcc", "clang"):
            program = "%s/%s/random" % (options.programs, compiler)
            name = "random system calls against a model, by " + compiler
            if os.path.exists(program):
                fuzz.random_part(tap, name, program, options.seed,
                                 options.seconds / 2)
            else:
                tap.skip(name, "there is no %s here" % compiler)
    return tap.close()


if __name__ == "__main__":
    sys.exit(main())
