"""Check that what the book says about the code is still true.

usage: python3 test/book/check.py [--image FILE | --no-boot] [--update]
                                  [--root TREE] [FILE.md ...]

In doc/*.md, README.md and CONTRIBUTING.md (or the files given):
  - `name()`, `struct name` and `kern/file.c` in backquotes exist
    (doc/_ext/references.py); so do the targets of relative links
  - failures of checks, as samples show them, have the checks' names and rules
  - `make TARGET` is a target, and `make mutants ONLY=pattern` finds a mutant
  - the poster is drawn from the numbers of inc/memlayout.h
  - doc/reading-order lists existing files, and all of the kernel proper
  - transcripts (transcripts.py) are what the kernel prints

--no-boot leaves out the transcripts. --update rewrites stale ones from what the
kernel prints. Exit status 0 if all is true.
"""

import argparse
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
TEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(TEST)
sys.path[:0] = [TEST, os.path.join(TOP, "doc", "_ext")]

from lib import early                   # noqa: E402, F401 (first)
import poster                           # noqa: E402
import references                       # noqa: E402
from book import transcripts            # noqa: E402
from lib import qemu, script            # noqa: E402

# What the reading order must hold.
PROPER = ("boot/*.[chS]", "kern/*.[chS]", "kern/dev/*.[chS]", "lib/*.[chS]",
          "inc/*.h")

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
# Words after two blanks explain the command.
MAKE = re.compile(r"\bmake((?: [\w./-]+(?:=\S*)?)+)")
PATTERN_TARGETS = ("run-", "print-", "prep-")


class Checker:
    def __init__(self, root):
        self.root = root
        self.tree = references.Tree(root)
        self.problems = []
        self.targets = self._make_targets()
        self.mutants = self._mutants()
        self.rules, self.words = self._rules()
        self.counts = {"references": 0, "links": 0, "targets": 0,
                       "mutants": 0}

    def problem(self, file, line, text):
        problem = "%s:%d: %s" % (file, line, text)
        if problem not in self.problems:        # indented and in a block
            self.problems.append(problem)

    # --- The tree

    def _make_targets(self):
        targets = set()
        for file in self.tree.files:
            if file.endswith(".mk") or file == "GNUmakefile":
                text = self.tree.read(file).replace("\\\n", " ")
                for line in text.split("\n"):
                    match = re.match(r"([\w%. -]+?)\s*:(?![:=])", line) or \
                        re.match(r"\.PHONY\s*:(.*)", line)
                    if match:
                        targets.update(match.group(1).split())
        return targets

    def _mutants(self):
        """file/function/name of each, as test/mutants.py searches them."""
        found = []
        for path in glob.glob(os.path.join(
                self.root, "test", "mutants", "lists", "*.txt")):
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
            file = re.search(r"^file (.*)$", text, re.M).group(1)
            found += ["%s/%s/%s" % (file, match.group(2), match.group(1))
                      for match in re.finditer(
                          r"^mutant (\S+)\n(?:.+\n)*?in (\S+)$", text, re.M)]
        return found

    def _rules(self):
        """The string literals of the checks, and the words in them."""
        text = "\n".join(self.tree.read(file) for file in self.tree.files
                         if re.match(r"kern/check/.*\.[ch]$", file))
        literals = re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*',
                              text)
        return ({"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal))
                 for literal in literals}, set(re.findall(r"\w+", text)))

    # --- One page

    def check_page(self, page):
        text = self.tree.read(page)
        for line, span in references.spans(text):
            try:
                if self.tree.resolve(span):
                    self.counts["references"] += 1
            except references.Unknown as unknown:
                self.problem(page, line, str(unknown))
            self._check_make(page, line, span)
        for line, _info, body in references.blocks(text):
            for offset, command in enumerate(body):
                self._check_make(page, line + offset, command)
                self._check_failure(page, line + offset, command)
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("    "):
                self._check_make(page, number, line)
                self._check_failure(page, number, line)
        for start, part in references.prose(text):
            part = references.SPAN.sub(
                lambda m: "`" + "\n" * m.group().count("\n"), part)
            for match in LINK.finditer(part):
                self._check_link(page, start + part.count("\n", 0,
                                                          match.start()),
                                 match.group(1) or match.group(2))

    def _check_link(self, page, line, target):
        path = target.partition("#")[0]
        if not path or re.match(r"\w+:", target):
            return
        self.counts["links"] += 1
        full = os.path.join(self.root, os.path.dirname(page), path)
        if not os.path.exists(full):
            self.problem(page, line, "the link %s leads nowhere" % target)

    def _check_make(self, page, line, text):
        if not re.match(r"\s*(\$ |sudo |sh conf/setup && )?make\b", text) \
                or re.match(r"\s*make (the|a)\b", text):
            return
        text = text.partition("#")[0]
        only = re.search(r"make mutants .*?ONLY=('[^']*'|\S+)", text)
        if only:
            self.counts["mutants"] += 1
            pattern = only.group(1).strip("'")
            if "…" not in pattern and \
                    not any(re.search(pattern, m) for m in self.mutants):
                self.problem(page, line, "no mutant matches ONLY=%s" % pattern)
        text = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
        for match in MAKE.finditer(text):
            for word in match.group(1).split():
                if "=" in word or word.startswith("-") or \
                        references.PLACEHOLDER.search(word):
                    continue
                self.counts["targets"] += 1
                if word not in self.targets and \
                        not word.startswith(PATTERN_TARGETS):
                    self.problem(page, line, "no target `make %s`" % word)

    def _check_failure(self, page, line, text):
        """A sample of a check's failure names a check and its rule."""
        match = re.search(r"\bcheck_\w+/(\w+): (.*)$", text)
        # A course's own checks are one to the report.
        if not match or match.group(1) == "own_checks_hold":
            return
        if match.group(1) not in self.words:
            self.problem(page, line, "no check %s" % match.group(1))
        elif match.group(2) not in self.rules:
            self.problem(page, line, "%s has another rule than '%s'" %
                         match.groups())

    # --- Pictures

    def check_poster(self):
        if self.tree.read(poster.PICTURE) != poster.draw(self.root):
            self.problem(poster.PICTURE, 1, "not what doc/_ext/poster.py"
                         " draws from inc/memlayout.h: run that")

    # --- The reading order

    def check_order(self):
        listed = {}
        for _title, part in references.read_order(self.tree):
            for file, reason in part:
                if file not in self.tree.file_set:
                    self.problem("doc/reading-order", 1, "no file %s" % file)
                if file in listed:
                    self.problem("doc/reading-order", 1, "%s twice" % file)
                if not reason:
                    self.problem("doc/reading-order", 1,
                                 "%s without a reason" % file)
                listed[file] = reason
        for pattern in PROPER:
            for path in sorted(glob.glob(os.path.join(self.root, pattern))):
                file = os.path.relpath(path, self.root)
                if file in self.tree.file_set and file not in listed:
                    self.problem("doc/reading-order", 1, "%s is missing" % file)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--image", default=qemu.IMAGE)
    parser.add_argument("--no-boot", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--root", default=TOP)
    parser.add_argument("pages", nargs="*")
    options = parser.parse_args()

    checker = Checker(options.root)
    pages = [os.path.relpath(page, options.root) if os.path.isabs(page)
             else page for page in options.pages]
    if not pages:
        pages = [f for f in checker.tree.files
                 if re.match(r"(doc/[^/]+|README|CONTRIBUTING)\.md$", f)]
        checker.check_order()
        checker.check_poster()
    for page in pages:
        checker.check_page(page)
    for problem in checker.problems:
        print("FAIL", problem)
    failed = len(checker.problems)
    passed = sum(checker.counts.values()) - failed
    print("%d pages: %s" % (len(pages), ", ".join(
        "%d %s" % (number, what) for what, number in checker.counts.items())))

    if not options.no_boot:
        good, bad = transcripts.check_pages(
            options.root, pages, options.image, options.update)
        print("%d transcripts" % (good + bad))
        failed, passed = failed + bad, passed + good
    print("%d passed, %d failed" % (max(passed, 0), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(script.run_guarded(main))
