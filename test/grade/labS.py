"""Lab S: paging to disk. No course has it.

Each program runs in a boot of its own, on a machine of 8 MB with a swap area:
some that use more memory than there is, one that needs many pages at a time, and
programs of lab 4 whose pages must share a few frames. They verify what they read, and their lines are those of
lib/rows.py.

Without a swap area to attach (SWAP=0, or mkswap failed) the lab is skipped.
"""

import os

from grade import lab4, rules
from grade.grading import Lab
from lib import disks, qemu
from lib.rows import ROWS, Row

MEMORY = 8

# Frames for pages of programs, in the runs of lab 4's programs.
FRAMES = 12

SWAP_IMAGE = os.path.join(qemu.ROOT, "obj", "swap.img")

LARGE = [Row("bigmemory", [r"round 1: 0 words are wrong$",
                           r"round 2: 0 words are wrong$",
                           r"\[00001000\] exiting gracefully"]),
         Row("ondisk", [r"ondisk: \d+ passed, 0 failed$"])]

# One instruction that needs six pages, and one that needs seven.
NEEDY = [Row("sixpages", [r"moved: six$", r"entered: 2$"])]

# Programs of lab 4 that need no other processors, and end soon.
SHARED = [row for row in ROWS if row.name in (
    "dumbfork", "faultalloc", "faultregs", "forktree", "spin", "sendpage",
    "pingpong")]


def swap_options():
    """QEMU's options for the swap area, where make attaches it."""
    return disks.drive(SWAP_IMAGE)


def missing():
    """Why the lab cannot be graded here, or None."""
    if os.path.exists(SWAP_IMAGE):
        return None
    return "there is no swap area to attach (obj/swap.img)"


def run_row(row, timeout, quiet):
    commands = ["swap frames %d" % FRAMES] * (row in SHARED)
    return lab4.run_row(row, timeout, quiet, MEMORY, swap_options(), commands,
                        [""] * (row in LARGE))


def run_rows(_machine, timeout, quiet, names):
    return lab4.run_each(LARGE + NEEDY + SHARED, run_row, timeout, quiet, names)


LAB = Lab("S", "paging to disk",
          [lab4.test_of(row) for row in LARGE + NEEDY + SHARED],
          subjects=rules.SWAP_SUBJECTS, checks=("check_swap",),
          at_prompt=run_rows, options=swap_options, why_not=missing)
