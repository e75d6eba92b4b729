"""Talk with a kernel over a pair of file descriptors: a terminal or pipes.

For machines that qemu.Machine does not start: Bochs, and `make qemu`. It has
the same methods: expect, wait_for_prompt, command, halt; raises qemu.Stopped.
"""

import os
import re
import select
import signal
import time

from lib import endings, qemu


class Console(qemu.Conversation):
    """A process, and the descriptors of its console's two directions.

    Use it in a `with`: leaving the block kills the process's group (it must be
    a group of its own) and closes the descriptors.
    """

    def __init__(self, process, read_fd, write_fd):
        self.process, self.read_fd, self.write_fd = process, read_fd, write_fd
        self.text, self.position = "", 0
        self.outcome = None
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        for fd in {self.read_fd, self.write_fd}:
            try:
                os.close(fd)
            except OSError:
                pass
        self.read_fd = self.write_fd = -1

    def lines(self):
        return self.text.split("\n")[:-1]

    def _read(self, seconds):
        """Read what arrives within that time; False at the end."""
        if not select.select([self.read_fd], [], [], seconds)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.read_fd, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:                 # a terminal without its other end
            data = b""
        self.text += data.decode("latin-1").replace("\r", "")
        return bool(data)

    def send_bytes(self, data, timeout=qemu.LIMIT):
        """Type these bytes as fast as possible, and read meanwhile."""
        deadline = time.monotonic() + timeout
        while data and time.monotonic() < deadline:
            ready = select.select([self.read_fd], [self.write_fd], [], 0.2)
            if ready[0] and not self._read(0):
                return
            if ready[1]:
                try:
                    data = data[os.write(self.write_fd, data[:512]):]
                except (BlockingIOError, BrokenPipeError):
                    time.sleep(0.01)

    def expect(self, pattern, timeout=qemu.LIMIT, quiet=qemu.QUIET):
        """Wait for a regular expression; return its match. Raises Stopped."""
        pattern = re.compile(pattern, re.M)
        deadline = time.monotonic() + timeout
        heard = time.monotonic()
        while True:
            match = pattern.search(self.text, self.position)
            if match:
                self.position = match.end()
                return match
            length = len(self.text)
            alive = self._read(0.2)
            now = time.monotonic()
            if len(self.text) > length:
                heard = now
            elif not alive:
                self._stop(endings.ENDED, "the machine ended")
            elif now > deadline or now - heard > quiet:
                self._stop(endings.HANG, "no /%s/ within %.0f s" %
                           (pattern.pattern, min(timeout, quiet)))

    def _stop(self, kind, text):
        self.outcome = endings.Outcome(kind, text, self.lines()[-5:])
        raise qemu.Stopped(self.outcome)

    def halt(self, timeout=30):
        """Ask the kernel to power off; the outcome, or None."""
        self.send("halt")
        try:
            self.expect(r"(?!)", timeout, timeout)
        except qemu.Stopped as stopped:
            if stopped.outcome.kind == endings.ENDED:
                return stopped.outcome
        return None
