"""Watch a kernel that gets no further, so that nobody waits longer than it helps.

A check that loops is ended by the kernel itself, by its timer's ticks
(kern/check/guard.c). One that has switched interrupts off gets none: the watch sees
that, and sends an NMI, which ends it as a tick would. What the kernel does
outside of its checks nothing can end. Then the watch gives up: at once if the
processor is halted for ever, else after some seconds of the processor's own
time, for on a busy host a kernel that does nothing wrong may stand still.

Not the job: the limits for kernels that are not watched (qemu.py).
"""

import os
import re
import time

KERNBASE = 0xF0000000

# The kernel's variables: not 0 while a guard is in force; another after a tick.
GUARD, TICKS = "innermost", "ticks_left"

# Silence before the processor is looked at; after an NMI, and between looks.
FIRST, NEXT, PAUSE = 1.5, 0.3, 0.1

# So many looks in a row must find interrupts off.
LOOKS = 4

# Seconds of the processor's time without a word; and without a sign of progress
# until the processor is looked at in spite of words (after an NMI, the second
# figure), and until we give up.
SILENT, SLOW, STUCK = 5.0, (3.0, 0.3), 10.0

_REGISTERS = re.compile(r"EFL=([0-9a-f]{8}).*HLT=(\d)")
_WORD = re.compile(r": (0x[0-9a-f]+)\s*$")


def processor_seconds(pid):
    """The processor time that a process has had; None if nobody tells."""
    try:
        with open("/proc/%d/stat" % pid, encoding="latin-1") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


class Watch:
    """Of one machine, as long as somebody calls look().

    progress: what the kernel prints as long as it gets further.
    """

    def __init__(self, machine, progress):
        self.machine = machine
        self.progress = progress
        self._ticks = None
        self.alarms = 0                 # NMIs sent
        self._begun = False             # progress was seen
        self._masked = 0                # looks that found interrupts off
        self._next_look = 0.0
        self._heard = self._seen = None
        self._spoken = self._went_on = 0.0  # the processor's time then
        self._searched = 0

    def look(self, now):
        """Call often. Why there is no sense in waiting any longer, as a text;
        None while there is."""
        used = processor_seconds(self.machine.process.pid)
        self._note(used)
        silent = now - self.machine.heard
        patience = NEXT if self.alarms else FIRST
        if ((silent >= patience or self._slow(used))
                and now >= self._next_look):
            dead = self._look_at_processor(silent)
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
        """Does it get no further, be it silent or not?"""
        limit = SLOW[1 if self.alarms else 0]
        return used is not None and used - self._went_on > limit

    def _note(self, used):
        """When was something printed, and when something of interest?"""
        machine = self.machine
        if machine.heard != self._heard:
            self._heard, self._spoken = machine.heard, used
            if not self._slow(used):
                self._masked = 0
        if machine.text.find(self.progress, self._searched) >= 0:
            self._went_on = used
            self._begun = True
        self._searched = max(0, len(machine.text) - len(self.progress) + 1)

    def _look_at_processor(self, silent):
        """Are interrupts off, and stay so? Then do something about it."""
        match = _REGISTERS.search(self.machine.ask_qemu("info registers", 1))
        # QEMU likes to stop in the timer's handler: are ticks counted?
        before, self._ticks = self._ticks, self._word(TICKS)
        if (not match or int(match.group(1), 16) & 0x200
                or self._ticks != before):
            self._masked = 0
            return None
        self._masked += 1
        if self._masked < LOOKS:
            return None
        if self._guarded():
            self.alarms += 1
            self._masked = 0
            self.machine.ask_qemu("nmi", 1)
        elif match.group(2) == "1" and silent >= FIRST:
            return "no output for %.3g s" % silent
        return None

    def _guarded(self):
        """Is a guard in force? (Read as physical memory: paging may be off.)
        Before there was progress, that may be no kernel's memory yet."""
        return self._begun and bool(self._word(GUARD))

    def _word(self, name):
        """The value of that variable; None if that is unknown."""
        place = self.machine.symbols.variable(name)
        if place is None:
            return None
        match = _WORD.search(self.machine.ask_qemu(
            "xp /1wx 0x%x" % (place - KERNBASE), 1))
        return int(match.group(1), 16) if match else None
