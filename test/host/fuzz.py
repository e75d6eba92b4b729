"""Random testing of kern/page.c and kern/pmap.c on the host.

usage: python3 test/host/fuzz.py PROGRAMS [--seconds N] [--seed N]
       python3 test/host/fuzz.py PROGRAMS --coverage [--seconds N] [--seed N]

PROGRAMS is the folder of the programs built by test/host/fuzz/build.mk. Random
sequences of operations take half of the time, with and without poison in free
frames. Sequences by libFuzzer, guided by coverage, take the other half. A
failing sequence is shrunk and printed as calls. First, a kernel with a bug must
be caught. The default seed is the date, so that each day tries others.

With --coverage: print the lines and branches that random sequences reach.
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib.tap import Tap, check  # noqa: E402

# Equal to SEQUENCE_MAX in test/host/fuzz/sequence.h.
LONGEST = 32 + 400 * 12

# Lines after these calls, which panic, cannot be reached. (They are not
# declared NORETURN; the head of kern/page.c has the reason.)
NEVER_RETURNS = re.compile(r"\b(page_\w+_panic)\(")


def parse():
    parser = argparse.ArgumentParser(
        usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    parser.add_argument("programs")
    parser.add_argument("--seconds", type=float, default=50)
    parser.add_argument("--seed", type=int, default=int(
        datetime.date.today().strftime("%Y%m%d")))
    parser.add_argument("--coverage", action="store_true")
    return parser.parse_args()


def run(command, **keywords):
    """Run a command; return the exit status and all output."""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          errors="replace", **keywords)
    return done.returncode, done.stdout


def plain_name(program):
    return os.path.relpath(program)


# --- A kernel with a bug ----------------------------------------------------

def self_test(program, seed):
    """A kernel without INVLPG must be caught, shrunk, saved, and replayed."""
    failing = os.path.dirname(program) + "/failing-sequence"
    status, said = run([program, "--seed", str(seed), "--seconds", "20",
                        "--save", failing])
    rule = re.search("^FAIL: (.*)", said, re.M)
    check(status == 1 and rule, "a failure", said.splitlines())
    shrunk = re.search(r"Shrunk from \d+ operations to (\d+):", said)
    check(shrunk and int(shrunk.group(1)) <= 8, "8 operations at most",
          said.splitlines())
    status, again = run([program, "--replay", failing])
    check(status == 1 and "FAIL " + rule.group(1) in again,
          "again " + rule.group(1), again.splitlines())


# --- Random sequences ------------------------------------------------------

def show_finding(tap, name, said, again):
    """Report a failure with the program's output unchanged: calls to copy."""
    tap.not_ok(name, ("again", again))
    print("".join("# %s\n" % line for line in said), end="", flush=True)


def random_part(tap, name, program, seed, seconds):
    failing = os.path.dirname(program) + "/failing-sequence"
    status, said = run([program, "--seed", str(seed), "--seconds",
                        str(seconds), "--save", failing])
    figures = said.split("\n", 1)[0]
    if status == 0:
        tap.ok("%s: %s" % (name, figures))
    else:
        show_finding(tap, name, said.splitlines(), "%s --replay %s"
                     % (plain_name(program), plain_name(failing)))


# --- Guided by coverage ----------------------------------------------------

def remove(path):
    if os.path.exists(path):
        os.remove(path)


def guided_part(tap, name, programs, seed, seconds):
    program = programs + "/guided/guided"
    if not os.path.exists(program):
        tap.skip(name, "clang cannot build libFuzzer programs here:"
                 " sh conf/setup --all")
        return
    corpus = programs + "/guided/corpus"
    crash = programs + "/guided/crash"
    shrinker = programs + "/poison/random"
    remove(crash)
    if not os.path.isdir(corpus):
        os.makedirs(corpus)
        run([shrinker, "--emit", corpus])
    start = time.time()
    status, said = run([
        program, "-max_total_time=%d" % seconds, "-max_len=%d" % LONGEST,
        "-len_control=0", "-timeout=20", "-seed=%d" % seed,
        "-exact_artifact_path=" + crash, corpus])
    if status == 0:
        tap.ok("%s: %s" % (name, guided_figures(said, time.time() - start)))
        return
    # Print a failure as calls. A report that only clang's sanitizers make is
    # printed as it is.
    failing = programs + "/guided/failing-sequence"
    words = said
    if os.path.exists(crash):
        found, shrunk = run([shrinker, "--shrink", crash, "--save", failing])
        if found:
            words = shrunk
    show_finding(tap, name, words.splitlines()[-60:],
                 "%s %s" % (plain_name(program), plain_name(crash)))


def guided_figures(said, took):
    counts = re.search(r"(\d+) sequences, (\d+) operations", said)
    edges = re.findall(r"cov: (\d+) ", said)
    text = "%s, %.0f operations a second" % (
        counts.group(0), int(counts.group(2)) / took) if counts else "done"
    return text + (", %s edges reached" % edges[-1] if edges else "")


# --- Coverage --------------------------------------------------------------

def gcov(folder, name):
    """gcov's data about one object: {file name: its lines}."""
    status, said = run(["gcov", "--json-format", "--stdout",
                        "--branch-probabilities", "-o", folder,
                        "%s/%s.o" % (folder, name)])
    if status:
        sys.exit("fuzz.py: gcov: " + said)
    text = next(line for line in said.splitlines() if line.startswith("{"))
    return {f["file"]: f["lines"] for f in json.loads(text)["files"]}


def why_unreachable(source, number):
    """The reason that no sequence reaches that line of a file, or None."""
    with open(source, encoding="utf-8") as file:
        lines = file.read().split("\n")
    call = NEVER_RETURNS.search(lines[number - 2])
    if call and lines[number - 1].strip() == "return;":
        return "%s never returns" % call.group(1)
    return None


def report_file(source, lines):
    """Print a file's figures; return the number of missed lines."""
    missed = sorted({line["line_number"] for line in lines
                     if not line["count"]}
                    - {line["line_number"] for line in lines
                       if line["count"]})
    numbers = {line["line_number"] for line in lines}
    branches = [b for line in lines for b in line["branches"]]
    taken = sum(1 for b in branches if b["count"])
    print("%s: %d of %d lines, %d of %d branches"
          % (source, len(numbers) - len(missed), len(numbers), taken,
             len(branches)))
    unexplained = 0
    for number in missed:
        reason = why_unreachable(source, number)
        unexplained += reason is None
        print("    line %d not reached: %s"
              % (number, reason or "no sequence reached it"))
    for line in lines:
        for branch in line["branches"]:
            if not branch["count"] and line["count"]:
                print("    line %d: one direction of a branch is never taken"
                      % line["line_number"])
    return unexplained


def coverage(options):
    folder = options.programs + "/coverage"
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(parent, name))
    status, said = run([folder + "/random", "--seed", str(options.seed),
                        "--seconds", str(options.seconds), "--save",
                        folder + "/failing-sequence"])
    print(said, end="")
    unexplained = 0
    for part, name, source in (
            ("test/host/fuzz", "kernel_page", "kern/page.c"),
            ("kern", "pmap", "kern/pmap.c")):
        lines = gcov("%s/%s" % (folder, part), name)[source]
        unexplained += report_file(source, lines)
    return 1 if status or unexplained else 0


def main():
    options = parse()
    if options.coverage:
        return coverage(options)
    tap = Tap()
    tap.run("a kernel that never invalidates is caught, with few calls",
            lambda: self_test(options.programs + "/deaf/random",
                              options.seed))
    random_part(tap, "random sequences, free frames poisoned",
                options.programs + "/poison/random", options.seed,
                options.seconds * 0.3)
    random_part(tap, "random sequences, without poison",
                options.programs + "/plain/random", options.seed,
                options.seconds * 0.2)
    guided_part(tap, "sequences guided by coverage", options.programs,
                options.seed, options.seconds * 0.5)
    return tap.close()


if __name__ == "__main__":
    sys.exit(main())
