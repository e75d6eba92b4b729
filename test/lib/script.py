"""Run the work of a script: signals, Ctrl-C and a reader that has gone."""

import os
import signal
import sys

from lib import early, qemu


def run_guarded(work):
    """Run a script's work; a signal leaves no QEMU and no traceback."""
    qemu.exit_on_signals()
    try:
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return work()
    except KeyboardInterrupt:
        # Another Ctrl-C must not disturb the way out.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("\nInterrupted.", file=sys.stderr)
        return early.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as head does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
