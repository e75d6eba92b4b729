"""Gather the book's pages for Sphinx.

usage: gather.py OUT html|pdf

Copies doc/ to OUT, puts the chapters into the order of doc/index.md, and writes
what is computed: a page for each source file, the reading order with line
counts, and the index of functions. The PDF has the sources of the reading order
only; in the HTML, the rest follow them.
"""

import filecmp
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import references  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SOURCES = ("boot", "inc", "kern", "lib", "user")
PLAIN = (".md", ".png", ".svg")


def write(path, text):
    """Write a file, unless it holds that already: Sphinx goes by dates."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        with open(path, encoding="utf-8") as stream:
            if stream.read() == text:
                return
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


class Book:
    def __init__(self, out, pdf):
        self.out, self.pdf = out, pdf
        self.tree = references.Tree(ROOT)
        self.order = [(title, [row for row in part
                               if row[0] in self.tree.file_set])
                      for title, part in references.read_order(self.tree)]
        self.listed = [file for _, part in self.order for file, _ in part]
        self.pages = list(self.listed)
        if not pdf:
            self.pages += [f for f in self.tree.files
                           if f.split("/")[0] in SOURCES and
                           f.endswith((".c", ".h", ".S", ".ld"))
                           and f not in self.listed]
        self.written = set()

    def put(self, name, text):
        self.written.add(name)
        write(os.path.join(self.out, name), text)

    def gather(self):
        for name in sorted(os.listdir(os.path.join(ROOT, "doc"))):
            path = os.path.join(ROOT, "doc", name)
            if name == "index.md":
                self.put(name, self.index(self.tree.read("doc/index.md")))
            elif name.endswith(".md"):
                self.put(name, self.links(self.tree.read("doc/" + name)))
            elif name.endswith(PLAIN):
                self.written.add(name)
                copy = os.path.join(self.out, name)
                os.makedirs(self.out, exist_ok=True)
                if not os.path.exists(copy) or \
                        not filecmp.cmp(path, copy, False):
                    shutil.copyfile(path, copy)
        self.put("reading-order.md", self.reading_order())
        self.put("functions.md", self.functions())
        for file in self.pages:
            self.put("source/%s.md" % file, self.source(file))
        if not self.pdf:
            self.put("more-sources.md", self.more_sources())
        self.remove_stale()

    def remove_stale(self):
        for folder, _, names in os.walk(self.out):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.relpath(path, self.out) not in self.written:
                    os.remove(path)

    # --- Pages

    def index(self, text):
        """The contents page; its lists become Sphinx's tables of contents."""
        trees, title = [], "Pagewalk"
        for line in text.split("\n"):
            if line.startswith("## "):
                title = line[3:].strip()
            for target in re.findall(r"^- .*\]\(([\w.-]+)\)", line):
                if target == "reading-order" or target.endswith(".md"):
                    page = target[:-3] if target.endswith(".md") else target
                    if not trees or trees[-1][0] != title:
                        trees.append((title, []))
                    if page not in trees[-1][1] and self.has(page):
                        trees[-1][1].append(page)
        trees[-1][1].append("functions")
        if self.pdf:
            # The printed book has a table of contents of its own.
            text = "# Pagewalk\n"
            trees.append(("Sources", ["source/" + f for f in self.listed]))
        else:
            trees[-1][1].append("more-sources")
        for title, pages in trees:
            text += "\n```{toctree}\n:hidden:\n:caption: \"%s\"\n\n%s\n```\n" \
                % (title, "\n".join(pages))
        return self.links(text)

    def has(self, page):
        return page == "reading-order" or \
            "doc/%s.md" % page in self.tree.file_set

    def links(self, text):
        """Links to files of the tree lead to their pages here."""
        def turn(match):
            path, fragment = match.group(1), match.group(2) or ""
            if path in self.pages:
                return "](source/%s.md)" % path
            return "](https://pagewalk.invalid/%s%s)" % (path, fragment)
        text = re.sub(r"\]\(\.\./([\w./-]+)(#[\w-]+)?\)", turn, text)
        # No page of ours: only the words stay.
        return re.sub(r"\[([^\]]*)\]\(https://pagewalk\.invalid/[^)]*\)",
                      r"\1", text).replace("](reading-order)",
                                           "](reading-order.md)")

    def reading_order(self):
        lines = ["# The sources, in reading order", "",
                 "Each file is listed with its number of lines and the reason"
                 " to read it now. The pages follow in this order, with"
                 " numbered lines.", ""]
        total = 0
        for title, part in self.order:
            count = sum(self.tree.lines(file) for file, _ in part)
            total += count
            lines += ["## " + title, "", "| file | lines | why now |",
                      "| --- | ---: | --- |"]
            lines += ["| `%s` | %d | %s |" % (file, self.tree.lines(file), why)
                      for file, why in part]
            lines += ["| together | %d | |" % count, ""]
        lines += ["All together: %s lines." % format(total, ","), ""]
        if not self.pdf:
            lines += ["```{toctree}", ":hidden:", ""]
            lines += ["source/" + f for f in self.listed] + ["```", ""]
        return "\n".join(lines)

    def more_sources(self):
        rest = [f for f in self.pages if f not in self.listed]
        lines = ["# The other sources", "",
                 "The monitor, the checks, the benchmark and the user"
                 " programs: files that are not in the reading order.", "",
                 "| file | lines |", "| --- | ---: |"]
        lines += ["| `%s` | %d |" % (f, self.tree.lines(f)) for f in rest]
        lines += ["", "```{toctree}", ":hidden:", ""]
        return "\n".join(lines + ["source/" + f for f in rest] + ["```", ""])

    def functions(self):
        lines = ["# Index of functions", "",
                 "Functions, macros with arguments, and labels of the files in"
                 " [reading order](reading-order.md).", ""]
        letter, row = "", []
        found = []
        for name, places in self.tree.names.items():
            found += [(name.lower().lstrip("_"), name, place)
                      for place in places if place.file in self.listed]
        for key, name, place in sorted(found, key=lambda f: (f[0], f[2].file)):
            if key[0] != letter:
                lines += ["- " + r for r in row] + [""] * bool(row)
                letter, row = key[0], []
                lines += ["## " + letter.upper(), ""]
            row.append("`%s` {line}`%s`" % (name, place))
        lines += ["- " + r for r in row] + [""]
        return "\n".join(lines)

    def source(self, file):
        return "# %s\n\n```{source} %s\n```\n" % (file, file)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("html", "pdf"):
        print(__doc__, file=sys.stderr)
        return 2
    Book(sys.argv[1], sys.argv[2] == "pdf").gather()
    return 0


if __name__ == "__main__":
    sys.exit(main())
