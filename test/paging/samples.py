"""Strings at random, and the way to the tool."""

import os
import random
import subprocess
import sys

from lib import qemu

TOOL = os.path.join(qemu.ROOT, "tools", "paging")
sys.path.insert(0, TOOL)

BELADY = "1 2 3 4 1 2 5 1 2 3 4 5"


def some_ops(seed, length=60, pages=8, frees=True):
    """A string as the tool encodes it. A page that was given up is never used
    again: what is loaded at its address then is another page."""
    choose = random.Random(seed)
    live = list(range(pages))
    following = pages
    ops = []
    for _ in range(length):
        page = choose.choice(live[:1 + choose.randrange(pages)])
        if frees and choose.random() < 0.08:
            ops.append(~page)
            live[live.index(page)] = following
            following += 1
        else:
            ops.append(2 * page + (choose.random() < 0.3))
        if choose.random() < 0.2:
            choose.shuffle(live)
    return ops


def tool(*arguments, text=None):
    """Run the tool; (exit status, output, error output)."""
    done = subprocess.run([sys.executable, TOOL] + list(arguments),
                          input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr
