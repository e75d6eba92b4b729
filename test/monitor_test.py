"""Behaviour of the kernel's monitor, driven over the serial line.

usage: python3 test/monitor_test.py [--image FILE | --kernel FILE] [WORD ...]
    Only tests whose names hold all the WORDs, if there are any.

Addresses and tables are checked against what does not share the kernel's code:
nm's symbols, and QEMU's own monitor, which walks the tables itself.
"""

import argparse
import random
import re
import sys

sys.dont_write_bytecode = True

import grading  # noqa: E402
import qemu  # noqa: E402
from tap import Tap, check, equal  # noqa: E402

MEMORY = 128                    # MB
QUIET = 6.0                     # a command's longest silence, seconds
PGSIZE = 4096
KERNBASE = 0xF0000000
UVPT, UVPT_END = 0xEF400000, 0xEF800000

# name: fewest and most arguments, and arguments that it takes
COMMANDS = {
    "help": (0, 1, ["help"]), "kerninfo": (0, 0, []),
    "backtrace": (0, 0, []), "meminfo": (0, 0, []), "memmap": (0, 0, []),
    "pgdir": (0, 0, []), "showmappings": (1, 2, ["0xf0000000"] * 2),
    "walk": (1, 1, ["0xf0000000"]), "setperm": (2, 2, ["0xf0380000", "pw"]),
    "dump": (2, 3, ["v", "0xf0000000", "16"]), "page": (1, 1, ["0x1000"]),
    "audit": (0, 0, []), "check": (0, 1, ["check_page"]),
    "regs": (0, 0, []), "reboot": (0, 0, []), "halt": (0, 0, []),
}

BAD_NUMBERS = ["0x", "12z", "0x1ffffffff", "4294967296", "-1", "+", "08", "x",
               "0x-1", "--1", "1.5", "0xg", "99999999999999999999"]

GROUPS = ["check_page_free_list", "check_page_alloc", "check_page",
          "check_kern_pgdir", "check_page_installed_pgdir"]

# What fault KIND must say: regular expressions, each in some line.
FAULTS = {
    "null": [r"^TRAP frame at 0x", r"  trap 0x0000000e Page Fault",
             r"  cr2  0x00000000",
             r"^kernel page fault: read of 0x00000000.*not present.*null"],
    "text": [r"^TRAP frame at 0x", r"err  0x00000003 \[kernel, write, prot",
             r"^kernel page fault: write to 0xf01.*kernel text is read-only"],
    "divide": [r"^TRAP frame at 0x", r"  trap 0x00000000 Divide error"],
    "undefined": [r"^TRAP frame at 0x", r"  trap 0x00000006 Invalid Opcode"],
    "overflow": [r"^TRAP frame at 0x", r"  trap 0x00000008 Double Fault",
                 r"stack.*overflow"],
    "unmap-stack": [r"^TRAP frame at 0x", r"  trap 0x00000008 Double Fault",
                    r"stack.*not (there|mapped|present)"],
    "panic": [r"^kernel panic at kern/\w+\.c:\d+: on purpose"],
}

_TROUBLE = re.compile(r"^(TRAP frame|kernel (panic|page fault|trap|double))",
                      re.M)

TESTS = []


def test(function):
    """Put it into the table; its docstring is its name."""
    TESTS.append(function)
    return function


# --- The kernel under test ------------------------------------------------

class Kernel:
    """A kernel at its prompt; booted anew after one that stopped."""

    def __init__(self, **how):
        self.how = how
        self.machine = None

    def ready(self):
        """A machine at its prompt."""
        if self.machine and not self.machine.outcome:
            return self.machine
        self.stop()
        self.machine = qemu.Machine(memory=MEMORY,
                                    transcript="obj/monitor-test.out",
                                    **self.how)
        self.machine.start()
        self.machine.wait_for_prompt(quiet=QUIET)
        return self.machine

    def stop(self):
        if self.machine:
            self.machine.close()
            self.machine = None

    def run(self, line):
        """A command's output, as lines."""
        return self.ready().command(line, quiet=QUIET)

    def sane(self, line):
        """A command's output; it must have neither panicked nor faulted."""
        lines = self.run(line)
        check(not _TROUBLE.search("\n".join(lines)),
              "`%s` ends in a message, not a fault" % line[:60], lines)
        return lines

    def type(self, data, settle=None):
        """Type bytes and wait for the text `settle` behind what was there.

        What the console got since then.
        """
        machine = self.ready()
        start = machine.position = len(machine.text)
        machine.send_bytes(data)
        if settle is not None:
            machine.expect(settle, quiet=QUIET)
        return machine.text[start:]

    def enter(self, data):
        """Type bytes that end a line. Its output, echo first."""
        machine = self.ready()
        start = machine.position = len(machine.text)
        machine.send_bytes(data)
        machine.wait_for_prompt(quiet=QUIET)
        return machine.text[start:]

    def typed(self, data):
        """The first word of the line that these bytes came to be.

        The monitor does not know it and says so; the bytes must not end in a
        line end.
        """
        output = self.enter(data + b"\n")
        match = re.search(r"'(.*?)'", output.partition("\n")[2])
        check(match, "an unknown command is quoted", output.split("\n"))
        return match.group(1)

    def settle(self):
        """Wait until all that was typed has been carried out."""
        self.type(b"\x15zsettle\n", r"'zsettle'")
        self.machine.wait_for_prompt(quiet=QUIET)

    def fresh_history(self):
        """Boot anew, for a history without entries."""
        self.stop()
        return self.ready()


def shown(echo):
    """What a terminal shows after this, as one line of characters."""
    cells, at = [], 0
    for c in echo:
        if c == "\b":
            at = max(at - 1, 0)
        elif " " <= c <= "~":
            cells[at:at + 1] = [c]
            at += 1
    return "".join(cells).rstrip()


def has(lines, pattern):
    """Is the regular expression in some line?"""
    return any(re.search(pattern, line) for line in lines)


def demand(lines, *patterns):
    for pattern in patterns:
        check(has(lines, pattern), "a line with /%s/" % pattern, lines)


def symbol(kernel, name):
    """A function's address, from nm."""
    for start, other in kernel.ready().symbols.functions:
        if other == name:
            return start
    check(False, "a function %s in kernel.sym" % name, "none")
    return None


# --- Line editing ---------------------------------------------------------

@test
def plain_line(k):
    """a typed line is echoed and carried out"""
    output = k.enter(b"kerninfo\n")
    equal(output.split("\n")[0], "kerninfo")
    demand(output.split("\n"), "entry")


@test
def empty_lines(k):
    """empty and blank lines do nothing"""
    for data in (b"\n", b"   \n", b" \n"):
        output = k.enter(data)
        check("Unknown" not in output, "only another prompt",
              output.split("\n"))


@test
def line_ends(k):
    """return, newline, and both together end one line"""
    for end in (b"\r", b"\n", b"\r\n"):
        output = k.enter(b"zzz" + end)
        equal(output.count("Unknown command"), 1)
    k.machine.position = len(k.machine.text)
    equal(k.typed(b"zzy"), "zzy")


@test
def left_and_insert(k):
    """cursor left, then a character, inserts it"""
    equal(k.typed(b"abc\x1b[DX"), "abXc")
    equal(k.typed(b"abc\x1b[D\x1b[D\x1b[DX"), "Xabc")
    equal(k.typed(b"abc\x1bOD\x02X"), "aXbc")


@test
def left_stops_at_the_start(k):
    """cursor left stops at the line's start, right at its end"""
    equal(k.typed(b"ab" + b"\x1b[D" * 9 + b"X"), "Xab")
    equal(k.typed(b"ab" + b"\x1b[C" * 9 + b"X"), "abX")
    equal(k.typed(b"ab\x1b[D\x1b[D\x1b[CX"), "aXb")


@test
def home_and_end(k):
    """Home, End, Ctrl-A and Ctrl-E go to the ends of the line"""
    for home, end in ((b"\x1b[H", b"\x1b[F"), (b"\x1b[1~", b"\x1b[4~"),
                      (b"\x1bOH", b"\x1bOF"), (b"\x01", b"\x05")):
        equal(k.typed(b"bc" + home + b"A" + end + b"D"), "AbcD")


@test
def backspace(k):
    """backspace and delete erase the character before the cursor"""
    for key in (b"\x08", b"\x7f"):
        equal(k.typed(b"abx" + key + b"c"), "abc")
        equal(k.typed(b"axb\x1b[D" + key + b"c"), "acb")


@test
def backspace_at_the_start(k):
    """backspace at the line's start does nothing"""
    equal(k.typed(b"\x08\x7f\x08ab"), "ab")
    equal(k.typed(b"ab\x1b[D\x1b[D\x08\x08X"), "Xab")


@test
def prompt_survives_erasing(k):
    """the prompt cannot be erased"""
    echo = k.enter(b"abc" + b"\x08" * 20 + b"zz\n").split("\n")[0]
    equal(shown("K> " + echo), "K> zz")


@test
def delete_key(k):
    """Del erases the character under the cursor"""
    equal(k.typed(b"axb\x1b[D\x1b[D\x1b[3~"), "ab")


@test
def kill_line(k):
    """Ctrl-U erases what is before the cursor"""
    equal(k.typed(b"some words here\x15new"), "new")
    equal(k.typed(b"oldnew\x1b[D\x1b[D\x1b[D\x15"), "new")


@test
def kill_word(k):
    """Ctrl-W erases the word before the cursor and its blanks"""
    equal(k.typed(b"one two  \x17\x17new"), "new")
    equal(k.typed(b"keep.this  \x17mine"), "mine")
    output = k.enter(b"page 0 1 \x17\n")
    check("usage" not in output, "`page 0` after Ctrl-W", output.split("\n"))


@test
def screen_agrees(k):
    """what the terminal shows is the line that is carried out"""
    for data, line in ((b"abc\x1b[D\x1b[DXY", "aXYbc"),
                       (b"abcdef\x1b[D\x1b[D\x08\x08", "abef"),
                       (b"ab cd ef\x17\x17X", "ab X"),
                       (b"abcdef\x1b[D\x1b[D\x15", "ef"),
                       (b"bcd\x01a\x05e\x1b[D\x1b[3~", "abcd"),
                       (b"abcdef\x01\x1b[C\x0bz", "az")):
        echo = k.enter(data + b"\n").split("\n")[0]
        equal(shown(echo), line)


@test
def history_up(k):
    """cursor up brings back the last lines, the newest first"""
    k.fresh_history()
    for line in (b"first", b"second", b"third"):
        k.typed(line)
    equal(k.typed(b"\x1b[A"), "third")
    equal(k.typed(b"\x1b[A\x1b[A"), "second")
    equal(k.typed(b"\x10\x10\x10\x10"), "first")


@test
def history_down(k):
    """cursor down comes back to the line that was begun"""
    k.fresh_history()
    k.typed(b"first")
    k.typed(b"second")
    equal(k.typed(b"beg\x1b[A\x1b[A\x1b[B\x1b[Bun"), "begun")
    equal(k.typed(b"x\x1b[B\x1b[By"), "xy")


@test
def history_ends(k):
    """cursor up stops at the oldest line, and an empty history is harmless"""
    k.fresh_history()
    equal(k.typed(b"\x1b[A\x1b[B\x1b[Aonly"), "only")
    equal(k.typed(b"\x1b[A" * 40), "only")


@test
def history_edited(k):
    """a recalled line can be edited, and stays itself in the history"""
    k.fresh_history()
    k.typed(b"origin")
    equal(k.typed(b"\x1b[A\x08\x08al"), "origal")
    equal(k.typed(b"\x1b[A\x1b[A"), "origin")


@test
def history_is_bounded(k):
    """a hundred lines of history are harmless"""
    for i in range(100):
        k.typed(b"h%d" % i)
    equal(k.typed(b"\x1b[A\x1b[A\x1b[A"), "h97")
    k.typed(b"\x1b[A" * 200)


@test
def tab_completes(k):
    """Tab completes a command that is begun"""
    demand(k.enter(b"kern\t\n").split("\n"), "entry")
    demand(k.enter(b"showm\t0xf0000000\n").split("\n"), "f0000000")


@test
def tab_lists(k):
    """Tab lists the commands when several are left"""
    echo = k.type(b"me\t\t", r"meminfo\s+memmap\s+K> mem\Z")
    check("help" not in echo, "no others", echo.split("\n"))
    output = k.enter(b"\x15kerninfo\n")
    demand(output.split("\n"), "etext")


@test
def tab_extends(k):
    """Tab goes on as far as all that are left agree"""
    equal(k.typed(b"m\t!"), "mem!")


@test
def tab_on_nothing(k):
    """Tab after an unknown start, or in an argument, changes nothing"""
    equal(k.typed(b"qqq\t\tx"), "qqqx")
    equal(k.typed(b"qqq arg\t\x17\x08x"), "qqqx")


@test
def ctrl_c(k):
    """Ctrl-C gives the line up"""
    output = k.enter(b"halt\x03")
    check("Unknown" not in output, "nothing is carried out",
          output.split("\n"))
    equal(k.typed(b"zzz"), "zzz")


# --- Odd input ------------------------------------------------------------

@test
def every_byte(k):
    """every byte that is no character is harmless"""
    for byte in list(range(0x20)) + list(range(0x7F, 0x100)):
        if byte not in (0x0A, 0x0D, 0x1B, 0x03):
            output = k.enter(b"a" + bytes([byte]) + b"b\n")
            check(not _TROUBLE.search(output), "no fault after byte 0x%02x" %
                  byte, output.split("\n"))


@test
def high_bytes_are_not_text(k):
    """bytes above 0x7F do not come into the line"""
    word = k.typed(b"a" + bytes(range(0x80, 0x100)) + b"b")
    equal(word, "ab")


@test
def lone_escape(k):
    """a lone ESC swallows one key at most"""
    k.type(b"\x1b")
    equal(k.typed(b"\x15zzz"), "zzz")
    k.type(b"\x1b\x1b\x1b\x1b")
    equal(k.typed(b" \x15zzz"), "zzz")


@test
def escape_before_return(k):
    """a lone ESC before the line's end does not hang the line"""
    k.type(b"zzz\x1b\n\n\n", r"^K> ")
    k.settle()


@test
def unknown_sequences(k):
    """escape sequences without a meaning put nothing into the line"""
    equal(k.typed(b"a\x1b[5~\x1b[1;5C\x1b[15~\x1b[99999999999~\x1b[Zb"), "ab")
    equal(k.typed(b"a\x1b[;;;;Eb"), "ab")


@test
def long_line(k):
    """2000 characters in a line end in a message"""
    output = k.enter(b"x" * 2000 + b"\n")
    check(not _TROUBLE.search(output), "no fault", output[-200:].split("\n"))
    demand(output.split("\n"), "Unknown command")
    equal(k.typed(b"zzz"), "zzz")


@test
def long_line_edited(k):
    """a line at its limit can still be edited"""
    word = k.typed(b"x" * 2000 + b"\x01" + b"\x1b[3~" * 10 + b"\x15"
                   + b"\x0bzzz")
    equal(word, "zzz")
    k.type(b"\x1b[A\x1b[A\x1b[B\n")
    k.settle()


@test
def many_words(k):
    """hundreds of words are too many, and that is all"""
    output = k.enter(b"help " + b"a " * 120 + b"\n")
    check(not _TROUBLE.search(output), "no fault", output.split("\n"))
    demand(output.split("\n"), "[Tt]oo many")


@test
def fast_typing(k):
    """lines typed faster than they are carried out are all carried out"""
    machine = k.ready()
    start = len(machine.text)
    machine.send_bytes(b"zz1\nzz2\nzz3\nzz4\nzz5\nzz6\nzz7\nzz8\n")
    for n in range(1, 9):
        machine.expect("'zz%d'" % n, quiet=QUIET)
    machine.wait_for_prompt(quiet=QUIET)
    equal(machine.text[start:].count("Unknown command"), 8)


@test
def format_characters(k):
    """percent signs in a line are text"""
    equal(k.typed(b"%s%n%x%d"), "%s%n%x%d")
    k.sane("help %s%n")
    k.sane("page %s")


@test
def keyboard(k):
    """the keyboard types as the serial line does"""
    machine = k.ready()
    machine.position = len(machine.text)
    for key in "z z shift-a left x backspace y ret".split():
        machine.ask_qemu("sendkey %s 20" % key)
    machine.expect(r"'zzyA'", quiet=QUIET)
    machine.wait_for_prompt(quiet=QUIET)


@test
def keyboard_arrows(k):
    """the keyboard's arrows recall and move"""
    machine = k.ready()
    k.typed(b"zold")
    machine.position = len(machine.text)
    for key in "up home x ret".split():
        machine.ask_qemu("sendkey %s 20" % key)
    machine.expect(r"'xzold'", quiet=QUIET)
    machine.wait_for_prompt(quiet=QUIET)


@test
def both_consoles(k):
    """the screen shows what the serial line shows"""
    lines = k.run("walk 0xf0100000")
    memory = k.machine.ask_qemu("xp /4000bx 0xb8000")
    cells = re.findall(r"0x([0-9a-f]{2})\b", memory)[::2]
    text = "".join(chr(int(cell, 16)) for cell in cells)
    screen = [text[i:i + 80].rstrip() for i in range(0, len(text), 80)]
    for line in lines:
        check(line[:80].rstrip() in screen, "on the screen: " + line, screen)


@test
def random_bytes(k):
    """lines of random bytes are harmless"""
    source = random.Random(1)
    bytes_ = [byte for byte in range(256) if byte not in b"\r\n\x03"]
    for _ in range(60):
        data = bytes(source.choice(bytes_) for _ in range(300))
        # A name in front that nothing completes: no command is carried out.
        k.type(b"\x15zz" + data.replace(b"\t", b" ") + b"\n")
        k.settle()
    check(not _TROUBLE.search(k.machine.text), "no fault",
          k.machine.lines()[-20:])


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


# --- Arguments ------------------------------------------------------------

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
    """what is no 32-bit number is refused by name, wherever a number goes"""
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
    """numbers are read as C reads them"""
    for number in ("4096", "0x1000", "0X1000", "010000", "0x00000000001000"):
        demand(k.sane("walk " + number), "0x00001000")
    demand(k.sane("walk 0xFFFFFFFF"), "0xffffffff")
    demand(k.sane("walk 4294967295"), "0xffffffff")
    demand(k.sane("walk 0"), "0x00000000")


@test
def blanks_between_words(k):
    """blanks before, between and behind words do not count"""
    equal(k.sane("   walk     0xf0100000   "), k.sane("walk 0xf0100000"))


# --- Tables ---------------------------------------------------------------

def qemu_ranges(machine):
    """QEMU's own view: a list of (start, end, user, writable), merged."""
    found = []
    for line in machine.ask_qemu("info mem").splitlines():
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ (.)(.)(.)", line)
        if match:
            found.append((int(match.group(1), 16), int(match.group(2), 16),
                          match.group(3) == "u", match.group(5) == "w"))
    return merge(found)


_RANGE = re.compile(r"^([0-9a-f]{8})-([0-9a-f]{8}) -> ([0-9a-f]{8})-"
                    r"([0-9a-f]{8})\s+(R?[W-]|R-|--)/(RW|R-|--)\s+(4K|4M)")


def kernel_ranges(lines):
    """The mappings in a listing: (start, end, physical, user, writable)."""
    found = []
    for line in lines:
        match = _RANGE.match(line)
        if match:
            found.append((int(match.group(1), 16),
                          int(match.group(2), 16) + 1,
                          int(match.group(3), 16),
                          match.group(6) != "--", "W" in match.group(5)))
    return found


def merge(ranges):
    """Neighbours with the same rights as one; the tables' window left out."""
    merged = []
    for start, end, user, writable in sorted(ranges):
        if start < UVPT_END and end > UVPT:
            continue
        if (merged and merged[-1][1] == start
                and merged[-1][2:] == (user, writable)):
            start = merged.pop()[0]
        merged.append((start, end, user, writable))
    return merged


def hexadecimal(ranges):
    return ["%09x-%09x %s%s" % (start, end, "u" if user else "-",
                                "w" if writable else "r")
            for start, end, user, writable in ranges]


def without_physical(ranges):
    return merge([(start, end, user, writable)
                  for start, end, _pa, user, writable in ranges])


@test
def pgdir_agrees_with_qemu(k):
    """pgdir shows the mappings and rights that QEMU finds"""
    ranges = without_physical(kernel_ranges(k.sane("pgdir")))
    equal(hexadecimal(ranges), hexadecimal(qemu_ranges(k.machine)))


@test
def showmappings_agrees_with_qemu(k):
    """showmappings of everything shows the mappings that QEMU finds"""
    lines = k.sane("showmappings 0 0xffffffff")
    ranges = without_physical(kernel_ranges(lines))
    equal(hexadecimal(ranges), hexadecimal(qemu_ranges(k.machine)))


@test
def showmappings_one_page(k):
    """showmappings of an address shows its page, and only that"""
    lines = k.sane("showmappings 0xf0100123")
    equal([r[:3] for r in kernel_ranges(lines)],
          [(0xF0100000, 0xF0101000, 0x100000)])


@test
def showmappings_gaps(k):
    """showmappings tells what is not mapped between"""
    lines = k.sane("showmappings 0xefff7000 0xefff8000")
    demand(lines, r"^efff7000-efff7fff not mapped")
    equal([r[0] for r in kernel_ranges(lines)], [0xEFFF8000])
    demand(k.sane("showmappings 0"), "not mapped")


@test
def showmappings_last_page(k):
    """showmappings reaches the last page, and ends there"""
    lines = k.sane("showmappings 0xfffff000 0xffffffff")
    equal([r[1] for r in kernel_ranges(lines)], [1 << 32])


@test
def showmappings_backwards(k):
    """showmappings from high to low is refused"""
    lines = k.sane("showmappings 0xf0002000 0xf0001000")
    equal(kernel_ranges(lines), [])
    check(lines, "a message", lines)


@test
def walk_steps(k):
    """walk shows both entries, the frame and the rights"""
    lines = k.sane("walk 0xf0100abc")
    demand(lines, r"PDE\[960\]", r"PTE\[256\]", r"00100abc", r"R-/--")


@test
def walk_unmapped(k):
    """walk of an unmapped address says so"""
    for address in ("0", "0xefff7000", "0xdeadb000", "0x00800000"):
        demand(k.sane("walk " + address), "not (mapped|present)")


@test
def walk_everywhere(k):
    """walk is harmless at the ends of every region"""
    for address in (0, 1, 0xFFF, 0x3FFFFF, 0x400000, 0xEEBFFFFF, 0xEEC00000,
                    0xEF000000, 0xEF3FFFFF, 0xEF400000, 0xEF7BD000,
                    0xEF7FFFFF, 0xEF800000, 0xEFFEFFFF, 0xEFFFFFFF,
                    0xF0000000, 0xF00A0000, 0xF7FFFFFF, 0xF8000000,
                    0xFFFFFFFF):
        k.sane("walk 0x%x" % address)


@test
def walk_tables_through_uvpt(k):
    """walk of UVPT's own entry finds the directory"""
    lines = k.sane("walk 0x%x" % (UVPT + (UVPT >> 10)))
    cr3 = re.search(r"CR3=([0-9a-f]{8})",
                    k.machine.ask_qemu("info registers")).group(1)
    demand(lines, "physical " + cr3)


# --- setperm --------------------------------------------------------------

PAGE = 0xF0380000               # of a free frame, in a page of 4 KiB


def rights_of(k, address):
    """(user, writable) as QEMU sees the page, or None if unmapped."""
    for start, end, user, writable in qemu_ranges(k.machine):
        if start <= address < end:
            return user, writable
    return None


@test
def setperm_read_only(k):
    """setperm takes the right to write away, and gives it back"""
    k.sane("setperm 0x%x p" % PAGE)
    equal(rights_of(k, PAGE), (False, False))
    equal(rights_of(k, PAGE + PGSIZE), (False, True))
    equal([r[4] for r in kernel_ranges(k.sane("showmappings 0x%x" % PAGE))],
          [False])
    k.sane("setperm 0x%x pw" % PAGE)
    equal(rights_of(k, PAGE), (False, True))


@test
def setperm_not_present(k):
    """setperm unmaps a page, dump sees it gone, and setperm maps it again"""
    before = k.sane("dump v 0x%x 16" % PAGE)
    k.sane("setperm 0x%x 0" % PAGE)
    equal(rights_of(k, PAGE), None)
    demand(k.sane("dump v 0x%x 16" % PAGE), "--")
    demand(k.sane("showmappings 0x%x" % PAGE), "not mapped")
    k.sane("setperm 0x%x pw" % PAGE)
    equal(k.sane("dump v 0x%x 16" % PAGE), before)


@test
def setperm_numbers(k):
    """setperm takes the bits as a number, too"""
    k.sane("setperm 0x%x 1" % PAGE)
    equal(rights_of(k, PAGE), (False, False))
    k.sane("setperm 0x%x 0x3" % PAGE)
    equal(rights_of(k, PAGE), (False, True))


@test
def setperm_large_page(k):
    """setperm of a large page changes all of it, and says so"""
    address = 0xF0800000
    demand(k.sane("setperm 0x%x p" % (address + 0x5000)), "4 MiB|4M|large")
    equal(rights_of(k, address), (False, False))
    k.sane("setperm 0x%x pw" % address)
    equal(rights_of(k, address + 0x3FF000), (False, True))


@test
def setperm_bad_flags(k):
    """setperm refuses letters and bits that are no rights"""
    before = hexadecimal(qemu_ranges(k.ready()))
    for flags in ("x", "pwx", "8", "0x80", "0xfff", "0xffffffff", "p,w", "%n"):
        lines = k.sane("setperm 0x%x %s" % (PAGE, flags))
        check(lines, "a message about '%s'" % flags, lines)
    equal(hexadecimal(qemu_ranges(k.machine)), before)


@test
def setperm_unmapped(k):
    """setperm of an unmapped address says so, and maps nothing"""
    before = hexadecimal(qemu_ranges(k.ready()))
    for address in ("0", "0x00800000", "0xefff7000", "0xeec00000"):
        demand(k.sane("setperm %s pwu" % address), "not mapped")
    equal(hexadecimal(qemu_ranges(k.machine)), before)


@test
def audit_sees_writable_text(k):
    """audit names kernel text that setperm made writable"""
    text = symbol(k, "i386_init") & ~0xFFF
    k.sane("setperm 0x%x pw" % text)
    lines = k.sane("audit")
    k.sane("setperm 0x%x p" % text)
    demand(lines, "(?i)M2|text", "broken|[1-9]")
    equal(k.sane("audit"), ["audit: all invariants hold"])


@test
def audit_sees_user_rights(k):
    """audit names kernel memory that setperm opened to users"""
    address = 0xF0800000
    k.sane("setperm 0x%x pwu" % address)
    equal(rights_of(k, address), (True, True))
    lines = k.sane("audit")
    k.sane("setperm 0x%x pw" % address)
    demand(lines, "(?i)M1|user", "(?i)f08", "broken|[1-9]")
    equal(k.sane("audit"), ["audit: all invariants hold"])


@test
def check_sees_a_missing_page(k):
    """check_kern_pgdir names a page that setperm took from the window"""
    k.sane("setperm 0x%x 0" % PAGE)
    lines = k.sane("check check_kern_pgdir")
    k.sane("setperm 0x%x pw" % PAGE)
    demand(lines, "^FAIL check_kern_pgdir/", "(?i)%08x" % PAGE,
           r"^check_kern_pgdir\(\) FAILED: ")
    equal(k.sane("check check_kern_pgdir"), ["check_kern_pgdir() succeeded!"])


# --- dump -----------------------------------------------------------------

def dumped(lines):
    """The bytes of a dump: address to hexadecimal text."""
    found = {}
    for line in lines:
        match = re.match(r"^([0-9a-f]{8})  ?((?: ?(?:[0-9a-f]{2}|--|  )){1,16})",
                         line)
        if match:
            address = int(match.group(1), 16)
            for i, byte in enumerate(match.group(2).split()):
                found[address + i] = byte
    return found


def guest_bytes(machine, address, count):
    """The same from QEMU."""
    text = machine.ask_qemu("x /%dbx 0x%x" % (count, address))
    return re.findall(r" 0x([0-9a-f]{2})\b", text)


@test
def dump_virtual(k):
    """dump v shows the bytes that QEMU finds there"""
    for address, count in ((0xF0100000, 64), (0xF0100FF8, 16),
                           (0xF01003FD, 7), (0xF0000000, 1)):
        found = dumped(k.sane("dump v 0x%x %d" % (address, count)))
        equal([found.get(address + i) for i in range(count)],
              guest_bytes(k.machine, address, count))
        equal(len(found), count)


@test
def dump_multiboot(k):
    """dump p of the kernel's first bytes shows the Multiboot magic"""
    found = dumped(k.sane("dump p 0x100000 0x2000"))
    text = " ".join(found[address] for address in sorted(found))
    check("02 b0 ad 1b" in text, "02 b0 ad 1b in the first 8 KiB", text[:300])


@test
def dump_defaults(k):
    """dump without a count shows 64 bytes"""
    equal(len(dumped(k.sane("dump v 0xf0100000"))), 64)


@test
def dump_physical_is_virtual(k):
    """dump p and dump v of the same frame agree"""
    physical = dumped(k.sane("dump p 0x100ff8 32"))
    virtual = dumped(k.sane("dump v 0xf0100ff8 32"))
    equal(list(physical.values()), list(virtual.values()))


@test
def dump_across_unmapped(k):
    """dump across the edge of a mapping shows what is there"""
    for address in (0xEFFF7FF8, 0xEFFF7FF1):
        found = dumped(k.sane("dump v 0x%x 16" % address))
        for i in range(16):
            there = address + i >= 0xEFFF8000
            check((found.get(address + i) != "--") == there,
                  "byte %08x is %s" % (address + i, "there" if there
                                       else "--"),
                  sorted(found.items()))


@test
def dump_unmapped(k):
    """dump of unmapped memory says so"""
    for address in ("0", "0xeebff000", "0xefff0000", "0xef400000"):
        demand(k.sane("dump v %s 32" % address), "--")


@test
def dump_ends_at_4_gib(k):
    """dump at the last addresses ends there"""
    for kind in "vp":
        for count in (1, 16, 17, 0x1000):
            found = dumped(k.sane("dump %s 0xfffffff8 %d" % (kind, count)))
            check(all(address < 1 << 32 for address in found)
                  and len(found) == min(count, 8), "%d bytes" % min(count, 8),
                  sorted(found))


@test
def dump_no_bytes(k):
    """dump of no bytes shows none"""
    equal(dumped(k.sane("dump v 0xf0100000 0")), {})


@test
def dump_absent_ram(k):
    """dump p of what is no RAM is harmless"""
    for address in ("0x7ffffff", "0x8000000", "0x0ffffff8", "0x10000000",
                    "0xfee00000", "0xa0000", "0xfffffff0"):
        k.sane("dump p %s 32" % address)


@test
def dump_other_kinds(k):
    """dump of neither v nor p shows the usage"""
    for kind in ("x", "V", "vp", "0"):
        demand(k.sane("dump %s 0xf0100000" % kind), "usage: dump")


# --- Frames ---------------------------------------------------------------

@test
def page_zero(k):
    """frame 0 is reserved"""
    demand(k.sane("page 0"), "reserved")


@test
def page_by_address_and_number(k):
    """page takes a frame's address and its number"""
    by_address = k.sane("page 0x100000")
    equal(k.sane("page 0x100"), by_address)
    equal(k.sane("page 256"), by_address)
    equal(k.sane("page 0x100fff"), by_address)
    demand(by_address, "reserved", "0xf0100000")


@test
def page_of_the_directory(k):
    """page of the directory shows that it is mapped as a page table"""
    cr3 = re.search(r"CR3=([0-9a-f]{8})",
                    k.ready().ask_qemu("info registers")).group(1)
    demand(k.sane("page 0x" + cr3), r"0xef7bd000")


@test
def page_absent(k):
    """page of an address without RAM says so"""
    for number in ("0xfffff000", "0xffffffff", "0x40000000"):
        demand(k.sane("page " + number), "(?i)no frame")


@test
def page_at_the_edge(k):
    """page at the number of frames and around is harmless"""
    frames = MEMORY * 256
    for number in range(frames - 34, frames + 2):
        k.sane("page %d" % number)


@test
def meminfo_adds_up(k):
    """meminfo's free, used and reserved frames are all frames"""
    lines = k.sane("meminfo")
    counts = {}
    for line in lines:
        match = re.match(r"^  (\w+)\s+(\d+) frames", line)
        if match:
            counts[match.group(1)] = int(match.group(2))
    check({"all", "free", "used", "reserved"} <= set(counts),
          "lines for all, free, used, reserved", lines)
    equal(counts["free"] + counts["used"] + counts["reserved"], counts["all"])
    check(0.8 * MEMORY * 256 < counts["free"] < MEMORY * 256,
          "nearly all of %d frames are free" % (MEMORY * 256), lines)


@test
def memmap_ways(k):
    """memmap shows what each way finds, and what is used"""
    lines = k.sane("memmap")
    demand(lines, "(?i)firmware", "(?i)cmos|nvram", "(?i)prob", "(?i)used")
    demand(lines, r"100000-0*8000000 RAM.*100000-0*8000000 RAM")


@test
def memmap_twice(k):
    """memmap says the same after the checks have used all frames"""
    before = k.sane("memmap")
    k.sane("check")
    equal(k.sane("memmap"), before)


# --- The kernel and the processor -----------------------------------------

@test
def kerninfo_symbols(k):
    """kerninfo's addresses are the symbol table's"""
    lines = k.sane("kerninfo")
    demand(lines, r"\bentry\s+%08x\b" % symbol(k, "entry"))
    demand(lines, "etext", "end")


@test
def regs_agree_with_qemu(k):
    """regs shows the control registers that QEMU shows"""
    lines = k.sane("regs")
    text = k.machine.ask_qemu("info registers")
    for name in ("CR0", "CR2", "CR3", "CR4"):
        value = re.search(name + r"=([0-9a-f]{8})", text).group(1)
        demand(lines, r"(?i)%s\s+(0x)?%s" % (name, value))


@test
def backtrace_places(k):
    """backtrace's functions and offsets fit the symbol table"""
    lines = k.sane("backtrace")
    equal(lines[0], "Stack backtrace:")
    functions = []
    for frame, place in zip(lines[1::2], lines[2::2]):
        eip = int(re.search(r"eip ([0-9a-f]{8})", frame).group(1), 16)
        match = re.match(r"^\s+\S+:\d+: (\S+)\+(\d+)$", place)
        check(match, "FILE:LINE: FUNCTION+OFFSET", place)
        found = k.machine.symbols.find(eip)
        equal("%s+%s" % match.groups(), "%s+%d" % (found[1], eip - found[0]))
        functions.append(match.group(1))
    check("monitor" in functions, "monitor is among the callers", functions)


@test
def check_all(k):
    """check runs all groups, and they succeed"""
    lines = k.sane("check")
    for group in GROUPS:
        check(lines.count(group + "() succeeded!") >= 1,
              group + "() succeeded!", lines)
    check(not has(lines, "FAIL"), "no failure", lines)


@test
def check_group(k):
    """check GROUP runs that group alone"""
    for group in GROUPS:
        equal(k.sane("check " + group), [group + "() succeeded!"])


@test
def check_unknown(k):
    """check of an unknown name says so"""
    for name in ("nonsense", "check_", "check_page_", "check_page("):
        lines = k.sane("check " + name)
        demand(lines, re.escape(name))
        check(not has(lines, "succeeded"), "nothing succeeds", lines)


@test
def check_leaves_no_trace(k):
    """checks leave the frames and the mappings as they were"""
    before = k.sane("meminfo"), k.sane("pgdir")
    for _ in range(5):
        k.sane("check")
    equal((k.sane("meminfo"), k.sane("pgdir")), before)
    equal(k.sane("audit"), ["audit: all invariants hold"])


# --- Faults on purpose ----------------------------------------------------

def fault_in_words(k, kind):
    """The fault's report is complete, and the monitor works after it."""
    lines = k.run("fault " + kind)
    demand(lines, *FAULTS[kind])
    demand(lines, r"^Stack backtrace:", r"mon_fault|mon_info|monitor\+|dig")
    demand(k.sane("help"), "^halt")
    demand(k.sane("walk 0xf0100000"), "00100000")
    return lines


def add_fault_tests():
    for kind in FAULTS:
        def run(k, kind=kind):
            k.stop()
            fault_in_words(k, kind)
        run.__doc__ = "fault %s ends in words and at the prompt" % kind
        TESTS.append(run)


add_fault_tests()


@test
def faults_name_their_line(k):
    """a fault's backtrace begins at the instruction that faulted"""
    for kind, function in (("null", "fault_null"), ("divide", "divide"),
                           ("undefined", "undefined_instruction")):
        lines = k.run("fault " + kind)
        start = lines.index("Stack backtrace:")
        check(function in lines[start + 2], "in %s" % function,
              lines[start:start + 6])


@test
def faults_in_a_row(k):
    """faults after faults end in words each"""
    k.stop()
    for kind in ("null", "text", "divide", "undefined", "null", "overflow",
                 "overflow", "null"):
        fault_in_words(k, kind)


@test
def fault_after_lost_stack(k):
    """after a lost stack, further faults end in words"""
    k.stop()
    for kind in ("unmap-stack", "null", "text", "divide"):
        fault_in_words(k, kind)


@test
def many_faults(k):
    """150 faults without leaving the monitor between end in words"""
    k.stop()
    for _ in range(150):
        demand(k.run("fault null"), "^Stack backtrace:")
    demand(k.sane("help"), "^halt")


@test
def fault_unknown(k):
    """fault of an unknown kind says so"""
    demand(k.sane("fault nonsense"), "nonsense")


@test
def fault_lists_kinds(k):
    """fault alone lists the kinds, or shows the usage"""
    lines = k.sane("fault")
    check(has(lines, "usage") or all(has(lines, kind) for kind in FAULTS),
          "a usage line or the kinds", lines)


@test
def regs_after_a_fault(k):
    """regs after a fault shows the registers at the fault"""
    k.stop()
    lines = k.run("fault null")
    eip = re.search(r"eip  0x([0-9a-f]{8})", "\n".join(lines)).group(1)
    demand(k.run("regs"), eip)


@test
def audit_after_faults(k):
    """audit finds nothing broken by faults"""
    k.stop()
    for kind in ("null", "text", "divide", "undefined", "panic"):
        k.run("fault " + kind)
    equal(k.sane("audit"), ["audit: all invariants hold"])


# --- The end --------------------------------------------------------------

@test
def reboot(k):
    """reboot resets the machine, and not by a triple fault"""
    machine = k.ready()
    machine.send("reboot")
    outcome = machine.wait_for_end(timeout=15, quiet=10)
    equal(outcome.end, qemu.RESET)


@test
def halt(k):
    """halt ends QEMU by the debug-exit device"""
    k.stop()
    outcome = k.ready().halt()
    check(outcome and outcome.end == qemu.ENDED and outcome.status == 1,
          "QEMU ends with status 1", outcome or "it runs on")


# --- Running --------------------------------------------------------------

def name_of(function):
    return function.__doc__.strip().splitlines()[0]


def run_tests(kernel, words):
    tap = Tap()
    for function in TESTS:
        name = name_of(function)
        if all(word in name for word in words):
            if not tap.run(name, lambda f=function: f(kernel)):
                kernel.stop()           # the next begins with a kernel unspoilt
    kernel.stop()
    return tap.close()


def main():
    parser = argparse.ArgumentParser(description="Test the monitor.")
    parser.add_argument("--image", default=grading.IMAGE)
    parser.add_argument("--kernel", help="boot this ELF file instead")
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    kernel = Kernel(image=options.image, kernel=options.kernel)
    return grading.run_guarded(lambda: run_tests(kernel, options.words))


if __name__ == "__main__":
    sys.exit(main())
