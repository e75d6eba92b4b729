"""Swap areas, made byte by byte: good and damaged ones, for a disk's tests.

The format is that of kern/swaparea.h. Shares no code with tools/mkswap.
"""

import random
import struct

SECTOR, SLOT = 512, 4096
MAGIC = b"PAGESWAP"


def words_sum(data):
    """The sum of the first 24 bytes, as 32-bit words."""
    return sum(struct.unpack("<6I", data[:24])) % 2**32


def header(slots, version=1, generation=0, magic=MAGIC, checksum=None):
    data = magic + struct.pack("<3I", version, slots, generation)
    if checksum is None:
        checksum = -words_sum(data + bytes(4)) % 2**32
    return data + struct.pack("<I", checksum)


def noise(size, seed=1):
    return random.Random(seed).getrandbits(size * 8).to_bytes(size, "little")


def area(slots, head=None):
    """An area whose slots are full of noise; perhaps with another header."""
    return (header(slots) if head is None else head).ljust(SLOT, b"\0") + \
        noise((slots - 1) * SLOT)


def with_table(partitions, sectors):
    """A disk with a partition table: {number: (first sector, contents)}."""
    disk = bytearray(sectors * SECTOR)
    for number, (first, contents) in partitions.items():
        struct.pack_into("<B3xI", disk, 446 + (number - 1) * 16 + 4, 0x82,
                         first)
        struct.pack_into("<I", disk, 446 + (number - 1) * 16 + 12,
                         len(contents) // SECTOR)
        disk[first * SECTOR:first * SECTOR + len(contents)] = contents
    disk[510:512] = b"\x55\xaa"
    return bytes(disk)
