"""Behaviour of the kernel's monitor, driven over the serial line.

usage: python3 test/monitor/monitor_test.py [--image FILE | --kernel FILE]
                                            [WORD ...]
    With WORDs: only tests whose names contain all of them.

The tests are in the other files of this folder. They compare addresses and
tables with sources that share no code with the kernel: nm's symbols, and QEMU's
own monitor.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import qemu, script  # noqa: E402
# In the order of the run.
from monitor import editing, words, tables  # noqa: E402, F401
from monitor import machine, faults, paging  # noqa: E402, F401
from monitor import processors, unfinished  # noqa: E402, F401
from monitor.driver import Kernel, run_tests  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Test the monitor.")
    parser.add_argument("--image", default=qemu.IMAGE)
    parser.add_argument("--kernel", help="boot this ELF file instead")
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    kernel = Kernel(image=options.image, kernel=options.kernel)
    return script.run_guarded(lambda: run_tests(kernel, options.words))


if __name__ == "__main__":
    sys.exit(main())
