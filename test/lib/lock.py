"""One grader at a time in a tree: they share obj/ and jos.out.

    with lock.whole_tree(say):
        build, boot, write jos.out

A second grader prints a message and waits. The lock is on a folder itself, so
it needs no file, and ends with the process. Where the file system has no locks,
all run at once.
"""

import contextlib
import os

from lib import qemu

try:
    import fcntl
except ImportError:                     # not a POSIX system
    fcntl = None


def _take(descriptor, how):
    """Try to take the lock. False if another process has it."""
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError:
        pass                            # no locks here
    return True


def whole_tree(say):
    """Hold the lock of the tree."""
    return folder(qemu.ROOT, say)


@contextlib.contextmanager
def folder(path, say):
    """Hold a folder's lock; call say(text) once if another process has it."""
    if not fcntl:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if not _take(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB):
            say("Another grader is at work in this tree: waiting until it has"
                " finished.")
            _take(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
