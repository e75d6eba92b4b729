"""Compile a course's pmap.c, with what it needs of its own tree.

usage: python3 test/solution/compile.py --out FOLDER --ld LD --nm NM
           [--ours FILE]... PMAP -- COMPILER FLAG...
    FOLDER: for the copy kern/pmap.c and all other files. FILE: our objects.

Writes FOLDER/pmap.raw.o, and FOLDER/borrowed.txt: what it took from the file's
own tree, a sentence a line. Prints the compiler's errors in the file, and no
others, if the file does not compile.

The file is compiled up to a few times: as it is; with declarations of functions
that it calls before it defines them; with declarations of its own tree for
names that our headers do not have. Then files of its tree are compiled that
define functions that no other file has.
"""

import argparse
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from solution import facts  # noqa: E402
from solution.tree import Tree, unknown_names  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "test", "solution")

# The most rounds of looking for names, and the most files to add.
ROUNDS = 8
MOST_FILES = 6

# Names that the linker defines (kernel.ld).
LINKERS = {"end", "etext", "edata", "_GLOBAL_OFFSET_TABLE_"}


def run(command, folder):
    """(success, the messages)"""
    answer = subprocess.run(command, cwd=folder, check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT,
                            env=dict(os.environ, LC_ALL="C"))
    return answer.returncode == 0, answer.stdout.decode("utf-8", "replace")


# --- What a student reads ---------------------------------------------------

_PLACE = re.compile(r"(\S+?):\d+(?::\d+)?: (?:fatal )?error: ")


def cleaned(logs, struct_page):
    """The errors in the file or its tree, in its own words: of the last
    attempt that has some."""
    kept = next(filter(None, map(own_lines, reversed(logs))), [])
    text = "\n".join(kept or logs[0].splitlines())
    text = re.sub(r"\b(?:ours|foreign)_(?=\w)", "", text)
    if struct_page:
        text = re.sub(r"\bstruct PageInfo\b", "struct Page", text)
    return text + "\n"


def own_lines(log):
    """The lines of a log about errors in the file or its tree."""
    kept, keep = [], False
    for line in log.splitlines():
        if re.match(r"\S+?:\d+:(\d+:)? |\S+: In function|In file incl", line):
            found = _PLACE.match(line)
            keep = bool(found) and not is_ours(found.group(1))
        if keep:
            kept.append(line)
    return kept


def is_ours(path):
    """True if that is one of our headers."""
    path = os.path.realpath(path)
    return (path.startswith(os.path.realpath(ROOT) + os.sep)
            and not re.search(r"(^|/)kern/pmap\.c$", path))


# --- Compiling ----------------------------------------------------------------

class Job:
    """The compilation of one file."""

    def __init__(self, options):
        self.folder = os.path.abspath(options.out)
        self.compiler = options.command
        self.ld, self.nm = options.ld, options.nm
        self.path = os.path.abspath(options.pmap)
        self.tree = Tree(self.path)
        self.source = ""
        self.struct_page = False
        self.borrowed = []              # sentences
        self.headers = []               # texts to include, the last first
        self.logs = []                  # of each attempt

    def copy(self):
        """Copy the file, without the Ctrl-Z that may end a DOS file."""
        copy = os.path.join(self.folder, "kern", "pmap.c")
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(self.path, "rb") as file:
            data = file.read().replace(b"\x1a", b"")
        with open(copy, "wb") as file:
            file.write(data)
        self.source = facts.read(copy)
        self.struct_page = (
            len(re.findall(r"\bstruct\s+Page\b", self.source))
            > len(re.findall(r"\bstruct\s+PageInfo\b", self.source)))

    def flags(self):
        """Our headers come first; the file's tree comes last."""
        beside = os.path.dirname(self.path)
        flags = ["-I" + HERE + "/include", "-I" + ROOT, "-iquote", beside]
        if self.tree.root:
            flags += ["-idirafter", self.tree.root]
        if self.struct_page:
            flags.append("-DSTRUCT_PAGE=1")
        flags += ["-nostdinc", "-DCHECK=1", "-DLAB=2",
                  "-ffile-prefix-map=%s=." % self.folder,
                  "-include", os.path.join(HERE, "foreign.h")]
        with open(os.path.join(self.folder, "pmap.h"), "w",
                  encoding="latin-1") as file:
            file.write("\n".join(reversed(self.headers)) + "\n")
        return flags + ["-include", "pmap.h"] * bool(self.headers)

    def compile(self, source, result):
        return run(self.compiler + self.flags()
                   + ["-c", "-o", result, source], self.folder)

    def prototypes(self, log):
        """Declarations of functions that the file defines below their use."""
        path = os.path.join(self.folder, "pmap.log")
        with open(path, "w", encoding="utf-8") as file:
            file.write(log)
        ok, text = run(["sh", os.path.join(HERE, "prototypes"), path,
                        "kern/pmap.c"], self.folder)
        return text if ok else ""

    def look_up(self, log):
        """Take unknown names from the file's tree; true if there is one."""
        found = False
        for name in unknown_names(log):
            declared = self.tree.declaration(name)
            if not declared or declared[0] in self.headers:
                continue
            found = True
            self.headers.append(declared[0])
            self.borrowed.append("%s is taken from %s of the file's own tree" %
                                 (name, declared[1]))
        return found

    def compile_file(self):
        """True if the file compiles."""
        ok, log = self.compile("kern/pmap.c", "pmap.raw.o")
        self.logs = [log]
        # An undeclared function may be a macro of the tree, or its own.
        for _round in range(ROUNDS):
            if ok and not unknown_names(log):
                break
            before = list(self.headers), list(self.borrowed)
            text = self.prototypes(log)
            if not ok and text and text not in self.headers:
                self.headers.append(text)
            elif not self.look_up(log):
                break
            again, log = self.compile("kern/pmap.c", "pmap.raw.o")
            if ok and not again:        # it was right without
                self.headers, self.borrowed = before
                return self.compile("kern/pmap.c", "pmap.raw.o")[0]
            ok = again
            self.logs.append(log)
        return ok

    # --- Files beside it ---------------------------------------------------

    def symbols(self, kinds, *paths):
        """The symbols of these kinds (see nm) in these objects."""
        if not paths:
            return set()
        _ok, text = run(self.nm.split() + list(paths), self.folder)
        return {words[-1] for words in map(str.split, text.splitlines())
                if len(words) >= 2 and words[-2] in kinds}

    def add_files(self, ours):
        """Compile the tree's files that define what no other file has."""
        raw = os.path.join(self.folder, "pmap.raw.o")
        known = LINKERS | self.symbols("TDBRVWSC", *map(os.path.abspath, ours))
        objects, paths, seen = [raw], [], set()
        while len(paths) < MOST_FILES:
            missing = sorted(self.symbols("U", *objects) - known - seen
                             - self.symbols("TDBRVWSC", *objects))
            if not missing:
                break
            seen.add(missing[0])
            path = self.tree.definer(missing[0])
            if not path or path in paths:
                continue
            result = os.path.join(self.folder, "beside%d.o" % len(paths))
            if not self.compile(path, result)[0]:
                continue
            paths.append(path)
            objects.append(result)
            self.borrowed.append("%s of the file's own tree is compiled with"
                                 " it: it has %s" % (self.tree.short(path),
                                                     missing[0]))
        if paths:
            self.join(objects, raw)

    def join(self, objects, raw):
        """Make one object of them; leave the file's alone if that fails."""
        whole = os.path.join(self.folder, "pmap.whole.o")
        ok, _text = run(self.ld.split() + ["-r", "-o", whole] + objects,
                        self.folder)
        if ok:
            os.replace(whole, raw)

    def note(self):
        with open(os.path.join(self.folder, "borrowed.txt"), "w",
                  encoding="utf-8") as file:
            file.writelines(line + "\n" for line in self.borrowed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--ld", default="ld -m elf_i386")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--ours", action="append", default=[])
    parser.add_argument("pmap")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    job = Job(options)
    job.copy()
    ok = job.compile_file()
    with open(os.path.join(job.folder, "pmap.log"), "w",
              encoding="utf-8") as file:
        file.write(job.logs[-1])
    if not ok:
        sys.stderr.write(cleaned(job.logs, job.struct_page))
        return 1
    job.add_files(options.ours)
    job.note()
    return 0


if __name__ == "__main__":
    sys.exit(main())
