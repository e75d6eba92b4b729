"""Facts from the text of a course's pmap.c: what its comments ask for, and how
its own tree starts the processor.

usage: python3 test/solution/facts.py COPY FOLDER > facts.c
    COPY: the file; FOLDER: the folder that it came from. Prints C.

The course's contracts are comments above its functions, which most students
keep. They changed over the years. A rule that only some texts ask for holds
only for a file that contains the sentence: names of types do not tell the
year, and students rename, strip and translate.
"""

import os
import re
import sys

_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
                    r"'(?:\\.|[^'\\\n])*'", re.S)


def read(path):
    """A file as text, whatever its encoding; empty if there is none."""
    try:
        with open(path, encoding="latin-1", newline=None) as file:
            return file.read()
    except OSError:
        return ""


def is_comment(token):
    return token.startswith("/")


def code_of(source):
    """The source with blanks for its comments and strings; all stays in its
    place."""
    return _TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()),
                      source)


def without_comments(source):
    """The source with a blank for each comment."""
    return _TOKEN.sub(lambda found: " " if is_comment(found.group())
                      else found.group(), source)


def definition_of(name, code):
    """Where a function's definition begins (at its name), where its body
    begins and where it ends; None if it is not defined here."""
    for found in re.finditer(r"\b%s\s*\(" % re.escape(name), code):
        head = re.compile(r"[^;{}]*\{").match(code, found.end())
        if not head or re.search(r"[=(,.&!|]\s*$", code[:found.start()]):
            continue
        depth, at = 1, head.end()
        while depth and at < len(code):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            at += 1
        return found.start(), head.end(), at
    return None


def above(source, code, start):
    """The comments between the code that ends before start and start."""
    ended = max(code.rfind(mark, 0, start) for mark in ";}")
    # Lines of the preprocessor end like code.
    for line in re.finditer(r"^[ \t]*#.*$", code[:start], re.M):
        ended = max(ended, line.end())
    return [found.group() for found in _TOKEN.finditer(source)
            if is_comment(found.group())
            and ended < found.start() < start]


def inside(source, body, end):
    """The comments of a function's body."""
    return [found.group() for found in _TOKEN.finditer(source)
            if is_comment(found.group()) and body <= found.start() < end]


def one_line(comments):
    """Comments as one line of words."""
    return " ".join(re.sub(r"[/*\s]+", " ", text) for text in comments)


def asks_to_clear_the_link(source):
    """True if the text wants pp_link NULL in an allocated frame: the contract
    of page_alloc says so, or page_free's that it detects a double free by it.
    """
    code = code_of(source)
    found = definition_of("page_alloc", code)
    if found and "pp_link" in one_line(above(source, code, found[0])):
        return True
    found = definition_of("page_free", code)
    if not found:
        return False
    words = one_line(above(source, code, found[0])
                     + inside(source, *found[1:]))
    return bool(re.search(r"pp_link\b.{0,40}\bNULL.*\bpanic|"
                          r"\bpanic.*pp_link\b.{0,40}\bNULL", words, re.I))


_OR = re.compile(r"\b(?:or|mov|bts)[a-z]?\s+\$\(?([^,]*?)\)?\s*,")


def has_pse(operand):
    """True if a constant of the assembler or of C contains CR4.PSE."""
    if "CR4_PSE" in operand:
        return True
    return any(int(word, 0) & 0x10 for word in
               re.findall(r"\b(?:0x[0-9a-fA-F]+|[1-9][0-9]*)\b", operand))


def assembly_sets_pse(source):
    """True if that entry.S writes a CR4 with PSE set."""
    code = re.sub(r"#(?!\s*(?:include|define|if|else|endif)).*", "",
                  code_of(source))
    before, write, _after = code.rpartition("%cr4")
    if not write or not re.search(r",\s*$", before):
        return False
    before = before[-400:]
    return any(has_pse(found.group(1)) for found in _OR.finditer(before)
               if "CR0" not in found.group(1))


def init_sets_pse(source):
    """True if that init.c sets CR4.PSE before it calls mem_init."""
    code = code_of(source)
    found = definition_of("i386_init", code)
    body = code[found[1]:found[2]] if found else ""
    return any(has_pse(call) for call in re.findall(
        r"\blcr4\s*\(([^;]*);", body.partition("mem_init")[0]))


def entry_sets_pse(folder):
    """True if the file's own tree switches 4 MiB pages on before mem_init."""
    return (assembly_sets_pse(read(os.path.join(folder, "entry.S")))
            or init_sets_pse(read(os.path.join(folder, "init.c"))))


def facts(source, folder):
    """[(the C name, its value)]"""
    return [("foreign_text_clears_link", asks_to_clear_the_link(source)),
            ("foreign_entry_pse", entry_sets_pse(folder))]


def main():
    copy, folder = sys.argv[1:]
    print("#include <kern/check/interface.h>")
    print('#include "test/solution/solution.h"\n')
    for name, value in facts(read(copy), folder):
        print("const bool %s = %s;" % (name, "true" if value else "false"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
