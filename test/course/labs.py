"""What the graders of courses look for in labs 1 to 4.

Patterns for re.search with re.M, on the console as it is: `$` matches only if
a line feed comes right after the text.
"""

import re

from lib import programs

BACKTRACE_LINE = re.compile(
    r"^ *ebp +f01[0-9a-f]{5} +eip +f0100[0-9a-f]{3} +args +([0-9a-f]+)", re.M)
PLACE_LINE = re.compile(
    r"^ *ebp +f01.*\n +(?:kern/[\w.]+):(\d+): (\w+)\+\d+$", re.M)


def absent(patterns, text):
    """The patterns that the text lacks."""
    return [pattern for pattern in patterns
            if not re.search(pattern, text, re.M)]


def lab1(text):
    wrong = absent([r"^6828 decimal is 15254 octal!$", r"^Stack backtrace:$"],
                   text)
    arguments = [int(found, 16) for found in BACKTRACE_LINE.findall(text)]
    if arguments[:7] != [0, 0, 1, 2, 3, 4, 5] or len(arguments) != 8:
        wrong.append("first arguments %s" % arguments)
    places = PLACE_LINE.findall(text)
    names = [name for _line, name in places]
    if names != ["test_backtrace"] * 6 + ["i386_init", "entry"]:
        wrong.append("functions %s" % names)
    if any(not 5 <= int(line) <= 50 for line, name in places
           if name == "test_backtrace"):
        wrong.append("lines %s" % places)
    return wrong


def lab2(text):
    wrong = absent([
        r"^Physical memory: 131072K available, base = 640K, "
        r"extended = 130432K$"], text)
    checks = re.findall(r"^(check_\w+)\(\) succeeded!$", text, re.M)
    if checks != ["check_page_free_list", "check_page_alloc", "check_page",
                  "check_kern_pgdir", "check_page_free_list",
                  "check_page_installed_pgdir"]:
        wrong.append("checks %s" % checks)
    return wrong


def lab3(program, text):
    run = programs.Run(text.split("\n"))
    if run.id != "00001000":
        return ["the first environment is %s" % run.id]
    patterns = [r"^%s$" % programs.as_pattern(line, run)
                for line in program.wanted]
    wrong = absent(patterns, text)
    return wrong + ["not: " + line for line in program.unwanted if re.search(
        r"^%s$" % programs.as_pattern(line, run), text, re.M)]


def lab4(row, text):
    """The lines that are missing or too many, for a row of lib/rows.py."""
    lines = text.split("\n")
    return row.absent(lines) + ["not: " + line for line in row.surplus(lines)]
