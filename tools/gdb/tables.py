"""Reading the page tables and the frame array of a stopped guest.

Pure functions, without gdb. Physical memory comes from a callable
read_phys(pa, size) -> bytes, which raises PhysReadError if it cannot read. In
pagewalk.py it asks gdb; in the tests it reads a dictionary.

Nothing in the tables is trusted. A table outside of memory, or a free list
that loops or leaves the array, is what a caller may be looking for: it is
reported, never followed.

Two-level, 32-bit paging only, with 4 MiB pages (SDM 3A 4.3), and the upper
address bits of PSE-36. Not PAE, not 64-bit.
"""

import struct
from typing import NamedTuple, Optional

PGSIZE = 4096
ENTRIES = 1024                  # in a directory and in a table
PTSIZE = PGSIZE * ENTRIES       # what a directory entry maps

P, W, U, PWT, PCD, A, D, PS, G = (1 << bit for bit in range(9))
SHARE, COW = 0x400, 0x800       # the kernel's, in the entries of user pages
FILE = PS                       # in an absent entry: in the program's file
UTOP = 0xEEC00000               # user pages are below it

# Flags of frames, as inc/memlayout.h numbers them.
PAGED, BUSY, FILLING, DIRTY = 1, 2, 4, 8

# Frame states, as inc/memlayout.h numbers them.
STATES = ("reserved", "free", "used")
FREE = STATES.index("free")

# A damaged kernel causes thousands of complaints; show only the first.
COMPLAINTS_SHOWN = 8


class PhysReadError(Exception):
    """There is no memory to read at this physical address."""


# ---- Entries

def flag_names(entry, is_pde):
    """Return the names of the bits set in a present entry, lowest first.

    Of the bits that the processor ignores in this kind of entry, those for
    software are shown by their names in a page's entry, or as AVL, and the
    others are left out.
    """
    names = [(P, "P"), (W, "W"), (U, "U"), (PWT, "PWT"), (PCD, "PCD"),
             (A, "A")]
    large = is_pde and entry & PS
    if large or not is_pde:
        names.append((D, "D"))
    names.append((PS, "PS" if is_pde else "PAT"))
    if large or not is_pde:
        names.append((G, "G"))
    found = [name for bit, name in names if entry & bit]
    named = [] if is_pde else [(SHARE, "SHARE"), (COW, "COW")]
    others = entry & 0xE00 & ~sum(bit for bit, _ in named)
    if others:
        found.append("AVL=%d" % (others >> 9))
    found += [name for bit, name in named if entry & bit]
    if large and entry & 1 << 12:
        found.append("PAT")
    return found


def rights_text(flags):
    """Format rights as kernel/user, such as "RW/R-"."""
    write = "RW" if flags & W else "R-"
    return "%s/%s" % (write, write if flags & U else "--")


def size_text(size):
    """Format a size in the largest unit that leaves no fraction."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % (1 << shift) == 0:
            return "%d %s" % (size >> shift, unit)
    return "%d bytes" % size


def large_page_pa(pde):
    """Return a 4 MiB page's address; bits 20..13 are bits 39..32 (PSE-36)."""
    return (pde & 0xFFC00000) | (pde >> 13 & 0xFF) << 32


# ---- One translation

class Walk(NamedTuple):
    """The entries that the processor reads to translate va, and the result."""
    va: int
    pde_pa: int                 # address of the directory entry
    pde: Optional[int]          # None: cannot be read
    pte_pa: Optional[int]       # None: the walk ended at the directory
    pte: Optional[int]          # None: not reached, or cannot be read
    size: int                   # of the page; 0: not mapped
    pa: Optional[int]           # None: not mapped
    flags: int                  # effective P, W, U, of both levels; 0: none


def read_word(read_phys, pa):
    """Return the 32-bit word at pa, or None if it cannot be read."""
    try:
        return struct.unpack("<I", bytes(read_phys(pa, 4)))[0]
    except PhysReadError:
        return None


def read_table(read_phys, pa):
    """Return the 1024 entries of the directory or table at pa, or None."""
    try:
        return struct.unpack("<%dI" % ENTRIES, bytes(read_phys(pa, PGSIZE)))
    except PhysReadError:
        return None


def walk(va, cr3, read_phys, pse=True):
    """Translate va through the directory at cr3."""
    va &= 0xFFFFFFFF
    pde_pa = (cr3 & ~0xFFF) + (va >> 22) * 4
    pde = read_word(read_phys, pde_pa)
    if pde is None or not pde & P:
        return Walk(va, pde_pa, pde, None, None, 0, None, 0)
    if pde & PS and pse:
        return Walk(va, pde_pa, pde, None, None, PTSIZE,
                    large_page_pa(pde) | va & PTSIZE - 1, pde & (P | W | U))
    pte_pa = (pde & ~0xFFF) + (va >> 12 & ENTRIES - 1) * 4
    pte = read_word(read_phys, pte_pa)
    if pte is None or not pte & P:
        return Walk(va, pde_pa, pde, pte_pa, pte, 0, None, 0)
    return Walk(va, pde_pa, pde, pte_pa, pte, PGSIZE,
                pte & ~0xFFF | va & 0xFFF, pde & pte & (P | W | U))


def absent_text(entry, slots):
    """Say where a page is whose entry is neither present nor 0: on disk, if a
    swap area with that many slots is in use. None if the entry does not say."""
    if not slots or entry & P or not entry:
        return None
    if entry & FILE and entry >> 12 == 0xFFFFF:
        return "zeroes, not allocated"
    if entry & FILE:
        return "in the program's file, not loaded"
    return "on disk, slot %d" % (entry >> 12) if 0 < entry >> 12 <= slots \
        else None


def entry_text(entry, is_pde, pse):
    """Format an entry, present or not."""
    if entry is None:
        return "cannot be read: no memory there"
    if not entry & P:
        if entry:
            return "0x%08x  not present; the other bits are software's" % entry
        return "0x%08x  not present" % entry
    names = flag_names(entry, is_pde)
    if is_pde and entry & PS and not pse:
        names = ["PS(ignored: CR4.PSE is clear)" if n == "PS" else n
                 for n in names]
    return "0x%08x  %s" % (entry, " ".join(names))


def format_walk(w, cr3, pse=True, wp=True, slots=0):
    """Format a walk as lines of text, step by step. slots: those of the swap
    area, 0 if there is none."""
    lines = [
        "va   0x%08x  directory entry %d, table entry %d, offset 0x%03x"
        % (w.va, w.va >> 22, w.va >> 12 & ENTRIES - 1, w.va & 0xFFF),
        "cr3  0x%08x  directory at physical 0x%08x" % (cr3, cr3 & ~0xFFF),
        "pde  [%d] at 0x%08x = %s"
        % (w.va >> 22, w.pde_pa, entry_text(w.pde, True, pse)),
    ]
    if w.pte_pa is not None:
        lines.append("pte  [%d] at 0x%08x = %s"
                     % (w.va >> 12 & ENTRIES - 1, w.pte_pa,
                        entry_text(w.pte, False, pse)))
    if w.size == 0:
        absent = absent_text(w.pte or 0, slots) if w.va < UTOP else None
        lines.append("=>   %s" % absent if absent else "=>   not mapped")
        if absent:
            lines[-1] += ", rights %s when it comes in" % rights_text(
                w.pde & w.pte)
        return lines
    lines.append("=>   physical 0x%08x, in a page of %s, rights %s "
                 "(kernel/user)" % (w.pa, size_text(w.size),
                                    rights_text(w.flags)))
    if w.size == PTSIZE and w.pde & 1 << 21:
        lines.append("     but bit 21 is reserved in a 4 MiB page: every "
                     "access faults")
    if not wp and not w.flags & W:
        lines.append("     but CR0.WP is clear: the kernel can write anyway")
    if w.pte is not None:
        for bit, right in ((W, "W"), (U, "U")):
            if bool(w.pde & bit) != bool(w.pte & bit):
                lines.append("     both entries must have %s; the %s lacks it"
                             % (right, "pte" if w.pde & bit else "pde"))
    return lines


# ---- A whole address space

class Mapping(NamedTuple):
    """One present page."""
    va: int
    pa: int
    size: int
    flags: int          # P W U of both levels, PWT PCD G of the last


class Range(NamedTuple):
    """Pages that are contiguous in virtual and physical memory, of the same
    size and with the same flags."""
    start: int
    end: int            # the first address after it, up to 4 GiB
    pa: int
    size: int           # of each page
    flags: int


def mappings(cr3, read_phys, pse=True, complaints=None):
    """Yield all present pages, in order of address.

    Appends a complaint to the list `complaints` for each unreadable table.
    """
    def entries(pa, what):
        found = read_table(read_phys, pa)
        if found is None and complaints is not None:
            complaints.append("%s is at physical 0x%08x, which cannot be "
                              "read" % (what, pa))
        return found or ()

    for pdx, pde in enumerate(entries(cr3 & ~0xFFF, "the directory")):
        va = pdx * PTSIZE
        if not pde & P:
            continue
        if pde & PS and pse:
            yield Mapping(va, large_page_pa(pde), PTSIZE,
                          pde & (P | W | U | PWT | PCD | G))
            continue
        table = entries(pde & ~0xFFF, "the table of directory entry %d "
                        "(0x%08x)" % (pdx, pde))
        for ptx, pte in enumerate(table):
            if pte & P:
                yield Mapping(va + ptx * PGSIZE, pte & ~0xFFF, PGSIZE,
                              pde & pte & (P | W | U) | pte & (PWT | PCD | G))


def self_mapped(cr3, read_phys, pse=True):
    """Return the addresses at which the directory is its own page table, and
    so maps all tables as pages (UVPT in an undamaged address space)."""
    return [pdx * PTSIZE
            for pdx, pde in enumerate(read_table(read_phys, cr3 & ~0xFFF) or ())
            if pde & P and not (pde & PS and pse)
            and pde & ~0xFFF == cr3 & ~0xFFF]


def merge(pages):
    """Join mappings that continue each other into ranges."""
    current = None
    for page in pages:
        if (current is not None and page.va == current.end
                and page.pa == current.pa + (current.end - current.start)
                and (page.size, page.flags) == (current.size, current.flags)):
            current = current._replace(end=page.va + page.size)
            continue
        if current is not None:
            yield current
        current = Range(page.va, page.va + page.size, page.pa, page.size,
                        page.flags)
    if current is not None:
        yield current


def format_range(r):
    """Format a range as one line, like the kernel's monitor.

    Shows last addresses instead of ends, because the last page ends at 4 GiB.
    """
    length = r.end - r.start
    extra = [name for bit, name in ((G, " global"), (PCD, " uncached"),
                                    (PWT, " write-through"))
             if r.flags & bit]
    return "%08x-%08x -> %08x-%08x  %s  %s%s" % (
        r.start, r.end - 1, r.pa, r.pa + length - 1, rights_text(r.flags),
        "4M" if r.size == PTSIZE else "4K", "".join(extra))


def format_mappings(pages, own_tables=()):
    """Format an address space as lines: a heading, its ranges, their sum.

    own_tables is the result of self_mapped. The ranges there are the tables,
    and directory entries of 4 MiB pages read as table entries; one line
    replaces a hundred of them.
    """
    lines = [(-1, "virtual           -> physical           k/u    page")]
    lines += [(va, "%08x-%08x    the page tables themselves"
               % (va, va + PTSIZE - 1)) for va in own_tables]
    total = 0
    for r in merge(page for page in pages
                   if page.va & ~(PTSIZE - 1) not in own_tables):
        lines.append((r.start, format_range(r)))
        total += r.end - r.start
    lines = [text for _, text in sorted(lines)]
    lines.append("mapped: %s" % size_text(total))
    return lines


def mapped_at(pa, pages):
    """Return the virtual addresses, with flags, that map the frame at pa."""
    pa &= ~0xFFF
    return [(m.va + (pa - m.pa), m.flags) for m in pages
            if m.pa <= pa < m.pa + m.size]


# ---- Frames

class Layout(NamedTuple):
    """The fields of struct PageInfo: (offset, size) each."""
    size: int = 8
    link: tuple = (0, 4)
    ref: tuple = (4, 2)
    state: tuple = (6, 1)
    flags: Optional[tuple] = None


class Frame(NamedTuple):
    """One element of pages[]."""
    link: int
    ref: int
    state: int
    flags: int = 0


def parse_frames(data, layout=Layout()):
    """Return the array pages[] from its bytes."""
    def field(base, place):
        offset, size = place
        return int.from_bytes(data[base + offset:base + offset + size],
                              "little")

    return [Frame(field(base, layout.link), field(base, layout.ref),
                  field(base, layout.state),
                  field(base, layout.flags) if layout.flags else 0)
            for base in range(0, len(data) - layout.size + 1, layout.size)]


def state_name(state):
    """Return the name of a state, also of an invalid one."""
    return STATES[state] if state < len(STATES) else "state %d?" % state


class Summary(NamedTuple):
    """The number of frames by state, and the damage found."""
    counts: dict        # state name -> number of frames
    on_list: int        # frames on the free list before it ended or broke
    complaints: list


def summarize(frames, head, pages_va, layout=Layout()):
    """Count the frames by state and follow the free list from head.

    The list is followed until it ends, loops, or leaves the array. Invariant
    F1: it holds exactly the free frames.
    """
    counts = {}
    for frame in frames:
        name = state_name(frame.state)
        counts[name] = counts.get(name, 0) + 1

    complaints = []
    seen = {}
    link = head
    owner = "page_free_list"
    while link:
        index, rest = divmod(link - pages_va, layout.size)
        if not 0 <= index < len(frames):
            complaints.append("%s points to 0x%08x, outside of pages[]"
                              % (owner, link))
            break
        if rest:
            complaints.append("%s points to 0x%08x, into the middle of "
                              "pages[%d]" % (owner, link, index))
            break
        if index in seen:
            complaints.append(
                "the list loops: %s points back to pages[%d], its element %d; "
                "the loop is %d long"
                % (owner, index, seen[index], len(seen) - seen[index]))
            break
        seen[index] = len(seen)
        frame = frames[index]
        if frame.state != FREE:
            complaints.append("pages[%d] is on the free list and %s"
                              % (index, state_name(frame.state)))
        elif frame.ref:
            complaints.append("pages[%d] is free and has pp_ref %d"
                              % (index, frame.ref))
        owner = "pages[%d]" % index
        link = frame.link

    lost = [index for index, frame in enumerate(frames)
            if frame.state == FREE and index not in seen]
    if lost:
        complaints.append("%d free frame%s not on the list, first pages[%d]"
                          % (len(lost), " is" if len(lost) == 1 else "s are",
                             lost[0]))
    return Summary(counts, len(seen), complaints)


def shorten(complaints):
    """Return the first few, and a line with the number of the others."""
    more = len(complaints) - COMPLAINTS_SHOWN
    if more <= 1:
        return list(complaints)
    return complaints[:COMPLAINTS_SHOWN] + ["... and %d more" % more]


def format_summary(summary):
    """Format a summary as lines of text."""
    total = sum(summary.counts.values())
    names = list(STATES) + sorted(set(summary.counts) - set(STATES))
    lines = []
    for name in names:
        count = summary.counts.get(name, 0)
        lines.append("%-10s %8d frames  %10d KiB"
                     % (name, count, count * PGSIZE >> 10))
    lines.append("%-10s %8d frames  %10d KiB"
                 % ("all", total, total * PGSIZE >> 10))
    lines.append("free list  %8d frames" % summary.on_list)
    lines += ["damage: " + c for c in shorten(summary.complaints)]
    return lines


def format_frame(ppn, frame, places):
    """Format a frame as lines of text; places is the result of mapped_at."""
    lines = ["frame %d, physical 0x%08x: %s, pp_ref %d, pp_link 0x%08x"
             % (ppn, ppn * PGSIZE, state_name(frame.state), frame.ref,
                frame.link)]
    names = [name for bit, name in (
        (PAGED, "may leave memory"), (DIRTY, "written by a mapping that has"
                                      " gone")) if frame.flags & bit]
    if frame.flags & BUSY:
        names.append("being read from disk" if frame.flags & FILLING
                     else "being written to disk")
    if names:
        lines.append("  " + ", ".join(names))
    for va, flags in places:
        lines.append("  mapped at 0x%08x, rights %s" % (va, rights_text(flags)))
    if not places:
        lines.append("  not mapped in this address space")
    return lines
