"""Rows about the console: keyboard, serial line, screen.

Keys are typed by `sendkey` of QEMU's monitor, which sends the scan codes of
keys that go down and up. The screen is read from video memory, the cursor from
the CRT controller's registers.
"""

import re
import time

from lib import qemu
from lib.tap import check, equal
from matrix.bochs import Bochs, need_bochs
from matrix.drive import PATIENCE
from matrix.rows import Row, new_machine

PASTE = 4096
CELLS, COLS, ROWS = 80 * 25, 80, 25


def machine_at_prompt(tree):
    return new_machine(tree)


# --- The PS/2 keyboard --------------------------------------------------------

# A name, keys as QEMU calls them, and the first word of the resulting line.
KEYS = [
    ("letters and digits", "z a 1 9", "za19"),
    ("shift", "z shift-a shift-1 shift-minus shift_r-b b", "zA!_Bb"),
    ("caps lock", "z caps_lock a shift-b 1 caps_lock c", "zAb1c"),
    ("arrows", "b c left left z right right d", "zbcd"),
    ("home, end, delete, backspace",
     "x z a home delete end b c backspace", "zab"),
    ("Ctrl-A, Ctrl-E, Ctrl-B, Ctrl-K",
     "a b ctrl-a z ctrl-e c d ctrl-b ctrl-k", "zabc"),
    ("Ctrl-U", "q q ctrl-u z 1", "z1"),
    ("keypad", "z kp_divide kp_multiply kp_subtract kp_add a", "z/*-+a"),
    ("Ctrl released, then letters", "ctrl-l z l", "zl"),
]


def press(machine, keys):
    for key in keys.split():
        machine.ask_qemu("sendkey %s 10" % key)
        time.sleep(0.03)            # sendkey releases the keys by itself


def keyboard(tree):
    with machine_at_prompt(tree) as machine:
        machine.wait_for_prompt(**PATIENCE)
        for _what, keys, word in KEYS:
            machine.position = len(machine.text)
            press(machine, keys + " ret")
            match = machine.expect(r"Unknown command '(.*?)'", **PATIENCE)
            equal(match.group(1), word)
            machine.wait_for_prompt(**PATIENCE)
        # Up recalls the previous line.
        machine.position = len(machine.text)
        press(machine, "up up ret")
        match = machine.expect(r"Unknown command '(.*?)'", **PATIENCE)
        equal(match.group(1), KEYS[-2][2])
    return ", ".join(what for what, _, _ in KEYS)


# --- A paste on the serial line -----------------------------------------------

def paste_lines():
    """4 KiB of lines that are unknown commands: each is quoted back."""
    lines, size = [], 0
    while size < PASTE:
        line = ("w%03d" % len(lines)).ljust(min(63, PASTE - size - 1), "x")
        lines.append(line)
        size += len(line) + 1
    return lines


def judge_paste(machine, end):
    lines = paste_lines()
    data = "".join(line + end for line in lines).encode()
    equal(len(data), PASTE)
    machine.wait_for_prompt(**PATIENCE)
    machine.position = len(machine.text)
    machine.send_bytes(data)
    found = []
    for _ in lines:
        found.append(machine.expect(r"Unknown command '(.*?)'",
                                    **PATIENCE).group(1))
    equal(found, lines)


def paste_row(name, end):
    def work(tree):
        with machine_at_prompt(tree) as machine:
            judge_paste(machine, end)
        return "%d bytes, %d lines, none lost" % (PASTE, len(paste_lines()))
    return Row("console", name, work)


def paste_on_bochs(tree):
    need_bochs()
    with Bochs(tree.image, memory=16) as machine:
        judge_paste(machine, "\r")
        equal(machine.complaints(), [])
    return "%d bytes at 115200 baud, none lost, no FIFO overflow" % PASTE


# --- Screen and cursor -------------------------------------------------------

def screen(machine):
    text = machine.ask_qemu("xp /%dbx 0xb8000" % (2 * CELLS), 30)
    cells = re.findall(r"0x([0-9a-f]{2})\b", text)[::2]
    equal(len(cells), CELLS)
    line = "".join(chr(int(cell, 16)) for cell in cells)
    return [line[i:i + COLS].rstrip() for i in range(0, CELLS, COLS)]


def cursor(machine):
    """(row, column), from registers 14 and 15 of the CRT controller."""
    value = 0
    for register in (14, 15):
        machine.ask_qemu("o /b 0x3d4 %d" % register)
        answer = machine.ask_qemu("i /b 0x3d5")
        value = value << 8 | int(re.search(r"= 0x([0-9a-f]+)", answer)
                                 .group(1), 16)
    return divmod(value, COLS)


def wrapped(lines):
    """The rows of 80 characters in which the screen shows the lines."""
    rows = []
    for line in lines:
        rows += [line[i:i + COLS].rstrip()
                 for i in range(0, max(len(line), 1), COLS)]
    return rows


def scrolling(tree):
    with machine_at_prompt(tree) as machine:
        machine.wait_for_prompt(**PATIENCE)
        for command in ("help", "kerninfo", "ls", "meminfo"):
            machine.command(command, **PATIENCE)
        wait_for_screen(machine)
        equal(cursor(machine), (ROWS - 1, len(qemu.PROMPT)))
        machine.send_bytes(b"abc\x1b[D")
        machine.expect(r"abc\x08", **PATIENCE)
        wait_for_screen(machine, "abc")
        equal(cursor(machine), (ROWS - 1, len(qemu.PROMPT) + 2))
        return "the last 25 of %d rows, cursor after the prompt" % \
            len(wrapped(machine.lines()))


def wait_for_rows(machine, want):
    """Wait until the screen's last rows are these."""
    deadline = time.monotonic() + 10
    while screen(machine)[-len(want):] != want:
        if time.monotonic() > deadline:
            equal(screen(machine)[-len(want):], want)
        time.sleep(0.1)


def wait_for_screen(machine, typed=""):
    """Check that the screen shows the last rows of the serial output."""
    wait_for_rows(machine, wrapped(machine.lines()[-60:])[-(ROWS - 1):]
                  + [(qemu.PROMPT + typed).rstrip()])


def long_lines(tree):
    """Check that a line longer than a row continues in the next."""
    with machine_at_prompt(tree) as machine:
        machine.wait_for_prompt(**PATIENCE)
        word = "z" + "0123456789" * 20
        machine.position = len(machine.text)
        machine.send_bytes(word.encode())
        machine.expect(re.escape(word), **PATIENCE)
        whole = qemu.PROMPT + word
        want = [whole[i:i + COLS] for i in range(0, len(whole), COLS)]
        wait_for_rows(machine, want)
        equal(cursor(machine), (ROWS - 1, len(whole) % COLS))
        machine.send_bytes(b"\n")
        match = machine.expect(r"Unknown command '(.*?)'", **PATIENCE)
        check(match.group(1) == word, "the whole word", match.group(1))
    return "%d characters over %d rows" % (len(whole), len(want))


def rows():
    return [
        Row("console", "PS/2 keyboard", keyboard, sample=True),
        paste_row("4 KiB pasted on the serial line, newlines", "\n"),
        paste_row("4 KiB pasted on the serial line, returns", "\r"),
        Row("console", "4 KiB pasted on the serial line of Bochs",
            paste_on_bochs),
        Row("console", "screen: scrolling and cursor", scrolling, sample=True),
        Row("console", "screen: lines longer than a row", long_lines),
    ]
