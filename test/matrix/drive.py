"""Drive the monitor of a booted machine, and judge its output.

The job: test every machine of the matrix in the same way. In each row the
labs' lines are complete, the memory is that of the row, each frame is accounted
for, the audit finds nothing, all checks pass, and a program runs.
"""

import re

from grade import grading, lab1, lab2
from lib import endings
from lib.tap import check, equal

KIB, MIB = 1 << 10, 1 << 20
WINDOW = 256 * MIB
FRAME = 4096

# Checks may be silent for long: on Bochs, or on a busy host. Seconds.
PATIENCE = {"timeout": 400, "quiet": 200}

GROUPS = ["check_traps", "check_page_free_list", "check_page_alloc",
          "check_page", "check_kern_pgdir", "check_page_installed_pgdir",
          "check_out_of_memory", "check_paging", "check_env",
          "check_calls", "check_disk"]
HELLO = ["hello, world", "i am environment 00001000",
         "[00001000] exiting gracefully", "[00001000] free env 00001000"]

_MEMORY = re.compile(r"^Physical memory: (\d+)K available, base = (\d+)K, "
                     r"extended = (\d+)K$")
_OF_ENVIRONMENT = re.compile(r"^\[[0-9a-f]{8}\] ")
_RANGE = re.compile(r"^  0x([0-9a-f]{9}) - 0x([0-9a-f]{9}) +(\d+)K$")


class Expect:
    """The expected properties of a row's machine.

    memory in MiB; ranges: the usable ones as (start, end), None if firmware
    may keep a part for itself; source: of the memory map; uses, lacks:
    features that kerninfo must (not) list; loader: of the kernel; probed: true
    if CMOS and probing find all of the memory, too; labs: true if the labs'
    lines are judged, too; hole: a (start, end) that no usable range may touch;
    checks: true if all checks must pass.
    """

    def __init__(self, memory=128, ranges=None, source="firmware", uses=(),
                 lacks=(), loader="our boot sector", probed=False,
                 labs=True, hole=None, checks=True):
        self.memory, self.ranges, self.source = memory, ranges, source
        self.uses, self.lacks = uses, lacks
        self.loader, self.probed, self.labs = loader, probed, labs
        self.hole, self.checks = hole, checks


def in_words(kilobytes):
    return "%d MiB" % (kilobytes // KIB) if kilobytes >= KIB \
        else "%d KiB" % kilobytes


class Detected:
    """What the kernel reported about its machine."""

    def __init__(self):
        self.source, self.kilobytes, self.unused = "?", 0, 0
        self.vendor, self.features, self.loader = "?", [], "?"

    def text(self):
        unused = ", %s of it not used" % in_words(self.unused) \
            if self.unused else ""
        loader = "boot sector" if self.loader.startswith("a loader") \
            else self.loader
        return "%s: %s%s; %s %s; %s" % (
            self.source, in_words(self.kilobytes), unused, self.vendor,
            " ".join(self.features) or "plain", loader)


def check_labs(machine, symbols):
    """Demand full marks from the graders of labs 1 and 2."""
    boot = grading.Boot(machine.text, symbols=symbols)
    for lab in (lab1.LAB, lab2.LAB):
        for result in grading.judge(lab, boot).results:
            check(result.passed, "lab %d: full points for %s" %
                  (lab.number, result.name), result.output)


def read_ranges(machine):
    """The usable ranges printed at boot, and their source."""
    lines = machine.lines()
    heads = [i for i, line in enumerate(lines)
             if line.startswith("Usable ranges, from ")]
    check(len(heads) == 1, "one list of usable ranges", lines)
    source = lines[heads[0]][len("Usable ranges, from "):-1]
    ranges = []
    for line in lines[heads[0] + 1:]:
        match = _RANGE.match(line)
        if not match:
            break
        start, end = int(match.group(1), 16), int(match.group(2), 16)
        equal(int(match.group(3)), (end - start) // KIB)
        ranges.append((start, end))
    return source, ranges


def judge_memory(machine, expect, detected):
    """Check the classic line, the ranges after it, and unused memory."""
    lines = [line for line in machine.lines()
             if line.startswith("Physical memory:")]
    check(len(lines) == 1 and _MEMORY.match(lines[0]),
          "one line about physical memory, in its classic form", lines)
    total, base, extended = map(int, _MEMORY.match(lines[0]).groups())
    low = expect.ranges is None or any(start < 640 * KIB
                                       for start, _end in expect.ranges)
    check(total == expect.memory * KIB and base == 640 * low
          and extended == total - base,
          "%dK available, base = %dK, the rest extended" %
          (expect.memory * KIB, 640 * low), lines)
    source, ranges = read_ranges(machine)
    equal(source, expect.source)
    if expect.ranges is not None:
        equal(ranges, expect.ranges)
    if expect.hole:
        start, end = expect.hole
        check(all(b <= start or end <= a for a, b in ranges),
              "no usable range touches 0x%x to 0x%x" % (start, end), lines)
    above = sum(end - max(start, WINDOW) for start, end in ranges
                if end > WINDOW)
    told = re.findall(r"^Not used: (\d+)K above the 256M window$",
                      machine.text, re.M)
    equal(told, [str(above // KIB)] if above else [])
    detected.source, detected.kilobytes = source, total
    detected.unused = above // KIB
    return ranges


def judge_frames(machine, ranges):
    """Check that meminfo accounts for each frame of those ranges."""
    lines = machine.command("meminfo", **PATIENCE)
    counts = {}
    for line in lines:
        match = re.match(r"^ +(\S.*?)  +(\d+) frames", line)
        if match:
            counts[match.group(1)] = int(match.group(2))
    below = [(-(-start // FRAME), min(end, WINDOW) // FRAME)
             for start, end in ranges if start < WINDOW]
    usable = sum(max(end - start, 0) for start, end in below)
    frames = below[-1][1]
    equal(counts.get("all"), frames)
    equal(counts.get("free", 0) + counts.get("used", 0)
          + counts.get("reserved", 0), frames)
    # Frame 0 is never allocated, even if it is usable memory.
    usable -= any(start == 0 for start, _end in ranges)
    equal(counts.get("frame 0, I/O hole, firmware"), frames - usable)
    check(counts.get("free", 0) > usable / 10, "frames are free", lines)


def judge_sources(machine, expect):
    """Check memmap: CMOS and probing find what the firmware reports."""
    lines = machine.command("memmap", **PATIENCE)
    check(lines and lines[0].split() == ["firmware", "CMOS", "probing"],
          "memmap's three columns", lines)
    if expect.probed:
        want = "000100000-%09x RAM" % (expect.memory * MIB)
        for column in (26, 52):
            found = [line[column:column + 26].strip() for line in lines]
            check(want in found, lines[0][column:].split()[0] + " finds "
                  + want, lines)


def judge_processor(machine, expect, detected):
    """Check kerninfo: the processor's features in use, and the loader."""
    lines = machine.command("kerninfo", **PATIENCE)
    text = "\n".join(lines)
    match = re.search(r"^Processor: (.*); uses:(.*)$", text, re.M)
    loader = re.search(r"^Loaded by: (.*)$", text, re.M)
    check(match and loader, "lines about processor and loader", lines)
    listed = match.group(2).split()
    check(set(expect.uses) <= set(listed)
          and not set(expect.lacks) & set(listed),
          "uses %s; not %s" % (" ".join(expect.uses) or "anything",
                               " ".join(expect.lacks) or "nothing special"),
          lines)
    check(re.fullmatch(expect.loader, loader.group(1)),
          "loaded by " + expect.loader, lines)
    detected.vendor, detected.features = match.group(1), listed
    detected.loader = loader.group(1)


def judge_audit(machine):
    equal(machine.command("audit", **PATIENCE),
          ["audit: all invariants hold"])


def judge_checks(machine):
    """Check that every group succeeds. Skip lines of environments."""
    lines = machine.command("check", **PATIENCE)
    equal([line for line in lines if not _OF_ENVIRONMENT.match(line)],
          [group + "() succeeded!" for group in GROUPS])


def judge_program(machine):
    lines = machine.command("run hello", **PATIENCE)
    equal([line for line in lines if line in HELLO], HELLO)


# Programs of lab 4: what each prints at its end, as a regular expression.
LAB4 = [(name, r"^%s: [1-9]\d* passed, 0 failed$" % name)
        for name in ("handlers", "forks", "sforks", "messages", "waits",
                     "mapping")]
LAB4 += [
    ("dumbfork", r"^19: I am the child\.$"),
    ("faultdie", r"^i faulted at va deadbeef, err 6$"),
    ("faultregs", r"^Registers after page-fault OK$"),
    ("faultalloc", r"^this string was faulted in at cafebffe$"),
    ("forktree", r"^[0-9a-f]{4,}: I am '111'$"),
    ("pingpong", r"^[0-9a-f]+ got 10 from [0-9a-f]+$"),
    ("sendpage", r"^parent received correct message$"),
    ("spin", r"^I am the parent\.  Killing the child\.\.\.$"),
    ("sleepers", r"^all are awake$"),
]

# A chain of environments that does not end: so far it must come.
PRIMES = r"^CPU 0: 211 \["


def judge_lab4(machine):
    """Check that the programs of lab 4 run, and leave all frames free."""
    before = machine.command("meminfo", **PATIENCE)
    for name, last in LAB4:
        lines = machine.command("run " + name, **PATIENCE)
        check(re.search(last, "\n".join(lines), re.M),
              "%s prints a line like %s" % (name, last), lines[-20:])
        check(not re.search("^FAILED|MISMATCH", "\n".join(lines), re.M),
              "%s finds nothing wrong" % name, lines)
    equal(machine.command("meminfo", **PATIENCE), before)
    judge_audit(machine)
    machine.send("run primes")
    machine.expect(PRIMES, **PATIENCE)


def halt(machine):
    outcome = machine.halt(timeout=60)
    check(outcome and outcome.kind == endings.ENDED, "halt ends the machine",
          outcome.lines() if outcome else "it keeps running")


def drive(machine, expect, symbols=None):
    """Run all tests, from the first prompt to the end; a Detected."""
    detected = Detected()
    machine.wait_for_prompt(**PATIENCE)
    if expect.labs:
        check_labs(machine, symbols or machine.symbols)
    ranges = judge_memory(machine, expect, detected)
    judge_frames(machine, ranges)
    judge_sources(machine, expect)
    judge_processor(machine, expect, detected)
    judge_audit(machine)
    if expect.checks:
        judge_checks(machine)
    judge_audit(machine)
    judge_program(machine)
    judge_audit(machine)
    halt(machine)
    return detected
