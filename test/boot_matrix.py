"""Boot the kernel with many sizes of memory, processors and ways to load it.

usage: python3 test/boot_matrix.py [--image FILE] [--kernel FILE] [--quick]

Each row must reach the prompt with all the lines that the labs are graded by,
tell how much memory there is and what of it is not used, find all invariants
in order (`audit`), and end when told to.
"""

import argparse
import re
import sys

sys.dont_write_bytecode = True

import endings  # noqa: E402
import grading  # noqa: E402
import lab1  # noqa: E402
import lab2  # noqa: E402
import qemu  # noqa: E402
from tap import Tap, check  # noqa: E402

WINDOW_MB = 256
LABS = (lab1.LAB, lab2.LAB)

_MEMORY = re.compile(r"^Physical memory: (\d+)K available, base = (\d+)K, "
                     r"extended = (\d+)K$")


class Row:
    """One way to boot. uses, lacks: features that kerninfo must (not) list."""

    def __init__(self, name, quick=False, direct=False, memory=128, cpu=None,
                 devices=(), options=(), uses=(), lacks=()):
        self.name = name
        self.quick = quick
        self.direct = direct
        self.memory, self.cpu = memory, cpu
        self.devices, self.options = devices, options
        self.uses, self.lacks = uses, lacks


def memory_row(megabytes, quick=False):
    return Row("-m %d" % megabytes, quick, memory=megabytes)


def disk_row(name, *devices, quick=False):
    return Row("from " + name, quick, devices=devices)


ROWS = [
    memory_row(4, quick=True),
    memory_row(8),
    memory_row(64),
    memory_row(128),
    memory_row(256),
    memory_row(257, quick=True),
    memory_row(512),
    memory_row(1024),
    memory_row(3072),
    memory_row(4096, quick=True),
    Row("-kernel obj/kern/kernel", quick=True, direct=True),
    Row("-kernel obj/kern/kernel -m 4", direct=True, memory=4),
    Row("-cpu 486,-pse", quick=True, cpu="486,-pse",
        lacks=("PSE", "PGE", "SMEP", "SMAP")),
    Row("-cpu 486,-pse -m 4096", cpu="486,-pse", memory=4096,
        lacks=("PSE", "PGE")),
    Row("-cpu qemu32", cpu="qemu32", uses=("PSE", "PGE"),
        lacks=("SMEP", "SMAP")),
    Row("-cpu max", quick=True, cpu="max",
        uses=("PSE", "PGE", "SMEP", "SMAP")),
    Row("-machine q35", options=("-machine", "q35")),
    disk_row("AHCI", "ahci,id=ahci", "ide-hd,drive=disk,bus=ahci.0"),
    disk_row("USB 3", "qemu-xhci", "usb-storage,drive=disk", quick=True),
    disk_row("USB 2", "usb-ehci", "usb-storage,drive=disk"),
    disk_row("virtio-blk", "virtio-blk-pci,drive=disk", quick=True),
    disk_row("virtio-scsi", "virtio-scsi-pci", "scsi-hd,drive=disk"),
    disk_row("NVMe", "nvme,drive=disk,serial=1"),
]


def check_labs(machine):
    """All that the labs' graders look for."""
    boot = grading.Boot(machine.text, symbols=machine.symbols)
    for lab in LABS:
        for result in grading.judge(lab, boot).results:
            check(result.passed, "lab %d: full points for %s" %
                  (lab.number, result.name), result.output)


def check_memory(machine, megabytes):
    """The classic line says what -m said, and the rest is told."""
    lines = [line for line in machine.lines()
             if line.startswith("Physical memory:")]
    check(len(lines) == 1, "one line about physical memory", lines)
    match = _MEMORY.match(lines[0])
    check(match, "the line's classic form", lines)
    total, base, extended = map(int, match.groups())
    check(total == megabytes * 1024 and base == 640
          and extended == total - base,
          "%dK available, base = 640K, the rest extended" %
          (megabytes * 1024), lines)
    told = "Not used:" in machine.text
    check(told == (megabytes > WINDOW_MB),
          "memory above the window is told as not used" if not told else
          "nothing is above the window", machine.lines())


def check_features(machine, uses, lacks):
    """What kerninfo lists as used of the processor."""
    lines = machine.command("kerninfo")
    listed = " ".join(lines).partition("uses:")[2].split()
    check(set(uses) <= set(listed) and not set(lacks) & set(listed),
          "uses %s; not %s" % (" ".join(uses) or "anything",
                               " ".join(lacks) or "nothing in particular"),
          lines)


def check_audit(machine):
    lines = machine.command("audit")
    check(lines == ["audit: all invariants hold"],
          "audit: all invariants hold", lines)


def boot_row(row, image, kernel):
    """Boot, check everything, halt."""
    machine = qemu.Machine(image, kernel=kernel if row.direct else None,
                           memory=row.memory, cpu=row.cpu,
                           devices=row.devices, options=row.options,
                           transcript="obj/boot-matrix.out")
    with machine:
        machine.wait_for_prompt()
        check_labs(machine)
        check_memory(machine, row.memory)
        check_features(machine, row.uses, row.lacks)
        check_audit(machine)
        outcome = machine.halt()
        check(outcome and outcome.kind == endings.ENDED,
              "halt ends the machine", outcome or "it runs on")


def main():
    parser = argparse.ArgumentParser(description="Boot in many ways.")
    parser.add_argument("--image", default=grading.IMAGE)
    parser.add_argument("--kernel", default="obj/kern/kernel")
    parser.add_argument("--quick", action="store_true",
                        help="only the rows that differ most")
    options = parser.parse_args()

    def work():
        tap = Tap()
        for row in ROWS:
            if row.quick or not options.quick:
                tap.run(row.name, lambda row=row: boot_row(
                    row, options.image, options.kernel))
        return tap.close()
    return grading.run_guarded(work)


if __name__ == "__main__":
    sys.exit(main())
