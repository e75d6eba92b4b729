"""Test the boot sector against good and damaged kernel files.

usage: python3 test/boot_test.py SECTOR [--qemu COMMAND] [--buses]

The kernels are made here, byte by byte: an ELF file with segments of noise and
one of code. The code sends over the serial line what it finds at its start
(registers, descriptor table, information block, memory map) and a checksum of
each segment as it lies in memory; all judging is done on this side. RAM is
filled with junk beforehand, so a byte that nobody cleared shows.

A file that is damaged must end in the right word, on the serial line and at the
beginning of a line on the screen, and nothing else may happen after it.

--buses: also boot a good kernel from every kind of disk that the BIOS can read.
"""

import argparse
import atexit
import itertools
import os
import random
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from tap import Failed, Tap, check, equal  # noqa: E402

SECTOR = 512
MIB = 1 << 20
LOAD_START, LOAD_END = 1 * MIB, 16 * MIB
FILE_LIMIT = 4 * MIB
CHUNK = 16 << 10        # the sector's own step: sizes around it are of interest

# Of the disks for --buses. With less than a cylinder (504 KiB) SeaBIOS takes a
# disk for an empty one, and an SD card's size is a power of 2.
BUS_DISK = 1 * MIB

LOADER_MAGIC = 0x2BADB002
INFO_HAS_MMAP = 1 << 6
INFO_SIZE = 52

NO_LBA, DISK, NO_KERNEL, BAD_SEGMENT = "LBA?", "disk", "ELF?", "RAM?"

ENDED = 3               # QEMU's exit status when the code says that it is done
LIMIT = 60              # seconds until a boot counts as hung
SETTLE = 0.3            # seconds in which a stopped sector must stay silent

PT_LOAD, PT_NOTE, PT_GNU_STACK = 1, 4, 0x6474E551
EHDR_SIZE, PHDR_SIZE = 52, 32


# --- Kernels ---------------------------------------------------------------

class Segment:
    """A program header, and the bytes that it speaks of.

    offset None: after what is in the file already. memsz and filesz None: as
    many as there are bytes.
    """

    def __init__(self, paddr, data=b"", memsz=None, offset=None, filesz=None,
                 kind=PT_LOAD):
        self.paddr, self.data, self.offset, self.kind = paddr, data, offset, kind
        self.filesz = len(data) if filesz is None else filesz
        self.memsz = self.filesz if memsz is None else memsz

    def header(self):
        return struct.pack("<8I", self.kind, self.offset, self.paddr,
                           self.paddr, self.filesz, self.memsz, 7, 1)

    def memory(self):
        """What must be at paddr in the end."""
        return self.data + bytes(self.memsz - len(self.data))


def noise(size, seed=1):
    return random.Random(seed).getrandbits(8 * size + 1).to_bytes(
        size + 1, "little")[:size]


def elf_file(segments, entry, phoff=EHDR_SIZE, phnum=None, phentsize=PHDR_SIZE,
             magic=b"\x7fELF", elf_class=1, order=1, machine=3, pad=0):
    """An ELF file as a bytearray; the segments' offsets are filled in."""
    end = max(EHDR_SIZE, phoff + phentsize * len(segments)) + pad
    for segment in segments:
        if segment.offset is None:
            segment.offset = end
        end = max(end, segment.offset + len(segment.data))
    data = bytearray(max(end, SECTOR if phoff < SECTOR else 0))
    endian = "<" if order == 1 else ">"
    struct.pack_into(
        endian + "4s12B2H5I6H", data, 0, magic, elf_class, order, 1,
        *([0] * 9), 2, machine, 1, entry, phoff, 0, 0, EHDR_SIZE, phentsize,
        len(segments) if phnum is None else phnum, 0, 0, 0)
    for n, segment in enumerate(segments):
        where = phoff + n * phentsize
        if where + PHDR_SIZE <= len(data):
            data[where:where + PHDR_SIZE] = segment.header()
        if segment.data:
            data[segment.offset:segment.offset + len(segment.data)] = \
                segment.data
    return data


MARK = b"\r\nkernel:"
CODE = LOAD_START       # where the code of a test kernel lies

# Which 32-bit registers the code pushes, last first, after the table pointer.
STATE = ("gdt", "gdt_high", "ss", "gs", "fs", "es", "ds", "cs", "cr0", "ebx",
         "eax", "eflags")


def code_segment(ranges):
    """Code at CODE that reports, and checksums the ranges (address, size)."""
    stack = 0x90000
    code = bytearray()

    def emit(*parts):
        for part in parts:
            code.extend(bytes.fromhex(part) if isinstance(part, str)
                        else struct.pack("<I", part))

    def send(setup):
        """setup: code for esi = address, ecx = length."""
        emit(setup)
        emit("e8")
        calls.append(len(code))
        emit(0)

    calls = []
    emit("bc", stack)                   # mov esp, stack
    emit("9c 50 53 0f20c0 50")          # push eflags, eax, ebx, cr0
    for move in ("8cc8", "8cd8", "8cc0", "8ce0", "8ce8", "8cd0"):
        emit(move, "50")                # push cs, ds, es, fs, gs, ss
    emit("83ec08 0f010424")             # make room; sgdt [esp]
    emit("66bafb03 b003 ee")            # serial line: 8 bits a character
    emit("be")                          # mov esi, mark
    mark_at = len(code)
    emit(0)
    send("b9 %02x000000" % len(MARK))
    send("89e6 b9 %02x000000" % (4 * len(STATE)))       # mov esi, esp
    send("89de b9 %02x000000" % INFO_SIZE)              # mov esi, ebx
    send("8b7330 8b4b2c")               # mov esi, [ebx+48]; ecx, [ebx+44]
    send("8b742402 0fb70c24 41")        # mov esi, [esp+2]; ecx, word [esp]; +1
    emit("bf")                          # mov edi, table
    table_at = len(code)
    emit(0)
    loop = len(code)
    emit("8b37 8b4f04 83c708")          # mov esi, [edi]; ecx, [edi+4]; next
    emit("c1e902")                      # bytes to words
    emit("e3")                          # jecxz done
    done_at = len(code)
    emit("00")
    emit("31d2 31ed")                   # edx = ebp = 0
    emit("ad 01c2 01d5 e2f9")           # lodsd; edx += eax; ebp += edx; loop
    emit("52 55")                       # push edx, ebp
    send("89e6 b9 08000000")
    emit("83c408")                      # add esp, 8
    emit("eb", "%02x" % ((loop - len(code) - 2) & 0xff))
    code[done_at] = len(code) - done_at - 1
    emit("66ba0105 b001 ee")            # out 0x501, 1: QEMU ends
    emit("f4 ebfd")                     # hlt; jmp
    routine = len(code)
    emit("e311")                        # jecxz to ret
    emit("66bafd03 ec a820 74fb")       # wait until the line takes a byte
    emit("66baf803 ac ee e2ef")         # send it; loop
    emit("c3")
    for at in calls:
        struct.pack_into("<i", code, at, routine - at - 4)
    struct.pack_into("<I", code, mark_at, CODE + len(code))
    code.extend(MARK)
    code.extend(bytes(-len(code) % 4))
    struct.pack_into("<I", code, table_at, CODE + len(code))
    for address, size in ranges:
        emit(address, size)
    emit(0, 0)
    return Segment(CODE, bytes(code))


def checksum(data):
    """(sum of sums, sum) of data as little-endian words, as the code does."""
    words = struct.unpack("<%dI" % (len(data) // 4), data)
    return (sum(itertools.accumulate(words)) & 0xffffffff,
            sum(words) & 0xffffffff)


class Kernel:
    """A good kernel: the code, and other segments that it checksums."""

    def __init__(self, *others, code_offset=None, entry=CODE, **fields):
        # The code reads whole words, so where a segment ends with a part of
        # one it reads the last four bytes once more.
        self.places = []
        for s in others:
            if s.kind == PT_LOAD and s.memsz >= 4:
                self.places.append((s.paddr, s.memory()[:s.memsz & ~3]))
                if s.memsz % 4:
                    self.places.append((s.paddr + s.memsz - 4,
                                        s.memory()[-4:]))
        self.ranges = [(address, len(data)) for address, data in self.places]
        self.code = code_segment(self.ranges)
        self.code.offset = code_offset
        self.file = elf_file([self.code] + list(others), entry, **fields)

    def expected(self):
        return [checksum(data) for _, data in self.places]


# --- Running ---------------------------------------------------------------

class Run:
    """One QEMU with one image. Use in a `with`: leaving kills QEMU."""

    def __init__(self, options, image, disk=None, memory=64, machine=()):
        self.folder = tempfile.mkdtemp(prefix="boot_test.")
        atexit.register(shutil.rmtree, self.folder, True)
        self.serial = self._path("serial")
        open(self.serial, "wb").close()
        with open(self._path("image"), "wb") as file:
            file.write(image)
        command = shlex.split(options.qemu) + [
            "-m", str(memory), "-display", "none", "-no-reboot", "-net", "none",
            "-serial", "file:" + self.serial, "-monitor", "stdio",
            "-device", "isa-debug-exit,iobase=0x501,iosize=1"]
        # Junk where segments will go. The BIOS leaves it alone.
        with open(self._path("junk"), "wb") as file:
            file.write(b"\xa5" * min(LOAD_END - LOAD_START,
                                     (memory - 2) * MIB))
        command += ["-device", "loader,force-raw=on,addr=0x%x,file=%s" %
                    (LOAD_START, self._path("junk"))]
        command += list(machine)
        command += [part.format(image=self._path("image"))
                    for part in disk or BUSES["IDE"]]
        self.qemu = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        atexit.register(self.close)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        if self.qemu.poll() is None:
            self.qemu.kill()
        self.qemu.wait()
        for pipe in (self.qemu.stdin, self.qemu.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        shutil.rmtree(self.folder, True)

    def complaint(self):
        """What QEMU said as it ended. (Nothing else reads its output.)"""
        lines = self.qemu.stdout.read().decode(errors="replace").splitlines()
        return "QEMU ended with status %d: %s" % (self.qemu.returncode,
                                                  lines[-1] if lines else "")

    def text(self):
        with open(self.serial, "rb") as file:
            return file.read()

    def wait(self, wanted=None):
        """Until QEMU ends, or the serial line has said `wanted`."""
        deadline = time.monotonic() + LIMIT
        while self.qemu.poll() is None:
            if wanted is not None and wanted in self.text():
                return
            if time.monotonic() > deadline:
                raise Failed("QEMU ends" if wanted is None else repr(wanted),
                             "nothing more after %d s; serial line: %r" %
                             (LIMIT, self.text()[-200:]))
            time.sleep(0.02)

    def screen(self):
        """The lines of the text screen."""
        dump = self._path("screen")
        self.qemu.stdin.write(b"pmemsave 0xb8000 4000 \"%s\"\n" %
                              dump.encode())
        self.qemu.stdin.flush()
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if os.path.exists(dump) and os.path.getsize(dump) == 4000:
                break
            time.sleep(0.02)
        with open(dump, "rb") as file:
            letters = file.read()[::2].decode("cp437")
        return [letters[n:n + 80].rstrip() for n in range(0, 2000, 80)]


class Report:
    """What a test kernel sent."""

    def __init__(self, data, sums):
        check(MARK in data, "the kernel runs",
              "the serial line said %r" % data[-80:])
        self.data = data.split(MARK, 1)[1]
        self.state = dict(zip(STATE, self._take("<%dI" % len(STATE))))
        self.info = self._take("<13I")
        self.map = self._take("%ds" % self.info[11])[0]
        self.table = self._take("%ds" % ((self.state["gdt"] & 0xffff) + 1))[0]
        self.sums = [self._take("<2I") for _ in range(sums)]

    def _take(self, form):
        size = struct.calcsize(form)
        check(len(self.data) >= size, "%d bytes more from the kernel" % size,
              "%d bytes" % len(self.data))
        part, self.data = self.data[:size], self.data[size:]
        return struct.unpack(form, part)

    def memory_map(self):
        """(address, length, type) of each entry."""
        entries, at = [], 0
        while at < len(self.map):
            size, address, length, kind = struct.unpack_from("<IQQI", self.map,
                                                             at)
            check(size >= 20, "map entries of 20 bytes or more", size)
            entries.append((address, length, kind))
            at += 4 + size
        equal(at, len(self.map))
        return entries

    def segment(self, register):
        """(base, limit, executable, writable, 32-bit) of a segment."""
        selector = self.state[register] & 0xffff
        low, high = struct.unpack_from("<2I", self.table, selector & ~7)
        base = low >> 16 | (high & 0xff) << 16 | high & 0xff000000
        limit = low & 0xffff | high & 0xf0000
        if high & 1 << 23:
            limit = limit << 12 | 0xfff
        return (base, limit, bool(high & 1 << 11), bool(high & 1 << 9),
                bool(high & 1 << 22))


def judge_state(report):
    """Multiboot's machine state, and ours."""
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
    """The information block and the map that it points to."""
    block = report.state["ebx"]
    check(block % 4 == 0 and block < 0xa0000 - INFO_SIZE,
          "an aligned information block in low memory", hex(block))
    equal(hex(report.info[0]), hex(INFO_HAS_MMAP))
    at, length = report.info[12], report.info[11]
    check(at < at + length <= 0x80000, "a map in low memory",
          "0x%x, %d bytes" % (at, length))
    check(at + length <= block or block + INFO_SIZE <= at,
          "the map clear of the block", "0x%x and 0x%x" % (at, block))
    entries = report.memory_map()
    usable = [e for e in entries if e[2] == 1]
    check(usable and usable[0][0] == 0 and 0x80000 <= usable[0][1] <= 0xa0000,
          "usable memory at 0, up to 512 to 640 KiB", entries)
    check(any(e[0] == MIB for e in usable), "usable memory at 1 MiB", entries)
    total = sum(e[1] for e in usable)
    check((memory - 2) * MIB < total <= memory * MIB,
          "close to %d MiB usable" % memory, total)


def boots(options, kernel, disk=None, memory=64, image=None, machine=()):
    """The kernel must boot, and find all in place."""
    if image is None:
        image = options.sector + kernel.file
        image += bytes(-len(image) % CHUNK)
    with Run(options, image, disk, memory, machine) as run:
        run.wait()
        if run.qemu.returncode != ENDED:
            raise Failed("the kernel runs to its end",
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
    """The sector must say the word, and stop for good."""
    with Run(options, image, disk, memory) as run:
        line = b"\r\n" + word.encode()
        run.wait(line)
        time.sleep(SETTLE)
        text = run.text()
        if run.qemu.poll() is not None:
            raise Failed("the machine stands still",
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
    """Segments of all shapes, one behind the other, some touching."""
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
    """segments of odd sizes at odd offsets and addresses, touching each other"""
    # 12 program headers and one that is no segment fill the first sector.
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
    """what is not PT_LOAD is neither tested nor loaded"""
    note = Segment(0x1000, b"note", kind=PT_NOTE, memsz=0, filesz=1 << 30)
    boots(options, Kernel(note, Segment(LOAD_START + 0x4000, noise(1000)), note))


def test_almost_4_mib(options):
    """a file of just under 4 MiB"""
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
    """a read that fails is tried again"""
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
    """A test that the file which make() returns ends in the word."""
    def test(options):
        stops(options, image_of(options, make()), word)
    test.__doc__ = "%s: `%s`" % (name, word)
    return test


def file_with(*others, entry=CODE, **fields):
    """The file of a kernel that is not meant to run."""
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
    refused("file of 5 MiB", BAD_SEGMENT,
            with_segment(LOAD_START + 0x10000, noise(5 * MIB - 4096))),
    refused("file just over 4 MiB", BAD_SEGMENT,
            with_segment(LOAD_START + 0x10000, offset=4096,
                         data=noise(FILE_LIMIT - 4095))),
    refused("segment offset beyond 4 MiB", BAD_SEGMENT,
            with_segment(2 * MIB, offset=FILE_LIMIT + 1, filesz=4)),
    refused("segment offset and size wrap past 4 GiB", BAD_SEGMENT,
            with_segment(2 * MIB, offset=0xfffff000, filesz=0x2000)),
    refused("entry point in no segment", BAD_SEGMENT,
            lambda: file_with(entry=3 * MIB)),
    refused("entry point just before the code", BAD_SEGMENT,
            lambda: file_with(entry=CODE - 1)),
    refused("entry point just behind the code", BAD_SEGMENT,
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


def flaky(once):
    """An IDE disk that cannot read its sector 20, or cannot at first."""
    return ["-blockdev", "driver=blkdebug,node-name=disk,image.driver=file,"
            "image.filename={image},inject-error.0.event=none,"
            "inject-error.0.iotype=read,inject-error.0.sector=20,"
            "inject-error.0.errno=5,"
            "inject-error.0.once=" + ("on" if once else "off"),
            "-device", "ide-hd,drive=disk,bus=ide.0"]


def drive(device, *before):
    return list(before) + [
        "-drive", "if=none,id=disk,format=raw,file={image}",
        "-device", device + ",drive=disk,bootindex=0"]


BUSES = {
    "IDE": ["-drive", "if=ide,format=raw,file={image}"],
    "AHCI": drive("ide-hd,bus=ahci.0", "-device", "ahci,id=ahci"),
    "AHCI of a q35": ["-machine", "q35"] + drive("ide-hd,bus=ide.0"),
    "USB 1 (UHCI)": drive("usb-storage", "-device", "piix3-usb-uhci"),
    "USB 2 (EHCI)": drive("usb-storage", "-device", "usb-ehci"),
    "USB 3 (xHCI)": drive("usb-storage", "-device", "qemu-xhci"),
    "virtio-blk": drive("virtio-blk-pci"),
    "virtio-scsi": drive("scsi-hd", "-device", "virtio-scsi-pci"),
    "LSI SCSI": drive("scsi-hd", "-device", "lsi53c895a"),
    "NVMe": drive("nvme,serial=1"),
    "SD card": drive("sd-card", "-device", "sdhci-pci"),
}


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
                        help="boot from every kind of disk, too")
    options = parser.parse_args()
    with open(options.sector, "rb") as file:
        options.sector = file.read()
    tap = Tap()
    tap.run("the sector has 512 bytes and its mark",
            lambda: equal((len(options.sector), options.sector[-2:]),
                          (SECTOR, b"\x55\xaa")))
    run_tests(options, tap)
    return tap.close()


if __name__ == "__main__":
    sys.exit(main())
