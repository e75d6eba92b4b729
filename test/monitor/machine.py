"""Commands about frames, the kernel and the processor, and the checks."""

import re

from lib import qemu
from lib.tap import check, equal
from monitor.driver import MEMORY, QUIET, demand, has, symbol, test

GROUPS = ["check_page_free_list", "check_page_alloc", "check_page",
          "check_kern_pgdir", "check_page_installed_pgdir"]


# --- Frames ---------------------------------------------------------------

@test
def page_zero(k):
    """frame 0 is reserved"""
    demand(k.sane("page 0"), "reserved")


@test
def page_by_address_and_number(k):
    """page takes a frame's address and its number"""
    by_address = k.sane("page 0x100000")
    equal(k.sane("page 0x100"), by_address)
    equal(k.sane("page 256"), by_address)
    equal(k.sane("page 0x100fff"), by_address)
    demand(by_address, "reserved", "0xf0100000")


@test
def page_of_the_directory(k):
    """page reports that the directory is mapped as a page table"""
    cr3 = re.search(r"CR3=([0-9a-f]{8})",
                    k.ready().ask_qemu("info registers")).group(1)
    demand(k.sane("page 0x" + cr3), r"0xef7bd000")


@test
def page_absent(k):
    """page reports an address without RAM"""
    for number in ("0xfffff000", "0xffffffff", "0x40000000"):
        demand(k.sane("page " + number), "(?i)no frame")


@test
def page_at_the_edge(k):
    """page near the number of frames is harmless"""
    frames = MEMORY * 256
    for number in range(frames - 34, frames + 2):
        k.sane("page %d" % number)


@test
def meminfo_adds_up(k):
    """meminfo's free, used and reserved frames add up to all"""
    lines = k.sane("meminfo")
    counts = {}
    for line in lines:
        match = re.match(r"^  (\w+)\s+(\d+) frames", line)
        if match:
            counts[match.group(1)] = int(match.group(2))
    check({"all", "free", "used", "reserved"} <= set(counts),
          "lines for all, free, used, reserved", lines)
    equal(counts["free"] + counts["used"] + counts["reserved"], counts["all"])
    check(0.8 * MEMORY * 256 < counts["free"] < MEMORY * 256,
          "nearly all of %d frames are free" % (MEMORY * 256), lines)


@test
def memmap_ways(k):
    """memmap shows what each source reports, and which is used"""
    lines = k.sane("memmap")
    demand(lines, "(?i)firmware", "(?i)cmos|nvram", "(?i)prob", "(?i)used")
    demand(lines, r"100000-0*8000000 RAM.*100000-0*8000000 RAM")


@test
def memmap_twice(k):
    """memmap prints the same after the checks have used all frames"""
    before = k.sane("memmap")
    k.sane("check")
    equal(k.sane("memmap"), before)


# --- The kernel and the processor -----------------------------------------

@test
def kerninfo_symbols(k):
    """kerninfo's addresses are those of the symbol table"""
    lines = k.sane("kerninfo")
    demand(lines, r"\bentry\s+%08x\b" % symbol(k, "entry"))
    demand(lines, "etext", "end")


@test
def regs_agree_with_qemu(k):
    """regs shows the same control registers as QEMU"""
    lines = k.sane("regs")
    text = k.machine.ask_qemu("info registers")
    for name in ("CR0", "CR2", "CR3", "CR4"):
        value = re.search(name + r"=([0-9a-f]{8})", text).group(1)
        demand(lines, r"(?i)%s\s+(0x)?%s" % (name, value))


@test
def backtrace_places(k):
    """backtrace's functions and offsets match the symbol table"""
    lines = k.sane("backtrace")
    equal(lines[0], "Stack backtrace:")
    functions = []
    for frame, place in zip(lines[1::2], lines[2::2]):
        eip = int(re.search(r"eip ([0-9a-f]{8})", frame).group(1), 16)
        match = re.match(r"^\s+\S+:\d+: (\S+)\+(\d+)$", place)
        check(match, "FILE:LINE: FUNCTION+OFFSET", place)
        found = k.machine.symbols.find(eip)
        equal("%s+%s" % match.groups(), "%s+%d" % (found[1], eip - found[0]))
        functions.append(match.group(1))
    check("monitor" in functions, "monitor is among the callers", functions)


@test
def check_all(k):
    """check runs all groups, and they succeed"""
    lines = k.sane("check")
    for group in GROUPS:
        check(lines.count(group + "() succeeded!") >= 1,
              group + "() succeeded!", lines)
    check(not has(lines, "FAIL"), "no failure", lines)


@test
def check_group(k):
    """check GROUP runs only that group"""
    for group in GROUPS:
        equal(k.sane("check " + group), [group + "() succeeded!"])


@test
def check_unknown(k):
    """check reports an unknown name"""
    for name in ("nonsense", "check_", "check_page_", "check_page("):
        lines = k.sane("check " + name)
        demand(lines, re.escape(name))
        check(not has(lines, "succeeded"), "nothing succeeds", lines)


@test
def check_leaves_no_trace(k):
    """checks leave frames and mappings unchanged"""
    before = k.sane("meminfo"), k.sane("pgdir")
    for _ in range(5):
        k.sane("check")
    equal((k.sane("meminfo"), k.sane("pgdir")), before)
    equal(k.sane("audit"), ["audit: all invariants hold"])


# --- Input before the kernel starts ----------------------------------------

@test
def early_input_is_kept(k):
    """input that waits when the kernel starts is read without a loss"""
    for _ in range(5):
        k.stop()
        machine = qemu.Machine(memory=MEMORY, transcript=None, **k.how)
        machine.start()
        machine.send_bytes(b"help run\rpage 0\r")
        try:
            machine.expect(r"^K> help run\nusage: run NAME\n(.*\n)"
                           r"K> page 0\nframe 0 ", quiet=QUIET)
        finally:
            machine.close()
