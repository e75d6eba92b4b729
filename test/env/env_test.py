"""Behaviour of environments: programs at the monitor's prompt, and around it.

usage: python3 test/env/env_test.py [--image FILE] [WORD ...]
    With WORDs: only tests whose names contain all of them.

The tests are in programs.py, families.py, sharing.py, isolation.py and
commands.py. Frames are counted before and after each, and the kernel's audit
must find nothing.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import qemu, script  # noqa: E402
# In the order of the run.
from env import programs, families, sharing  # noqa: E402, F401
from env import isolation, commands  # noqa: E402, F401
from monitor.driver import Kernel, run_tests  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Test environments.")
    parser.add_argument("--image", default=qemu.IMAGE)
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    # Without the trace of interrupts: there are millions.
    kernel = Kernel(image=options.image, trace=False)
    return script.run_guarded(lambda: run_tests(kernel, options.words))


if __name__ == "__main__":
    sys.exit(main())
