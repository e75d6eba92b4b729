"""Run the work of a script: signals, Ctrl-C and a reader that has gone."""

import os
import sys

from lib import qemu


def run_guarded(work):
    """Run a script's work; a signal leaves no QEMU and no traceback."""
    qemu.exit_on_signals()
    try:
        return work()
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has gone, as head does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
