"""The tests of lab 4, as courses grade them: a program, alone in a boot, whose
console must have certain lines.

The job: the table, and matching. A wanted line is a regular expression that
must match at the start of a line; what follows in that line does not matter. The
order of the lines does not matter either.

Not the job: booting, and points (lab4.py).
"""

import itertools
import re


class Row:
    """A program, and the lines that it must (not) cause in a fresh boot.

    cpus: how many processors the machine has; stop: a line at which the program
    need not go on, because it does not end by itself.
    """

    def __init__(self, name, wanted, unwanted=(), cpus=1, stop=None):
        self.name = name
        self.wanted = list(wanted)
        self.unwanted = list(unwanted)
        self.cpus = cpus
        self.stop = stop

    def absent(self, lines):
        """The wanted lines that the console lacks."""
        return [wanted for wanted in self.wanted if not found(wanted, lines)]

    def surplus(self, lines):
        """The lines of the console that it must not have."""
        return [line for unwanted in self.unwanted
                for line in found(unwanted, lines)]


def found(pattern, lines):
    """The lines that begin with the pattern."""
    return [line for line in lines if re.match(pattern, line)]


def new_env(parent, child):
    return r"\[%s\] new env %s" % (parent, child)


def ended(*ids):
    """The lines about the end of these environments."""
    return [line for each in ids for line in (
        r"\[%s\] exiting gracefully" % each,
        r"\[%s\] free env %s" % (each, each))]


def fault_at_0(error):
    return [r"\[00001000\] user fault va 00000000 ip 008.....",
            r"TRAP frame at 0xf....... from CPU .",
            r"  trap 0x0000000e Page Fault",
            r"  err  0x0000000%d" % error,
            r"\[00001000\] free env 00001000"]


def refused(va):
    return [r"\[00001000\] user_mem_check assertion failure for va " + va]


def names(depth):
    """The names of forktree's environments: up to so many binary digits."""
    return ["".join(digits) for length in range(depth + 1)
            for digits in itertools.product("01", repeat=length)]


def ping_pong(last):
    ids = ["1001", "1000"]
    return ["%s got %d from %s" % (ids[i % 2], i, ids[(i + 1) % 2])
            for i in range(last + 1)]


def prime(number, sender):
    """A program's unfinished line, which the kernel's message continues."""
    return r"CPU .: %d \[0000%04x\] new env 0000%04x" % (number, sender,
                                                        sender + 1)


LAST_PRIME = prime(1877, 0x1120)

ROWS = [
    Row("dumbfork",
        [new_env("00000000", "00001000"), new_env("00001000", "00001001")]
        + [r"%d: I am the %s\." % row for row in (
            (0, "parent"), (9, "parent"), (0, "child"), (9, "child"),
            (19, "child"))]
        + ended("00001000", "00001001"),
        [r"10: I am the parent\.", r"20: I am the child\."]),
    Row("faultread", fault_at_0(4), [r"I read ........ from location 0!"]),
    Row("faultwrite", fault_at_0(6)),
    Row("faultdie", [r"i faulted at va deadbeef, err 6$"] + ended("00001000")),
    Row("faultregs", [r"Registers in UTrapframe OK$",
                      r"Registers after page-fault OK$"],
        [r"Registers .*MISMATCH"]),
    Row("faultalloc", [r"fault deadbeef$",
                       r"this string was faulted in at deadbeef$",
                       r"fault cafebffe$", r"fault cafec000$",
                       r"this string was faulted in at cafebffe$"]),
    Row("faultallocbad", refused("deadbeef")),
    Row("faultnostack", refused("eebfff..")),
    Row("faultbadhandler", refused("(deadb|eebfe)...")),
    Row("faultevilhandler", refused("(f0100|eebfe)...")),
    Row("forktree", ["....: I am '%s'" % name for name in names(3)]
        + [r"\[0000200.\] exiting gracefully",
           r"\[0000200.\] free env 0000200."]),
    Row("spin", [r"I am the parent\.  Forking the child\.\.\.",
                 r"I am the parent\.  Running the child\.\.\.",
                 r"I am the child\.  Spinning\.\.\.",
                 r"I am the parent\.  Killing the child\.\.\.",
                 r"\[00001000\] destroying 00001001",
                 r"\[00001000\] free env 00001001"]),
    Row("stresssched", [r"\[000010..\] stresssched on CPU %d" % cpu
                        for cpu in range(4)],
        [r".*ran on two CPUs at once"], cpus=4),
    Row("sendpage",
        [r"1000 got message: hello child environment! how are you\?",
         r"child received correct message",
         r"1001 got message: hello parent environment! I'm good",
         r"parent received correct message"], cpus=2),
    Row("pingpong", ["send 0 from 1000 to 1001"] + ping_pong(10), cpus=4),
    Row("primes", [prime(number, sender) for number, sender in (
        (2, 0x1001), (3, 0x1002), (5, 0x1003), (7, 0x1004), (11, 0x1005))]
        + [LAST_PRIME], cpus=4, stop="(%s|.*panic)" % LAST_PRIME),
]
