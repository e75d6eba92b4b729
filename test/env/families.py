"""Programs that fork, handle page faults, wait, and send messages.

Those of user/test/ verify cases, and print a line for each (user/test/verify.h).
After each program all frames must be free again, and the audit must hold.
"""

import re

from env.driver import (Conserved, begin, demand_lines, go_on, run, settled)
from env.programs import ENDED, PROGRAMS
from lib import programs
from lib.programs import EXITING, FREE, NOTHING_LEFT
from lib.tap import check, equal
from monitor.driver import Kernel, demand, test

# Seconds of silence: some programs try many cases without a word.
PATIENCE = 120

BAD = "[........] user_mem_check assertion failure for va "
CANNOT = "[........] page fault at va ........, ip ........ cannot be handled: "

# A program that verifies cases, what it shows, and lines besides.
VERIFYING = [
    ("forks", "what a forked environment shares, by both ways to fork",
     ["[........] user fault va 00000000 ip 008....."]),
    ("sforks", "environments that share all memory but the stack", []),
    ("handlers", "page-fault handlers, their registers, nested faults",
     [BAD + "eebfe...", CANNOT + "the exception stack is full: its handler"
      " faults, too", CANNOT + "the exception stack is not mapped",
      CANNOT + "the exception stack is read-only",
      CANNOT + "the exception stack is copy-on-write"]),
    ("handlerfirst", "a handler that is older than the first fork", []),
    ("mapping", "permissions and addresses of the calls for pages", []),
    ("messages", "messages, their order, and the end of those that wait", []),
    ("orphan", "finding an environment, not a free slot", []),
    ("waits", "sleep, waiting for an end, stopping others", []),
    ("lowmem", "memory that runs out in each call, fork and fault",
     ["[........] out of memory: no frame for a copy of the page at ........"
      ]),
]

# A program, what it shows, lines that it must cause, and must not cause.
SHOWING = [
    ("dumbfork", "a child by the simple calls",
     ["0: I am the parent.", "9: I am the parent.", "0: I am the child.",
      "19: I am the child."], ["10: I am the parent.", "20: I am the child."]),
    ("faultdie", "a handler that ends its program",
     ["i faulted at va deadbeef, err 6"], []),
    ("faultregs", "registers in a handler, and after it",
     ["Registers in UTrapframe OK", "Registers after page-fault OK"], []),
    ("faultalloc", "pages that a handler allocates",
     ["fault deadbeef", "this string was faulted in at deadbeef",
      "fault cafebffe", "fault cafec000",
      "this string was faulted in at cafebffe"], []),
    ("spin", "a parent ends its child, which never yields",
     ["I am the child.  Spinning...",
      "I am the parent.  Killing the child...",
      "[{id}] destroying ........"], []),
    ("stresssched", "twenty children at once",
     ["[........] stresssched on CPU 0"], []),
    ("sendpage", "pages in messages",
     ["child received correct message", "parent received correct message"],
     []),
    ("sleepers", "the shortest sleep ends first", ["all are awake"], []),
    ("forkedstack", "a stack that overflows after a fork, and where",
     ["[........] user fault va eebfc... ip 008.....",
      "  in forkedstack: sink+.. (user/test/forkedstack.c:..)",
      "user stack overflow: the stack is one page, from 0xeebfd000"], []),
    ("producers", "senders that wait",
     ["item %d from producer %d" % (item, producer)
      for item in range(1, 5) for producer in range(1, 4)], []),
    ("textgone", "a text that is unmapped while it is printed",
     ["[........] user_mem_check assertion failure for va 10000.80",
      "its text was gone (0)"], ["the whole text was printed"]),
]

# These end by the kernel's refusal.
REFUSED = [("faultallocbad", "deadbeef"), ("faultnostack", "eebfff.."),
           ("faultbadhandler", "eebfe..."), ("faultevilhandler", "eebfe...")]

# A program, what it shows, and a line with ids, as a regular expression.
NUMBERED = [
    ("forktree", "three generations, and the last one's name",
     "^[0-9a-f]{4,}: I am '111'$"),
    ("pingpong", "messages to and fro",
     "^[0-9a-f]+ got 10 from [0-9a-f]+$"),
    ("pingpongs", "the same with shared memory; thisenv is the caller's",
     r"^([0-9a-f]+) got 10 from [0-9a-f]+ \(thisenv is 0xeec[0-9a-f]{5} \1\)$"
     ),
]

OTHERS = ["primes", "generations", "nohandler", "stepfault", "random4",
          "wildjump"]

# Those of sharing.py.
OTHERS += ["family", "cowfault", "stepthrough", "xstack"]

# Those of test/swap, test/monitor/paging.py, tools/paging and `make bench`.
OTHERS += ["bigmemory", "pattern", "bigdata", "crowd", "ondisk", "sixpages",
           "full", "randompages", "pageout", "pagedforks", "belady", "benchswap",
           "sequential", "atrandom", "matrix", "quicksort", "mergesort"]

NAMES = [row[0] for row in VERIFYING + SHOWING + REFUSED
         + NUMBERED] + OTHERS


# --- Tables of programs ---------------------------------------------------

def add_verifying(name, shows, wanted):
    def body(k):
        with Conserved(k):
            result = run(k, name, quiet=PATIENCE)
            failed = [line for line in result.lines if "FAILED" in line]
            equal(failed, [])
            check(any(re.match(r"%s: [1-9]\d* passed, 0 failed$" % name, line)
                      for line in result.lines),
                  "a line `%s: N passed, 0 failed`" % name, result.lines[-30:])
            demand_lines(result, wanted + ENDED)
    body.__doc__ = "%s: %s" % (name, shows)
    test(body)


def add_showing(name, shows, wanted, unwanted):
    def body(k):
        with Conserved(k):
            demand_lines(run(k, name, quiet=PATIENCE),
                         wanted + [EXITING, FREE] + NOTHING_LEFT, unwanted)
    body.__doc__ = "%s: %s" % (name, shows)
    test(body)


def add_numbered(name, shows, pattern):
    def body(k):
        with Conserved(k):
            result = run(k, name)
            demand(result.lines, pattern)
            demand_lines(result, [EXITING, FREE] + NOTHING_LEFT)
    body.__doc__ = "%s: %s" % (name, shows)
    test(body)


def add_refused(name, va):
    def body(k):
        with Conserved(k):
            demand_lines(run(k, name), programs.bad_pointer(va), [EXITING])
    body.__doc__ = "%s: the kernel ends it, and says why" % name
    test(body)


for row in VERIFYING:
    add_verifying(*row)
for row in SHOWING:
    add_showing(*row)
for row in REFUSED:
    add_refused(*row)
for row in NUMBERED:
    add_numbered(*row)


# --- Programs that stop in the monitor --------------------------------------

def kill_all(k):
    """Kill all environments, the first ones first."""
    for line in k.sane("envs")[1:]:
        k.sane("kill 0x" + line.split()[0])


@test
def no_handler(k):
    """nohandler: a fault without a handler is a panic, with a hint"""
    with Conserved(k):
        result = run(k, "nohandler")
        demand_lines(result, [
            "[{id}] user panic in nohandler at lib/pgfault.c:..: page fault at"
            " va 00000000, eip 008....., and no handler: call"
            " set_pgfault_handler first"], [FREE])
        kill_all(k)


@test
def handlers_under_smap(k):
    """handlers: they return on a processor with SMAP, too"""
    other = Kernel(**dict(k.how, cpu="max"))
    try:
        for name in ("handlers", "forks"):
            with Conserved(other):
                result = run(other, name, quiet=PATIENCE)
                demand(result.lines, r"^%s: [1-9]\d* passed, 0 failed$" % name)
    finally:
        other.stop()


@test
def code_beyond_the_program(k):
    """wildjump: what follows the program's last function is in no function"""
    with Conserved(k):
        result = run(k, "wildjump")
        demand_lines(result, ["[{id}] user fault va 20000000 ip 20000000"])
        check(not any("in wildjump" in line for line in result.lines),
              "no function named", result.lines)


@test
def random_programs(k):
    """random4: programs that call at random, parent and child, lose no frame"""
    with Conserved(k):
        result = run(k, "random4", "20261128", "300", quiet=PATIENCE)
        demand_lines(result, ["random4: 300 passed, 0 failed"] + ENDED)


@test
def step_through_a_fault(k):
    """stepfault: step goes through a fault's handler; the program sees none"""
    places = []
    with Conserved(k):
        store = re.search("^Breakpoint at ([0-9a-f]{8}): umain",
                          "\n".join(run(k, "stepfault").lines), re.M)
        for _ in range(300):
            lines = k.sane("step")
            match = re.match(r"Debug at ([0-9a-f]{8}): (\w+)\+", lines[0])
            if not match:
                break
            places.append(match.groups())
        equal(lines[0], "the flags show no step")
        k.sane("continue")
    functions = [place[1] for place in places]
    for name in ("umain", "_pgfault_upcall", "give_page"):
        check(name in functions, "a step in " + name, functions)
    # From the last instruction of the upcall, back to the store that faulted.
    last = max(i for i, name in enumerate(functions)
               if name == "_pgfault_upcall")
    equal(places[last + 1], (store.group(1), "umain"))


@test
def generations(k):
    """generations: three environments share a frame, then two"""
    with Conserved(k):
        result = run(k, "generations")
        demand_lines(result, ["[{id}] the parent sees 1 on frame 0x....., which"
                              " is mapped 3 times"])
        demand(k.sane("walk 0xa0000000"), "COW")
        lines = go_on(k).lines
        for wanted in ("the child sees 2 .* mapped 1 times",
                       "the parent sees 1 .* mapped 2 times"):
            demand(lines, wanted)
        lines = go_on(k).lines
        demand(lines, "the grandchild sees 1 .* mapped 2 times")
        demand(lines, "the parent sees 3 .* mapped 1 times")


@test
def primes(k):
    """primes: a chain of environments; all can be killed at any time"""
    with Conserved(k):
        machine = begin(k, "primes")
        machine.expect(r"^CPU 0: 101 \[", quiet=PATIENCE)
        machine.ask_qemu("nmi")
        machine.wait_for_prompt()
        lines = machine.lines()
        for prime in (2, 3, 5, 7, 11, 13, 97):
            demand(lines, r"^CPU 0: %d \[[0-9a-f]{8}\] new env " % prime)
        check(len(k.sane("envs")) > 26, "a chain of 26 primes",
              k.sane("envs"))
        kill_all(k)


@test
def every_program_was_run(k):
    """every user program has a test here"""
    tested = {row[0] for row in PROGRAMS} | set(NAMES)
    tested |= {program.name for program in programs.PROGRAMS}
    tested |= {"toobig", "rights", "echo", "wild", "fuzz", "userpanic",
               "worker", "lastone", "fpu", "registers", "stepper", "bench",
               "benchlab4", "longtext", "breakpoints", "prefixes"}
    equal(sorted(set(programs_of(k)) - tested), [])


def programs_of(k):
    return " ".join(k.sane("ls")).split()
