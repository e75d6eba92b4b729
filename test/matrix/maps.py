"""Rows in which the loader passes a memory map that we made.

The kernel's ELF file gets another segment with code, which becomes the entry
point. It passes our information block to the kernel, as a Multiboot loader
would, instead of that of the real loader.
"""

import os
import shutil
import struct
import subprocess
import tempfile

from lib import qemu
from boot.kernels import Segment, elf_file
from lib.tap import check
from matrix.drive import KIB, MIB, Expect
from matrix.rows import Row, boot, need_grub

LOADER_MAGIC, HEADER_MAGIC = 0x2BADB002, 0x1BADB002
HAS_SIZES, HAS_MMAP, HAS_NAME = 1, 1 << 6, 1 << 9
USABLE, RESERVED, ACPI = 1, 2, 3

ENTRY = 0x10000C            # the kernel's
PLACE = 14 * MIB            # of our code: high, but within what entry.S maps
HEADER, CODE, INFO, NAME, MAP = 0, 0x20, 0x40, 0x90, 0x100
DISK = 5 * MIB


class HandOver:
    """The information block. entries: (start, length, type), and perhaps what
    the entry says its size is; or None."""

    def __init__(self, entries=None, sizes=None, magic=LOADER_MAGIC,
                 name="made for a test"):
        self.entries, self.sizes = entries, sizes
        self.magic, self.name = magic, name

    def segment(self):
        flags = (HAS_NAME if self.name else 0) \
            | (HAS_SIZES if self.sizes else 0) \
            | (HAS_MMAP if self.entries is not None else 0)
        mmap = b"".join(
            struct.pack("<IQQI", entry[3] if len(entry) > 3 else 20,
                        *entry[:3])
            for entry in self.entries or ())
        data = bytearray(MAP) + mmap
        struct.pack_into("<3I", data, HEADER, HEADER_MAGIC, 0,
                         -HEADER_MAGIC & 0xffffffff)
        # mov eax, magic; mov ebx, block; mov ecx, entry; jmp ecx
        struct.pack_into("<BIBIBI2s", data, CODE, 0xb8, self.magic, 0xbb,
                         PLACE + INFO, 0xb9, ENTRY, b"\xff\xe1")
        lower, upper = self.sizes or (0, 0)
        struct.pack_into("<17I", data, INFO, flags, lower, upper, 0, 0, 0, 0,
                         0, 0, 0, 0, len(mmap), PLACE + MAP, 0, 0, 0,
                         PLACE + NAME)
        data[NAME:NAME + len(self.name)] = self.name.encode()
        return Segment(PLACE, bytes(data))


def kernel_segments(path):
    """The segments of the kernel's file, to be written to another."""
    with open(os.path.join(qemu.ROOT, path), "rb") as file:
        data = file.read()
    phoff, = struct.unpack_from("<I", data, 28)
    count, = struct.unpack_from("<H", data, 44)
    segments = []
    for n in range(count):
        kind, offset, _, paddr, filesz, memsz = struct.unpack_from(
            "<6I", data, phoff + 32 * n)
        if kind == 1:
            segments.append(Segment(paddr, data[offset:offset + filesz],
                                    memsz))
    return segments


def write_image(tree, hand_over, path):
    """A disk that boots this kernel with our boot sector."""
    with open(os.path.join(qemu.ROOT, tree.objdir, "boot/boot"), "rb") as file:
        sector = file.read()
    segments = kernel_segments(tree.kernel) + [hand_over.segment()]
    data = sector + bytes(elf_file(segments, PLACE + CODE))
    with open(path, "wb") as file:
        file.write(data.ljust(DISK, b"\0"))


def write_kernel(tree, hand_over, path):
    """A file for `qemu -kernel`. Our header comes first, and is used."""
    segments = [hand_over.segment()] + kernel_segments(tree.kernel)
    segments[1].offset = 4 * 4096
    with open(path, "wb") as file:
        file.write(elf_file(segments, PLACE + CODE))


def map_row(name, hand_over, expect, note="", sample=False):
    def work(tree):
        with tempfile.TemporaryDirectory(prefix="matrix.") as folder:
            path = os.path.join(folder, "disk")
            write_image(tree, hand_over, path)
            return boot(tree, expect, image=path, memory=64).text() + note
    return Row("map", name, work, sample)


def mib_above_one(ranges):
    """The sum in the classic line: up from 1 MiB, rounded up."""
    kib = sum((end - max(start, MIB)) // KIB for start, end in ranges
              if end > MIB)
    return 1 + -(-kib // KIB)


HOLES = [
    (0x100000, 7 * MIB, USABLE),
    (0x0, 0x9fc00, USABLE),
    (0x1000000, 24 * MIB, USABLE),
    (0xc00000, 4 * MIB, USABLE),            # before the last, and adjacent
    (0x1400000, MIB, RESERVED),             # inside of it
    (0x1800000, 0, USABLE),
    (0x17ff800, 0x1000, ACPI),              # halves of two frames
    (0x120000000, 1 << 30, USABLE),         # beyond 4 GiB
    (0x2a00123, 2 * MIB, USABLE),           # begins and ends within a frame
    (0xfffffffffffff000, 0x2000, RESERVED),  # past the end of all addresses
]
HOLES_RANGES = [
    (0x0, 0x9fc00), (0x100000, 0x800000), (0xc00000, 0x1400000),
    (0x1500000, 0x17ff800), (0x1800800, 0x2800000), (0x2a00123, 0x2c00123),
    (0x120000000, 0x160000000)]

PLAIN = [(0x0, 640 * KIB), (MIB, 64 * MIB)]
NAMED = "made for a test"


def from_cmos(**fields):
    return Expect(64, PLAIN, "CMOS", **fields)


def cutmem_row():
    """Boot by GRUB, with a range cut out of the firmware's map."""
    cfg = ("set timeout=0\nmenuentry x {\n\tcutmem 0x2000000 0x2800000\n"
           "\tmultiboot /boot/pagewalk\n}\n")

    def work(tree):
        mkrescue = need_grub()
        with tempfile.TemporaryDirectory(prefix="matrix.") as folder:
            grub = os.path.join(folder, "iso/boot/grub")
            os.makedirs(grub)
            with open(os.path.join(grub, "grub.cfg"), "w",
                      encoding="ascii") as file:
                file.write(cfg)
            shutil.copy(os.path.join(qemu.ROOT, tree.kernel + ".stripped"),
                        os.path.join(folder, "iso/boot/pagewalk"))
            iso = os.path.join(folder, "cut.iso")
            answer = subprocess.run(
                [mkrescue, "-o", iso, os.path.join(folder, "iso")],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, check=False)
            check(answer.returncode == 0, "GRUB writes an ISO",
                  answer.stdout.decode("utf-8", "replace").splitlines()[-5:])
            return boot(tree, Expect(120, loader=r"GRUB .*",
                                     hole=(0x2000000, 0x2800000)),
                        image=iso, memory=128, trace=False,
                        devices=["ide-cd,drive=disk"]).text()
    return Row("map", "128 MiB, 8 cut out by GRUB's cutmem", work)


def probing_row():
    def work(tree):
        with tempfile.TemporaryDirectory(prefix="matrix.") as folder:
            path = os.path.join(folder, "kernel")
            write_kernel(tree, HandOver(), path)
            expect = Expect(64, PLAIN, "probing", loader=NAMED)
            return boot(tree, expect, kernel=path, memory=64, options=(
                "-machine", "microvm,isa-serial=on,rtc=off")).text()
    return Row("map", "no map and no CMOS (microvm): probing", work)


def rows():
    many = [(0x0, 0x9fc00, USABLE), (MIB, 40 * MIB, USABLE)] \
        + [(0x4000000 + n * 8192, 4096, USABLE) for n in range(200)]
    elsewhere = [(0x0, 0x9fc00, USABLE), (32 * MIB, 32 * MIB, USABLE)]
    absurd = [(0x0, 0x9fc00, USABLE), (MIB, 63 * MIB, USABLE, 0x7fffffff),
              (40 * MIB, MIB, RESERVED)]
    high = [(MIB, 63 * MIB, USABLE)]
    return [
        map_row("holes, unsorted, overlapping, odd ends", HandOver(HOLES),
                Expect(mib_above_one(HOLES_RANGES), HOLES_RANGES,
                       loader=NAMED), sample=True),
        map_row("no map, two sizes", HandOver(sizes=(639, 63 * KIB)),
                Expect(64, [(0x0, 639 * KIB), (MIB, 64 * MIB)],
                       loader=NAMED)),
        map_row("no map at all", HandOver(), from_cmos(loader=NAMED)),
        map_row("202 entries, too many", HandOver(many),
                from_cmos(loader=NAMED)),
        map_row("an entry with an absurd size: all of it is rejected",
                HandOver(absurd), from_cmos(loader=NAMED)),
        map_row("no low memory", HandOver(high),
                Expect(64, [(MIB, 64 * MIB)], loader=NAMED)),
        map_row("none at 1 MiB, where the kernel is", HandOver(elsewhere),
                from_cmos(loader=NAMED)),
        map_row("not a Multiboot loader", HandOver(HOLES, magic=0x12345678),
                from_cmos(checks=False, loader="a loader without a name"),
                "; checks need a Multiboot loader"),
        probing_row(),
        cutmem_row(),
    ]
