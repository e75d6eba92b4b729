"""Lab 1: the kernel boots, prints, and shows its stack.

The tests judge the line that shows `cprintf`'s octal conversion, and the
backtrace of test_backtrace(5) at boot: eight frames, with their arguments,
functions and lines.
"""

import re

from grade.grading import Lab, Test
from lib.complaints import expected_found, missing_line, no_prompt
from lib.report import quoted

OCTAL = "6828 decimal is 15254 octal!"
TITLE = "Stack backtrace:"

FRAMES = 8
ARGUMENTS = [0, 0, 1, 2, 3, 4, 5]       # the command's, then 0 to 5
FUNCTIONS = ["test_backtrace"] * 6 + ["i386_init", "entry"]
SOURCE, FIRST_LINE, LAST_LINE = "kern/init.c", 5, 50

_FRAME_START = re.compile(r"^\s*ebp\s")
_FRAME = re.compile(r"^\s*ebp\s+(f01[0-9a-f]{5})\s+eip\s+(f0100[0-9a-f]{3})"
                    r"\s+args((?:\s+[0-9a-f]{8})+)\s*$")
_PLACE = re.compile(r"^\s+(\S+):(\d+):\s+([^\s+]+)\+(\d+)\s*$")


class Frame:
    """A frame's two lines, and the values in them."""

    def __init__(self, line):
        self.line = line
        match = _FRAME.match(line)
        self.good = match is not None
        self.eip = int(match.group(2), 16) if match else 0
        self.args = ([int(word, 16) for word in match.group(3).split()]
                     if match else [])
        self.place_line = None
        self.file = self.function = None
        self.line_number = self.offset = 0

    def add_place(self, line):
        self.place_line = line
        match = _PLACE.match(line)
        if match:
            self.file, self.function = match.group(1), match.group(3)
            self.line_number = int(match.group(2))
            self.offset = int(match.group(4))


def frames_of(boot):
    """The frames of the first backtrace; None if there is none."""
    if TITLE not in boot.lines:
        return None
    frames = []
    for line in boot.lines[boot.lines.index(TITLE) + 1:]:
        if _FRAME_START.match(line):
            frames.append(Frame(line))
        elif frames and not frames[-1].place_line and line.startswith("  "):
            frames[-1].add_place(line)
        else:
            break
    return frames


def _no_frames(boot):
    """Complain if there is no backtrace, or no prompt after it."""
    if frames_of(boot) is None:
        return missing_line(boot, TITLE)
    return no_prompt(boot, "a backtrace")


def judge_printf(boot):
    if OCTAL not in boot.lines:
        return missing_line(boot, OCTAL)
    return no_prompt(boot, "the line %s" % quoted(OCTAL))


def judge_count(boot):
    complaints = _no_frames(boot)
    if complaints:
        return complaints
    frames = frames_of(boot)
    bad = [frame for frame in frames if not frame.good]
    if bad:
        return expected_found(
            "lines like `  ebp f01.....  eip f0100...  args "
            "00000001 ...` (eight hexadecimal digits each)",
            quoted(bad[0].line))
    if len(frames) != FRAMES:
        return expected_found(
            "%d frames: the command's, test_backtrace's six, i386_init's" %
            FRAMES, "%d frames" % len(frames))
    return []


def judge_arguments(boot):
    complaints = _no_frames(boot)
    if complaints:
        return complaints
    firsts = [frame.args[0] if frame.args else None
              for frame in frames_of(boot)]
    if firsts[:len(ARGUMENTS)] == ARGUMENTS:
        return []
    return expected_found(
        "first arguments " + " ".join("%d" % arg for arg in ARGUMENTS),
        " ".join("?" if arg is None else "%x" % arg for arg in firsts)
        or "no frames")


def _without_places(frames):
    """Complain if frames have no line with their function."""
    for frame in frames:
        if not frame.function:
            return expected_found(
                "below each frame a line like `         kern/init.c:25: "
                "test_backtrace+106`",
                quoted(frame.place_line) if frame.place_line else
                "none below %s" % quoted(frame.line))
    return []


def _wrong_offset(frames, symbols):
    """Complain if a frame's function+offset does not match its eip."""
    for frame in frames:
        actual = symbols.find(frame.eip)
        if not actual or actual[1] != frame.function:
            continue                    # aliases, and compilers' clones
        if actual[0] + frame.offset != frame.eip:
            return expected_found(
                "%s+%d for eip %08x (the function begins at %08x)" %
                (frame.function, frame.eip - actual[0], frame.eip, actual[0]),
                "%s+%d" % (frame.function, frame.offset))
    return []


def judge_symbols(boot):
    complaints = _no_frames(boot)
    if complaints:
        return complaints
    frames = frames_of(boot)
    complaints = _without_places(frames)
    if complaints:
        return complaints
    functions = [frame.function for frame in frames]
    if functions != FUNCTIONS:
        return expected_found("functions " + " ".join(FUNCTIONS),
                              " ".join(functions) or "no frames")
    return _wrong_offset(frames, boot.symbols)


def judge_lines(boot):
    complaints = _no_frames(boot)
    if complaints:
        return complaints
    frames = frames_of(boot)
    complaints = _without_places(frames)
    if complaints:
        return complaints
    expected = "six frames of test_backtrace at %s:%d to %d" % (
        SOURCE, FIRST_LINE, LAST_LINE)
    inside = [frame for frame in frames if frame.function == "test_backtrace"]
    for frame in inside:
        if (frame.file != SOURCE
                or not FIRST_LINE <= frame.line_number <= LAST_LINE):
            return expected_found(expected, quoted(frame.place_line.strip()))
    if len(inside) != 6:
        return expected_found(expected, "%d of them" % len(inside))
    return []


LAB = Lab(1, "booting and the stack", [
    Test("printf", 20, judge_printf),
    Test("backtrace count", 10, judge_count),
    Test("backtrace arguments", 10, judge_arguments),
    Test("backtrace symbols", 5, judge_symbols),
    Test("backtrace lines", 5, judge_lines),
])
