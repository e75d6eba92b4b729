"""Which functions of an object file call themselves, directly or in a circle?

usage: python3 test/layers/recursion.py --objdump COMMAND FILE.o ...

A compiler may turn a loop into a call of the library function that does the
same. In that function itself, the call would never end. Prints each circle of
calls, and exits with status 1 if there is one.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import script  # noqa: E402

_FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_BRANCH = re.compile(r"^\s*[0-9a-f]+:\s.*\b(?:call|jmp)[lq]?\s+"
                     r"(?:0x)?[0-9a-f]+ <([^>+]+)>")
_RELOCATION = re.compile(r"^\s*[0-9a-f]+:\s+R_386_(?:PC32|PLT32)\s+"
                         r"([A-Za-z_][\w.$]*)")


def calls(listing):
    """{function: functions that it calls}, from `objdump -dr`."""
    graph, function = {}, None
    for line in listing.splitlines():
        match = _FUNCTION.match(line)
        if match:
            function = match.group(1)
            graph.setdefault(function, set())
            continue
        match = _RELOCATION.match(line) or _BRANCH.match(line)
        if not match or function is None:
            continue
        # A jump to the function's own start, without a relocation, is a loop.
        if match.re is _BRANCH and match.group(1) == function \
                and "call" not in line:
            continue
        graph[function].add(match.group(1))
    return graph


def circles(graph):
    """Each function that can reach itself, with the way: [name, ..., name]."""
    found = []
    for start in sorted(graph):
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop(0)
            for callee in sorted(graph.get(way[-1], ())):
                if callee == start:
                    found.append(way + [start])
                    ways = []
                    break
                if callee not in seen:
                    seen.add(callee)
                    ways.append(way + [callee])
    return found


def circles_of(objdump, path):
    listing = subprocess.run(
        shlex.split(objdump) + ["-dr", path], check=True,
        stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL="C")).stdout
    graph = calls(listing.decode("utf-8", "replace"))
    if not graph:
        raise ValueError("no function in " + path)
    return circles(graph)


def main():
    parser = argparse.ArgumentParser(
        description="Find functions that call themselves.")
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("objects", nargs="+", metavar="FILE.o")
    options = parser.parse_args()

    def run():
        bad = 0
        for path in options.objects:
            for way in circles_of(options.objdump, path):
                print("%s: %s" % (path, " calls ".join(way)))
                bad += 1
        print("%d passed, %d failed" % (len(options.objects), bad))
        return 1 if bad else 0
    return script.run_guarded(run)


if __name__ == "__main__":
    sys.exit(main())
