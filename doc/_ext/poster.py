"""Draw the address space from the numbers of inc/memlayout.h.

usage: poster.py            rewrite doc/address-space.svg

The picture is in the tree, so that a forge shows it; test/book/check.py demands
that it is what this script draws. Standard library only.
"""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PICTURE = "doc/address-space.svg"
MIB = 1 << 20

WIDTH, HEIGHT = 1010, 970
TOP, BOTTOM = 70, 930

KERNEL, SHARED, USER, GAP, DEVICE, RAM = (
    "#f4c7ab", "#cfe3c8", "#cadcf0", "#ffffff", "#e2cdea", "#f1e6b8")


def constants(root):
    """The #defines of inc/mmu.h and inc/memlayout.h that are numbers."""
    found = {}
    for header in ("inc/types.h", "inc/mmu.h", "inc/memlayout.h"):
        with open(os.path.join(root, header), encoding="utf-8") as stream:
            text = re.sub(r"/\*.*?\*/", "", stream.read(), flags=re.S)
        for name, value in re.findall(r"^#\s*define\s+(\w+)[ \t]+(.+)$", text,
                                      re.M):
            value = re.sub(r"\(\s*void\s*\*\s*\)", "", value)
            value = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)U?L?\b", r"\1", value)
            try:
                found[name] = int(eval(value.replace("/", "//"),
                                       {"__builtins__": {}}, found))
            except Exception:               # not a number
                pass
    return found


class Drawing:
    def __init__(self):
        self.parts = []

    def box(self, x, y, width, height, fill, dashed=False):
        self.parts.append(
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" '
            'stroke="#333"%s/>' % (x, y, width, height, fill,
                                   ' stroke-dasharray="4 3"' * dashed))

    def text(self, x, y, text, anchor="start", size=12, style=""):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(
            '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d"%s>%s'
            '</text>' % (x, y, anchor, size, style, text))

    def line(self, x1, y1, x2, y2, dash="4 3"):
        self.parts.append(
            '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#777" '
            'stroke-dasharray="%s"/>' % (x1, y1, x2, y2, dash))

    def __str__(self):
        return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
                'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">\n'
                '<rect width="%d" height="%d" fill="#fff"/>\n%s\n</svg>\n'
                % (WIDTH, HEIGHT, WIDTH, HEIGHT, "\n".join(self.parts)))


MONO = ' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"'
BOLD = ' font-weight="bold"'


def hexadecimal(value):
    return "0x%08X" % value if value < 1 << 32 else "4 GiB"


def whole(drawing, c):
    """All 4 GiB, to scale."""
    x, width = 110, 90

    def at(address):
        return BOTTOM - (BOTTOM - TOP) * address / (1 << 32)

    drawing.text(x + width / 2, 40, "all 4 GiB, to scale", "middle", 13, BOLD)
    for start, end, fill in ((c["UTOP"], 1 << 32, KERNEL), (0, c["UTOP"],
                                                            USER)):
        drawing.box(x, at(end), width, at(start) - at(end), fill)
    drawing.text(x + width / 2, at(0xF8000000) + 4, "window", "middle")
    drawing.text(x + width / 2, at(c["UTOP"] / 2), "the program's",
                 "middle")
    for name in ("KERNBASE", "UTOP"):
        shift = {"KERNBASE": -3, "UTOP": 11}[name]
        drawing.text(x - 6, at(c[name]) + shift, name, "end")
    drawing.text(x - 6, TOP + 4, "4 GiB", "end")
    drawing.text(x - 6, BOTTOM + 4, "0", "end")
    for gib in (1, 2, 3):
        drawing.line(x - 4, at(gib << 30), x, at(gib << 30), "none")
        drawing.text(x - 6, at(gib << 30) + 4, "%d GiB" % gib, "end", 10)
    return x + width, at(1 << 32), at(c["UTOP"])


def zoom(drawing, c, corner):
    """From UTOP up: a row for each region."""
    x, width, y = 300, 230, TOP
    stack = "stack of CPU 0, %d pages" % (c["KSTKSIZE"] // c["PGSIZE"])
    gap = "gap, %d pages" % (c["KSTKGAP"] // c["PGSIZE"])
    rows = (
        (1 << 32, "4 GiB", 190, KERNEL,
         ("all physical memory, from 0", "kernel text, constants: R-/-"),
         "RW/-"),
        (c["KERNBASE"], "KERNBASE, KSTACKTOP", 52, KERNEL, (stack,), "RW/-"),
        (c["KSTACKTOP"] - c["KSTKSIZE"], "", 52, GAP, (gap,), "-/-"),
        (c["KSTACKTOP"] - c["KSTKSIZE"] - c["KSTKGAP"], "", 52, GAP,
         ("stacks of other CPUs;", "lowest, RW/-: the double fault's"), "-/-"),
        (c["MMIOLIM"], "MMIOLIM", 60, DEVICE, ("devices, not cached",),
         "RW/-"),
        (c["ULIM"], "ULIM, MMIOBASE", 60, SHARED,
         ("the page tables themselves",), "R/R"),
        (c["UVPT"], "UVPT", 60, SHARED, ("pages[]",), "R/R"),
        (c["UPAGES"], "UPAGES", 60, SHARED, ("envs[]",), "R/R"),
        (c["UTOP"], "UTOP, UENVS, UXSTACKTOP", 44, USER,
         ("exception stack, one page",), "RW/RW"),
        (c["UXSTACKTOP"] - c["PGSIZE"], "", 30, GAP, ("guard page",), "-/-"),
        (c["USTACKTOP"], "USTACKTOP", 100, USER,
         ("stack, growing down", "", "text, data, heap"), "RW/RW"),
        (c["UTEXT"], "UTEXT", 60, USER, ("scratch: UTEMP, PFTEMP",), "RW/RW"),
        (c["PGSIZE"], "", 40, GAP, ("page 0: never mapped",), "-/-"),
    )
    drawing.text(x + width / 2, 40, "the regions, not to scale", "middle", 13,
                 BOLD)
    for address, name, height, fill, lines, rights in rows:
        drawing.box(x, y, width, height, fill, fill == GAP)
        first = y + height / 2 + 4 - 8 * (len(lines) - 1)
        for number, line in enumerate(lines):
            drawing.text(x + 8, first + 16 * number, line)
        drawing.text(x + width - 8, y + 16, rights, "end", 12, MONO)
        drawing.text(x - 6, y + 4, hexadecimal(address), "end", 10, MONO)
        if name:
            drawing.text(x + width + 6, y + 4, name, "start", 11, BOLD)
        if name.startswith("UTOP"):
            drawing.line(corner[0], corner[2], x, y)
        y += height
    drawing.text(x - 6, y + 4, hexadecimal(0), "end", 10, MONO)
    drawing.line(corner[0], corner[1], x, TOP)
    return x + width, TOP, TOP + 190


def physical(drawing, c, window):
    """Physical memory; the window shows it."""
    x, width, y = 775, 200, TOP
    rows = (
        (None, "end of RAM", 180, RAM, ("free frames",)),
        (None, "boot_alloc(0)", 60, KERNEL,
         ("page directory, pages[],", "envs[]: boot_alloc's part")),
        (None, "end", 90, KERNEL, ("the kernel image",)),
        (c["EXTPHYSMEM"], "EXTPHYSMEM", 70, DEVICE,
         ("I/O hole: video memory,", "ROMs")),
        (c["IOPHYSMEM"], "IOPHYSMEM", 60, RAM, ("free frames",)),
        (c["PGSIZE"], "", 36, GAP, ("frame 0: the BIOS's data",)),
    )
    drawing.text(x + width / 2, 40, "physical memory", "middle", 13, BOLD)
    for address, name, height, fill, lines in rows:
        drawing.box(x, y, width, height, fill)
        first = y + height / 2 + 4 - 8 * (len(lines) - 1)
        for number, line in enumerate(lines):
            drawing.text(x + 8, first + 16 * number, line)
        if address is not None:
            drawing.text(x - 6, y + 4, hexadecimal(address), "end", 10, MONO)
        if name:
            drawing.text(x - 6, y + (15 if address else 4), name, "end", 11,
                         BOLD)
        y += height
    drawing.text(x - 6, y + 4, hexadecimal(0), "end", 10, MONO)
    drawing.line(window[0], window[1], x, TOP)
    drawing.line(window[0], window[2], x, y)
    y += 50
    drawing.text(x, y, "Rights: kernel / user", "start", 12, BOLD)
    for fill, text in ((KERNEL, "the kernel's"), (SHARED, "users may read"),
                       (USER, "the program's"), (DEVICE, "devices"),
                       (RAM, "RAM"), (GAP, "not mapped, or not used")):
        y += 26
        drawing.box(x, y - 13, 26, 17, fill, fill == GAP)
        drawing.text(x + 36, y, text)
    y += 40
    for line in ("The first tables (kern/entry.S) map",
                 "%d MiB; the window, %d MiB." %
                 (c["ENTRY_MAPPED"] // MIB, c["KERNWINSIZE"] // MIB),
                 "A page is %d bytes; a table maps" % c["PGSIZE"],
                 "%d MiB." % (c["PTSIZE"] // MIB)):
        drawing.text(x, y, line)
        y += 17


def draw(root=ROOT):
    c = constants(root)
    drawing = Drawing()
    corner = whole(drawing, c)
    window = zoom(drawing, c, corner)
    physical(drawing, c, window)
    return str(drawing)


if __name__ == "__main__":
    with open(os.path.join(ROOT, PICTURE), "w", encoding="utf-8") as out:
        out.write(draw())
