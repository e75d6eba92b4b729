"""Machines with a swap area, and programs that run at their prompt."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time

from lib import disks, qemu
from lib.tap import check, equal

PATIENCE = 60                   # seconds of silence, and for each program
ANSWER = r": \Z"                # a program that waits for a line prints this
ENDED = "No runnable environments in the system!"
HOLDS = ["audit: all invariants hold"]


class Bench:
    """Swap areas in a folder of their own, and machines that have them."""

    def __init__(self, image):
        self.image = os.path.abspath(image)
        self.folder = tempfile.mkdtemp(prefix="swap.")

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def area(self, size):
        """The image of an area of that size, as mkswap takes it."""
        path = os.path.join(self.folder, "area" + size)
        if not os.path.exists(path):
            subprocess.run(["sh", os.path.join(qemu.ROOT, "tools/mkswap"),
                            path, size], check=True,
                           stdout=subprocess.DEVNULL)
        return path

    @contextlib.contextmanager
    def machine(self, memory=16, size="64M", options=None):
        """A machine at its prompt, with an area unless options are given."""
        if options is None:
            options = swap_drive(self.area(size))
        machine = qemu.Machine(image=self.image, memory=memory,
                               options=options, transcript=None, trace=False)
        with machine:
            machine.wait_for_prompt()
            yield Guest(machine)


def swap_drive(path):
    """A disk with the name `swap` in QEMU's monitor."""
    return disks.drive(path, more=["id=swap"])


def bad_slots(path, kind, slots, once=False):
    """A disk, some slots of which cannot be read, or written."""
    return disks.bad_drive(path, kind, [slot * 8 for slot in slots], once)


class Guest:
    """A kernel at its prompt."""

    def __init__(self, machine):
        self.machine = machine

    def command(self, line):
        return self.machine.command(line, PATIENCE, PATIENCE)

    def run(self, name, *answers, patience=PATIENCE):
        """Run a program, type answers, and return the lines."""
        machine = self.machine
        start = machine.position = len(machine.text)
        machine.send("run " + name)
        for answer in answers:
            machine.expect(ANSWER, patience, patience)
            machine.send(str(answer))
        end = machine.wait_for_prompt(patience, patience).start()
        return machine.text[start:end].split("\n")[1:-1]

    def frames(self):
        """What is free and used, of frames and slots."""
        lines = self.command("meminfo") + self.command("swap slots")[:1]
        return [line for line in lines
                if re.match("  (free|used) |.* slots are in use", line)]

    def becomes(self, frames, patience=20):
        """Demand these frames and slots, and a clean audit. The disk may still
        be writing what the last program had."""
        deadline = time.monotonic() + patience
        while self.frames() != frames and time.monotonic() < deadline:
            time.sleep(0.1)
        equal(self.frames(), frames)
        equal(self.command("audit"), HOLDS)

    def counts(self):
        """The counts that `swap` prints, by their words."""
        matches = (re.match(r"  +(.*?)  +(\d+)(,|$)", line)
                   for line in self.command("swap"))
        return {match.group(1): int(match.group(2))
                for match in matches if match}

    def conserved(self):
        """`with guest.conserved():` demands the same frames and slots after."""
        return Conserved(self)

    def verify(self, name, *answers, patience=PATIENCE):
        """Run a program of verify.h: all its cases hold, and nothing is lost.
        Return the lines."""
        with self.conserved():
            lines = self.run(name, *answers, patience=patience)
            equal([line for line in lines if "FAILED" in line], [])
            check(any(re.match(r"%s: [1-9]\d* passed, 0 failed$" % name, line)
                      for line in lines),
                  "a line `%s: N passed, 0 failed`" % name, lines[-30:])
        return lines


class Conserved:
    def __init__(self, guest):
        self.guest = guest

    def __enter__(self):
        self.before = self.guest.frames()
        check("0 of " in self.before[-1], "no slot is in use", self.before)

    def __exit__(self, kind, _value, _trace):
        if kind is not None:
            return
        lines = self.guest.command("envs")
        check("no environments" in lines[0], "no environment is left", lines)
        self.guest.becomes(self.before)
