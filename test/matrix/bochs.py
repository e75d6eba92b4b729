"""The rows of the matrix that Bochs plays, with its own BIOS and VGA BIOS.

Bochs differs from QEMU in useful ways. Its serial chip loses bytes that are not
read in time, its processors write to memory what real ones write, and it stops
at a triple fault, with a message (reset_on_triple_fault=0, and panics are
fatal). Debian's Bochs contains the debugger, which must be told to continue.

Its serial line is a terminal whose other end we hold. Its screen goes to a VNC
port; no viewer need connect.
"""

import os
import shutil
import subprocess
import tempfile
import tty

from lib import endings, qemu
from matrix import drive
from lib.tap import Failed, check
from matrix.console import Console
from matrix.drive import Expect
from matrix.rows import Row, Skip

FOLDER = "/usr/share/bochs/"
BIOS, LEGACY_BIOS = FOLDER + "BIOS-bochs-latest", FOLDER + "BIOS-bochs-legacy"
VGA_BIOS = FOLDER + "VGABIOS-lgpl-latest"

# sync=none: as fast as possible. ips: instructions per second of its clocks;
# the speed of the serial line depends on it.
SETTINGS = """\
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, parallel=0, serial=1
romimage: file=%(bios)s
vgaromimage: file=%(vga)s
display_library: rfb, options="timeout=0"
megs: %(memory)d
cpu: model=%(model)s, count=1, ips=50000000, reset_on_triple_fault=0
clock: sync=none
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata0-master: type=disk, path="%(folder)s/disk", mode=flat
boot: disk
com1: enabled=1, mode=term, dev=%(terminal)s
log: %(folder)s/log
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
sound: driver=dummy
"""

TRIPLE_FAULT = "exception with no resolution"


def need_bochs():
    if not shutil.which("bochs"):
        raise Skip("Bochs is not installed: sh conf/setup --all")
    for path in (BIOS, LEGACY_BIOS, VGA_BIOS):
        if not os.path.exists(path):
            raise Skip("Bochs without its " + path)


def run_tests(tap, tests, words, bench):
    """Run tests, of which those of Bochs are skipped where there is none.

    tests: pairs of a name and a function, which gets bench. words: parts of
    names; all must occur. Closes bench.
    """
    try:
        for name, work in tests:
            if not all(word in name for word in words):
                continue
            try:
                if name.startswith("Bochs"):
                    need_bochs()
            except Skip as reason:
                tap.skip(name, reason)
                continue
            tap.run(name, lambda: work(bench))
    finally:
        bench.close()
    return tap.close()


class Bochs(Console):
    """One Bochs with a disk image, in its own folder.

    disks: {a place, such as "ata1-master": an image}. settings: more lines of
    its configuration.
    """

    def __init__(self, image, memory=64, model="pentium_mmx", bios=BIOS,
                 disks=(), settings=""):
        need_bochs()
        self.folder = tempfile.mkdtemp(prefix="matrix.")
        shutil.copy(os.path.join(qemu.ROOT, image),
                    os.path.join(self.folder, "disk"))
        for place in disks:
            shutil.copy(disks[place], os.path.join(self.folder, place))
            settings += '%s: type=disk, path="%s/%s", mode=flat\n' % (
                place, self.folder, place)
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self._write("bochsrc", SETTINGS % dict(
            bios=bios, vga=VGA_BIOS, memory=memory, model=model,
            folder=self.folder, terminal=os.ttyname(theirs)) + settings)
        self._write("commands", "continue\n")
        words = ["bochs", "-q", "-f", "bochsrc", "-rc", "commands"]
        self.theirs = theirs            # else early reads fail
        process = subprocess.Popen(
            words, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=qemu._tie_to(os.getpid()))
        Console.__init__(self, process, ours, ours)

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w",
                  encoding="ascii") as file:
            file.write(text)

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), "rb") as file:
                return file.read().decode("latin-1")
        except OSError:
            return ""

    def complaints(self):
        """Lines of the log that report an error, of the machine or ours."""
        return [line for line in self.log().splitlines()
                if TRIPLE_FAULT in line or ">>PANIC<<" in line
                or "FIFO overflow" in line]

    def close(self):
        Console.close(self)
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1
        shutil.rmtree(self.folder, ignore_errors=True)


def no_complaints(machine):
    """Check the log. At `halt` Bochs ends with a panic "Shutdown"."""
    bad = [line for line in machine.complaints()
           if "hutdown" not in line]
    check(not bad, "Bochs reports no error", bad)


def bochs_row(name, expect, sample=False, **how):
    def work(tree):
        symbols = endings.Symbols.load(os.path.join(qemu.ROOT, tree.symbols))
        with Bochs(tree.image, memory=expect.memory, **how) as machine:
            detected = drive.drive(machine, expect, symbols)
            no_complaints(machine)
            return detected.text()
    return Row("bochs", name, work, sample)


def programs_row(name, memory, model):
    """A row that runs the programs of lab 4. It ends in the middle of one."""
    def work(tree):
        with Bochs(tree.image, memory=memory, model=model) as machine:
            machine.wait_for_prompt(**drive.PATIENCE)
            drive.judge_lab4(machine)
            no_complaints(machine)
        return "%d programs of lab 4, and primes" % len(drive.LAB4)
    return Row("bochs", name, work)


# The BIOS loads it to 0x7C00. It empties the interrupt table, then interrupts.
#	lidt 0x7c40; int3
FAULTING_SECTOR = (bytes.fromhex("0f011e407c cc").ljust(510, b"\0")
                   + b"\x55\xaa")


def triple_fault_row():
    """Show that a triple fault would be seen."""
    def work(_tree):
        need_bochs()
        with tempfile.TemporaryDirectory(prefix="matrix.") as folder:
            path = os.path.join(folder, "sector")
            with open(path, "wb") as file:
                file.write(FAULTING_SECTOR.ljust(10 * 16 * 63 * 512, b"\0"))
            with Bochs(path) as machine:
                try:
                    machine.expect(r"(?!)", 120, 120)
                except qemu.Stopped as stopped:
                    check(stopped.outcome.kind == endings.ENDED,
                          "a triple fault ends Bochs", stopped.outcome.lines())
                lines = machine.complaints()
                if not any(TRIPLE_FAULT in line for line in lines):
                    raise Failed("its log has: " + TRIPLE_FAULT,
                                 lines or machine.log().splitlines()[-5:])
        return "the emulator stops and reports it: the other rows had none"
    return Row("bochs", "a triple fault is seen", work)


def rows():
    later = ("SMEP", "SMAP")
    return [
        bochs_row("Pentium MMX, 32 MiB", Expect(
            32, uses=("PSE",), lacks=("PGE",) + later, probed=True)),
        # No other emulator refuses the CR4 bits that CPUID denies.
        bochs_row("Pentium, 4 MiB, the legacy BIOS", Expect(
            4, lacks=later, probed=True), model="pentium", bios=LEGACY_BIOS),
        bochs_row("Pentium II, 16 MiB", Expect(
            16, uses=("PSE", "PGE"), lacks=later, probed=True),
                  model="p2_klamath"),
        bochs_row("Core i7 (Skylake), 64 MiB", Expect(
            64, uses=("PSE", "PGE") + later, probed=True),
                  model="corei7_skylake_x"),
        # With neither SYSENTER nor SMAP, and with both: QEMU applies SMAP to a
        # program's IRET, as no hardware does.
        programs_row("Pentium, 16 MiB: programs that fork", 16, "pentium"),
        programs_row("Core i7 (Skylake): programs that fork", 64,
                     "corei7_skylake_x"),
        triple_fault_row(),
    ]
