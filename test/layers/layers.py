"""Check which file may depend on which. `make check-layers` runs it.

usage: python3 test/layers/layers.py [--objdir DIR] [--nm NM] [--levels]
                                     OBJECT...

A file depends on another if its object file needs a symbol (a function or a
variable) that the other's object file defines, or if it includes the other's
header. Compilers and assemblers record each symbol, so C and assembly count
alike. A call through a pointer needs no symbol: the hooks of kern/hooks.h are
no dependency.

The rules:

    The kernel proper (kern/*.[chS]) names nothing of kern/check, kern/monitor
    and kern/bench. kern/init alone may start them.
    Devices (kern/dev) name nothing of kern/, except kern/cpuid.
    lib/ names nothing of kern/, except what LIB_EXPECTS lists.
    inc/ includes nothing outside itself.
    No circle: no file of the kernel proper depends on itself through others.

A file and its header count as one: kern/env is env.c and env.h. Prints each
arrow that breaks a rule, and with --levels the files by level: a file is one
level above the highest that it depends on.

Exit status: 0 if all rules hold, 1 if one is broken, 2 if nothing could be
examined.
"""

import argparse
import collections
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from lib import qemu, script  # noqa: E402

# Folders, longest first; a file belongs to the first that matches.
WATCHERS = ("kern/check/", "kern/monitor/", "kern/bench/")
FOLDERS = WATCHERS + ("kern/dev/", "kern/", "lib/", "inc/")

# Files that may do what their folder may not.
STARTER = "kern/init"           # starts checks, monitor and benchmark
FEATURES = "kern/cpuid"         # what the processor has: devices may ask

# The functions that lib/ expects from the program that links it: the console.
# A user program has them in lib/console.c, the kernel in kern/dev/console.c.
LIB_EXPECTS = {"cputchar", "getchar", "vcprintf"}

SYMBOLS_SHOWN = 6


class LayersError(Exception):
    """The files could not be examined."""


# --- Arrows -----------------------------------------------------------------

class Arrow(collections.namedtuple("Arrow", "source target symbols")):
    """source depends on target: both are files; no symbols: it includes it."""

    def __str__(self):
        if not self.symbols:
            return "%s includes %s" % (self.source, self.target)
        shown = " ".join(self.symbols[:SYMBOLS_SHOWN])
        if len(self.symbols) > SYMBOLS_SHOWN:
            shown += " (and %d more)" % (len(self.symbols) - SYMBOLS_SHOWN)
        return "%s -> %s: %s" % (self.source, self.target, shown)


def noun(path):
    """A file without its suffix: env.c, env.h and env.S are one noun."""
    return os.path.splitext(path)[0]


def folder(path):
    return next((name for name in FOLDERS if path.startswith(name)), None)


def parse_nm(lines):
    """The symbols that an object defines, and those that it needs.

    lines: what `nm -P -g` printed: a name, a letter, numbers. U is undefined;
    v and w are weak, and have no number if they are undefined.
    """
    defined, needed = set(), set()
    for line in lines:
        words = line.split()
        if len(words) < 2:
            continue
        name, kind = words[:2]
        undefined = kind == "U" or kind in "vw" and len(words) < 3
        (needed if undefined else defined).add(name)
    return defined, needed


def symbol_arrows(tables):
    """The arrows between files. tables: {file: (defined, needed)}.

    What none of these files defines comes from the linker script, or from a
    generated file, and is no dependency.
    """
    home = {}
    for file in sorted(tables):
        for name in tables[file][0]:
            home.setdefault(name, file)
    arrows = []
    for file in sorted(tables):
        found = collections.defaultdict(list)
        for name in sorted(tables[file][1]):
            if home.get(name, file) != file:
                found[home[name]].append(name)
        arrows += [Arrow(file, target, tuple(names))
                   for target, names in sorted(found.items())]
    return arrows


_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.M)


def include_arrows(root):
    """The includes in all files of kern/, lib/ and inc/, whatever the #if."""
    arrows = []
    for file in sources(root):
        with open(os.path.join(root, file), encoding="utf-8") as text:
            for name in _INCLUDE.findall(text.read()):
                beside = os.path.join(os.path.dirname(file), name)
                if (not os.path.exists(os.path.join(root, name))
                        and os.path.exists(os.path.join(root, beside))):
                    name = os.path.normpath(beside)
                arrows.append(Arrow(file, name, ()))
    return arrows


def sources(root):
    """The paths of all C and assembly files and headers, below root."""
    found = []
    for top in ("inc", "kern", "lib"):
        for where, _folders, names in os.walk(os.path.join(root, top)):
            found += [os.path.relpath(os.path.join(where, name), root)
                      for name in names if name.endswith((".c", ".h", ".S"))]
    return sorted(found)


def source_of(path, objdir, root):
    """The source file of an object file, both as paths."""
    stem = noun(os.path.relpath(path, objdir))
    for suffix in (".c", ".S"):
        if os.path.exists(os.path.join(root, stem + suffix)):
            return stem + suffix
    raise LayersError("%s: no source file %s.c or .S" % (path, stem))


def read_objects(paths, objdir, root, nm):
    """{source file: (defined, needed)} of these object files."""
    # -A begins each line with the file's path.
    try:
        answer = subprocess.run([nm, "-A", "-P", "-g"] + list(paths),
                                check=False, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    except OSError as error:
        raise LayersError("%s: %s" % (nm, error.strerror)) from None
    said = answer.stderr.decode("utf-8", "replace").strip()
    if answer.returncode:
        raise LayersError(said or "%s: exit status %d" % (
            nm, answer.returncode))
    lines = collections.defaultdict(list)
    for line in answer.stdout.decode("utf-8", "replace").splitlines():
        path, _colon, rest = line.rpartition(": ")
        lines[path].append(rest)
    if not set(lines) <= set(paths) or not lines:
        raise LayersError("%s printed no symbols of these object files" % nm)
    return {source_of(path, objdir, root): parse_nm(lines[path])
            for path in paths}


# --- Rules ------------------------------------------------------------------

def kernel_names_watcher(arrow):
    return (folder(arrow.source) == "kern/" and noun(arrow.source) != STARTER
            and folder(arrow.target) in WATCHERS)


def device_names_kernel(arrow):
    return (folder(arrow.source) == "kern/dev/"
            and folder(arrow.target) in WATCHERS + ("kern/",)
            and noun(arrow.target) != FEATURES)


def lib_names_kernel(arrow):
    return (folder(arrow.source) == "lib/"
            and arrow.target.startswith("kern/")
            and not (arrow.symbols and set(arrow.symbols) <= LIB_EXPECTS))


def inc_leaves_itself(arrow):
    return (folder(arrow.source) == "inc/" and folder(arrow.target) != "inc/")


BOUNDARIES = (
    ("the kernel names nothing of kern/check, kern/monitor and kern/bench",
     kernel_names_watcher),
    ("devices name nothing of the kernel, except " + FEATURES,
     device_names_kernel),
    ("lib/ names nothing of kern/, except " + " ".join(sorted(LIB_EXPECTS)),
     lib_names_kernel),
    ("inc/ includes nothing outside itself", inc_leaves_itself),
)
NO_CIRCLE = "no circle in the kernel proper"


def without_expected(arrow):
    """The arrow without the symbols that lib/ may expect; None if all are."""
    if folder(arrow.source) != "lib/" or not arrow.symbols:
        return arrow
    rest = tuple(name for name in arrow.symbols if name not in LIB_EXPECTS)
    return arrow._replace(symbols=rest) if rest else None


# --- Circles and levels -----------------------------------------------------

def make_graph(arrows, folders):
    """{noun: {noun: [arrows]}} of the files in these folders."""
    graph = collections.defaultdict(dict)
    for arrow in arrows:
        if folder(arrow.source) not in folders:
            continue
        source, target = noun(arrow.source), noun(arrow.target)
        graph[source]           # its key, even if it depends on nothing
        if folder(arrow.target) in folders and source != target:
            graph[source].setdefault(target, []).append(arrow)
            graph[target]
    return graph


def components(graph):
    """Sets of nouns that reach each other; each after those it depends on.

    (Tarjan's algorithm, with an explicit stack instead of recursion.)
    """
    index, low, path, found = {}, {}, [], []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        path.append(start)
        while work:
            node, following = work[-1]
            below = next(following, None)
            if below is None:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == index[node]:
                    at = path.index(node)
                    found.append(set(path[at:]))
                    del path[at:]
            elif below not in index:
                index[below] = low[below] = len(index)
                path.append(below)
                work.append((below, iter(sorted(graph[below]))))
            elif below in path:
                low[node] = min(low[node], index[below])
    return found


def circles(graph):
    return [sorted(component) for component in components(graph)
            if len(component) > 1]


def shortest_circle(graph, circle):
    """The fewest of these files that depend on each other in a ring."""
    best = None
    for start in circle:
        before, line = {}, collections.deque([start])
        while line and start not in before:
            node = line.popleft()
            for target in sorted(graph[node]):
                if target in circle and target not in before:
                    before[target] = node
                    line.append(target)
        ring = [start]
        while before[ring[-1]] != start:
            ring.append(before[ring[-1]])
        ring.append(start)
        if best is None or len(ring) < len(best):
            best = ring[::-1]
    return best


def levels(graph):
    """{noun: level}, from 1. The files of a circle share a level."""
    level = {}
    for component in components(graph):
        below = [level[target] for node in component for target in graph[node]
                 if target not in component]
        for node in component:
            level[node] = 1 + max(below, default=0)
    return level


# --- Reporting --------------------------------------------------------------

def broken_boundaries(arrows, breaks):
    return [str(arrow) for arrow in arrows if breaks(arrow)]


def broken_circles(graph):
    """Lines: each circle, and the arrows among its files."""
    lines = []
    for circle in circles(graph):
        lines += wrapped(("a circle of %d: %s" % (
            len(circle), " ".join(circle))).split())
        lines.append("the shortest ring in it: " + " -> ".join(
            shortest_circle(graph, circle)))
        for source in circle:
            for target in sorted(graph[source]):
                if target in circle:
                    lines += ["  " + str(arrow)
                              for arrow in graph[source][target]]
    return lines


def report(arrows, out):
    """Print each rule and what breaks it; the number of broken rules."""
    arrows = [arrow for arrow in map(without_expected, arrows) if arrow]
    results = [(text, broken_boundaries(arrows, breaks))
               for text, breaks in BOUNDARIES]
    results.append((NO_CIRCLE, broken_circles(make_graph(arrows, ("kern/",)))))
    for text, lines in results:
        print("%-4s %s" % ("FAIL" if lines else "ok", text), file=out)
        for line in lines:
            print("       " + line, file=out)
    bad = sum(bool(lines) for _text, lines in results)
    print("%d passed, %d failed" % (len(results) - bad, bad), file=out,
          flush=True)
    return bad


def show_levels(arrows, out):
    """The kernel, its devices and lib/ by level, from the bottom up."""
    arrows = [arrow for arrow in map(without_expected, arrows) if arrow]
    graph = make_graph(arrows, ("kern/", "kern/dev/", "lib/"))
    found = levels(graph)
    in_circle = {node for circle in circles(graph) for node in circle}
    for number in sorted(set(found.values())):
        names = [name + "*" * (name in in_circle)
                 for name in sorted(found) if found[name] == number]
        print("%3d  %s" % (number, "\n     ".join(wrapped(names))), file=out)
    if in_circle:
        print("(* in a circle)", file=out)


def wrapped(words, width=74):
    """The words, as lines of at most this width."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += " " * bool(lines[-1]) + word
    return lines


def examine(options):
    try:
        tables = read_objects(options.objects, options.objdir, options.root,
                              options.nm)
        arrows = symbol_arrows(tables) + include_arrows(options.root)
    except LayersError as error:
        print("layers: %s" % error, file=sys.stderr)
        return 2
    if options.levels:
        show_levels(arrows, sys.stdout)
    return 1 if report(arrows, sys.stdout) else 0


def main():
    parser = argparse.ArgumentParser(
        description="Check which file may depend on which.")
    parser.add_argument("--root", default=qemu.ROOT, metavar="DIR",
                        help="the source tree (default: this one)")
    parser.add_argument("--objdir", default="obj", metavar="DIR",
                        help="where it was built (default: obj)")
    parser.add_argument("--nm", default="nm", metavar="COMMAND")
    parser.add_argument("--levels", action="store_true",
                        help="list the files by level, too")
    parser.add_argument("objects", nargs="+", metavar="OBJECT")
    options = parser.parse_args()
    return script.run_guarded(lambda: examine(options))


if __name__ == "__main__":
    sys.exit(main())
