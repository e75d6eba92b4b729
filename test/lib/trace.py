"""A pipe for QEMU's log, which QEMU opens by name.

The name is that of a descriptor, /dev/fd/N. Where that folder is missing, as in
a chroot without /proc, it is that of a FIFO. QEMU inherits the writing end in
both cases, so the pipe ends with QEMU and not before.
"""

import os
import shutil
import tempfile

DESCRIPTORS = "/dev/fd"


class Trace:
    """read_end, write_end: descriptors; path: for QEMU's option -D."""

    def __init__(self):
        self._folder = None
        self.read_end, self.write_end = os.pipe()
        self.path = "%s/%d" % (DESCRIPTORS, self.write_end)
        if not os.path.exists(self.path):
            self._use_fifo()

    def _use_fifo(self):
        os.close(self.read_end)
        os.close(self.write_end)
        self._folder = tempfile.mkdtemp(prefix="pagewalk-trace.")
        self.path = os.path.join(self._folder, "trace")
        os.mkfifo(self.path, 0o600)
        self.read_end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.write_end = os.open(self.path, os.O_WRONLY)
        # Only the reader is polled.
        os.set_blocking(self.read_end, True)

    def remove(self):
        """Remove the FIFO, if there is one. Descriptors are the caller's."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
