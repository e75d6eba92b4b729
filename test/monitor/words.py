"""The words of a command: help, arguments, numbers."""

import random
import re

from lib.tap import check, equal
from monitor.driver import demand, has, test

# name: fewest and most arguments, and valid arguments
COMMANDS = {
    "help": (0, 1, ["help"]), "kerninfo": (0, 0, []),
    "backtrace": (0, 0, []), "meminfo": (0, 0, []), "memmap": (0, 0, []),
    "pgdir": (0, 1, []), "showmappings": (1, 2, ["0xf0000000"] * 2),
    "walk": (1, 2, ["0xf0000000"]), "setperm": (2, 2, ["0xf0080000", "pw"]),
    "dump": (2, 3, ["v", "0xf0000000", "16"]), "page": (1, 1, ["0x1000"]),
    "audit": (0, 1, []), "check": (0, 1, ["check_page"]),
    "cpus": (0, 0, []), "disks": (0, 2, ["0", "0"]),
    "ls": (0, 0, []), "run": (1, 1, ["nosuch"]), "envs": (0, 0, []),
    "kill": (1, 1, ["0x7ffff000"]), "step": (0, 0, []),
    "continue": (0, 0, []),
    "regs": (0, 0, []), "reboot": (0, 0, []), "halt": (0, 0, []),
}

BAD_NUMBERS = ["0x", "12z", "0x1ffffffff", "4294967296", "-1", "+", "08", "x",
               "0x-1", "--1", "1.5", "0xg", "99999999999999999999"]


@test
def unknown_command(k):
    """an unknown command is named, and help is offered"""
    demand(k.sane("nonsense 1 2"), "nonsense")
    demand(k.sane("HELP"), "HELP")
    demand(k.sane("hel"), "Unknown")


@test
def help_lists_all(k):
    """help lists every command"""
    lines = k.sane("help")
    for name in COMMANDS:
        demand(lines, r"^\s*%s\b" % name)


@test
def help_for_one(k):
    """help COMMAND shows its usage"""
    for name in COMMANDS:
        demand(k.sane("help " + name), r"^usage: %s\b" % name)
    demand(k.sane("help nonsense"), "nonsense")


@test
def too_many_arguments(k):
    """one argument too many shows the usage"""
    for name, (_fewest, most, good) in COMMANDS.items():
        words = (good + ["1"] * 9)[:most + 1]
        demand(k.sane(" ".join([name] + words)), r"^usage: %s\b" % name)


@test
def too_few_arguments(k):
    """one argument too few shows the usage"""
    for name, (fewest, _most, good) in COMMANDS.items():
        if fewest:
            words = good[:fewest - 1]
            demand(k.sane(" ".join([name] + words)), r"^usage: %s\b" % name)


@test
def bad_numbers(k):
    """an argument that is not a 32-bit number is refused and quoted"""
    for command in ("walk %s", "showmappings %s", "showmappings 0 %s",
                    "setperm %s pw", "dump v %s", "dump p %s",
                    "dump v 0xf0000000 %s", "page %s"):
        for number in BAD_NUMBERS:
            lines = k.sane(command % number)
            check(has(lines, re.escape("'%s'" % number)),
                  "`%s` is refused, with the number quoted" %
                  (command % number), lines)


@test
def good_numbers(k):
    """numbers have the forms of C"""
    for number in ("4096", "0x1000", "0X1000", "010000", "0x00000000001000"):
        demand(k.sane("walk " + number), "0x00001000")
    demand(k.sane("walk 0xFFFFFFFF"), "0xffffffff")
    demand(k.sane("walk 4294967295"), "0xffffffff")
    demand(k.sane("walk 0"), "0x00000000")


@test
def blanks_between_words(k):
    """blanks before, between and after words are ignored"""
    equal(k.sane("   walk     0xf0100000   "), k.sane("walk 0xf0100000"))


@test
def random_commands(k):
    """commands with random arguments are harmless"""
    source = random.Random(2)
    names = sorted(set(COMMANDS) - {"halt", "reboot", "setperm", "check"})
    words = BAD_NUMBERS + ["v", "p", "0", "1", "16", "0xf0100000", "%s", "-",
                           "help", "0x7fe0000", "0x8000000", "0xefff8000"]
    for _ in range(400):
        line = [source.choice(names)]
        for _ in range(source.choice((0, 1, 1, 2, 2, 3))):
            line.append(source.choice(words) if source.random() < 0.5
                        else "0x%x" % source.getrandbits(32))
        if line[0] == "dump" and len(line) > 3:
            line[3] = "%d" % source.randrange(100)
        k.sane(" ".join(line))
