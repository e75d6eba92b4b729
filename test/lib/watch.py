"""Stop a kernel that makes no progress.

The kernel itself ends a check that loops, by its timer's ticks
(kern/check/guard.c). A check that has disabled interrupts gets no ticks: the
watch notices that and sends an NMI, which ends the check as a tick would.
Nothing can end a loop outside of the checks. Then the watch gives up: at once
if the processor is halted for ever, else after some seconds of the processor's
own time, because on a busy host a correct kernel may stand still.

Not the job: the limits for kernels that are not watched (qemu.py).
"""

import os
import re
import time

KERNBASE = 0xF0000000

# Variables of the kernel: not 0 while a guard is set; changed by each tick.
GUARD, TICKS = "innermost", "ticks_left"

# Seconds of silence before a look at the processor: the first, after an NMI;
# and the pause between looks.
FIRST, NEXT, PAUSE = 1.5, 0.3, 0.1

# The number of looks in a row that must find interrupts disabled, and the time
# that the processor must have run between two of them. On a busy host it may
# stand still, with interrupts off for a moment.
LOOKS = 4
RAN = 0.03

# Seconds of the processor's time: without output, until we give up; without
# progress, until we look at the processor although it prints (the second figure
# is for after an NMI); without progress, until we give up.
SILENT, SLOW, STUCK = 5.0, (3.0, 0.3), 10.0

_REGISTERS = re.compile(r"EFL=([0-9a-f]{8}).*HLT=(\d)")
_WORD = re.compile(r": (0x[0-9a-f]+)\s*$")


def processor_seconds(pid):
    """The processor time that a process has used; None if unknown."""
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


class Watch:
    """The watch of one machine. Its owner calls look() while it waits.

    progress: text that the kernel prints while it makes progress.
    """

    def __init__(self, machine, progress):
        self.machine = machine
        self.progress = progress
        self._ticks = None
        self.alarms = 0                 # NMIs sent
        self._begun = False             # progress has been seen
        self._masked = 0                # looks in a row with interrupts off
        self._looked = None             # the processor's time at the last
        self._next_look = 0.0
        self._heard = self._seen = None
        self._spoken = self._went_on = 0.0  # the processor's time
        self._searched = 0

    def look(self, now):
        """The reason to give up, as text, or None. Call it often."""
        used = processor_seconds(self.machine.process.pid)
        self._note(used)
        silent = now - self.machine.heard
        patience = NEXT if self.alarms else FIRST
        if ((silent >= patience or self._slow(used))
                and now >= self._next_look):
            dead = self._look_at_processor(silent, used)
            self._next_look = time.monotonic() + PAUSE
            if dead:
                return dead
        if used is not None and used - self._went_on > STUCK:
            return ("no result of a check in %.3g s of the processor's time" %
                    STUCK)
        if (used is not None and used - self._spoken > SILENT and self._masked
                and not self._guarded()):
            return "no output for %.3g s" % SILENT
        return None

    def _slow(self, used):
        """True if it makes no progress, whether it prints or not."""
        limit = SLOW[1 if self.alarms else 0]
        return used is not None and used - self._went_on > limit

    def _note(self, used):
        """Note the time of the last output and of the last progress."""
        machine = self.machine
        if machine.heard != self._heard:
            self._heard, self._spoken = machine.heard, used
            if not self._slow(used):
                self._masked = 0
        if machine.text.find(self.progress, self._searched) >= 0:
            self._went_on = used
            self._begun = True
        self._searched = max(0, len(machine.text) - len(self.progress) + 1)

    def _look_at_processor(self, silent, used):
        """If interrupts stay off, send an NMI, or return why to give up."""
        match = _REGISTERS.search(self.machine.ask_qemu("info registers", 1))
        # QEMU often stops in the timer's handler: compare the ticks, too.
        before, self._ticks = self._ticks, self._word(TICKS)
        if (not match or int(match.group(1), 16) & 0x200
                or self._ticks != before):
            self._masked = 0
            return None
        halted = match.group(2) == "1"
        if (self._masked and not halted and used is not None
                and self._looked is not None and used - self._looked < RAN):
            return None
        self._masked += 1
        self._looked = used
        if self._masked < LOOKS:
            return None
        if self._guarded():
            self.alarms += 1
            self._masked = 0
            self.machine.ask_qemu("nmi", 1)
        elif halted and silent >= FIRST:
            return "no output for %.3g s" % silent
        return None

    def _guarded(self):
        """True if a guard is set. Reads physical memory: paging may be off.
        Before the first progress, the kernel may not be loaded yet."""
        return self._begun and bool(self._word(GUARD))

    def _word(self, name):
        """The value of that variable; None if unknown."""
        place = self.machine.symbols.variable(name)
        if place is None:
            return None
        match = _WORD.search(self.machine.ask_qemu(
            "xp /1wx 0x%x" % (place - KERNBASE), 1))
        return int(match.group(1), 16) if match else None


# Traps of one kind in a row, after which a program is stopped.
SAME_TRAPS = 12

_TRAP = "Incoming TRAP frame at "


class TrapWatch:
    """The watch of a program: give up if it does nothing but trap, always in
    the same way, because the kernel lets it continue."""

    def __init__(self, machine):
        self.machine = machine
        self._start = len(machine.text)

    def look(self, _now):
        """The reason to give up, as text, or None. Call it often."""
        # The last one may be unfinished.
        traps = self.machine.text[self._start:].split(_TRAP)[1:-1]
        last = traps[-SAME_TRAPS:]
        if len(last) < SAME_TRAPS or len(set(last)) > 1:
            return None
        name = re.search(r"^  trap (.*)$", last[0], re.M)
        place = re.search(r"^  eip  (.*)$", last[0], re.M)
        return "the same trap again and again: %s at eip %s" % (
            name.group(1) if name else "without a frame",
            place.group(1) if place else "unknown")
