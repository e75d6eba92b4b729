"""Drive make as a course's grader does: gdb's protocol, and SIGTERM to make.

The job: one boot. Delete the files that depend on the program to run, start
`make TARGET-nox-gdb`, set a breakpoint at `readline` by the symbols of that
build, let the kernel run into it, and end make alone. Everything about the boot
is measured: when the breakpoint was hit, and when the last process was gone.

Not the job: judging the output (labs.py, course_test.py).

The grader knows only what courses' graders know: it uses no part of lib/qemu.py.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

BREAKPOINT = "readline"
QUIT_LIMIT = 5.0        # seconds from SIGTERM until QEMU must be gone

REBUILT = ("obj/kern/init.o", "obj/kern/kernel")


class TimedOut(Exception):
    """The boot did not do in time what the grader waits for."""


def clean_environment():
    """The environment of a student's terminal, without that of our make."""
    return {name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
                            "QEMUEXTRA", "GDBPORT", "OBJDIR", "V")}


def make_command(make, *words):
    return shlex.split(make) + ["-s", "--no-print-directory"] + list(words)


def ask_make(make, tree, target, *words):
    """The only line that make prints for a target."""
    answer = subprocess.run(make_command(make, target, *words), cwd=tree,
                            env=clean_environment(), check=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    return answer.stdout.decode("ascii").strip()


def unused_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def symbol(tree, name):
    """A symbol's address, by kernel.sym."""
    with open(os.path.join(tree, "obj/kern/kernel.sym"),
              encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[-1] == name:
                return int(words[0], 16)
    raise AssertionError("kernel.sym has no " + name)


class Stub:
    """A connection to QEMU's gdb stub."""

    def __init__(self, port, deadline):
        self.socket = self._connect(port, deadline)
        self.buffer = b""

    @staticmethod
    def _connect(port, deadline):
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 1)
            except OSError:
                if time.monotonic() > deadline:
                    raise TimedOut("nothing listens at port %d" % port)
                time.sleep(0.05)

    def send(self, packet):
        data = packet.encode("ascii")
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 0xFF))

    def answer(self, deadline):
        """The next packet."""
        while True:
            packet = re.search(rb"\$([^#]*)#[0-9a-f]{2}", self.buffer)
            if packet:
                self.buffer = self.buffer[packet.end():]
                self.socket.sendall(b"+")
                return packet.group(1).decode("latin-1")
            self.socket.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                data = self.socket.recv(4096)
            except socket.timeout:
                raise TimedOut("the breakpoint is not hit")
            if not data:
                raise TimedOut("QEMU closed the connection of gdb")
            self.buffer += data

    def run_to(self, address, deadline):
        self.send("Z1,%x,1" % address)
        if self.answer(deadline) != "OK":
            raise TimedOut("the stub sets no breakpoint")
        self.send("c")
        self.answer(deadline)

    def close(self):
        self.socket.close()


class Boot:
    """One boot, from the deleted files to the last process.

    text: the console, as it is, with all carriage returns; seconds: from the
    start of make to the breakpoint; quit_seconds: from SIGTERM to the end of
    the last process of make's group, None if one was left; complaint: why the
    breakpoint was not hit, or None.
    """

    def __init__(self, make, tree, target, port, limit, words=()):
        self.make, self.tree, self.target, self.port = make, tree, target, port
        self.text, self.complaint = "", None
        self.seconds = self.quit_seconds = None
        for name in REBUILT:
            path = os.path.join(tree, name)
            if os.path.exists(path):
                os.remove(path)
        self._boot(limit, list(words))

    def _boot(self, limit, words):
        # A pipe that stays open, and in which nothing ever arrives.
        silent, writer = os.pipe()
        started = time.monotonic()
        process = subprocess.Popen(
            make_command(self.make, self.target + "-nox-gdb", *words),
            cwd=self.tree, env=clean_environment(), stdin=silent,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        os.close(silent)
        reader = threading.Thread(target=self._read, args=[process.stdout])
        reader.start()
        stub = None
        try:
            stub = Stub(self.port, started + limit)
            stub.run_to(symbol(self.tree, BREAKPOINT), started + limit)
            self.seconds = time.monotonic() - started
        except (TimedOut, OSError) as error:
            self.complaint = str(error)
        finally:
            if stub:
                stub.close()
            self._end(process)
            reader.join()
            process.stdout.close()
            os.close(writer)

    def _read(self, pipe):
        data = bytearray()
        for piece in iter(lambda: os.read(pipe.fileno(), 65536), b""):
            data += piece
        self.text = data.decode("latin-1")

    def _end(self, process):
        """End make by SIGTERM, and wait until its group is empty."""
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(QUIT_LIMIT)
            while time.monotonic() - started < QUIT_LIMIT:
                os.killpg(process.pid, 0)
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.quit_seconds = time.monotonic() - started
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
