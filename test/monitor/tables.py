"""Commands about virtual memory: pgdir, showmappings, walk, setperm, dump.

Their output is compared with QEMU's, which walks the tables itself.
"""

import re

from lib.tap import check, equal
from monitor.driver import demand, symbol, test

PGSIZE = 4096
UVPT, UVPT_END = 0xEF400000, 0xEF800000


# --- Tables ---------------------------------------------------------------

def qemu_ranges(machine):
    """QEMU's view: a merged list of (start, end, user, writable)."""
    found = []
    for line in machine.ask_qemu("info mem").splitlines():
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ (.)(.)(.)", line)
        if match:
            found.append((int(match.group(1), 16), int(match.group(2), 16),
                          match.group(3) == "u", match.group(5) == "w"))
    return merge(found)


_RANGE = re.compile(r"^([0-9a-f]{8})-([0-9a-f]{8}) -> ([0-9a-f]{8})-"
                    r"([0-9a-f]{8})\s+(R?[W-]|R-|--)/(RW|R-|--)\s+(4K|4M)")


def kernel_ranges(lines):
    """The mappings in a listing: (start, end, physical, user, writable)."""
    found = []
    for line in lines:
        match = _RANGE.match(line)
        if match:
            found.append((int(match.group(1), 16),
                          int(match.group(2), 16) + 1,
                          int(match.group(3), 16),
                          match.group(6) != "--", "W" in match.group(5)))
    return found


def merge(ranges):
    """Merge neighbours with equal rights; leave out the tables' window."""
    merged = []
    for start, end, user, writable in sorted(ranges):
        if start < UVPT_END and end > UVPT:
            continue
        if (merged and merged[-1][1] == start
                and merged[-1][2:] == (user, writable)):
            start = merged.pop()[0]
        merged.append((start, end, user, writable))
    return merged


def hexadecimal(ranges):
    return ["%09x-%09x %s%s" % (start, end, "u" if user else "-",
                                "w" if writable else "r")
            for start, end, user, writable in ranges]


def without_physical(ranges):
    return merge([(start, end, user, writable)
                  for start, end, _pa, user, writable in ranges])


@test
def pgdir_agrees_with_qemu(k):
    """pgdir shows the same mappings and rights as QEMU"""
    ranges = without_physical(kernel_ranges(k.sane("pgdir")))
    equal(hexadecimal(ranges), hexadecimal(qemu_ranges(k.machine)))


@test
def showmappings_agrees_with_qemu(k):
    """showmappings of everything shows the same mappings as QEMU"""
    lines = k.sane("showmappings 0 0xffffffff")
    ranges = without_physical(kernel_ranges(lines))
    equal(hexadecimal(ranges), hexadecimal(qemu_ranges(k.machine)))


@test
def showmappings_one_page(k):
    """showmappings of an address shows only its page"""
    lines = k.sane("showmappings 0xf0100123")
    equal([r[:3] for r in kernel_ranges(lines)],
          [(0xF0100000, 0xF0101000, 0x100000)])


@test
def showmappings_gaps(k):
    """showmappings shows unmapped ranges in between"""
    lines = k.sane("showmappings 0xefff7000 0xefff8000")
    demand(lines, r"^efff7000-efff7fff not mapped")
    equal([r[0] for r in kernel_ranges(lines)], [0xEFFF8000])
    demand(k.sane("showmappings 0"), "not mapped")


@test
def showmappings_last_page(k):
    """showmappings reaches the last page, and ends there"""
    lines = k.sane("showmappings 0xfffff000 0xffffffff")
    equal([r[1] for r in kernel_ranges(lines)], [1 << 32])


@test
def showmappings_backwards(k):
    """showmappings from high to low is refused"""
    lines = k.sane("showmappings 0xf0002000 0xf0001000")
    equal(kernel_ranges(lines), [])
    check(lines, "a message", lines)


@test
def walk_steps(k):
    """walk shows both entries, the frame and the rights"""
    lines = k.sane("walk 0xf0100abc")
    demand(lines, r"PDE\[960\]", r"PTE\[256\]", r"00100abc", r"R-/--")


@test
def walk_unmapped(k):
    """walk reports an unmapped address"""
    for address in ("0", "0xefff7000", "0xdeadb000", "0x00800000"):
        demand(k.sane("walk " + address), "not (mapped|present)")


@test
def walk_everywhere(k):
    """walk is harmless at the ends of every region"""
    for address in (0, 1, 0xFFF, 0x3FFFFF, 0x400000, 0xEEBFFFFF, 0xEEC00000,
                    0xEF000000, 0xEF3FFFFF, 0xEF400000, 0xEF7BD000,
                    0xEF7FFFFF, 0xEF800000, 0xEFFEFFFF, 0xEFFFFFFF,
                    0xF0000000, 0xF00A0000, 0xF7FFFFFF, 0xF8000000,
                    0xFFFFFFFF):
        k.sane("walk 0x%x" % address)


@test
def walk_tables_through_uvpt(k):
    """walk of UVPT's own entry finds the directory"""
    lines = k.sane("walk 0x%x" % (UVPT + (UVPT >> 10)))
    cr3 = re.search(r"CR3=([0-9a-f]{8})",
                    k.machine.ask_qemu("info registers")).group(1)
    demand(lines, "physical " + cr3)


# --- setperm --------------------------------------------------------------

PAGE = 0xF0080000               # of a free frame, in a page of 4 KiB


def rights_of(k, address):
    """(user, writable) as QEMU sees the page, or None if unmapped."""
    for start, end, user, writable in qemu_ranges(k.machine):
        if start <= address < end:
            return user, writable
    return None


@test
def setperm_read_only(k):
    """setperm removes the right to write, and restores it"""
    k.sane("setperm 0x%x p" % PAGE)
    equal(rights_of(k, PAGE), (False, False))
    equal(rights_of(k, PAGE + PGSIZE), (False, True))
    equal([r[4] for r in kernel_ranges(k.sane("showmappings 0x%x" % PAGE))],
          [False])
    k.sane("setperm 0x%x pw" % PAGE)
    equal(rights_of(k, PAGE), (False, True))


@test
def setperm_not_present(k):
    """setperm unmaps a page for dump, and maps it again"""
    before = k.sane("dump v 0x%x 16" % PAGE)
    k.sane("setperm 0x%x 0" % PAGE)
    equal(rights_of(k, PAGE), None)
    demand(k.sane("dump v 0x%x 16" % PAGE), "--")
    demand(k.sane("showmappings 0x%x" % PAGE), "not mapped")
    k.sane("setperm 0x%x pw" % PAGE)
    equal(k.sane("dump v 0x%x 16" % PAGE), before)


@test
def setperm_numbers(k):
    """setperm accepts the bits as a number, too"""
    k.sane("setperm 0x%x 1" % PAGE)
    equal(rights_of(k, PAGE), (False, False))
    k.sane("setperm 0x%x 0x3" % PAGE)
    equal(rights_of(k, PAGE), (False, True))


@test
def setperm_large_page(k):
    """setperm of a large page changes all of it, and reports that"""
    address = 0xF0800000
    demand(k.sane("setperm 0x%x p" % (address + 0x5000)), "4 MiB|4M|large")
    equal(rights_of(k, address), (False, False))
    k.sane("setperm 0x%x pw" % address)
    equal(rights_of(k, address + 0x3FF000), (False, True))


@test
def setperm_bad_flags(k):
    """setperm refuses letters and bits that are not permissions"""
    before = hexadecimal(qemu_ranges(k.ready()))
    for flags in ("x", "pwx", "8", "0x80", "0xfff", "0xffffffff", "p,w", "%n"):
        lines = k.sane("setperm 0x%x %s" % (PAGE, flags))
        check(lines, "a message about '%s'" % flags, lines)
    equal(hexadecimal(qemu_ranges(k.machine)), before)


@test
def setperm_unmapped(k):
    """setperm reports an unmapped address, and maps nothing"""
    before = hexadecimal(qemu_ranges(k.ready()))
    for address in ("0", "0x00800000", "0xefff7000", "0xeebff000"):
        demand(k.sane("setperm %s pwu" % address), "not mapped")
    equal(hexadecimal(qemu_ranges(k.machine)), before)


@test
def audit_sees_writable_text(k):
    """audit names kernel text that setperm made writable"""
    text = symbol(k, "i386_init") & ~0xFFF
    k.sane("setperm 0x%x pw" % text)
    lines = k.sane("audit")
    k.sane("setperm 0x%x p" % text)
    demand(lines, "(?i)M2|text", "broken|[1-9]")
    equal(k.sane("audit"), ["audit: all invariants hold"])


@test
def audit_sees_user_rights(k):
    """audit names kernel memory that setperm made accessible to users"""
    address = 0xF0800000
    k.sane("setperm 0x%x pwu" % address)
    equal(rights_of(k, address), (True, True))
    lines = k.sane("audit")
    k.sane("setperm 0x%x pw" % address)
    demand(lines, "(?i)M1|user", "(?i)f08", "broken|[1-9]")
    equal(k.sane("audit"), ["audit: all invariants hold"])


@test
def check_sees_a_missing_page(k):
    """check_kern_pgdir names a page that setperm removed from the window"""
    k.sane("setperm 0x%x 0" % PAGE)
    lines = k.sane("check check_kern_pgdir")
    k.sane("setperm 0x%x pw" % PAGE)
    demand(lines, "^FAIL check_kern_pgdir/", "(?i)%08x" % PAGE,
           r"^check_kern_pgdir\(\) FAILED: ")
    equal(k.sane("check check_kern_pgdir"), ["check_kern_pgdir() succeeded!"])


# --- dump -----------------------------------------------------------------

_DUMP_LINE = re.compile(
    r"^([0-9a-f]{8})  ?((?: ?(?:[0-9a-f]{2}|--|  )){1,16})")


def dumped(lines):
    """The bytes of a dump: address to hexadecimal text."""
    found = {}
    for line in lines:
        match = _DUMP_LINE.match(line)
        if match:
            address = int(match.group(1), 16)
            for i, byte in enumerate(match.group(2).split()):
                found[address + i] = byte
    return found


def guest_bytes(machine, address, count):
    """The same bytes, from QEMU."""
    text = machine.ask_qemu("x /%dbx 0x%x" % (count, address))
    return re.findall(r" 0x([0-9a-f]{2})\b", text)


@test
def dump_virtual(k):
    """dump v shows the same bytes as QEMU"""
    for address, count in ((0xF0100000, 64), (0xF0100FF8, 16),
                           (0xF01003FD, 7), (0xF0000000, 1)):
        found = dumped(k.sane("dump v 0x%x %d" % (address, count)))
        equal([found.get(address + i) for i in range(count)],
              guest_bytes(k.machine, address, count))
        equal(len(found), count)


@test
def dump_multiboot(k):
    """dump p of the kernel's first bytes shows the Multiboot magic"""
    found = dumped(k.sane("dump p 0x100000 0x2000"))
    text = " ".join(found[address] for address in sorted(found))
    check("02 b0 ad 1b" in text, "02 b0 ad 1b in the first 8 KiB", text[:300])


@test
def dump_defaults(k):
    """dump without a count shows 64 bytes"""
    equal(len(dumped(k.sane("dump v 0xf0100000"))), 64)


@test
def dump_physical_is_virtual(k):
    """dump p and dump v of the same frame agree"""
    physical = dumped(k.sane("dump p 0x100ff8 32"))
    virtual = dumped(k.sane("dump v 0xf0100ff8 32"))
    equal(list(physical.values()), list(virtual.values()))


@test
def dump_across_unmapped(k):
    """dump across the edge of a mapping shows the mapped bytes"""
    for address in (0xEFFF7FF8, 0xEFFF7FF1):
        found = dumped(k.sane("dump v 0x%x 16" % address))
        for i in range(16):
            there = address + i >= 0xEFFF8000
            check((found.get(address + i) != "--") == there,
                  "byte %08x is %s" % (address + i, "there" if there
                                       else "--"),
                  sorted(found.items()))


@test
def dump_unmapped(k):
    """dump reports unmapped memory"""
    for address in ("0", "0xeebff000", "0xefff0000", "0xef400000"):
        demand(k.sane("dump v %s 32" % address), "--")


@test
def dump_ends_at_4_gib(k):
    """dump at the last addresses ends there"""
    for kind in "vp":
        for count in (1, 16, 17, 0x1000):
            found = dumped(k.sane("dump %s 0xfffffff8 %d" % (kind, count)))
            check(all(address < 1 << 32 for address in found)
                  and len(found) == min(count, 8), "%d bytes" % min(count, 8),
                  sorted(found))


@test
def dump_no_bytes(k):
    """dump of no bytes shows none"""
    equal(dumped(k.sane("dump v 0xf0100000 0")), {})


@test
def dump_too_much(k):
    """dump of gigabytes is refused, or ends soon"""
    for count in ("0xffffffff", "0x80000000", "4294967295"):
        lines = k.sane("dump v 0 " + count)
        check(len(lines) < 100, "a message", lines[:10])


@test
def dump_absent_ram(k):
    """dump p of addresses without RAM is harmless"""
    for address in ("0x7ffffff", "0x8000000", "0x0ffffff8", "0x10000000",
                    "0xfee00000", "0xa0000", "0xfffffff0"):
        k.sane("dump p %s 32" % address)


@test
def dump_other_kinds(k):
    """dump without v or p shows the usage"""
    for kind in ("x", "V", "vp", "0"):
        demand(k.sane("dump %s 0xf0100000" % kind), "usage: dump")
