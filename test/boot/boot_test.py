"""Test the boot sector against good and damaged kernel files.

usage: python3 test/boot/boot_test.py SECTOR [--qemu COMMAND] [--buses]

A good kernel must start in the state that Multiboot promises, and find each
byte of its segments in place. For a damaged file, the boot sector must print
the right word, on the serial line and at the start of a line on the screen, and
then stop.

--buses: also boot a good kernel from every kind of disk that the BIOS can read.
"""

import argparse
import os
import shlex
import shutil
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu  # noqa: E402
from boot.kernels import (CHUNK, CODE, EHDR_SIZE, FILE_LIMIT,  # noqa: E402
                          INFO_SIZE, LOAD_END, LOAD_START, MIB, PHDR_SIZE,
                          PT_GNU_STACK, PT_NOTE, SECTOR, Kernel, Segment,
                          code_segment, elf_file, noise)
from boot.run import BUSES, ENDED, Report, Run, flaky  # noqa: E402
from lib.tap import Failed, Tap, check, equal  # noqa: E402

LOADER_MAGIC = 0x2BADB002
INFO_HAS_MMAP = 1 << 6

NO_LBA, DISK, NO_KERNEL, BAD_SEGMENT = "LBA?", "disk", "ELF?", "RAM?"

SETTLE = 0.3            # seconds that a stopped boot sector must stay silent

# The size of disks for --buses. SeaBIOS ignores disks smaller than a cylinder
# (504 KiB), and the size of an SD card is a power of 2.
BUS_DISK = 1 * MIB


# --- Judging a boot -------------------------------------------------

def judge_state(report):
    """Check the machine state that Multiboot and our kernel require."""
    state = report.state
    equal(hex(state["eax"]), hex(LOADER_MAGIC))
    equal("PE %d PG %d" % (state["cr0"] & 1, state["cr0"] >> 31), "PE 1 PG 0")
    equal("IF %d DF %d VM %d" % tuple(state["eflags"] >> bit & 1
                                      for bit in (9, 10, 17)),
          "IF 0 DF 0 VM 0")
    for register in ("cs", "ds", "es", "fs", "gs", "ss"):
        base, limit, executable, writable, wide = report.segment(register)
        equal("%s: base %x limit %x code %d 32-bit %d" %
              (register, base, limit, executable, wide),
              "%s: base 0 limit ffffffff code %d 32-bit 1" %
              (register, register == "cs"))
        check(register == "cs" or writable, register + " writable", "not")


def judge_map(report, memory):
    """Check the information block and its memory map."""
    block = report.state["ebx"]
    check(block % 4 == 0 and block < 0xa0000 - INFO_SIZE,
          "an aligned information block in low memory", hex(block))
    equal(hex(report.info[0]), hex(INFO_HAS_MMAP))
    at, length = report.info[12], report.info[11]
    check(at < at + length <= 0x80000, "a map in low memory",
          "0x%x, %d bytes" % (at, length))
    check(at + length <= block or block + INFO_SIZE <= at,
          "a map outside of the block", "0x%x and 0x%x" % (at, block))
    entries = report.memory_map()
    usable = [e for e in entries if e[2] == 1]
    check(usable and usable[0][0] == 0 and 0x80000 <= usable[0][1] <= 0xa0000,
          "usable memory at 0, up to 512 to 640 KiB", entries)
    check(any(e[0] == MIB for e in usable), "usable memory at 1 MiB", entries)
    total = sum(e[1] for e in usable)
    check((memory - 2) * MIB < total <= memory * MIB,
          "close to %d MiB usable" % memory, total)


def boots(options, kernel, disk=None, memory=64, image=None):
    """Demand that the kernel boots, with everything in place."""
    if image is None:
        image = options.sector + kernel.file
        image += bytes(-len(image) % CHUNK)
    with Run(options, image, disk, memory) as run:
        run.wait()
        if run.qemu.returncode != ENDED:
            raise Failed("the kernel finishes",
                         "%s; serial line: %r" % (run.complaint(), run.text()))
        report = Report(run.text(), len(kernel.ranges))
    judge_state(report)
    judge_map(report, memory)
    for (address, size), got, want in zip(kernel.ranges, report.sums,
                                          kernel.expected()):
        equal("checksum of %d bytes at 0x%x: %x %x" % ((size, address) + got),
              "checksum of %d bytes at 0x%x: %x %x" % ((size, address) + want))
    equal(report.data, b"")


def stops(options, image, word, disk=None, memory=64):
    """Demand that the boot sector prints the word, and stops."""
    with Run(options, image, disk, memory) as run:
        line = b"\r\n" + word.encode()
        run.wait(line)
        time.sleep(SETTLE)
        text = run.text()
        if run.qemu.poll() is not None:
            raise Failed("the machine stops",
                         "%s; serial line: %r" % (run.complaint(), text))
        equal(text, line)
        check(word in run.screen(), "%r on a line of the screen" % word,
              [l for l in run.screen() if l])


def image_of(options, file, pad=True):
    image = options.sector + bytes(file)
    return image + bytes(-len(image) % (CHUNK if pad else SECTOR))


# --- The tests -------------------------------------------------------------

def plain():
    return Kernel(Segment(LOAD_START + 0x10000, noise(3 * CHUNK), 4 * CHUNK))


def assorted():
    """Segments of all shapes, some adjacent."""
    at = LOAD_START + 0x2000
    segments = [Segment(0, kind=PT_GNU_STACK, memsz=0)]
    for n, (size, clear, gap) in enumerate((
            (1, 0, 0), (3, 2, 0), (511, 1, 1), (512, 0, 0), (513, 4096, 0),
            (4095, 4097, 3), (CHUNK - 1, 0, 0), (CHUNK, 0, 0),
            (CHUNK + 1, 1, 5), (0, 70000, 0), (3 * CHUNK + 2, 3, 0),
            (100003, 0, 0))):
        segments.append(Segment(at, noise(size, n), size + clear))
        at += size + clear + gap
    return segments


def test_plain(options):
    """a kernel with bss boots; registers, segments and memory map are right"""
    boots(options, plain())


def test_assorted(options):
    """adjacent segments of odd sizes at odd offsets and addresses"""
    # With that of the code, their program headers fill the first sector.
    boots(options, Kernel(*assorted(), pad=1))


def test_offsets(options):
    """a segment may begin anywhere in a sector"""
    at, segments, offset = LOAD_START + 0x8000, [], 8 * SECTOR
    for n, skip in enumerate((0, 1, 2, 3, 255, 510, 511)):
        size = 2 * CHUNK - skip
        segments.append(Segment(at, noise(size, n), size + 8, offset + skip))
        at += size + 8
        offset += 4 * CHUNK
    boots(options, Kernel(*segments))


def test_headers_anywhere(options):
    """program headers may lie at the end of the first sector"""
    other = Segment(LOAD_START + 0x4000, noise(1000))
    boots(options, Kernel(other, phoff=SECTOR - 2 * PHDR_SIZE))


def test_header_size(options):
    """program headers are as far apart as e_phentsize says"""
    other = Segment(LOAD_START + 0x4000, noise(1000))
    boots(options, Kernel(other, phentsize=PHDR_SIZE + 12))


def test_other_headers(options):
    """segments that are not PT_LOAD are ignored"""
    note = Segment(0x1000, b"note", kind=PT_NOTE, memsz=0, filesz=1 << 30)
    code = Segment(LOAD_START + 0x4000, noise(1000))
    boots(options, Kernel(note, code, note))


def test_almost_the_limit(options):
    """a file of just under 12 MiB"""
    start = 2 * SECTOR + 100
    kernel = Kernel(Segment(LOAD_START + 0x10000,
                            noise(FILE_LIMIT - 1 - start), offset=start),
                    code_offset=EHDR_SIZE + 2 * PHDR_SIZE)
    equal(len(kernel.file), FILE_LIMIT - 1)
    boots(options, kernel)


def test_up_to_the_bound(options):
    """memory is loaded and cleared up to the bound"""
    at = LOAD_END - 5 * MIB
    boots(options, Kernel(Segment(at, noise(777), LOAD_END - at)))


def test_unpadded(options):
    """an image may end with the last sector of the last segment"""
    size = 2 * CHUNK - 2 * SECTOR - 3
    kernel = Kernel(Segment(LOAD_START + 0x10000, noise(size),
                            size + 5000, 2 * SECTOR))
    boots(options, kernel, image=image_of(options, kernel.file, pad=False))


def test_little_memory(options):
    """4 MiB of memory"""
    boots(options, plain(), memory=4)


def test_much_memory(options):
    """3 GiB of memory"""
    boots(options, plain(), memory=3072)


def test_retry(options):
    """a failed read is repeated"""
    boots(options, plain(), flaky(once=True))


def test_broken_disk(options):
    """a disk that keeps failing: `disk`"""
    stops(options, image_of(options, plain().file), DISK, flaky(once=False))


def test_header_unreadable(options):
    """a disk of one sector: `disk`"""
    stops(options, options.sector, DISK)


def test_truncated(options):
    """an image shorter than its segments: `disk`"""
    for size in (SECTOR, CHUNK, 3 * CHUNK - SECTOR):
        file = plain().file
        stops(options, options.sector + bytes(file[:size]), DISK)


def test_floppy(options):
    """a floppy disk, without extended reads: `LBA?`"""
    image = image_of(options, plain().file)
    stops(options, image + bytes(2880 * SECTOR - len(image)), NO_LBA,
          ["-drive", "if=floppy,format=raw,file={image}", "-boot", "a"])


def refused(name, word, make):
    """A test: the file of make() must lead to the word."""
    def test(options):
        stops(options, image_of(options, make()), word)
    test.__doc__ = "%s: `%s`" % (name, word)
    return test


def file_with(*others, entry=CODE, **fields):
    """The file of a kernel that need not run."""
    return elf_file([code_segment([])] + list(others), entry, **fields)


def with_segment(*arguments, **fields):
    return lambda: file_with(Segment(*arguments, **fields))


def damaged(file, at, word):
    struct.pack_into("<I", file, at, word)
    return file


REFUSED = [
    refused("no kernel at all", NO_KERNEL, lambda: bytes(CHUNK)),
    refused("wrong magic", NO_KERNEL,
            lambda: file_with(magic=b"\x7fELG")),
    refused("wrong first byte", NO_KERNEL,
            lambda: file_with(magic=b"\x7eELF")),
    refused("64-bit class", NO_KERNEL, lambda: file_with(elf_class=2)),
    refused("another machine", NO_KERNEL, lambda: file_with(machine=62)),
    refused("big-endian", NO_KERNEL, lambda: file_with(order=2)),
    refused("segment at 0", BAD_SEGMENT, with_segment(0, b"low!")),
    refused("segment just below 1 MiB", BAD_SEGMENT,
            with_segment(LOAD_START - 1, b"12345678")),
    refused("segment below 1 MiB that reaches above", BAD_SEGMENT,
            with_segment(LOAD_START - 4096, b"low!", 8192)),
    refused("segment beyond the bound", BAD_SEGMENT,
            with_segment(LOAD_END, b"high")),
    refused("segment that crosses the bound by a byte", BAD_SEGMENT,
            with_segment(LOAD_END - 4096, b"high", 4097)),
    refused("segment at 2 GiB", BAD_SEGMENT, with_segment(1 << 31, b"high")),
    refused("segment that wraps past 4 GiB", BAD_SEGMENT,
            with_segment(0xfffff000, b"wrap", 0x2000)),
    refused("segment that wraps into the bounds", BAD_SEGMENT,
            with_segment(0xfffff000, b"wrap", 0x1000 + 2 * MIB)),
    refused("segment that wraps all around", BAD_SEGMENT,
            with_segment(2 * MIB, b"wrap", 0xffffffff)),
    refused("segment smaller in memory than in the file", BAD_SEGMENT,
            with_segment(2 * MIB, noise(100), 99)),
    refused("file of 13 MiB", BAD_SEGMENT,
            with_segment(LOAD_START + 0x10000, noise(13 * MIB - 4096))),
    refused("file just over 12 MiB", BAD_SEGMENT,
            with_segment(LOAD_START + 0x10000, offset=4096,
                         data=noise(FILE_LIMIT - 4095))),
    refused("segment offset beyond 12 MiB", BAD_SEGMENT,
            with_segment(2 * MIB, offset=FILE_LIMIT + 1, filesz=4)),
    refused("segment offset and size wrap past 4 GiB", BAD_SEGMENT,
            with_segment(2 * MIB, offset=0xfffff000, filesz=0x2000)),
    refused("entry point in no segment", BAD_SEGMENT,
            lambda: file_with(entry=3 * MIB)),
    refused("entry point just before the code", BAD_SEGMENT,
            lambda: file_with(entry=CODE - 1)),
    refused("entry point just after the code", BAD_SEGMENT,
            lambda: file_with(entry=CODE + len(code_segment([]).data))),
    refused("entry point 0", BAD_SEGMENT, lambda: file_with(entry=0)),
    refused("no program headers", BAD_SEGMENT,
            lambda: file_with(phnum=0)),
    refused("program headers beyond the first sector", BAD_SEGMENT,
            lambda: file_with(phoff=SECTOR)),
    refused("program headers across the first sector's end", BAD_SEGMENT,
            lambda: file_with(phoff=SECTOR - PHDR_SIZE + 4)),
    refused("program header offset that wraps", BAD_SEGMENT,
            lambda: damaged(file_with(), 28, 0xffffffe0)),
    refused("more program headers than the first sector holds", BAD_SEGMENT,
            lambda: file_with(phnum=60)),
]


def run_tests(options, tap):
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            tap.run(test.__doc__, lambda t=test: t(options))
    for test in REFUSED:
        tap.run(test.__doc__, lambda t=test: t(options))
    if options.buses:
        for name, disk in BUSES.items():
            kernel = Kernel(*assorted(), pad=1)
            image = image_of(options, kernel.file).ljust(BUS_DISK, b"\0")
            tap.run("boots from " + name, lambda d=disk, k=kernel, i=image:
                    boots(options, k, d, image=i))


def main():
    parser = argparse.ArgumentParser(
        description="Test the boot sector against good and damaged files.")
    parser.add_argument("sector", help="the boot sector, obj/boot/boot")
    parser.add_argument("--qemu", default="qemu-system-i386")
    parser.add_argument("--buses", action="store_true",
                        help="also boot from every kind of disk")
    options = parser.parse_args()
    if shutil.which(shlex.split(options.qemu)[0]) is None:
        parser.error("there is no " + options.qemu)
    qemu.exit_on_signals()
    with open(options.sector, "rb") as file:
        options.sector = file.read()
    tap = Tap()
    tap.run("the sector has 512 bytes and its signature",
            lambda: equal((len(options.sector), options.sector[-2:]),
                          (SECTOR, b"\x55\xaa")))
    run_tests(options, tap)
    return tap.close()


if __name__ == "__main__":
    sys.exit(main())
