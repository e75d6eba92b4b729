"""Disks: the driver and the search for the swap area, on real emulators.

usage: python3 test/disk/disk_test.py [--image FILE] [WORD ...]
    With WORDs: only tests whose names contain all of them.

Machines have disks in all places, good and damaged areas, disks that fail
(QEMU's blkdebug) and disks that are slow (its throttle). The kernel's own
checks move the data (kern/check/own/disk.c). Here their effect on the image is
compared. What no emulator can be told to do is in test/host/ide_test.c.
"""

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import disks, qemu, script  # noqa: E402
from lib.disks import drive  # noqa: E402
from lib.tap import Tap, check, equal  # noqa: E402
from disk import areas  # noqa: E402
from disk.areas import SECTOR, SLOT  # noqa: E402
from matrix import bochs  # noqa: E402

SLOTS = 60
SECTORS = SLOTS * SLOT // SECTOR

ISA = ["-M", "isapc"]           # no PCI, so no DMA
MACHINES = (("DMA", []), ("PIO", ISA))

NO_AREA = "There is no swap area."
ABSENT = "-"
PLACES = ("primary   master", "primary   slave ", "secondary master",
          "secondary slave ")


class Bench:
    """Images in a folder of their own, and machines that have them."""

    def __init__(self, image):
        self.image = os.path.abspath(image)
        self.folder = tempfile.mkdtemp(prefix="disk.")
        self.images = 0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, contents):
        """A new file."""
        self.images += 1
        path = os.path.join(self.folder, "disk%d" % self.images)
        with open(path, "wb") as file:
            file.write(contents)
        return path

    @contextlib.contextmanager
    def machine(self, *options):
        """A machine at its prompt."""
        machine = qemu.Machine(image=self.image, options=options,
                               transcript=None, trace=False)
        with machine:
            machine.wait_for_prompt()
            yield machine


def bad_drive(path, kind, sector, once=False):
    """The secondary master, one sector of which cannot be read or written."""
    return disks.bad_drive(path, kind, [sector], once)


def isa_bad_drive(*arguments, **how):
    """The same, on a machine without PCI, whose buses have the same names."""
    return ISA + bad_drive(*arguments, **how)


# --- Questions -------------------------------------------------------------

def listed(machine):
    """What `disks` says of the four places, and its other lines."""
    lines = machine.command("disks")
    places, others = {}, []
    for line in lines:
        match = re.match(r"disk (\d)  (\S+ +\S+ *?)  (\S.*)$", line)
        if match:
            places[int(match.group(1))] = match.group(3)
        else:
            others.append(line)
    equal(sorted(places), [0, 1, 2, 3])
    return places, others


def found(disk, first=0, slots=SLOTS, generation=1):
    """An area that this boot has taken into use."""
    return ["Swap area: disk %d, from sector %d, %d slots of 4K, "
            "generation %d" % (disk, first, slots, generation)]


def dumped(machine, disk, sector):
    """A sector's bytes, as `disks DISK SECTOR` prints them."""
    data = b""
    for line in machine.command("disks %d %d" % (disk, sector)):
        match = re.match(r"([0-9a-f]{3}) ((?: [0-9a-f]{2}){16})  ", line)
        if line == "*":
            continue
        check(match, "a line of a dump", line)
        # After `*`: the line before it, again and again.
        at = int(match.group(1), 16)
        data += data[-16:] * ((at - len(data)) // 16)
        data += bytes.fromhex(match.group(2))
    return data + data[-16:] * ((SECTOR - len(data)) // 16)


def succeeds(machine):
    lines = machine.command("check check_disk", 120, 120)
    equal(lines, ["check_disk() succeeded!"])


# --- Places ----------------------------------------------------------------

TESTS = []


def test(function):
    TESTS.append((function.__doc__, function))
    return function


@test
def no_disk_but_the_kernels(bench):
    """only the kernel's disk: no area, the checks are skipped, programs run"""
    with bench.machine() as machine:
        places, others = listed(machine)
        check(places[0].startswith("QEMU HARDDISK, "), "the kernel's disk",
              places[0])
        equal([places[1], places[2], places[3]],
              [ABSENT, "a CD-ROM drive or its like", ABSENT])
        equal(others, [NO_AREA])
        succeeds(machine)
        lines = machine.command("run hello")
        check("hello, world" in lines, "hello runs", lines)


@test
def each_place(bench):
    """an area in each place is found; that of the file server is not"""
    image = bench.file(areas.area(SLOTS))
    for disk in (1, 2, 3):
        with bench.machine(*drive(image, disk)) as machine:
            places, others = listed(machine)
            equal(places[disk], "QEMU HARDDISK, %d sectors, %dK, by DMA" %
                  (SECTORS, SECTORS // 2))
            equal(others, [NO_AREA] if disk == 1 else found(disk))


@test
def on_the_first_disk(bench):
    """a kernel that came from elsewhere finds an area on the first disk"""
    image = bench.file(areas.area(SLOTS))
    kernel = os.path.join(os.path.dirname(bench.image), "kernel")
    machine = qemu.Machine(kernel=kernel, options=drive(image, 0),
                           transcript=None, trace=False)
    with machine:
        machine.wait_for_prompt()
        equal(listed(machine)[1], found(0))
        succeeds(machine)


@test
def second_channel_first(bench):
    """of several areas, the second channel's master is taken"""
    options = []
    for disk in (1, 2, 3):
        options += drive(bench.file(areas.area(SLOTS - disk)), disk)
    with bench.machine(*options) as machine:
        equal(listed(machine)[1], found(2, slots=SLOTS - 2))


@test
def beside_a_cdrom(bench):
    """a CD-ROM drive beside the disk, as master and as slave"""
    image = bench.file(areas.area(SLOTS))
    for disk in (2, 3):
        cdrom = ["-drive", "if=ide,index=%d,media=cdrom" % (5 - disk)]
        with bench.machine(*(drive(image, disk) + cdrom)) as machine:
            places, others = listed(machine)
            equal(places[5 - disk], "a CD-ROM drive or its like")
            equal(others, found(disk))
            succeeds(machine)


@test
def ahci_only(bench):
    """a machine with AHCI only has no disk for us, and works"""
    image = bench.file(areas.area(SLOTS))
    with bench.machine("-M", "q35", *drive(image, 2)) as machine:
        places, others = listed(machine)
        equal(list(places.values()), [ABSENT] * 4)
        equal(others, [NO_AREA])
        succeeds(machine)
        lines = machine.command("run hello")
        check("hello, world" in lines, "hello runs", lines)


@test
def in_a_partition(bench):
    """an area in each of the four partitions"""
    for number in (1, 2, 3, 4):
        disk = areas.with_table({number: (63 * number, areas.area(SLOTS))},
                                1000)
        with bench.machine(*drive(bench.file(disk))) as machine:
            equal(listed(machine)[1], found(2, first=63 * number))


# --- Headers ---------------------------------------------------------------

REFUSED = (
    ("bad checksum", areas.header(SLOTS, checksum=1)),
    ("unknown version", areas.header(SLOTS, version=2)),
    ("no room for a page", areas.header(1)),
    ("too many slots", areas.header(2**20 + 1)),
    ("too many slots", areas.header(2**32 - 1)),
    ("larger than its disk or partition", areas.header(SLOTS + 1)),
)


@test
def damaged_headers(bench):
    """a damaged header is refused, and the reason is said"""
    for why, head in REFUSED:
        contents = areas.area(SLOTS, head)
        image = bench.file(contents)
        with bench.machine(*drive(image, snapshot="off")) as machine:
            equal(listed(machine)[1], ["swap: disk 2 is not used: " + why,
                                       NO_AREA])
        same_file(image, contents)


@test
def damaged_header_in_a_partition(bench):
    """a damaged header in a partition: the next one is used"""
    bad = areas.area(SLOTS, areas.header(SLOTS + 1))
    disk = areas.with_table({2: (20, bad), 3: (500, areas.area(SLOTS))}, 1000)
    with bench.machine(*drive(bench.file(disk))) as machine:
        equal(listed(machine)[1], [
            "swap: disk 2, partition 2 is not used: "
            "larger than its disk or partition"] + found(2, first=500))


@test
def other_disks(bench):
    """a disk without our magic is read, and never written or mentioned"""
    contents = areas.noise(SLOTS * SLOT)
    image = bench.file(contents)
    with bench.machine(*drive(image, snapshot="off")) as machine:
        equal(listed(machine)[1], [NO_AREA])
        succeeds(machine)
    same_file(image, contents)


@test
def unreadable_header(bench):
    """a disk whose first sector cannot be read is passed over"""
    bad = bad_drive(bench.file(areas.area(SLOTS)), "read", 0)
    good = drive(bench.file(areas.area(SLOTS - 1)), 3)
    with bench.machine(*(bad + good)) as machine:
        equal(listed(machine)[1][-1:], found(3, slots=SLOTS - 1))


@test
def unwritable_header(bench):
    """an area whose header cannot be written is not used"""
    contents = areas.area(SLOTS)
    image = bench.file(contents)
    with bench.machine(*bad_drive(image, "write", 0)) as machine:
        check("swap: disk 2 is not used: it cannot be written"
              in machine.text.splitlines(), "the reason", machine.text)
        equal(listed(machine)[1][-1:], found(2, generation=0))
    same_file(image, contents)


# --- Data ------------------------------------------------------------------

def same_file(path, contents):
    with open(path, "rb") as file:
        data = file.read()
    for at in range(0, len(contents), SECTOR):
        if data[at:at + SECTOR] != contents[at:at + SECTOR]:
            equal("sector %d differs" % (at // SECTOR), "the same file")
    equal(len(data), len(contents))


@test
def sectors_are_printed(bench):
    """the first, a middle and the last sector, printed by DMA and by PIO"""
    image = bench.file(areas.area(SLOTS))
    contents = areas.area(SLOTS, areas.header(SLOTS, generation=1))
    for _name, options in MACHINES:
        with bench.machine(*(options + drive(image))) as machine:
            for sector in (0, 8, 9, 15, SECTORS // 2, SECTORS - 1):
                equal(dumped(machine, 2, sector),
                      contents[sector * SECTOR:(sector + 1) * SECTOR])
            equal(machine.command("disks 2 %d" % SECTORS),
                  ["Disk 2 has %d sectors." % SECTORS])
            equal(machine.command("disks 3 0"),
                  ["There is no disk 3; 'disks' lists them."])
            equal(machine.command("disks 4 0"),
                  ["There is no disk 4; 'disks' lists them."])
            equal(machine.command("disks 2"), ["usage: disks [DISK SECTOR]"])


@test
def border_at_8_gib(bench):
    """after a read that ends at 8 GiB, the next one reads its own sector"""
    border = 1 << 24
    image = bench.file(b"")
    contents = {sector: areas.noise(SECTOR, sector)
                for sector in (5, border - 1, border, border + 5)}
    with open(image, "r+b") as file:
        file.truncate((border + 2048) * SECTOR)
        for sector, data in contents.items():
            file.seek(sector * SECTOR)
            file.write(data)
    for _name, options in MACHINES:
        with bench.machine(*(options + drive(image))) as machine:
            for sector in (border - 1, 5, border, border - 1, border + 5, 5):
                equal(dumped(machine, 2, sector), contents[sector])


@test
def transfers(bench):
    """transfers of 1 to 8 sectors, by DMA and by PIO, leave the image as it was"""
    contents = areas.area(SLOTS)
    for way, options in MACHINES:
        for disk in (2, 3):
            image = bench.file(contents)
            with bench.machine(*(options + drive(image, disk, "off"))) \
                    as machine:
                check(("by " + way) in listed(machine)[0][disk], way,
                      listed(machine)[0][disk])
                succeeds(machine)
                equal(listed(machine)[1], found(disk))
            same_file(image, areas.area(SLOTS, areas.header(
                SLOTS, generation=1)))


@test
def large_disk(bench):
    """a disk larger than 128 GiB: its first part is used"""
    path = bench.file(areas.header(2**20).ljust(SLOT, b"\0"))
    os.truncate(path, 200 << 30)
    with bench.machine(*drive(path)) as machine:
        places, others = listed(machine)
        check(", %d sectors, " % (2**28 - 1) in places[2],
              "all that IDENTIFY's 28 bits can tell", places[2])
        equal(others, found(2, slots=2**20))
        succeeds(machine)


# --- Disks that fail -------------------------------------------------------

@test
def bad_sectors(bench):
    """a sector that cannot be read is reported, and its neighbours are read"""
    contents = areas.area(SLOTS)
    for name, make in (("DMA", bad_drive), ("PIO", isa_bad_drive)):
        for bad in (8, SECTORS // 2, SECTORS - 1):
            image = bench.file(contents)
            with bench.machine(*make(image, "read", bad)) as machine:
                equal(machine.command("disks 2 %d" % bad),
                      ["Sector %d cannot be read: unspecified error." % bad])
                for sector in (bad - 1, bad + 1):
                    if sector < SECTORS:
                        equal(dumped(machine, 2, sector), contents[
                            sector * SECTOR:(sector + 1) * SECTOR])
                places, others = listed(machine)
                check("by " + name in places[2], name + " is still used",
                      places[2])
                equal(others, ["        1 request had to be tried again"]
                      + found(2))


# The check writes and reads the ends of a slot, of 1 to 8 sectors. The bad
# sector of the slot decides which request fails first.
FIRST_TO_FAIL = ((0, 8), (4, 4), (7, 1))


@test
def bad_sectors_of_a_block(bench):
    """a bad sector fails the requests that contain it, and no other"""
    for way, make in (("DMA", bad_drive), ("PIO", isa_bad_drive)):
        for kind in ("read", "write"):
            for within, count in FIRST_TO_FAIL:
                image = bench.file(areas.area(SLOTS))
                if kind == "read":      # the first reads a whole slot
                    count = 8
                with bench.machine(*make(image, kind, 8 + within)) as machine:
                    lines = machine.command(
                        "check sectors_are_transferred_by_interrupts", 60, 60)
                by = "PIO" if kind == "write" else way
                found_line = [line for line in lines if "found:" in line]
                equal(found_line[:1], [
                    "    found:    error -1: %s of %d sectors, from sector %d"
                    " on, by %s" % (kind, count, 16 - count, by)])


@test
def passing_errors(bench):
    """an error that passes is made good by a second attempt"""
    contents = areas.area(SLOTS)
    for _way, make in (("DMA", bad_drive), ("PIO", isa_bad_drive)):
        image = bench.file(contents)
        with bench.machine(*make(image, "read", 20, once=True)) as machine:
            equal(dumped(machine, 2, 20),
                  contents[20 * SECTOR:21 * SECTOR])
            equal(listed(machine)[1], [
                "        1 request had to be tried again"] + found(2))


@test
def disk_that_stops(bench):
    """a disk that does not answer is given up in three seconds, and works later"""
    contents = areas.area(SLOTS)
    image = bench.file(contents)
    for options in ([], ISA):
        slow = drive(image)
        slow[1] += ",id=slow,throttling.bps-total=64"
        with bench.machine(*(options + slow)) as machine:
            began = time.monotonic()
            lines = []
            for sector in (8, 9):
                lines += machine.command("disks 2 %d" % sector, 60, 60)
            check("Sector 9 cannot be read: unspecified error." in lines,
                  "an error", lines)
            check(time.monotonic() - began < 30, "soon", "%.1f s" %
                  (time.monotonic() - began))
            machine.ask_qemu("block_set_io_throttle slow 0 0 0 0 0 0")
            equal(dumped(machine, 2, 11), contents[11 * SECTOR:12 * SECTOR])


# --- Bochs -----------------------------------------------------------------

# Bochs's disks have whole cylinders.
CYLINDER = 16 * 63 * SECTOR


def on_bochs(bench, place, disk, way, **how):
    slots = 4 * CYLINDER // SLOT
    image = bench.file(areas.area(slots).ljust(4 * CYLINDER, b"\0"))
    with bochs.Bochs(bench.image, disks={place: image}, **how) as machine:
        machine.wait_for_prompt(180, 180)
        places, others = listed(machine)
        check("by " + way in places[disk], "by " + way, places[disk])
        equal(others, found(disk, slots=slots))
        succeeds(machine)
        bochs.no_complaints(machine)


@test
def bochs_master(bench):
    """Bochs: the second channel's master, by DMA"""
    on_bochs(bench, "ata1-master", 2, "DMA")


@test
def bochs_slave(bench):
    """Bochs: the second channel's slave alone, by DMA"""
    on_bochs(bench, "ata1-slave", 3, "DMA")


@test
def bochs_without_pci(bench):
    """Bochs without PCI: PIO"""
    on_bochs(bench, "ata1-master", 2, "PIO", bios=bochs.LEGACY_BIOS,
             settings="pci: enabled=0\n")


# --- Running them ----------------------------------------------------------

def run(options):
    return bochs.run_tests(Tap(), TESTS, options.words, Bench(options.image))


def main():
    parser = argparse.ArgumentParser(description="Test disks and swap areas.")
    parser.add_argument("--image", default=qemu.IMAGE)
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    return script.run_guarded(lambda: run(options))


if __name__ == "__main__":
    sys.exit(main())
