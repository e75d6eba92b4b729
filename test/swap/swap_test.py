"""Paging to disk: programs whose memory is larger than the machine's.

usage: python3 test/swap/swap_test.py [--image FILE] [--minutes N] [WORD ...]
    With WORDs: only tests whose names contain all of them. --minutes: instead,
    run programs at random for so long, with audits in between.

The programs verify their own data (user/test/big.h). After each, all frames and
slots are free again, and the audit holds. `swap frames N` makes memory small on
a machine that is not.
"""

import argparse
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import qemu, script  # noqa: E402
from lib.tap import Tap, check, equal  # noqa: E402
from matrix import bochs  # noqa: E402
from swap.driver import (ANSWER, Bench, Guest, bad_slots,  # noqa: E402
                         swap_drive)

POLICIES = ("clock", "fifo", "aging", "random")

TESTS = []


def test(function):
    TESTS.append((function.__doc__.splitlines()[0], function))
    return function


def has(lines, text):
    return any(text in line for line in lines)


# --- Memory of all sizes -----------------------------------------------------

@test
def four_times_memory(bench):
    """bigmemory: four times as many pages as frames, each written once"""
    with bench.machine(6) as guest:
        with guest.conserved():
            lines = guest.run("bigmemory")
        match = re.match(r"(\d+) frames are free; using (\d+) pages",
                         lines[1])
        frames, pages = int(match.group(1)), int(match.group(2))
        equal(pages, 4 * frames)
        equal([line for line in lines if "wrong" in line],
              ["round %d: 0 words are wrong" % n for n in (1, 2)])
        counts = guest.counts()
        # Each page is written when it first leaves, and clean from then on.
        # Those of the program's own data may change.
        check(pages - frames < counts["written to the disk"] < pages + 20,
              "no page is written twice", counts)
        check(counts["read from the disk"] > pages, "pages come back",
              counts)


@test
def writes_of_the_device(bench):
    """the disk has carried out as many writes as the kernel counts"""
    with bench.machine(6) as guest:
        before = operations(guest)
        guest.run("bigmemory")
        after, counts = operations(guest), guest.counts()
        equal(after[0] - before[0], counts["read from the disk"])
        equal(after[1] - before[1], counts["written to the disk"])


def operations(guest):
    """The reads and writes of the swap area that QEMU counts."""
    text = guest.machine.ask_qemu("info blockstats")
    match = re.search(r"^swap.*?rd_operations=(\d+) wr_operations=(\d+)", text,
                      re.M)
    return int(match.group(1)), int(match.group(2))


@test
def smallest_machine(bench):
    """the smallest machine on which the kernel starts runs programs, too"""
    for kib in range(4096, 6144, 256):
        with bench.machine("%dK" % kib) as guest:
            if has(guest.machine.lines(), "kernel panic"):
                continue
            check(has(guest.machine.lines(), "swap: 64 MB"), "a swap area",
                  guest.machine.lines()[-5:])
            guest.verify("crowd", 3, 0)
            guest.verify("bigdata", 200)
            break
    else:
        check(False, "a start with less than 6 MiB", "none")


@test
def all_sizes(bench):
    """memory of all sizes: environments that have four times as much"""
    for memory in (5, 12):
        with bench.machine(memory) as guest:
            guest.verify("crowd", 4, 0)
    for memory in (64, 256):
        with bench.machine(memory) as guest:
            guest.command("swap frames 200")
            guest.verify("crowd", 4, 800)


@test
def crowds(bench):
    """two to fifty environments, whose sum is four times the memory"""
    with bench.machine(6) as guest:
        for number in (2, 10, 50):
            guest.verify("crowd", number, 0)


@test
def algorithms(bench):
    """bigdata: sums, random access, strides, matrices, sorting"""
    with bench.machine(5) as guest:
        guest.verify("bigdata", 500)
        guest.command("swap frames 40")
        for policy in POLICIES[1:]:
            guest.command("swap policy " + policy)
            guest.verify("bigdata", 80)


@test
def recorded_programs(bench):
    """programs that tools/paging measures: their results, in a third of them"""
    with bench.machine() as guest:
        guest.command("swap frames 40")
        for policy in POLICIES:
            guest.command("swap policy " + policy)
            for name in ("sequential", "atrandom", "matrix", "quicksort",
                         "mergesort"):
                with guest.conserved():
                    lines = guest.run(name)
                    check("%s: 120 pages, 0 wrong" % name in lines,
                          "the last line of " + name, lines)


# --- What can be on disk -----------------------------------------------------

def long_texts(lines):
    """The lines of dots that ondisk prints: none twice, none cut."""
    equal([len(line) for line in lines if re.fullmatch(r"\.+", line)],
          [149, 299, 3 * 4096 - 1])


@test
def on_disk(bench):
    """ondisk: rights, fork, messages, handlers, ends, of pages on disk"""
    with bench.machine() as guest:
        guest.command("swap frames 12")
        for policy in POLICIES:
            guest.command("swap policy " + policy)
            long_texts(guest.verify("ondisk", 30))


@test
def on_disk_in_little_memory(bench):
    """ondisk: the same where memory is short, not limited"""
    with bench.machine(5) as guest:
        long_texts(guest.verify("ondisk", 430))


@test
def programs_of_lab_4(bench):
    """forks, handlers, messages and others hold when memory is for 30 pages"""
    with bench.machine() as guest:
        guest.command("swap frames 30")
        for name in ("forks", "handlers", "handlerfirst", "messages", "waits",
                     "sforks"):
            guest.verify(name)


# --- Too little --------------------------------------------------------------

# Frames, and the line at which sixpages ends.
SIX_PAGES = [(1, "2"), (2, "3"), (3, "4"), (4, "5"), (5, "6"), (6, None),
             (7, None)]


@test
def smallest_memory(bench):
    """an instruction that needs six pages runs with six, or ends in words"""
    with bench.machine() as guest:
        for frames, needed in SIX_PAGES:
            guest.command("swap frames %d" % frames)
            with guest.conserved():
                lines = guest.run("sixpages", patience=20)
            if needed is None:
                check("moved: six" in lines and "entered: 2" in lines,
                      "with %d frames it runs" % frames, lines)
                continue
            check(not has(lines, "moved"), "the instruction does not run",
                  lines)
            check(any(re.fullmatch(
                r"\[\w+\] out of memory: no frame for the page at va \w+; %d"
                " can hold pages of programs, and this needs %s" %
                (frames, needed), line) for line in lines),
                  "a line that says so", lines)
            check("six pages" in lines or frames < 3, "it started", lines)


@test
def everything_is_full(bench):
    """memory and area are full: who asks is refused, and the others live"""
    for memory in (5, 8):
        with bench.machine(memory, "1M") as guest:
            lines = guest.verify("full", 50)
            check(has(lines, "out of memory: no frame for a copy of the page"),
                  "the end of a program in words", lines)
            lines = guest.run("hello")
            check("hello, world" in lines, "hello runs", lines)


# --- Disks that fail ---------------------------------------------------------

@test
def pages_that_cannot_be_written(bench):
    """a page that cannot be written stays in memory, and nothing is lost"""
    area = bench.area("64M")
    for slots in ([1], [2, 5, 17], list(range(1, 40))):
        with bench.machine(6, options=bad_slots(area, "write", slots)) \
                as guest:
            free = guest.frames()
            lines = guest.run("crowd", 4, 1000)
            for slot in slots:
                check(has(lines, "swap: slot %d cannot be written: its page"
                          " stays in memory" % slot), "slot %d" % slot,
                      [line for line in lines if "swap" in line])
            check("crowd: 3 passed, 0 failed" in lines, "all data are right",
                  lines[-20:])
            counts = guest.counts()
            equal(counts["errors of writes"], len(slots))
            free[-1] = "%d%s" % (len(slots), free[-1][1:])
            guest.becomes(free)


@test
def pages_that_cannot_be_read(bench):
    """a page that cannot be read ends the program that needs it, in words"""
    area = bench.area("64M")
    for slot in (1, 30, 200):
        with bench.machine(6, options=bad_slots(area, "read", [slot])) \
                as guest:
            free = guest.frames()
            lines = guest.run("bigmemory")
            check(any(re.fullmatch(
                r"\[\w+\] the page at va \w+ is lost: slot %d of the swap"
                " area cannot be read" % slot, line) for line in lines),
                  "slot %d is lost" % slot, lines)
            check(not has(lines, "round 2"), "the program ends", lines)
            # That slot is not used again.
            free[-1] = "1" + free[-1][1:]
            guest.becomes(free)
            guest.command("swap frames 50")
            lines = guest.run("crowd", 4, 400)
            check("crowd: 3 passed, 0 failed" in lines, "others are right",
                  lines[-20:])
            lines = guest.run("hello")
            check("hello, world" in lines, "hello runs", lines)


@test
def others_keep_their_pages(bench):
    """a page that cannot be read ends those who need it, not the others"""
    area = bench.area("64M")
    with bench.machine(6, options=bad_slots(area, "read", [400])) as guest:
        free = guest.frames()
        lines = guest.run("randompages", 1, 4, 300, 1500)
        lost = {line.split()[0] for line in lines
                if "is lost: slot 400 of the swap area" in line}
        good = [line for line in lines if ": 0 pages were wrong" in line]
        check(lost, "an environment ends", lines)
        check(good and len(good) + len(lost) >= 4, "the others do not", lines)
        check(not has(lines, "not those of"), "no page is wrong", lines)
        for line in guest.command("envs")[1:]:
            if re.match("[0-9a-f]{8} ", line):
                guest.command("kill " + line.split()[0])
        free[-1] = "1" + free[-1][1:]
        guest.becomes(free)


@test
def errors_that_pass(bench):
    """errors that pass are made good: nobody notices"""
    area = bench.area("64M")
    for kind in ("read", "write"):
        options = bad_slots(area, kind, [3, 4, 50], once=True)
        with bench.machine(6, options=options) as guest:
            lines = guest.verify("crowd", 4, 1000)
            check(not has(lines, "cannot be"), "no line about it", lines)


@test
def disk_that_hangs(bench):
    """a disk that hangs: what it does not write stays; the program goes on"""
    options = swap_drive(bench.area("64M"))
    with bench.machine(options=options) as guest:
        guest.command("swap frames 9")
        # A page takes about as long as two attempts may take.
        guest.machine.ask_qemu("block_set_io_throttle swap 1500 0 0 0 0 0")
        lines = guest.run("sixpages")
        check(has(lines, "cannot be written: its page stays in memory"),
              "a line about it", lines)
        check("moved: six" in lines and "entered: 2" in lines,
              "the program ends as usual", lines)
        equal(guest.command("audit"), ["audit: all invariants hold"])
        check("hello, world" in guest.run("hello"), "hello runs", lines)


# --- Random load -------------------------------------------------------------

@test
def random_load(bench):
    """randompages: four environments and their children, at random"""
    with bench.machine() as guest:
        guest.command("swap frames 60")
        for seed, policy in enumerate(POLICIES, 1):
            guest.command("swap policy " + policy)
            guest.verify("randompages", seed, 4, 60, 800)


@test
def audits_in_between(bench):
    """audits hold in the middle of a random load"""
    with bench.machine() as guest:
        guest.command("swap frames 60")
        audits_of(guest, 7, 6, 50, 2000)


def audits_of(guest, *answers):
    """Run randompages, and audit it again and again. Return the audits."""
    machine, audits = guest.machine, 0
    with guest.conserved():
        start = machine.position = len(machine.text)
        machine.send("run randompages")
        for answer in answers:
            machine.expect(ANSWER, 60, 60)
            machine.send(str(answer))
        while not finished(machine, start, 0.3):
            machine.ask_qemu("nmi")
            machine.wait_for_prompt(200, 200)
            if finished(machine, start, 0):
                break
            equal(guest.command("audit"), ["audit: all invariants hold"])
            audits += 1
            machine.send("continue")
        # An interrupt may have come too late, and to the monitor.
        listen(machine, 1.5)
        lines = machine.text[start:].split("\n")
        equal([line for line in lines if "FAILED" in line], [])
        check(has(lines, "randompages: %d passed, 0 failed" % answers[1]),
              "all data are right", lines[-20:])
    return audits


def listen(machine, seconds):
    """Read what is printed, for so long."""
    deadline = time.monotonic() + seconds
    while True:
        machine.ask_qemu("info name")       # reads the console, too
        if time.monotonic() > deadline:
            return


def finished(machine, start, seconds):
    """Wait so long. True if the program has ended."""
    listen(machine, seconds)
    return "No runnable environments" in machine.text[start:]


# --- Bochs -------------------------------------------------------------------

CYLINDER = 16 * 63 * 512


@test
def on_bochs(bench):
    """Bochs: more memory than there is, by its disk"""
    path = os.path.join(bench.folder, "bochs")
    if not os.path.exists(path):
        with open(bench.area("15M"), "rb") as file:
            contents = file.read()
        with open(path, "wb") as file:
            file.write(contents.ljust(32 * CYLINDER, b"\0"))
    with bochs.Bochs(bench.image, memory=8, disks={"ata1-master": path}) \
            as machine:
        machine.wait_for_prompt(180, 180)
        guest = Guest(machine)
        guest.command("swap frames 100")
        guest.verify("crowd", 3, 400)
        guest.command("swap frames 7")
        lines = guest.run("sixpages")
        check("moved: six" in lines and "entered: 2" in lines,
              "seven frames are enough", lines)
        bochs.no_complaints(machine)


# --- Running them ------------------------------------------------------------

def run(options):
    return bochs.run_tests(Tap(), TESTS, options.words, Bench(options.image))


def run_long(options):
    """Random load for some minutes."""
    tap = Tap()
    bench = Bench(options.image)
    deadline = time.monotonic() + options.minutes * 60
    seed = 1
    try:
        while time.monotonic() < deadline and tap.failed == 0:
            frames = (0, 30, 100, 500)[seed % 4]
            policy = POLICIES[seed // 4 % 4]

            def work():
                with bench.machine(8) as guest:
                    guest.command("swap frames %d" % frames)
                    guest.command("swap policy " + policy)
                    audits_of(guest, seed, 3 + seed % 5,
                              (frames or 1200) // 2, 4000)
            tap.run("seed %d, %s, %d frames" % (seed, policy, frames), work)
            seed += 1
    finally:
        bench.close()
    return tap.close()


def main():
    parser = argparse.ArgumentParser(description="Test paging to disk.")
    parser.add_argument("--image", default=qemu.IMAGE)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    work = run_long if options.minutes else run
    return script.run_guarded(lambda: work(options))


if __name__ == "__main__":
    sys.exit(main())
