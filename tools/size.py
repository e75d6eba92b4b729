"""Count the project: files, lines, lines of code, and bytes of the kernel.

usage: python3 tools/size.py [--objdir DIR] [OBJECT...]        (make size)

    lines   all lines of the C and assembly files and headers of a folder
    code    those with code: neither blank nor only comment
    bytes   instructions and constants (text and rodata) of the folder's
            object files; without OBJECTs, none are counted

The last lines are about the built kernel, if there is one.
"""

import argparse
import os
import re
import struct
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUFFIXES = (".c", ".h", ".S")

# A title, and the folders that it covers, without their subfolders.
ROWS = (
    ("kernel proper", ("kern",)),
    ("devices", ("kern/dev",)),
    ("monitor", ("kern/monitor",)),
    ("checks", ("kern/check", "kern/check/own")),
    ("benchmark", ("kern/bench",)),
    ("boot sector", ("boot",)),
    ("library", ("lib",)),
    ("shared headers", ("inc",)),
    ("user programs", ("user",)),
    ("user tests", ("user/test",)),
)

# Sections of an ELF file: flags and type (System V ABI, 4: Sections).
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
SHT_NOBITS = 8

_TOKEN = re.compile(r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<text> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
""", re.X | re.S)


# --- Lines ------------------------------------------------------------------

def without_comments(text):
    """The text with its comments blanked out; its lines stay lines."""
    def blank(match):
        if match.group("text"):
            return match.group()
        return "\n" * match.group().count("\n")
    return _TOKEN.sub(blank, text)


def count_lines(text):
    """(lines, lines of code)."""
    code = sum(bool(line.strip())
               for line in without_comments(text).split("\n"))
    return len(text.splitlines()), code


def sources(root, folders):
    found = []
    for folder in folders:
        path = os.path.join(root, folder)
        if os.path.isdir(path):
            found += [os.path.join(path, name)
                      for name in sorted(os.listdir(path))
                      if name.endswith(SUFFIXES)]
    return found


def count_folders(root, folders):
    """(files, lines, lines of code)."""
    paths = sources(root, folders)
    lines = code = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            counted = count_lines(file.read())
        lines, code = lines + counted[0], code + counted[1]
    return len(paths), lines, code


# --- Bytes ------------------------------------------------------------------

def sections(path):
    """The (flags, size) of each section with contents, of a 32-bit ELF file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\x01\x01":
        raise ValueError("%s: not a 32-bit ELF file" % path)
    offset, = struct.unpack_from("<I", data, 32)
    size, number = struct.unpack_from("<HH", data, 46)
    found = []
    for i in range(number):
        kind, flags, _addr, _offset, length = struct.unpack_from(
            "<5I", data, offset + i * size + 4)
        if kind != SHT_NOBITS:
            found.append((flags, length))
    return found


def text_and_rodata(path):
    text = rodata = 0
    for flags, length in sections(path):
        if flags & SHF_ALLOC and not flags & SHF_WRITE:
            if flags & SHF_EXECINSTR:
                text += length
            else:
                rodata += length
    return text, rodata


def count_bytes(objects, objdir, folders):
    """Bytes of those object files that belong to the folders."""
    return sum(sum(text_and_rodata(path)) for path in objects
               if os.path.dirname(os.path.relpath(path, objdir)) in folders)


# --- The table --------------------------------------------------------------

def with_commas(number):
    return format(number, ",") if number else "."


def print_table(root, objdir, objects, out):
    form = "%-16s%7s%9s%9s%10s   %s"
    print(form % ("", "files", "lines", "code", "bytes", "folders"), file=out)
    total = [0, 0, 0, 0]
    for title, folders in ROWS:
        row = list(count_folders(root, folders))
        row.append(count_bytes(objects, objdir, folders))
        total = [a + b for a, b in zip(total, row)]
        print(form % tuple([title] + [with_commas(n) for n in row]
                           + [" ".join(folders)]), file=out)
    print((form % tuple(["all"] + [with_commas(n) for n in total]
                        + [""])).rstrip(), file=out)


def print_kernel(objdir, programs, out):
    path = os.path.join(objdir, "kern", "kernel")
    if not os.path.exists(path):
        print("\n%s is not built." % path, file=out)
        return
    text, rodata = text_and_rodata(path)
    print("\n%s: text %s, rodata %s, together %s bytes" % (
        path, with_commas(text), with_commas(rodata),
        with_commas(text + rodata)), file=out)
    inside = sum(sum(text_and_rodata(name)) for name in programs)
    symbols = os.path.join(objdir, "kern", "ksyms.o")
    if os.path.exists(symbols):
        print("of the rodata: table of functions and lines %s" %
              with_commas(sum(text_and_rodata(symbols))), file=out)
    if inside:
        print("in the data: user programs %s" % with_commas(inside), file=out)


def main():
    parser = argparse.ArgumentParser(description="Count the project.")
    parser.add_argument("--root", default=ROOT, metavar="DIR")
    parser.add_argument("--objdir", default="obj", metavar="DIR")
    parser.add_argument("--programs", nargs="*", default=[], metavar="OBJECT",
                        help="object files that hold user programs")
    parser.add_argument("objects", nargs="*", metavar="OBJECT")
    options = parser.parse_args()
    print_table(options.root, options.objdir, options.objects, sys.stdout)
    print_kernel(options.objdir, options.programs, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
