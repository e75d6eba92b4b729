"""gdb commands that show the guest's page tables and frames.

    pgdir           every mapping of the current directory, as ranges
    walk ADDRESS    one translation, step by step; ADDRESS is any expression
    frames          the number of frames by state, and the free list
    frames N        the frame with number N, or the one at physical address N

Loaded by conf/gdbinit.in. The arithmetic is in tables.py; this file only
fetches registers, symbols and memory.

Physical memory is read by a packet of QEMU's (since 4.2). If the stub does not
know it, the kernel's window is read instead, which shows the first 256 MiB and
needs paging to be on.
"""

import contextlib
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True      # leave no __pycache__ in the tree
import tables                       # noqa: E402  (needs the path)

KERNBASE = 0xF0000000
WINDOW = 0x10000000     # bytes of physical memory mapped from KERNBASE up

CR0_WP, CR0_PG = 1 << 16, 1 << 31
CR4_PSE, CR4_PAE = 1 << 4, 1 << 5


# ---- Values from gdb

def number(expression):
    """Return the value of a gdb expression as an unsigned number."""
    # The cast turns functions and pointers into numbers.
    return int(gdb.parse_and_eval("(unsigned long long)(%s)" % expression))


def number_of_user(expression):
    """Like number, for an expression that the user typed: errors become a
    message instead of a trace."""
    try:
        return number(expression)
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None


def register(name):
    """Return a register's value, or None if this stub does not have it."""
    if gdb.parse_and_eval("$" + name).type.code == gdb.TYPE_CODE_VOID:
        return None
    # A register of flags cannot be cast, but arithmetic works.
    return int(gdb.parse_and_eval("$%s | 0" % name)) & 0xFFFFFFFF


def symbol(name):
    """Return the value of a variable of the kernel."""
    try:
        return number(name) & 0xFFFFFFFF
    except gdb.error:
        # Without debug information, only the type is unknown.
        try:
            return number("*(unsigned int *)&%s" % name)
        except gdb.error:
            raise gdb.GdbError("%s: no such symbol. Were the kernel's symbols "
                               "loaded (symbol-file obj/kern/kernel)?"
                               % name) from None


def need_stopped_guest():
    """Raise an error unless the guest is connected and stopped."""
    if gdb.selected_inferior().pid == 0 or gdb.selected_thread() is None:
        raise gdb.GdbError("not connected to a guest; run `make qemu-gdb` in "
                           "another terminal, then `make gdb`")
    if gdb.selected_thread().is_running():
        raise gdb.GdbError("the guest is running; stop it with Ctrl-C first")


class Paging:
    """The control registers that control address translation."""

    def __init__(self):
        need_stopped_guest()
        cr0, self.cr3, cr4 = (register(r) for r in ("cr0", "cr3", "cr4"))
        if self.cr3 is None:
            # Before QEMU 4.0. Show the directory that the kernel built. Its
            # large entries are large pages, so assume CR4.PSE.
            gdb.write("(this QEMU does not give gdb the control registers: "
                      "showing kern_pgdir)\n")
            self.cr3 = symbol("kern_pgdir") - KERNBASE
            cr0, cr4 = CR0_PG | CR0_WP, CR4_PSE
        if not cr0 & CR0_PG:
            raise gdb.GdbError("paging is off (CR0.PG is clear): linear "
                               "addresses are physical addresses")
        if cr4 & CR4_PAE:
            raise gdb.GdbError("the guest uses PAE or 64-bit paging (CR4.PAE "
                               "is set), which this command cannot read")
        self.pse = bool(cr4 & CR4_PSE)
        self.wp = bool(cr0 & CR0_WP)


# ---- Physical memory

def physical_mode(on):
    """Make the stub treat addresses as physical. False if it cannot."""
    try:
        reply = gdb.execute("maintenance packet Qqemu.PhyMemMode:%d" % on,
                            to_string=True)
    except gdb.error:
        return False
    return 'received: "OK"' in reply


def read_memory(address, size):
    """Read memory in the stub's current mode."""
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.error:
        raise tables.PhysReadError(address) from None


def read_window(pa, size):
    """Read physical memory through the kernel's window."""
    if pa + size > WINDOW:
        raise tables.PhysReadError(pa)
    return read_memory(KERNBASE + pa, size)


def end_of_memory():
    """Return the end of the kernel's frames, or 4 GiB if it has none yet.

    Needed because QEMU reads zeroes after the end of memory.
    """
    try:
        return (symbol("npages") * tables.PGSIZE) or 1 << 32
    except gdb.GdbError:
        return 1 << 32


@contextlib.contextmanager
def physical_memory():
    """Provide read_phys during the block."""
    end = end_of_memory()

    def read_physical(pa, size):
        if pa + size > end:
            raise tables.PhysReadError(pa)
        return read_memory(pa, size)

    if not physical_mode(True):
        gdb.write("(this stub cannot read physical memory: reading the "
                  "window at 0x%08x)\n" % KERNBASE)
        yield read_window
        return
    try:
        yield read_physical
    finally:
        # Otherwise, all variables would show garbage from now on.
        physical_mode(False)


def current_mappings(paging):
    """Return all mappings, complaints about unreadable tables, and the
    addresses where the tables themselves are mapped."""
    complaints = []
    with physical_memory() as read_phys:
        found = list(tables.mappings(paging.cr3, read_phys, paging.pse,
                                     complaints))
        own = tables.self_mapped(paging.cr3, read_phys, paging.pse)
    return found, complaints, own


def show(lines):
    """Write lines to gdb's pager."""
    gdb.write("\n".join(lines) + "\n")


# ---- Commands

class PgdirCommand(gdb.Command):
    """Show all mappings of the current page directory (CR3).

Usage: pgdir

Each line is a range: pages that are contiguous in virtual and in physical
memory and have the same size and flags. Rights are kernel/user. Where the
directory is mapped as its own page table, one line stands for all."""

    def __init__(self):
        super().__init__("pgdir", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("usage: pgdir")
        paging = Paging()
        found, complaints, own = current_mappings(paging)
        show(["directory at physical 0x%08x" % (paging.cr3 & ~0xFFF)]
             + tables.format_mappings(found, own)
             + ["damage: " + c for c in tables.shorten(complaints)])
        if not paging.wp:
            show(["CR0.WP is clear: the kernel can write where only R is shown"])


def slots_of_swap_area():
    """Return the number of slots; 0 without an area, or in a kernel that knows
    none."""
    try:
        return symbol("slots_total")
    except gdb.GdbError:
        return 0


class WalkCommand(gdb.Command):
    """Translate an address as the processor does, step by step.

Usage: walk ADDRESS

ADDRESS is any expression: a number, $eip, a function, a pointer."""

    def __init__(self):
        super().__init__("walk", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("usage: walk ADDRESS")
        va = number_of_user(argument) & 0xFFFFFFFF
        paging = Paging()
        with physical_memory() as read_phys:
            result = tables.walk(va, paging.cr3, read_phys, paging.pse)
        show(tables.format_walk(result, paging.cr3, paging.pse, paging.wp,
                                slots_of_swap_area()))


def frame_layout():
    """Return the layout of struct PageInfo, from debug information if there is
    some."""
    layout = tables.Layout(flags=(7, 1))
    try:
        kind = gdb.lookup_type("struct PageInfo")
    except gdb.error:
        return layout
    places = {field.name: (field.bitpos // 8, field.type.sizeof)
              for field in kind.fields()}
    return tables.Layout(kind.sizeof,
                         places.get("pp_link", layout.link),
                         places.get("pp_ref", layout.ref),
                         places.get("pp_state", layout.state),
                         places.get("pp_flags"))


class FramesCommand(gdb.Command):
    """Show the use of physical memory, or one frame.

Usage: frames
       frames N

Without N: frames by state, the free list's length, and any damage. With N:
state, count, link and mappings of one frame. N is a frame number if there is a
frame with that number, else a physical address."""

    def __init__(self):
        super().__init__("frames", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        need_stopped_guest()
        pages_va, npages = symbol("pages"), symbol("npages")
        if not pages_va or not npages:
            raise gdb.GdbError("pages[] does not exist yet: mem_init has not "
                               "made it")
        layout = frame_layout()
        try:
            data = read_memory(pages_va, npages * layout.size)
        except tables.PhysReadError:
            raise gdb.GdbError("pages[] at 0x%08x (%d frames) cannot be read: "
                               "is paging off?" % (pages_va, npages)) from None
        frames = tables.parse_frames(data, layout)
        if argument:
            self.show_one(number_of_user(argument), frames)
            return
        show(tables.format_summary(tables.summarize(
            frames, symbol("page_free_list"), pages_va, layout)))

    def show_one(self, which, frames):
        ppn = which if which < len(frames) else which // tables.PGSIZE
        if ppn >= len(frames):
            raise gdb.GdbError("0x%x: neither a frame number below %d nor an "
                               "address below 0x%x"
                               % (which, len(frames),
                                  len(frames) * tables.PGSIZE))
        found, complaints, _ = current_mappings(Paging())
        places = tables.mapped_at(ppn * tables.PGSIZE, found)
        show(tables.format_frame(ppn, frames[ppn], places)
             + ["damage: " + c for c in tables.shorten(complaints)])


PgdirCommand()
WalkCommand()
FramesCommand()
