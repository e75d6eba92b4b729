"""Lab S: paging to disk. No course has it.

Each program runs in a boot of its own, on a machine of 8 MB with a swap area:
one that has more memory than the machine, and programs of lab 4 whose pages must
share a few frames. They verify what they read, and their lines are those of
lib/rows.py.

Without a swap area to attach (SWAP=0, or mkswap failed) the lab is skipped.
"""

import os

from grade import lab4, rules
from grade.grading import Lab
from lib import qemu
from lib.rows import ROWS, Row

MEMORY = 8

# Frames for pages of programs, in the runs of lab 4's programs.
FRAMES = 12

SWAP_IMAGE = os.path.join(qemu.ROOT, "obj", "swap.img")

LARGE = [Row("pattern", [r"pattern: 8192 pages, 0 wrong$",
                         r"\[00001000\] exiting gracefully"])]

# Programs of lab 4 that need no other processors, and end soon.
SHARED = [row for row in ROWS if row.name in (
    "dumbfork", "faultalloc", "faultregs", "forktree", "spin", "sendpage",
    "pingpong")]


def swap_options():
    """QEMU's options for the swap area, where make attaches it."""
    return ["-drive", "file=%s,index=2,media=disk,format=raw,snapshot=on,"
            "file.locking=off" % SWAP_IMAGE.replace(",", ",,")]


def missing():
    """Why the lab cannot be graded here, or None."""
    if os.path.exists(SWAP_IMAGE):
        return None
    return "there is no swap area to attach (obj/swap.img)"


def run_row(row, timeout, quiet):
    commands = ["swap frames %d" % FRAMES] * (row in SHARED)
    return lab4.run_row(row, timeout, quiet, MEMORY, swap_options(), commands)


def run_rows(_machine, timeout, quiet, names):
    return lab4.run_each(LARGE + SHARED, run_row, timeout, quiet, names)


LAB = Lab("S", "paging to disk", [lab4.test_of(row) for row in LARGE + SHARED],
          subjects=rules.SWAP_SUBJECTS, checks=("check_swap",),
          at_prompt=run_rows, options=swap_options, why_not=missing)
