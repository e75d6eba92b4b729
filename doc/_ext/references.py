"""What the book's code spans refer to: functions, structures and files.

Shared by the book's build (pagewalk.py) and its test (test/book/check.py), so
that both resolve a span alike. Standard library only.

A code span is a reference if it looks like one of these:

    `page_insert()`             a function, macro or label; with file and line
    `lib/cprintf.c:cprintf()`   the one in that file, if several have the name
    `struct PageInfo`           a structure
    `kern/page.c`, `kern/check` a file or a folder; * and ? match several

Anything else in backquotes is plain code. A function of another system is
written without parentheses, or in italics. Or a page says which of its spans
are of other trees, in a comment:

    <!-- elsewhere: kern/cpu.h, struct Page, test/broken/ -->
"""

import fnmatch
import os
import re
import subprocess

# Where definitions are looked for; with equal names, the first folder wins.
FOLDERS = ("kern", "boot", "inc", "lib", "kern/dev", "kern/monitor",
           "kern/check", "kern/check/own", "kern/bench", "user", "user/test",
           "tools", "test")
TOP = ("boot", "conf", "doc", "findings", "inc", "kern", "lib", "test", "tools",
       "user")
TOP_FILES = ("kernel.ld", "GNUmakefile", "Makefile", "README.md", "LICENSE",
             "CONTRIBUTING.md", "CHANGELOG.md", "grade-lab1", "grade-lab2",
             "grade-lab3", "grade-lab4", "grade-labS")

FUNCTION = re.compile(r"^(?:([\w./-]+):)?([A-Za-z_]\w*)\(\)$")
STRUCT = re.compile(r"^struct ([A-Za-z_]\w*)$")
PATH = re.compile(r"^(?:%s)/[\w./*?+-]*$" % "|".join(TOP))
# Placeholders, as in user/NAME.c.
PLACEHOLDER = re.compile(r"[A-Z]{4,}")

FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)


class Unknown(Exception):
    """A span that looks like a reference and leads nowhere."""


class Place:
    """A file, and a line in it or None."""

    def __init__(self, file, line=None):
        self.file, self.line = file, line

    def __str__(self):
        return self.file if self.line is None else \
            "%s:%d" % (self.file, self.line)


class Tree:
    """The files of a source tree, and what they define."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(_list_files(root))
        self.file_set = set(self.files)
        self.folders = {os.path.dirname(f) for f in self.files}
        for folder in list(self.folders):
            while folder:
                folder = os.path.dirname(folder)
                self.folders.add(folder)
        self.names = {}                 # name -> [Place]
        self.declared = {}              # name -> [Place], if only declared
        self.structs = {}
        for file in self.files:
            if os.path.dirname(file) in FOLDERS or \
                    file.startswith(("tools/", "test/")):
                self._index(file)

    def read(self, file):
        with open(os.path.join(self.root, file), encoding="utf-8",
                  errors="replace") as stream:
            return stream.read()

    def lines(self, file):
        return self.read(file).count("\n")

    def _index(self, file):
        if file.endswith((".c", ".h")):
            self._index_c(file, self.read(file))
        elif file.endswith(".S"):
            self._index_asm(file, self.read(file))
        elif file.endswith(".py"):
            self._index_lines(file, r"^(?:def|class) (\w+)")
        elif file.endswith(".js"):
            self._index_lines(
                file, r"^(?:export )?(?:async )?(?:function|class) (\w+)")

    def _add(self, table, name, file, line):
        places = table.setdefault(name, [])
        # Variants under #if: the first counts.
        if not any(place.file == file for place in places):
            places.append(Place(file, line))

    def _index_c(self, file, text):
        text = _blank_comments(text)
        for match in re.finditer(r"^([A-Za-z_]\w*)\(", text, re.M):
            end = _closing(text, match.end() - 1)
            rest = text[end:end + 200]
            kind = re.search(r"[{;=]", rest)
            if kind and kind.group() != "=":
                table = self.names if kind.group() == "{" else self.declared
                self._add(table, match.group(1), file,
                          text.count("\n", 0, match.start()) + 1)
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r"#\s*define\s+(\w+)\(", line)
            if match:
                self._add(self.names, match.group(1), file, number)
            match = re.match(r"[a-z].*?[\s*](\w+)\(", line)
            if match and "=" not in line and not line.startswith("return"):
                self._add(self.declared, match.group(1), file, number)
            match = re.match(r"(?:typedef )?struct (\w+) \{", line)
            if match:
                self._add(self.structs, match.group(1), file, number)

    def _index_asm(self, file, text):
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r"([A-Za-z_]\w*):|#\s*define\s+(\w+)\(|"
                             r"\s*\.macro\s+(\w+)", line)
            if match:
                self._add(self.names, next(filter(None, match.groups())),
                          file, number)

    def _index_lines(self, file, pattern):
        for number, line in enumerate(self.read(file).split("\n"), 1):
            match = re.match(pattern, line)
            if match:
                self._add(self.names, match.group(1), file, number)

    # --- Resolving

    def find_function(self, name, file=None):
        places = self.names.get(name) or self.declared.get(name) or []
        if file:
            places = [p for p in self.names.get(name, []) +
                      self.declared.get(name, []) if p.file == file]
            if not places:
                raise Unknown("%s defines no %s()" % (file, name))
            return places[0]
        if not places:
            raise Unknown("no function, macro or label %s()" % name)
        best = min(_rank(place.file) for place in places)
        places = [p for p in places if _rank(p.file) == best]
        if len(places) > 1:
            raise Unknown("%s() is in %s: write `FILE:%s()`" % (
                name, " and ".join(p.file for p in places), name))
        return places[0]

    def resolve(self, span):
        """The Place that a code span refers to; None if it is no reference.

        Raises Unknown.
        """
        match = FUNCTION.match(span)
        if match:
            return self.find_function(match.group(2), match.group(1))
        match = STRUCT.match(span)
        if match:
            places = self.structs.get(match.group(1), [])
            if not places:
                raise Unknown("no struct %s" % match.group(1))
            return min(places, key=lambda place: _rank(place.file))
        if span in TOP_FILES or PATH.match(span):
            return self._resolve_path(span)
        return None

    def _resolve_path(self, span):
        if PLACEHOLDER.search(span) and span not in self.file_set:
            return None
        path = span.rstrip("/")
        if "*" in span or "?" in span:
            if fnmatch.filter(self.files, span):
                return None
            raise Unknown("no file matches %s" % span)
        if path in self.file_set:
            return Place(path)
        if path in self.folders:
            return None
        raise Unknown("no file or folder %s" % span)


def elsewhere(text):
    """The spans that a page declares to be of other trees."""
    found = set()
    for match in re.finditer(r"<!-- elsewhere: (.*?) -->", text, re.S):
        found.update(re.split(r"\s*,\s*", " ".join(match.group(1).split())))
    return found


def spans(text):
    """The code spans of a Markdown text: (line number, span)."""
    foreign = elsewhere(text)
    for start, part in prose(text):
        for match in SPAN.finditer(part):
            span = re.sub(r"\s+", " ", match.group(2)).strip()
            if span not in foreign:
                yield start + part.count("\n", 0, match.start()), span


def prose(text):
    """A Markdown text without its code blocks: (first line, text) parts."""
    part, start, fence = [], 1, None
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if fence:
            if match and match.group(1).startswith(fence) and \
                    line.strip() == match.group(1):
                fence, start = None, number + 1
        elif match or line.startswith("    "):
            if part:
                yield start, "\n".join(part)
            part, start = [], number + 1
            fence = match.group(1) if match else None
        else:
            part.append(line)
    if part:
        yield start, "\n".join(part)


def blocks(text):
    """The fenced blocks of a Markdown text: (line, info string, lines)."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, info = match.group(1), line.strip()[len(match.group(1)):]
            first, body = number + 1, []
        elif fence and match and match.group(1).startswith(fence) and \
                line.strip() == match.group(1):
            yield first, info.strip(), body
            fence = None
        elif fence:
            body.append(line)


def read_order(tree, path="doc/reading-order"):
    """The reading order: a list of (title, [(file, reason)])."""
    parts = []
    for line in tree.read(path).split("\n"):
        if line.startswith("## "):
            parts.append((line[3:].strip(), []))
        elif line.strip() and not line.startswith("#"):
            file, _, reason = line.partition("\t")
            parts[-1][1].append((file.strip(), reason.strip()))
    return parts


def _list_files(root):
    try:
        answer = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        files = answer.stdout.decode().split("\n")
    except (OSError, subprocess.CalledProcessError):
        files = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders
                          if not f.startswith(".") and f != "obj"]
            files += [os.path.relpath(os.path.join(folder, n), root)
                      for n in names]
    return [f for f in files if f and os.path.isfile(os.path.join(root, f))]


def _rank(file):
    folder = os.path.dirname(file)
    rank = FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)
    return 2 * rank + (not file.endswith((".c", ".S")))


def _blank_comments(text):
    """Without comments, but with their line ends."""
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text,
                  flags=re.S)


def _closing(text, start):
    """The position after the parenthesis that closes the one at start."""
    depth = 0
    for at in range(start, min(len(text), start + 2000)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if not depth:
                return at + 1
    return start
