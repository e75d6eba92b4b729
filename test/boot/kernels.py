"""Kernels for testing the boot sector: made byte by byte, good or damaged.

A kernel is an ELF file with segments of noise and one of code. The code sends
over the serial line the state at its start (registers, descriptor table,
information block, memory map) and a checksum of each segment in memory, and
ends QEMU. It judges nothing: run.Report reads the data.
"""

import itertools
import random
import struct

SECTOR = 512
MIB = 1 << 20
LOAD_START, LOAD_END = 1 * MIB, 16 * MIB
FILE_LIMIT = 12 * MIB
CHUNK = 16 << 10        # bytes in one read of the sector

INFO_SIZE = 52          # bytes of the Multiboot information block that we read

PT_LOAD, PT_NOTE, PT_GNU_STACK = 1, 4, 0x6474E551
EHDR_SIZE, PHDR_SIZE = 52, 32


class Segment:
    """A program header, and its bytes.

    offset None: after what is in the file already. memsz and filesz None: the
    number of bytes.
    """

    def __init__(self, paddr, data=b"", memsz=None, offset=None, filesz=None,
                 kind=PT_LOAD):
        self.paddr, self.data = paddr, data
        self.offset, self.kind = offset, kind
        self.filesz = len(data) if filesz is None else filesz
        self.memsz = self.filesz if memsz is None else memsz

    def header(self):
        return struct.pack("<8I", self.kind, self.offset, self.paddr,
                           self.paddr, self.filesz, self.memsz, 7, 1)

    def memory(self):
        """The bytes that must be at paddr after loading."""
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
        # A segment without data does not lengthen the file.
        if segment.data:
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
CODE = LOAD_START       # the address of a test kernel's code

# Which 32-bit registers the code pushes, last first, after the table pointer.
STATE = ("gdt", "gdt_high", "ss", "gs", "fs", "es", "ds", "cs", "cr0", "ebx",
         "eax", "eflags")


def code_segment(ranges):
    """Code at CODE that reports, with checksums of ranges (address, size)."""
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
        # The code reads whole words: at a partial last word, it reads the
        # last four bytes again.
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
