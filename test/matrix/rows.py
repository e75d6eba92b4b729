"""The rows of the matrix that QEMU plays: memory, disks, firmware, processors.

A row has a group, a name, and work: boot, drive the monitor (drive.py), and
return what was detected. It raises Skip if this host lacks something.
"""

import os
import shutil
import subprocess
import tempfile

from lib import qemu
from matrix import drive
from lib.tap import check
from matrix.drive import MIB, Expect


class Skip(Exception):
    """The reason why a row cannot run here, or at all."""


class Row:
    """One way to boot. work(tree) returns text for the table.

    tree: a Tree: what was built, and where. sample: always in `make check`.
    """

    def __init__(self, group, name, work, sample=False):
        self.group, self.name, self.work = group, name, work
        self.sample = sample

    def builds(self):
        """True if it compiles the kernel, which takes long."""
        return self.group in ("build", "host")

    def title(self):
        return "%s: %s" % (self.group, self.name)


class Tree:
    """The built files. Paths are relative to the tree's root."""

    def __init__(self, objdir, make):
        self.objdir, self.make = objdir, make
        self.image = os.path.join(objdir, "kern/kernel.img")
        self.kernel = os.path.join(objdir, "kern/kernel")
        self.iso = os.path.join(objdir, "kern/kernel.iso")
        self.iso_trouble = []           # why the ISO could not be made
        self.symbols = os.path.join(objdir, "kern/kernel.sym")


def new_machine(tree, **how):
    """A QEMU that boots the tree's image, or what the options say."""
    command = qemu.qemu_command()[0]
    if not shutil.which(command):
        raise Skip("no %s: sh conf/setup" % command)
    how.setdefault("image", tree.image)
    return qemu.Machine(transcript=None, symbols=tree.symbols, **how)


def boot(tree, expect, **how):
    """Boot a QEMU with these options, drive it, halt it; a Detected."""
    how.setdefault("memory", expect.memory)
    with new_machine(tree, **how) as machine:
        return drive.drive(machine, expect)


def boot_row(group, name, expect=None, sample=False, note="", **how):
    """A row that only boots. note: more text for the table."""
    expect = expect or Expect()
    direct = how.pop("direct", False)

    def work(tree):
        if direct:
            expect.loader = "qemu"
            how["kernel"] = tree.kernel
        return boot(tree, expect, **how).text() + note
    return Row(group, name, work, sample)


# --- Memory ----------------------------------------------------------------

SIZES = (4, 5, 8, 16, 31, 64, 128, 255, 256, 257, 512, 1024, 2047, 2048, 3072,
         4096, 6144)
SAMPLE_SIZES = (4, 257, 4096)

DIMM = ("-m", "size=64M,slots=2,maxmem=1G",
        "-object", "memory-backend-ram,id=dimm,size=64M",
        "-device", "pc-dimm,memdev=dimm")
NUMA = ("-smp", "2",
        "-object", "memory-backend-ram,id=m0,size=48M",
        "-object", "memory-backend-ram,id=m1,size=80M",
        "-numa", "node,memdev=m0,cpus=0", "-numa", "node,memdev=m1,cpus=1")


def memory_rows():
    rows = [boot_row("memory", "%d MiB" % size,
                     Expect(size, probed=size <= 3072),
                     sample=size in SAMPLE_SIZES) for size in SIZES]
    rows.append(boot_row(
        "memory", "256 MiB, half of it moved beyond 4 GiB", Expect(256),
        options=("-machine", "pc,max-ram-below-4g=128M")))
    rows.append(boot_row("memory", "two NUMA nodes, 48 and 80 MiB", Expect(),
                         options=NUMA))
    rows.append(boot_row(
        "memory", "64 MiB and a DIMM of 64 in a slot", Expect(64),
        options=DIMM, note="; only ACPI reports the DIMM: not detected"))
    return rows


# --- Disks and loaders ------------------------------------------------------

def disk_row(name, *devices, sample=False, options=()):
    return boot_row("disk", name, devices=devices, options=options,
                    sample=sample)


def whole_disk_row(name, size, *devices):
    """The disk that dd writes: the image at the start of a larger disk, with
    old data after it."""
    def work(tree):
        with tempfile.TemporaryDirectory(prefix="matrix.") as folder:
            path = os.path.join(folder, "disk")
            with open(path, "wb") as disk:
                disk.write(b"\xa5" * size)
            subprocess.run(
                ["dd", "if=" + os.path.join(qemu.ROOT, tree.image),
                 "of=" + path, "bs=64k", "conv=notrunc,fsync"], check=True,
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return boot(tree, Expect(), image=path, devices=devices).text()
    return Row("disk", name, work)


GRUB_FOLDERS = ("/usr/lib/grub", "/usr/lib/grub2", "/usr/share/grub2")


def need_grub():
    """The command that writes an ISO with GRUB. Raises Skip without it."""
    mkrescue = shutil.which("grub2-mkrescue") or shutil.which("grub-mkrescue")
    if not mkrescue or not shutil.which("xorriso"):
        raise Skip("no GRUB 2, or no xorriso: sh conf/setup --all")
    if not any(os.path.isdir(os.path.join(folder, "i386-pc"))
               for folder in GRUB_FOLDERS):
        raise Skip("GRUB without its files for BIOS machines (grub-pc-bin):"
                   " sh conf/setup --all")
    return mkrescue


def make_iso(tree):
    """Make the ISO, before any row: rows run at the same time."""
    need_grub()
    answer = subprocess.run(
        [tree.make, "--no-print-directory", "OBJDIR=" + tree.objdir, "iso"],
        cwd=qemu.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    check(answer.returncode == 0, "make iso succeeds",
          answer.stdout.decode("utf-8", "replace").splitlines()[-5:])


def iso_row(name, *devices, sample=False):
    def work(tree):
        need_grub()
        check(not tree.iso_trouble, "make iso succeeds", tree.iso_trouble)
        # GRUB reads through the BIOS, whose interrupts would fill the trace.
        return boot(tree, Expect(loader=r"GRUB .*"), image=tree.iso,
                    devices=devices, trace=False).text()
    return Row("loader", name, work, sample)


def disk_rows():
    rows = [
        disk_row("IDE on pc", sample=True),
        disk_row("IDE on pc, with the geometry of an old disk",
                 "ide-hd,drive=disk,cyls=80,heads=4,secs=32"),
        disk_row("AHCI on q35", "ide-hd,drive=disk,bus=ide.0",
                 options=("-machine", "q35"), sample=True),
        disk_row("AHCI card in a pc", "ahci,id=ahci",
                 "ide-hd,drive=disk,bus=ahci.0"),
        disk_row("USB stick, UHCI", "piix3-usb-uhci",
                 "usb-storage,drive=disk"),
        disk_row("USB stick, EHCI", "usb-ehci", "usb-storage,drive=disk"),
        disk_row("USB stick, xHCI", "qemu-xhci", "usb-storage,drive=disk",
                 sample=True),
        disk_row("virtio-blk", "virtio-blk-pci,drive=disk"),
        disk_row("virtio-scsi", "virtio-scsi-pci", "scsi-hd,drive=disk"),
        disk_row("LSI SCSI", "lsi53c895a", "scsi-hd,drive=disk"),
        disk_row("NVMe", "nvme,drive=disk,serial=1", sample=True),
        # Not a multiple of a cylinder, a track or a MiB.
        whole_disk_row("dd to a whole IDE disk of an odd size",
                       37 * MIB + 13 * 512),
        whole_disk_row("dd to a whole USB stick", 64 * MIB, "usb-ehci",
                       "usb-storage,drive=disk"),
        iso_row("GRUB 2, ISO as a CD", "ide-cd,drive=disk", sample=True),
        iso_row("GRUB 2, ISO as a USB stick", "usb-ehci",
                "usb-storage,drive=disk"),
        boot_row("loader", "qemu -kernel", direct=True, sample=True),
        boot_row("loader", "qemu -kernel, 4 MiB", Expect(4), direct=True),
    ]
    return rows


# --- Firmware and machines --------------------------------------------------

def no_disk_on_microvm(_tree):
    raise Skip("its SeaBIOS started nothing from a virtio-mmio disk when it was"
               " tried; qemu -kernel is the way in")


def firmware_rows():
    # qboot reports all memory as usable, and has no VGA BIOS.
    return [
        boot_row("firmware", "qboot", Expect(64), direct=True,
                 options=("-bios", "qboot.rom"), sample=True),
        boot_row("firmware", "microvm: no VGA, no PS/2, no PCI", Expect(64),
                 direct=True, options=("-machine", "microvm,isa-serial=on")),
        boot_row("firmware", "microvm with qboot", Expect(64), direct=True,
                 options=("-machine", "microvm,isa-serial=on,acpi=off")),
        boot_row("firmware", "no timer (pit=off)", Expect(64, checks=False),
                 direct=True, note="; checks need ticks",
                 options=("-machine", "pc,pit=off")),
        boot_row("firmware", "no 8259 (pic=off)", Expect(64, checks=False),
                 direct=True, note="; checks need ticks",
                 options=("-machine", "pc,pic=off")),
        Row("firmware", "microvm, from a disk", no_disk_on_microvm),
        boot_row("firmware", "SeaBIOS on isapc, a PC of before PCI",
                 Expect(16, probed=True, lacks=("PGE",)), cpu="486",
                 options=("-machine", "isapc")),
        boot_row("firmware", "SeaBIOS in 128 KiB", Expect(64),
                 options=("-bios", "bios.bin")),
    ]


# --- Processors --------------------------------------------------------------

NEWER = ("SMEP", "SMAP")
MODELS = [
    # model, features that are used, features that are missing
    ("486", ("PSE",), ("PGE",) + NEWER),
    ("486,-pse,-vme", (), ("PSE", "PGE") + NEWER),
    ("486,-fpu", (), ("PGE",) + NEWER),
    ("pentium", ("PSE",), ("PGE",) + NEWER),
    ("pentium2", ("PSE", "PGE"), NEWER),
    ("pentium3", ("PSE", "PGE"), NEWER),
    ("pentium3,-apic", ("PSE", "PGE"), NEWER),
    ("pentium3,-sse,-fxsr", ("PSE", "PGE"), NEWER),
    ("coreduo", ("PSE", "PGE"), NEWER),
    ("qemu32", ("PSE", "PGE"), NEWER),
    ("qemu64", ("PSE", "PGE"), NEWER),
    ("max", ("PSE", "PGE") + NEWER, ()),
    ("max,-smap", ("PSE", "PGE", "SMEP"), ("SMAP",)),
]
SAMPLE_MODELS = ("486,-pse,-vme", "max")


def processor_rows():
    rows = [boot_row("processor", model, Expect(uses=uses, lacks=lacks),
                     cpu=model, sample=model in SAMPLE_MODELS)
            for model, uses, lacks in MODELS]
    rows.append(boot_row("processor", "486,-pse with 4096 MiB",
                         Expect(4096, lacks=("PSE", "PGE")), cpu="486,-pse"))
    rows += [boot_row("processor", "%s, -smp %d" % (model, count),
                      Expect(uses=uses), cpu=model,
                      options=("-smp", str(count)), sample=sample)
             for model, count, uses, sample in (
                 ("qemu32", 1, ("PSE",), False),
                 ("qemu32", 2, ("PSE",), False),
                 ("max", 4, ("SMAP",), True),
                 ("pentium3", 4, ("PGE",), False))]
    return rows


def rows():
    return (memory_rows() + disk_rows() + firmware_rows() + processor_rows())
