"""Run a kernel in QEMU and talk with it over its serial line.

The job: start QEMU, wait for text, send lines, and say in words how it ended.
Not the job: judging what the kernel printed (grading.py, monitor_test.py).

    with Machine(memory=64) as machine:
        machine.wait_for_prompt()           # raises Stopped(outcome)
        print(machine.command("meminfo"))

Everything goes through pipes that only this process and QEMU hold: the serial
line, QEMU's own messages, its trace of interrupts (kept for its tail, which
names the cause of a triple fault), and a socket pair to QEMU's monitor, which
says where a kernel hangs. No TCP port, no file but the transcript.

No QEMU outlives its Machine: leaving the `with` block kills it, and so do the
end of this process by an exception, Ctrl-C, SIGTERM or SIGHUP (after
exit_on_signals) and, on Linux, by SIGKILL.

Limits: POSIX only. One thread; the pipes are read while somebody waits, so a
kernel that prints without end waits for us.
"""

import atexit
import bisect
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

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

PROMPT = "K> "
QEMU_PROMPT = "(qemu) "
DEBUG_EXIT = "isa-debug-exit,iobase=0x501,iosize=1"

# A kernel that prints nothing for so long hangs; one that has not come to
# the prompt after so long never will. Seconds, generous for slow machines.
QUIET = 15.0
LIMIT = 90.0

MAX_CONSOLE = 4 << 20
MAX_TRACE = 256 << 10
MAX_FUNCTION = 64 << 10         # an address further in is in no function

# The boot sector says a word and stops: no need to wait for the full QUIET.
BOOT_WORD_QUIET = 1.5
BOOT_TEXT = 200                 # more characters than that, and it is not alone
BOOT_WORDS = {
    "LBA?": "the BIOS has no extended reads for this disk",
    "disk": "reading the disk failed",
    "ELF?": "there is no ELF file for the i386 behind the boot sector",
    "RAM?": "a segment of the kernel lies outside of the file or of memory, "
            "or the entry point outside of the segments",
}

ENDED = "ended"
HANG = "hang"
ENDLESS = "endless output"
PANIC = "panic"
FAULT = "kernel fault"
TRIPLE_FAULT = "triple fault"
RESET = "reset"
KILLED = "killed"
NO_START = "QEMU did not start"
BOOT_SECTOR = "boot sector"
BUILD_FAILED = "build failed"

EXCEPTIONS = {
    0: "Divide error", 1: "Debug", 2: "Non-Maskable Interrupt",
    3: "Breakpoint", 4: "Overflow", 5: "BOUND Range Exceeded",
    6: "Invalid Opcode", 7: "Device Not Available", 8: "Double Fault",
    9: "Coprocessor Segment Overrun", 10: "Invalid TSS",
    11: "Segment Not Present", 12: "Stack Fault", 13: "General Protection",
    14: "Page Fault", 16: "x87 FPU Floating-Point Error",
    17: "Alignment Check", 18: "Machine-Check",
    19: "SIMD Floating-Point Exception",
}


class Outcome:
    """How a run went wrong or ended: a kind, a sentence, and more lines.

    end: the kind of its very end. The two differ when the kernel reported a
    panic or a fault before: then that is the kind.
    """

    def __init__(self, kind, text, details=(), status=None):
        self.kind = self.end = kind
        self.text = text
        self.details = list(details)
        self.status = status

    def __str__(self):
        return self.text

    def __repr__(self):
        return "Outcome(%r, %r)" % (self.kind, self.text)

    def lines(self):
        return [self.text] + ["  " + line for line in self.details]


class Stopped(Exception):
    """The kernel did not come to what was waited for."""

    def __init__(self, outcome):
        Exception.__init__(self, outcome.text)
        self.outcome = outcome


# --- Symbols --------------------------------------------------------------

class Symbols:
    """Addresses to function+offset, from the output of nm."""

    def __init__(self, text=""):
        self.functions = sorted(
            (int(words[0], 16), words[2])
            for words in map(str.split, text.splitlines())
            if len(words) == 3 and words[1] in "tTwW")
        self._starts = [start for start, _name in self.functions]

    @classmethod
    def load(cls, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return cls(file.read())
        except OSError:
            return cls()

    def find(self, address):
        """The (start, name) of the function that holds address, or None."""
        i = bisect.bisect_right(self._starts, address) - 1
        if i < 0 or address - self._starts[i] >= MAX_FUNCTION:
            return None
        return self.functions[i]

    def words(self, address):
        """An address as people read it: 0xf0100abc (page_init+44)."""
        text = "0x%08x" % address
        if 0x7C00 <= address < 0x7E00:
            return text + " (boot sector)"
        if address < 0x100000:
            return text + " (real-mode memory or BIOS)"
        if 0x100000 <= address < 0x10000000:
            address += 0xF0000000       # before paging: where it was loaded
        found = self.find(address)
        if not found:
            return text + " (no function)"
        return "%s (%s+%d)" % (text, found[1], address - found[0])


# --- What a console and a trace say ---------------------------------------

_PANIC = re.compile(r"^kernel panic (?:on CPU \d+ )?at (\S+?:\d+): .*")
_PLACE = re.compile(r"^\s+(\S+:\d+: \S+\+\d+)$")
_FAULT = re.compile(r"^kernel (?:page fault|trap|double fault): .*")


def trouble(lines):
    """The first panic or fault that the kernel reported, or None."""
    for i, line in enumerate(lines):
        if _PANIC.match(line):
            return Outcome(PANIC, line)
        if _FAULT.match(line):
            places = [place.group(1) for place in
                      map(_PLACE.match, lines[i + 1:i + 12]) if place]
            return Outcome(FAULT, line, ["in " + places[0]] if places else ())
    return None


_EVENT = re.compile(
    r"^ *\d+: v=([0-9a-f]{2}) e=([0-9a-f]{4}) i=(\d) cpl=(\d)"
    r" IP=[0-9a-f]{4}:([0-9a-f]{8}) pc=\S+ SP=[0-9a-f]{4}:([0-9a-f]{8})"
    r"(?: CR2=([0-9a-f]{8}))?", re.M)
_CHECK = re.compile(r"^check_exception old: 0x\S+ new 0x([0-9a-f]+)", re.M)


def vector_name(vector):
    return EXCEPTIONS.get(vector, "interrupt %d" % vector)


def _first_fault(trace):
    """The event that a triple fault began with: before its double fault."""
    events = list(_EVENT.finditer(trace))
    if not events:
        return None
    first = len(events) - 1
    while (first > 0 and events[first].group(1) == "08"
           and events[first - 1].group(5) == events[first].group(5)):
        first -= 1
    return events[first]


def _access_words(error):
    return "%s, %s, %s" % ("user" if error & 4 else "kernel",
                           "write" if error & 2 else "read",
                           "protection" if error & 1 else "not present")


def explain_triple_fault(trace, symbols):
    """An Outcome from the tail of `-d cpu_reset,int`."""
    event = _first_fault(trace)
    if not event:
        # QEMU tells addresses only in protected mode.
        first = re.findall(r"^check_exception old: 0xffffffff new 0x(\w+)",
                           trace, re.M)
        what = vector_name(int(first[-1], 16)) + " in real mode, " if first \
            else ""
        return Outcome(TRIPLE_FAULT, "triple fault: %sQEMU's trace does not "
                       "say where" % what)
    vector, error = int(event.group(1), 16), int(event.group(2), 16)
    eip, esp = int(event.group(5), 16), int(event.group(6), 16)
    text = "triple fault: %s at eip %s" % (vector_name(vector),
                                           symbols.words(eip))
    details = []
    if event.group(7):
        cr2 = int(event.group(7), 16)
        text += ", cr2 0x%08x [%s]" % (cr2, _access_words(error))
        if vector == 14 and 0 <= esp - cr2 <= 256:
            details.append("cr2 is just below esp 0x%08x: the stack itself "
                           "is not mapped or has ended" % esp)
    checks = [int(number, 16) for number in _CHECK.findall(trace)]
    if vector != 8 and len(checks) > 1:
        details.append("no handler could be reached for it (%s), nor for the "
                       "double fault" % vector_name(checks[-1]))
    return Outcome(TRIPLE_FAULT, text, details)


_WARNING = re.compile(r"warning:|^$", re.I)


def _complaints(stderr):
    return [line for line in stderr.splitlines()
            if not _WARNING.search(line)]


def classify_end(status, lines, stderr="", trace="", symbols=None):
    """How QEMU ended, from its status and what it left. An Outcome."""
    symbols = symbols or Symbols()
    complaints = _complaints(stderr)
    if status != 0 and not lines and complaints:
        return Outcome(NO_START, "QEMU did not start: " + complaints[0],
                       complaints[1:4], status)
    if status < 0:
        outcome = Outcome(KILLED, "QEMU was ended by signal %d" % -status)
    elif any("terminating on signal" in line for line in complaints):
        outcome = Outcome(KILLED, "QEMU was ended from outside: "
                          + complaints[-1])
    elif status & 1:
        outcome = Outcome(ENDED, "the kernel ended the machine (debug-exit, "
                          "value %d)" % (status >> 1))
    elif status:
        outcome = Outcome(KILLED, "QEMU ended with status %d" % status,
                          complaints[:3])
    elif re.search(r"^Triple fault", trace, re.M):
        outcome = explain_triple_fault(trace, symbols)
    else:
        outcome = Outcome(RESET, "the machine was reset or switched off, not "
                          "by a triple fault")
    return _after_trouble(outcome, lines, status)


def _after_trouble(outcome, lines, status=None):
    """What the kernel said about itself comes before how it then ended."""
    reported = trouble(lines)
    if reported:
        reported.end = outcome.kind
        reported.details.append("then: " + outcome.text)
        reported.details += outcome.details
        outcome = reported
    outcome.status = status
    return outcome


_REGISTER = re.compile(r"EIP=([0-9a-f]{8}) EFL=([0-9a-f]{8}).*HLT=(\d)")


def explain_hang(samples, symbols):
    """In words, where `info registers` found the processor each time."""
    states = [match for match in map(_REGISTER.search, samples) if match]
    if not states:
        return []
    last = states[-1]
    if last.group(3) == "1":
        masked = not int(last.group(2), 16) & 0x200
        return ["the processor is halted (hlt) at eip %s, interrupts %s" %
                (symbols.words(int(last.group(1), 16)),
                 "off" if masked else "on")]
    places = []
    for state in states:
        words = symbols.words(int(state.group(1), 16))
        if words not in places:
            places.append(words)
    return ["it is executing at eip " + ", ".join(places)]


def stopped_in_boot_sector(registers):
    """Does `info registers` show a processor halted in the boot sector?"""
    match = _REGISTER.search(registers)
    return bool(match and match.group(3) == "1"
                and 0x7C00 <= int(match.group(1), 16) < 0x7E00)


def explain_boot_word(word):
    """An Outcome for what the boot sector said last."""
    text = "the boot sector stopped: " + word
    if word in BOOT_WORDS:
        text += " (%s)" % BOOT_WORDS[word]
    return Outcome(BOOT_SECTOR, text)


# --- The machine ----------------------------------------------------------

_live = set()


def _kill_all():
    for machine in list(_live):
        machine.close()


atexit.register(_kill_all)


def exit_on_signals():
    """Make SIGTERM and SIGHUP run the clean-up that an exception runs."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


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
    """The QEMU that the makefile chose, as a list of words."""
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


class Machine:
    """One QEMU with a kernel in it.

    image or kernel: a disk image, or an ELF file for `-kernel`; devices: the
    controller and the drive of the image (whose id is "disk") in the words of
    `-device`, an IDE disk without; memory in MB; cpu: QEMU's model; options:
    more options; trace: have QEMU tell interrupts, without which a triple
    fault has no cause; transcript: a file that gets the console's bytes as
    they come, or None. Paths start at root.
    """

    def __init__(self, image="obj/kern/kernel.img", kernel=None, memory=128,
                 cpu=None, devices=(), options=(), trace=True, transcript="jos.out",
                 qemu=None, symbols=None, root=ROOT):
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
        self.symbols = Symbols.load(os.path.join(root, symbols))
        self.transcript_path = transcript
        self._transcript = None
        self.process = None
        self.outcome = None             # once it has ended
        self.text = ""                  # the console, without carriage returns
        self.position = 0               # expect() has seen it up to here
        self.started = self.heard = 0.0
        self._stderr, self._trace, self._hmp_text = b"", bytearray(), ""
        self._hmp = None
        self._probed = None             # was it seen stopped in the sector?
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
        """Options for what is booted from."""
        if self.kernel:
            return ["-kernel", self.kernel]
        file = "file=%s," % self.image.replace(",", ",,")
        if not self.devices:
            return ["-drive", file + "index=0,media=disk,format=raw"]
        words = ["-drive", file + "if=none,id=disk,format=raw"]
        for device in self.devices:
            words += ["-device", device]
        return words

    def start(self):
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        words = self.qemu + self.arguments()
        words += ["-chardev", "socket,id=hmp,fd=%d" % theirs.fileno(),
                  "-mon", "chardev=hmp,mode=readline"]
        if self.trace_wanted:
            words += ["-d", "cpu_reset,int", "-D", "/dev/fd/%d" % write_end]
        if self.transcript_path:
            self._transcript = open(
                os.path.join(self.root, self.transcript_path), "wb")
        self.started = self.heard = time.monotonic()
        try:
            self.process = subprocess.Popen(
                words, cwd=self.root, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), write_end),
                start_new_session=True, preexec_fn=_tie_to(os.getpid()))
        except OSError as error:
            ours.close()
            os.close(read_end)
            self.outcome = Outcome(NO_START, "QEMU did not start: %s: %s" %
                                   (words[0], error.strerror))
        finally:
            theirs.close()
            os.close(write_end)
        if self.process:
            _live.add(self)
            self._watch(ours, read_end)
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
        """Kill QEMU if it still runs, and let go of everything."""
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
        """Read what has come, waiting at most so long. False at the end."""
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
        """The console has ended: gather the rest, and say how."""
        deadline = time.monotonic() + 5
        while self._selector.get_map() and time.monotonic() < deadline:
            self._pump(0.1)
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = -int(signal.SIGKILL)
        self.outcome = classify_end(
            status, self.all_lines(), self._stderr.decode("latin-1"),
            self._trace.decode("latin-1"), self.symbols)
        self.close()

    # --- talking

    def lines(self):
        """The whole lines of the console so far."""
        return self.text.split("\n")[:-1]

    def all_lines(self):
        """And the unfinished one behind them, if there is one."""
        lines = self.text.split("\n")
        return lines if lines[-1] else lines[:-1]

    def expect(self, pattern, timeout=LIMIT, quiet=QUIET):
        """Wait for a regular expression; returns its match.

        Raises Stopped when the machine ends, prints nothing for `quiet`
        seconds, or has not printed it within `timeout` seconds.
        """
        if isinstance(pattern, str):
            pattern = re.compile(pattern, re.M)
        deadline = time.monotonic() + timeout
        self.heard = time.monotonic()   # silence counts from here on
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
            self._stop(explain_boot_word(self._boot_word()))
        elif silent > quiet:
            self._stop(self._hang("hang: no output for %.3g s" % quiet))
        elif len(self.text) > MAX_CONSOLE:
            self._stop(Outcome(ENDLESS, "endless output: over %d MB" %
                               (MAX_CONSOLE >> 20)))
        elif now > deadline:
            # Unfinished, and yet it printed something a moment ago.
            self._stop(self._hang("not done after %.3g s" % timeout))

    def _boot_word(self):
        """What the boot sector said before it stopped; None if it did not."""
        if len(self.text) > BOOT_TEXT:
            return None
        last = self.text.strip("\n").rpartition("\n")[2]
        if last.startswith("boot: "):
            return last
        if self._probed is None:
            self._probed = stopped_in_boot_sector(
                self.ask_qemu("info registers", 0.5))
        return (last or "without a word") if self._probed else None

    def _hang(self, text):
        places = explain_hang(self._register_samples(), self.symbols)
        if places:
            text += "; " + places.pop(0)
        return Outcome(HANG, text, places)

    def _stop(self, outcome):
        self.outcome = _after_trouble(outcome, self.all_lines())
        self.close()
        raise Stopped(self.outcome)

    def _register_samples(self, count=4):
        """Ask QEMU's monitor where the processor is, a few times."""
        samples = []
        for _ in range(count):
            samples.append(self.ask_qemu("info registers", 1))
            if not samples[-1]:
                break
            self._pump(0.03)
        return samples

    def ask_qemu(self, command, timeout=5):
        """What QEMU's own monitor answers; empty if it does not."""
        ready = "\n" + QEMU_PROMPT
        self._hmp_text = ""
        deadline = time.monotonic() + timeout
        try:
            self._hmp.send(command.encode("latin-1") + b"\n")
            # Its greeting may still be on the way: wait for the answer's end.
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

    def wait_for_prompt(self, timeout=LIMIT, quiet=QUIET):
        """Wait until the monitor asks for a command."""
        return self.expect(r"^" + re.escape(PROMPT) + r"\Z", timeout, quiet)

    def send_bytes(self, data):
        """Type these bytes."""
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (AttributeError, OSError):
            pass                        # it has ended: expect() says how

    def send(self, line):
        """Type a line."""
        self.send_bytes(line.encode("latin-1") + b"\n")

    def command(self, line, timeout=LIMIT, quiet=QUIET):
        """Type a command at the prompt; its output as a list of lines."""
        self.position = len(self.text)
        self.send(line)
        start = self.expect(r"\n", timeout, quiet).end()
        end = self.wait_for_prompt(timeout, quiet).start()
        return self.text[start:end].split("\n")[:-1]

    def halt(self, timeout=5):
        """Ask the kernel to end; returns the outcome, None if it did not."""
        self.send("halt")
        try:
            self.expect(r"(?!)", timeout, timeout)
        except Stopped as stopped:
            if stopped.outcome.end in (HANG, ENDLESS):
                return None
            return stopped.outcome
        return None

    def wait_for_end(self, timeout=LIMIT, quiet=QUIET):
        """Wait until QEMU ends; the outcome."""
        try:
            self.expect(r"(?!)", timeout, quiet)
        except Stopped as stopped:
            return stopped.outcome
        return None
