"""Describe how a kernel's run ended.

The job: make an Outcome from what a run left: QEMU's exit status, the console,
the trace of interrupts, registers. An Outcome is a panic, a triple fault with
its cause, a hang with its place, or an error of the boot sector.

Not the job: running QEMU (qemu.py).
"""

import bisect
import re

MAX_FUNCTION = 64 << 10         # addresses further in belong to no function

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

# The words that the boot sector prints, and their meaning.
BOOT_WORDS = {
    "LBA?": "the BIOS has no extended reads for this disk",
    "disk": "reading the disk failed",
    "ELF?": "there is no ELF file for the i386 after the boot sector",
    "RAM?": "a segment of the kernel is outside of the file or of memory, "
            "or the entry point outside of the segments",
}

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

    end: how the run finally ended. If the kernel reported a panic or a fault
    before, that is the kind, and the two differ.
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


# --- Symbols --------------------------------------------------------------

class Symbols:
    """Addresses to function+offset, from the output of nm."""

    def __init__(self, text=""):
        symbols = [(int(words[0], 16), words[2], words[1])
                   for words in map(str.split, text.splitlines())
                   if len(words) == 3]
        self.functions = sorted((start, name) for start, name, kind in symbols
                                if kind in "tTwW")
        self._variables = {name: start for start, name, kind in symbols
                           if kind in "bBdD"}
        self._starts = [start for start, _name in self.functions]

    @classmethod
    def load(cls, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return cls(file.read())
        except OSError:
            return cls()

    def variable(self, name):
        """The address of a variable, or None."""
        return self._variables.get(name)

    def find(self, address):
        """The (start, name) of the function that holds address, or None."""
        i = bisect.bisect_right(self._starts, address) - 1
        if i < 0 or address - self._starts[i] >= MAX_FUNCTION:
            return None
        return self.functions[i]

    def words(self, address):
        """An address for people: 0xf0100abc (page_init+44)."""
        text = "0x%08x" % address
        if 0x7C00 <= address < 0x7E00:
            return text + " (boot sector)"
        if address < 0x100000:
            return text + " (real-mode memory or BIOS)"
        if 0x100000 <= address < 0x10000000:
            address += 0xF0000000       # before paging: the load address
        found = self.find(address)
        if not found:
            return text + " (no function)"
        return "%s (%s+%d)" % (text, found[1], address - found[0])


# --- Reading a console and a trace ---------------------------------------

_PANIC = re.compile(r"^kernel panic (?:on CPU \d+ )?at (.+?:\d+): .*")
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
    """The event that began a triple fault: the one before the double fault."""
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


def _tables_hint(eip, cr2, dump):
    """Lines about suspicious page tables."""
    match = re.search(r"CR3=([0-9a-f]{8})", dump)
    cr3 = int(match.group(1), 16) if match else 0
    lines = []
    if eip == cr2:
        lines.append("the code itself is not mapped there by the page tables "
                     "in use, CR3 0x%08x" % cr3)
    match = re.search(r"^IDT= +([0-9a-f]{8}) ", dump, re.M)
    if match and int(match.group(1), 16) == 0:
        lines.append("the interrupt table is still where the reset had it, at"
                     " 0: none was loaded (lidt)")
    match = re.search(r"^CR0=([0-9a-f]{8})", dump, re.M)
    if match and eip >= 0xF0000000 and not int(match.group(1), 16) >> 31:
        lines.append("paging is off (CR0 0x%s): at such an address there is no"
                     " memory" % match.group(1))
    if cr3 >= 0xF0000000:
        lines.append("CR3 0x%08x looks like a virtual address; the processor "
                     "takes a physical one" % cr3)
    return lines


def explain_triple_fault(trace, symbols):
    """An Outcome from the tail of `-d cpu_reset,int`."""
    event = _first_fault(trace)
    if not event:
        # QEMU prints addresses only in protected mode.
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
    cr2 = None
    if event.group(7):
        cr2 = int(event.group(7), 16)
        text += ", cr2 0x%08x [%s]" % (cr2, _access_words(error))
        if vector == 14 and 0 <= esp - cr2 <= 256:
            details.append("cr2 is just below esp 0x%08x: the stack itself "
                           "is not mapped or has ended" % esp)
    details += _tables_hint(eip, cr2, trace[event.end():])
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
    """The Outcome of a QEMU that ended, from its exit status and its output."""
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
    return after_trouble(outcome, lines, status)


def after_trouble(outcome, lines, status=None):
    """Let a panic or fault that the kernel reported come before the end."""
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
    """Describe where `info registers` found the processor each time."""
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
    """True if `info registers` shows a processor halted in the boot sector."""
    match = _REGISTER.search(registers)
    return bool(match and match.group(3) == "1"
                and 0x7C00 <= int(match.group(1), 16) < 0x7E00)


def explain_boot_word(word):
    """The Outcome for the last word of the boot sector."""
    text = "the boot sector stopped: " + word
    if word in BOOT_WORDS:
        text += " (%s)" % BOOT_WORDS[word]
    return Outcome(BOOT_SECTOR, text)
