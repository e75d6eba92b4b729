"""Typing at the monitor's prompt: line editing, history, odd bytes."""

import random
import re

from lib.tap import check, equal
from monitor.driver import QUIET, TROUBLE, demand, test


def shown(echo):
    """The line that a terminal shows after these characters."""
    cells, at = [], 0
    for c in echo:
        if c == "\b":
            at = max(at - 1, 0)
        elif " " <= c <= "~":
            cells[at:at + 1] = [c]
            at += 1
    return "".join(cells).rstrip()


# --- Line editing ---------------------------------------------------------

@test
def plain_line(k):
    """a typed line is echoed and executed"""
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
    """the terminal shows the line that is executed"""
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
    """cursor down returns to the unfinished line"""
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
    """a recalled line can be edited; the history keeps the original"""
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
    """Tab completes a command"""
    demand(k.enter(b"kern\t\n").split("\n"), "entry")
    demand(k.enter(b"showm\t0xf0000000\n").split("\n"), "f0000000")


@test
def tab_lists(k):
    """Tab lists the commands if several match"""
    echo = k.type(b"me\t\t", r"meminfo\s+memmap\s+K> mem\Z")
    check("help" not in echo, "no others", echo.split("\n"))
    output = k.enter(b"\x15kerninfo\n")
    demand(output.split("\n"), "etext")


@test
def tab_extends(k):
    """Tab completes the common part of all matches"""
    equal(k.typed(b"m\t!"), "mem!")


@test
def tab_on_nothing(k):
    """Tab after an unknown start, or in an argument, changes nothing"""
    equal(k.typed(b"qqq\t\tx"), "qqqx")
    equal(k.typed(b"qqq arg\t\x17\x08x"), "qqqx")


@test
def ctrl_c(k):
    """Ctrl-C discards the line"""
    output = k.enter(b"halt\x03")
    check("Unknown" not in output, "nothing is executed",
          output.split("\n"))
    equal(k.typed(b"zzz"), "zzz")


# --- Odd input ------------------------------------------------------------

@test
def every_byte(k):
    """every control byte is harmless"""
    for byte in list(range(0x20)) + list(range(0x7F, 0x100)):
        if byte not in (0x0A, 0x0D, 0x1B, 0x03):
            output = k.enter(b"a" + bytes([byte]) + b"b\n")
            check(not TROUBLE.search(output), "no fault after byte 0x%02x" %
                  byte, output.split("\n"))


@test
def high_bytes_are_not_text(k):
    """bytes above 0x7F do not enter the line"""
    word = k.typed(b"a" + bytes(range(0x80, 0x100)) + b"b")
    equal(word, "ab")


@test
def lone_escape(k):
    """a lone ESC swallows at most one key"""
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
    """unknown escape sequences add nothing to the line"""
    equal(k.typed(b"a\x1b[5~\x1b[1;5C\x1b[15~\x1b[99999999999~\x1b[Zb"), "ab")
    equal(k.typed(b"a\x1b[;;;;Eb"), "ab")


@test
def long_line(k):
    """a line of 2000 characters is refused with a message"""
    output = k.enter(b"x" * 2000 + b"\n")
    check(not TROUBLE.search(output), "no fault", output[-200:].split("\n"))
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
    """a line of hundreds of words is refused"""
    output = k.enter(b"help " + b"a " * 120 + b"\n")
    check(not TROUBLE.search(output), "no fault", output.split("\n"))
    demand(output.split("\n"), "[Tt]oo many")


@test
def fast_typing(k):
    """lines typed faster than they execute are all executed"""
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
        # An unknown word comes first, so that no command is executed.
        k.type(b"\x15zz" + data.replace(b"\t", b" ") + b"\n")
        k.settle()
    check(not TROUBLE.search(k.machine.text), "no fault",
          k.machine.lines()[-20:])
