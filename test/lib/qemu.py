"""Run a kernel in QEMU and talk with it over its serial line.

The job: start QEMU, wait for text, send lines, and describe how it ended.
Not the job: judging what the kernel printed (grading.py, monitor_test.py).

    with Machine(memory=64) as machine:
        machine.wait_for_prompt()           # raises Stopped(outcome)
        print(machine.command("meminfo"))

Only this process and QEMU hold the pipes: one for the serial line, one for
QEMU's messages, one for its trace of interrupts (the end of it has the cause of
a triple fault), and a socket pair to QEMU's monitor, which reports where a
kernel hangs. There is no TCP port, and no file except the transcript.

No QEMU outlives its Machine. Leaving the `with` block kills it. So does the end
of this process by an exception, Ctrl-C, SIGTERM or SIGHUP (after
exit_on_signals) and, on Linux, by SIGKILL.

Limits: POSIX only. One thread: the pipes are read only while a caller waits, so
a kernel that prints without end is blocked by us.
"""

import atexit
import functools
import os
import re
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import time

from lib import endings
from lib.trace import Trace

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

IMAGE = "obj/kern/kernel.img"
PROMPT = "K> "
QEMU_PROMPT = "(qemu) "
DEBUG_EXIT = "isa-debug-exit,iobase=0x501,iosize=1"

# Seconds without output that count as a hang, and seconds until the prompt must
# appear. Generous, for slow machines.
QUIET = 15.0
LIMIT = 90.0

MAX_CONSOLE = 4 << 20
MAX_TRACE = 256 << 10

# The boot sector prints a word and stops: no need to wait for QUIET seconds.
BOOT_WORD_QUIET = 1.5
BOOT_TEXT = 200                 # more characters come from a kernel


class Stopped(Exception):
    """The kernel did not do what the caller waited for."""

    def __init__(self, outcome):
        Exception.__init__(self, outcome.text)
        self.outcome = outcome


# --- The machine ----------------------------------------------------------

_live = set()

# QEMU's temporary files (snapshot=on) would fail in a folder that is missing.
if os.environ.get("TMPDIR") and not os.path.isdir(os.environ["TMPDIR"]):
    del os.environ["TMPDIR"]


def _kill_all():
    for machine in list(_live):
        machine.close()


atexit.register(_kill_all)


def exit_on_signals():
    """Let SIGTERM and SIGHUP clean up as an exception does.

    A signal that is ignored, as under nohup, stays ignored.
    """
    def leave(number, _frame):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def _load_prctl():
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes
        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


_prctl = _load_prctl()


def _tie_to(parent):
    """In the child, before exec: die when the parent does (Linux)."""
    def tie():
        _prctl(1, int(signal.SIGKILL), 0, 0, 0)     # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    return tie if _prctl else None


@functools.lru_cache(maxsize=None)
def qemu_command(make="make", root=ROOT):
    """The QEMU command that the makefile chose, as a list of words."""
    try:
        answer = subprocess.run(
            shlex.split(make) + ["-s", "--no-print-directory", "print-qemu"],
            cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, close_fds=False, check=False)
        words = answer.stdout.decode().strip().splitlines()
        if answer.returncode == 0 and words:
            return shlex.split(words[-1])
    except OSError:
        pass
    return shlex.split(os.environ.get("QEMU") or "qemu-system-i386")


class Conversation:
    """Talk with the kernel's monitor, on whatever machine.

    A subclass has text (all output), position (the end of what was read),
    send_bytes() and expect().
    """

    def wait_for_prompt(self, timeout=LIMIT, quiet=QUIET):
        """Wait until the monitor asks for a command."""
        return self.expect(r"^" + re.escape(PROMPT) + r"\Z", timeout, quiet)

    def send(self, line):
        """Type a line."""
        self.send_bytes(line.encode("latin-1") + b"\n")

    def command(self, line, timeout=LIMIT, quiet=QUIET):
        """Type a command at the prompt; return its output, as lines."""
        self.position = len(self.text)
        self.send(line)
        start = self.expect(r"\n", timeout, quiet).end()
        end = self.wait_for_prompt(timeout, quiet).start()
        return self.text[start:end].split("\n")[:-1]


class Machine(Conversation):
    """One QEMU with a kernel in it.

    image or kernel: a disk image, or an ELF file for `-kernel`; devices: the
    controller and the drive of the image (whose id is "disk") as arguments of
    `-device`, by default an IDE disk; memory in MB; cpu: QEMU's model; options:
    more options; trace: log interrupts (otherwise a triple fault has no
    known cause); transcript: a file that gets the console's bytes as they
    arrive, or None. Paths are relative to root.
    """

    def __init__(self, image="obj/kern/kernel.img", kernel=None, memory=128,
                 cpu=None, devices=(), options=(), trace=True,
                 transcript="jos.out", qemu=None, symbols=None, root=ROOT):
        self.root = root
        self.qemu = list(qemu) if qemu else qemu_command(root=root)
        self.image, self.kernel = image, kernel
        self.memory, self.cpu = memory, cpu
        self.devices = list(devices)
        self.options = list(options)
        self.options += shlex.split(os.environ.get("QEMUEXTRA", ""))
        self.trace_wanted = trace
        if symbols is None:
            symbols = os.path.join(os.path.dirname(kernel or image),
                                   "kernel.sym")
        self.symbols = endings.Symbols.load(os.path.join(root, symbols))
        self.transcript_path = transcript
        self._transcript = None
        self.process = None
        self.outcome = None             # once it has ended
        self.text = ""                  # the console, without carriage returns
        self.position = 0               # expect() has read it up to here
        self.started = self.heard = 0.0
        self._stderr, self._trace, self._hmp_text = b"", bytearray(), ""
        self._hmp = None
        self._probed = None             # seen halted in the boot sector?
        self.watch = None               # a watch.Watch, if wanted
        self._selector = selectors.DefaultSelector()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.close()

    # --- starting and ending

    def arguments(self):
        words = ["-display", "none", "-serial", "stdio", "-monitor", "none",
                 "-no-reboot", "-device", DEBUG_EXIT]
        words += self._disk()
        words += ["-m", str(self.memory)]
        if self.cpu:
            words += ["-cpu", self.cpu]
        return words + self.options

    def _disk(self):
        """Options for the boot medium."""
        if self.kernel:
            return ["-kernel", self.kernel]
        # Neither locked nor written: others may run the same image.
        file = "file=%s,snapshot=on,file.locking=off," % \
            self.image.replace(",", ",,")
        if not self.devices:
            return ["-drive", file + "index=0,media=disk,format=raw"]
        words = ["-drive", file + "if=none,id=disk,format=raw"]
        for device in self.devices:
            words += ["-device", device]
        return words

    def start(self):
        ours, theirs = socket.socketpair()
        trace = self._trace_pipe = Trace()
        words = self.qemu + self.arguments()
        words += ["-chardev", "socket,id=hmp,fd=%d" % theirs.fileno(),
                  "-mon", "chardev=hmp,mode=readline"]
        if self.trace_wanted:
            words += ["-d", "cpu_reset,int", "-D", trace.path]
        if self.transcript_path:
            self._transcript = open(
                os.path.join(self.root, self.transcript_path), "wb")
        self.started = self.heard = time.monotonic()
        try:
            self.process = subprocess.Popen(
                words, cwd=self.root, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), trace.write_end),
                start_new_session=True, preexec_fn=_tie_to(os.getpid()))
        except OSError as error:
            ours.close()
            os.close(trace.read_end)
            trace.remove()
            self.outcome = endings.Outcome(
                endings.NO_START, "QEMU did not start: %s: %s" %
                (words[0], error.strerror))
        finally:
            theirs.close()
            os.close(trace.write_end)
        if self.process:
            _live.add(self)
            self._watch(ours, trace.read_end)
        return self

    def _watch(self, hmp, trace):
        self._hmp = hmp
        self._trace_file = os.fdopen(trace, "rb", 0)
        for file, take in ((self.process.stdout, self._take_console),
                           (self.process.stderr, self._take_stderr),
                           (self._trace_file, self._take_trace),
                           (hmp, self._take_hmp)):
            os.set_blocking(file.fileno(), False)
            self._selector.register(file, selectors.EVENT_READ, take)

    def close(self):
        """Kill QEMU if it still runs, and close everything."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            self.process.wait()
            for file in (self.process.stdin, self.process.stdout,
                         self.process.stderr, self._hmp, self._trace_file):
                try:
                    file.close()
                except OSError:
                    pass                # unsent input
            self._selector.close()
            self._trace_pipe.remove()
            self.process = None
        if self._transcript:
            self._transcript.close()
            self._transcript = None
        _live.discard(self)

    # --- pipes

    def _take_console(self, data):
        if self._transcript:
            self._transcript.write(data)
            self._transcript.flush()
        self.text += data.decode("latin-1").replace("\r", "")
        self.heard = time.monotonic()

    def _take_stderr(self, data):
        self._stderr += data

    def _take_trace(self, data):
        self._trace += data
        del self._trace[:-MAX_TRACE]

    def _take_hmp(self, data):
        self._hmp_text += data.decode("latin-1")

    def _pump(self, seconds):
        """Read what has arrived, after at most this wait. False at the end."""
        for key, _events in self._selector.select(max(seconds, 0)):
            try:
                data = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)
        return self.process.stdout in self._selector.get_map()

    def _finish(self):
        """The console has ended: collect the rest, and set the outcome."""
        deadline = time.monotonic() + 5
        while self._selector.get_map() and time.monotonic() < deadline:
            self._pump(0.1)
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = -int(signal.SIGKILL)
        self.outcome = endings.classify_end(
            status, self.all_lines(), self._stderr.decode("latin-1"),
            self._trace.decode("latin-1"), self.symbols)
        self.close()

    # --- talking

    def lines(self):
        """The whole lines of the console so far."""
        return self.text.split("\n")[:-1]

    def all_lines(self):
        """The unfinished line after them, or an empty one."""
        lines = self.text.split("\n")
        return lines if lines[-1] else lines[:-1]

    def expect(self, pattern, timeout=LIMIT, quiet=QUIET):
        """Wait for a regular expression; return its match.

        Raises Stopped when the machine ends, prints nothing for `quiet`
        seconds, or has not printed it within `timeout` seconds.
        """
        if isinstance(pattern, str):
            pattern = re.compile(pattern, re.M)
        deadline = time.monotonic() + timeout
        self.heard = time.monotonic()   # silence counts from now on
        while True:
            match = pattern.search(self.text, self.position)
            if match:
                self.position = match.end()
                return match
            if self.outcome:
                raise Stopped(self.outcome)
            now = time.monotonic()
            self._check_stuck(now, deadline, timeout, quiet)
            if not self._pump(min(deadline - now, 0.1)):
                self._finish()

    def _check_stuck(self, now, deadline, timeout, quiet):
        silent = now - self.heard
        if silent > BOOT_WORD_QUIET and self._boot_word():
            self._stop(endings.explain_boot_word(self._boot_word()))
        elif silent > quiet:
            self._stop(self._hang("hang: no output for %.3g s" % quiet))
        elif len(self.text) > MAX_CONSOLE:
            self._stop(endings.Outcome(
                endings.ENDLESS, "endless output: over %d MB" %
                (MAX_CONSOLE >> 20)))
        elif now > deadline:
            # Not done, although it printed something recently.
            self._stop(self._hang("not done after %.3g s" % timeout))
        elif self.watch and not self.outcome:
            given_up = self.watch.look(now)
            if given_up:
                self._stop(self._hang("hang: " + given_up))

    def _boot_word(self):
        """The word that the boot sector printed before it halted, or None."""
        if len(self.text) > BOOT_TEXT:
            return None
        last = self.text.strip("\n").rpartition("\n")[2]
        if last.startswith("boot: "):
            return last
        if self._probed is None:
            self._probed = endings.stopped_in_boot_sector(
                self.ask_qemu("info registers", 0.5))
        return (last or "without a word") if self._probed else None

    def _hang(self, text):
        places = endings.explain_hang(self._register_samples(), self.symbols)
        if places:
            text += "; " + places.pop(0)
        return endings.Outcome(endings.HANG, text, places)

    def _stop(self, outcome):
        self.outcome = endings.after_trouble(outcome, self.all_lines())
        self.close()
        raise Stopped(self.outcome)

    def _register_samples(self, count=4):
        """Ask QEMU's monitor a few times where the processor is."""
        samples = []
        for _ in range(count):
            samples.append(self.ask_qemu("info registers", 1))
            if not samples[-1]:
                break
            self._pump(0.03)
        return samples

    def ask_qemu(self, command, timeout=5):
        """The answer of QEMU's own monitor; empty if there is none."""
        ready = "\n" + QEMU_PROMPT
        self._hmp_text = ""
        deadline = time.monotonic() + timeout
        try:
            self._hmp.send(command.encode("latin-1") + b"\n")
            # Its greeting may still arrive: wait for the end of the answer.
            while not (self._hmp_text.endswith(ready)
                       and command[-1] + "\x1b[K\n"
                       in self._hmp_text.replace("\r", "")):
                if time.monotonic() > deadline:
                    return ""
                self._pump(0.02)
        except (OSError, AttributeError):
            return ""
        text = self._hmp_text.replace("\r", "")
        return text[text.index("\x1b[K\n") + 4:-len(QEMU_PROMPT)]

    def send_bytes(self, data):
        """Type these bytes."""
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (AttributeError, OSError):
            pass                        # it has ended: expect() reports how

    def halt(self, timeout=5):
        """Ask the kernel to power off; return the outcome, or None."""
        self.send("halt")
        try:
            self.expect(r"(?!)", timeout, timeout)
        except Stopped as stopped:
            if stopped.outcome.end in (endings.HANG, endings.ENDLESS):
                return None
            return stopped.outcome
        return None

    def wait_for_end(self, timeout=LIMIT, quiet=QUIET):
        """Wait until QEMU ends; return the outcome."""
        try:
            self.expect(r"(?!)", timeout, quiet)
        except Stopped as stopped:
            return stopped.outcome
        return None
