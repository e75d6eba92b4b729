"""Ctrl-C while a script is still being loaded: a word, and no traceback.

Import this first. script.run_guarded() takes over. Imports nothing that takes
time to load.
"""

import os
import signal

INTERRUPTED = 130


def _leave(_number, _frame):
    os.write(2, b"\nInterrupted.\n")
    os._exit(INTERRUPTED)


# A signal that is ignored, as under nohup, stays ignored.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _leave)
