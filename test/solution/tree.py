"""The tree that a course's pmap.c comes from: what the file needs of it.

Our headers have what courses provide, but a course may have changed its own: a
macro more, a struct, a file beside pmap.c. If the file lies in its tree, in
kern/, these are found there.

The job: finding text. Not the job: compiling (compile.py).
"""

import glob
import os
import re

from solution import facts

# Compilers' messages about names that they do not know.
_UNKNOWN = re.compile(
    r"'(?:struct |union |enum )?(\w+)' undeclared|"
    r"unknown type name '(\w+)'|"
    r"implicit declaration of function '(\w+)'|"
    r"call to undeclared (?:library )?function '(\w+)'|"
    r"use of undeclared identifier '(\w+)'|"
    r"(?:undefined|incomplete) type '(?:struct |union )(\w+)'|"
    r"incomplete definition of type '(?:struct |union )(\w+)'|"
    r"has incomplete type '?(?:struct |union )(\w+)")
# For some types they show only the line.
_INCOMPLETE = re.compile(r"error: .*(?:incomplete type|isn't known|"
                         r"incomplete element type).*\n"
                         r".*?\b(?:struct|union)\s+(\w+)")


def unknown_names(log):
    """The names that a compiler did not know, each once."""
    names = [next(filter(None, found.groups()))
             for found in _UNKNOWN.finditer(log)]
    names += _INCOMPLETE.findall(log)
    return list(dict.fromkeys(names))


def chunks(source):
    """A header's declarations and macros, each whole, without comments."""
    code = facts.without_comments(source)
    found, start, depth, at = [], 0, 0, 0
    while at < len(code):
        if code[at] == "#" and not code[start:at].strip():
            end = re.compile(r"(?:\\\n|[^\n])*").match(code, at).end()
            found.append(code[at:end])
            start = at = end
            continue
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        at += 1
        ended = depth == 0 and (
            code[at - 1] == ";" or (code[at - 1] == "}" and re.search(
                r"\)\s*\{", code[start:at])))
        if ended:
            found.append(code[start:at].strip())
            start = at
    return [chunk for chunk in found if chunk and chunk != ";"]


def declares(chunk, name):
    """True if that text declares or defines the name."""
    word = re.escape(name)
    if chunk.startswith("#"):
        return bool(re.match(r"#\s*define\s+%s\b" % word, chunk))
    if re.match(r"(?:struct|union|enum)\s+%s\s*\{" % word, chunk):
        return True
    if re.match(r"typedef\b.*\b%s\s*(?:\[\w*\])?\s*;$" % word, chunk, re.S):
        return True
    if re.match(r"enum\b[^{]*\{[^}]*\b%s\b" % word, chunk):
        return True
    return bool(re.match(r"(?:extern\b|static\s+inline\b|[A-Za-z_])[^={};()]*"
                         r"\b%s\s*[([;,]" % word, chunk)
                and not chunk.startswith("typedef"))


class Tree:
    """The tree around a file; empty if the file does not lie in kern/."""

    def __init__(self, path):
        beside = os.path.dirname(os.path.abspath(path))
        self.path = os.path.abspath(path)
        self.root = None
        if os.path.basename(beside) == "kern":
            self.root = os.path.dirname(beside)

    def files(self, *patterns):
        if not self.root:
            return []
        found = [path for pattern in patterns
                 for path in sorted(glob.glob(os.path.join(
                     glob.escape(self.root), pattern)))]
        return [path for path in found
                if not os.path.samefile(path, self.path)]

    def short(self, path):
        return os.path.relpath(path, self.root)

    def declaration(self, name):
        """(its text, the header) of a macro, type or function; or None."""
        for path in self.files("inc/*.h", "kern/*.h", "*.h"):
            for chunk in chunks(facts.read(path)):
                if declares(chunk, name):
                    return chunk, self.short(path)
        return None

    def definer(self, name):
        """The path of the .c file that defines a function or variable."""
        for path in self.files("kern/*.c", "lib/*.c"):
            code = facts.code_of(facts.read(path))
            if facts.definition_of(name, code) or re.search(
                    r"^(?!extern\b|static\b|typedef\b)[A-Za-z_][\w \t*]*\b%s"
                    r"[ \t]*(?:\[[^\]\n]*\][ \t]*)*(?:=|;)" %
                    re.escape(name), code, re.M):
                return path
        return None
