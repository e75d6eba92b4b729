"""Transcripts in the book against what a kernel prints.

A transcript is a fenced block marked `console` with a line that begins with
the monitor's prompt. Text before the first prompt is compared with the boot's
output; each line after a prompt is typed, and what follows is compared with
what the kernel answers:

    ```console
    Physical memory: 131072K available, base = 640K, extended = 130432K
    ...
    K> walk 0xf0100000
    0xf0100000: directory entry 960, table entry 256, offset 0x000
    ...
    ```

A line `...` stands for any lines, and the character … in a line for any text.
What changes with every edit of the kernel need not be equal: addresses inside
the kernel image, boot_alloc's part and the kernel stack stand for each other,
and so do line numbers after a file's name and offsets after a function's.

The transcripts of a page are one session with one machine. A comment on the
line above a block changes that:

    <!-- transcript: fresh -->              boot again first
    <!-- transcript: memory=64 cpu=486 -->  boot such a machine
    <!-- transcript: swap -->               with the swap area attached
    <!-- transcript: skip REASON -->        not compared
"""

import difflib
import os
import re

import references
from lib import disks, qemu

PROMPT = "K> "
COMMENT = re.compile(r"<!-- transcript: (.*?) -->")

# Addresses that depend on the compiler, as half-open ranges: the kernel image
# and boot_alloc's part, virtual and physical; the kernel stack.
BUILD = ((0xf0100001, 0xf0400000), (0x00100001, 0x00400000))
STACK = (0xefff8000, 0xf0000000)

TOKENS = re.compile(r"…|(?:0x)?\b[0-9a-f]{8}\b|[\w/]+\.[cS]:\d+|\w+\+\d+|"
                    r"\w+|\s+|.")


class Block:
    """One transcript: boot is what comes before the first prompt."""

    def __init__(self, page, line, options, lines):
        self.page, self.line, self.options = page, line, options
        self.boot, self.commands = [], []
        for text in lines:
            if text.startswith(PROMPT.rstrip()):
                self.commands.append((text[len(PROMPT):].strip(), []))
            elif self.commands:
                self.commands[-1][1].append(text)
            else:
                self.boot.append(text)


def blocks_of(root, page):
    with open(os.path.join(root, page), encoding="utf-8") as stream:
        text = stream.read()
    lines = text.split("\n")
    for first, info, body in references.blocks(text):
        if info == "console" and any(line.startswith(PROMPT.rstrip())
                                     for line in body):
            above = COMMENT.search(lines[first - 3] if first > 2 else "")
            yield Block(page, first, above.group(1).split() if above else [],
                        body)


# --- Comparing

def _kind(token):
    """A token, or what it may stand for."""
    if re.match(r"(?:0x)?[0-9a-f]{8}$", token):
        value = int(token, 16)
        for number, (start, end) in enumerate(BUILD + (STACK,)):
            if start <= value < end:
                return "<%s%d>" % ("0x" if token.startswith("0x") else "",
                                   number)
    if token.isspace():
        return " "
    match = re.match(r"([\w/]+\.[cS]):\d+$", token)
    if match:
        return match.group(1)
    match = re.match(r"(\w+)\+\d+$", token)
    return match.group(1) if match else token


def same_line(expected, actual):
    """Does a transcript's line describe what was printed?"""
    expected, actual = expected.rstrip(), actual.rstrip()
    if expected == actual:
        return True
    wanted = [_kind(t) for t in TOKENS.findall(expected)]
    given = "\0".join(_kind(t) for t in TOKENS.findall(actual)) + "\0"
    pattern = ""
    for token in wanted:
        pattern += "(?:[^\0]*\0)*" if token == "…" else \
            re.escape(token) + "\0"
    return re.fullmatch(pattern, given, re.S) is not None


def same_lines(expected, actual):
    """Do they match, with `...` for any lines?"""
    parts, part = [], []
    for line in expected:
        if line.strip() == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)

    def fits(part, at):
        return at >= 0 and at + len(part) <= len(actual) and \
            all(same_line(e, a) for e, a in zip(part, actual[at:]))

    if len(parts) == 1:
        return len(actual) == len(part) and fits(part, 0)
    if not fits(parts[0], 0):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        while not fits(part, at):
            at += 1
            if at + len(part) > len(actual):
                return False
        at += len(part)
    last = len(actual) - len(parts[-1])
    return last >= at and fits(parts[-1], last)


def difference(expected, actual):
    """The two, side by side in the manner of diff; equal lines as expected."""
    shown = []
    for line in actual:
        equal = [e for e in expected if same_line(e, line)]
        shown.append(equal[0] if equal else line)
    return list(difflib.unified_diff(expected, shown, "the page", "the kernel",
                                     lineterm="", n=1))


# --- Running

class Session:
    """A machine, booted when it is first needed."""

    def __init__(self, image, options):
        swap = os.path.join(os.path.dirname(image), "..", "swap.img")
        self.machine = qemu.Machine(
            image=image, transcript=None,
            options=disks.drive(swap) if "swap" in options else (),
            memory=int(options.get("memory", 128)), cpu=options.get("cpu"))
        self.machine.start()
        self.machine.wait_for_prompt()
        self.boot = self.machine.text.split("\n")[:-1]

    def command(self, line):
        start = len(self.machine.text)
        try:
            return self.machine.command(line)
        except qemu.Stopped as stopped:
            if stopped.outcome.kind != "halted" and line != "halt" and \
                    line != "reboot":
                return stopped.outcome.lines()
            return self.machine.text[start:].split("\n")[1:]

    def close(self):
        self.machine.close()


def run_block(session, block):
    """Pairs (what, expected, actual) of a transcript."""
    if block.boot:
        expected = list(block.boot)
        while expected and not expected[0]:
            del expected[0]
        yield "the boot", ["..."] + expected, session.boot
    for command, expected in block.commands:
        if command:
            yield PROMPT + command, expected, session.command(command)


def check_pages(root, pages, image, update=False):
    """Check all transcripts; (good, bad)."""
    good = bad = 0
    for page in pages:
        session, changes = None, []
        try:
            for block in blocks_of(root, page):
                if "skip" in block.options:
                    continue
                options = dict(o.partition("=")[::2] for o in block.options)
                if session is None or options:
                    if session:
                        session.close()
                    session = Session(image, options)
                failed = False
                for what, expected, actual in run_block(session, block):
                    while expected and not expected[-1]:
                        expected = expected[:-1]
                    while actual and not actual[-1]:
                        actual = actual[:-1]
                    if same_lines(expected, actual):
                        continue
                    failed = True
                    print("FAIL %s:%d: %s" % (page, block.line, what))
                    for line in difference(expected, actual)[2:]:
                        print("    " + line)
                    changes.append((block.line, what, expected, actual))
                good, bad = good + (not failed), bad + failed
        except qemu.Stopped as stopped:
            print("FAIL %s: %s" % (page, stopped.outcome.text))
            bad += 1
        finally:
            if session:
                session.close()
        if update and changes:
            rewrite(os.path.join(root, page), changes)
    return good, bad


def rewrite(path, changes):
    """Put what the kernel printed in place of stale answers without `...`."""
    with open(path, encoding="utf-8") as stream:
        lines = stream.read().split("\n")
    for first, what, expected, actual in reversed(changes):
        if not what.startswith(PROMPT) or "..." in expected:
            print("%s:%d: %s: to be changed by hand" % (path, first, what))
            continue
        at = next(i for i in range(first - 1, len(lines))
                  if lines[i].strip() == what.strip()) + 1
        new = []
        for line in actual:
            equal = [e for e in expected if same_line(e, line)]
            new.append((equal[0] if equal else line).rstrip())
        lines[at:at + len(expected)] = new
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines))
