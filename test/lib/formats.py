"""Print and write a Report: for people, Gradescope, JUnit and TAP.

Text from a console is plain in a Report already. Text for XML is cleaned once
more, because XML cannot represent some characters.
"""

import json
import os
import re
import sys
from xml.sax.saxutils import escape, quoteattr

from lib.report import ADVICE, FAILED, NOT_RUN, PASSED, SKIPPED, STOPPED

# --- For people -----------------------------------------------------------

COLOURS = {"good": "32", "bad": "31", "dim": "2"}


def paint(text, colour, stream=None):
    """Colour the text on a terminal, unless NO_COLOR is set."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return "\x1b[%sm%s\x1b[0m" % (COLOURS[colour], text)


def untold(lines, told):
    """The complaints without the reason that was printed already."""
    shown = []
    for line in lines:
        if line not in told or not (line.startswith(NOT_RUN)
                                    or STOPPED in line):
            shown.append(line)
        elif not line.startswith(NOT_RUN):
            shown.append(line.partition(STOPPED)[0] + STOPPED)
    told.update(lines)
    return shown


def print_result(result, told):
    mark = (paint("ok  ", "good") if result.passed
            else "----" if result.unrun or result.lacking
            else paint("LOST", "bad"))
    points = "%3d/%d" % (result.score, result.max_score)
    line = "  %s %-28s %s" % (mark, result.name, points)
    if result.summary:
        line += " " * max(1, 8 - len(points)) + paint(result.summary, "dim")
    print(line)
    for line in untold(result.complaints, told):
        print("         " + line)
    for line in result.remarks:
        print("         " + paint(line, "dim"))


def print_sum(label, counted):
    """A sum. counted: anything with score, max_score and full."""
    print(paint("%s: %d/%d" % (label, counted.score, counted.max_score),
                "good" if counted.full else "bad"), flush=True)


def print_report(report):
    """Print each section with its sum, and the total if there are several."""
    told = set()
    for note in report.notes:
        print("  " + paint(note, "dim"))
    for section in report.sections:
        if section.title:
            print(section.title)
        for result in section.results:
            print_result(result, told)
        print_sum(section.label, section)
    if len(report.sections) > 1:
        print_sum(report.name, report)


class Outliving:
    """A stream whose reader may leave, as head does: drop the rest."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def _unless_left(self, work):
        try:
            work()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def write(self, text):
        self._unless_left(lambda: self._stream.write(text))

    def flush(self):
        self._unless_left(self._stream.flush)


def outlive_reader():
    """Go on without a reader of the text: the files must still be written."""
    sys.stdout = Outliving(sys.stdout)


# --- Files ----------------------------------------------------------------

def unwritable(path):
    """The reason that no file can be written there, or None."""
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    if os.path.isdir(real):
        return "it is a directory"
    if not os.path.isdir(folder):
        return "there is no directory %s" % folder
    if not os.access(real if os.path.exists(real) else folder, os.W_OK):
        return "no permission"
    return None


def write_file(path, text):
    """Write the file atomically: readers see the old one until then."""
    real = os.path.realpath(path)
    if os.path.exists(real) and not os.path.isfile(real):
        new = real                      # a pipe, a terminal
    else:
        new = "%s.%d.new" % (real, os.getpid())
    try:
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        if new != real:
            os.replace(new, real)
    except BaseException:
        if new != real and os.path.exists(new):
            os.remove(new)
        raise


# --- Gradescope's results.json --------------------------------------------

def as_test(result, prefix):
    return {"name": prefix + result.name, "score": result.score,
            "max_score": result.max_score,
            "status": "passed" if result.passed else "failed",
            "output": "\n".join(result.output), "output_format": "text"}


def as_json(reports, seconds=None):
    """The dictionary of results.json, of all reports together."""
    prefixes = [report.name + ": " if len(reports) > 1 else ""
                for report in reports]
    output = [line for report in reports
              for line in report.heading + report.notes]
    answer = {"score": sum(report.score for report in reports),
              "output": "\n".join(output), "output_format": "text",
              "tests": [as_test(result, prefix)
                        for report, prefix in zip(reports, prefixes)
                        for result in report.results]}
    if seconds is not None:
        answer["execution_time"] = round(seconds, 1)
    return answer


def write_json(path, reports, seconds=None):
    write_file(path, json.dumps(as_json(reports, seconds), indent=2) + "\n")


# --- JUnit's XML ----------------------------------------------------------

# Characters that XML 1.0 excludes, even as references.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd"
                      "\U00010000-\U0010ffff]")


def _clean(text):
    return _NOT_XML.sub(lambda match: "\\x%02x" % ord(match.group()), text)


def xml_text(text):
    return escape(_clean(text))


def xml_attribute(text):
    return quoteattr(_clean(text))


def _word(text):
    """Part of a class name: lower case, without blanks and dots."""
    return re.sub(r"[ .]", "", text.lower())


def _xml_case(classname, case):
    text = "\n".join(case.output)
    first = case.output[0] if case.output else ""
    inside = ""
    if case.status in (FAILED, NOT_RUN):
        inside = "<failure message=%s type=%s>%s</failure>" % (
            xml_attribute(first), xml_attribute(case.status), xml_text(text))
    elif case.status in (SKIPPED, ADVICE):
        if case.status == ADVICE:
            first = "advice, without points: " + first
        inside = "<skipped message=%s/>" % xml_attribute(first)
        if case.status == ADVICE:
            inside += "<system-out>%s</system-out>" % xml_text(text)
    return '    <testcase classname=%s name=%s time="0">%s</testcase>' % (
        xml_attribute(classname), xml_attribute(case.name), inside)


def _xml_counts(cases):
    bad = sum(case.status in (FAILED, NOT_RUN) for case in cases)
    skipped = sum(case.status in (SKIPPED, ADVICE) for case in cases)
    return 'tests="%d" failures="%d" errors="0" skipped="%d"' % (
        len(cases), bad, skipped)


def _xml_suite(name, section, heading):
    package = ".".join(map(_word, name.split(": ")))
    cases = [case for result in section.results
             for case in result.all_cases()]
    lines = ["  <testsuite name=%s %s time=\"0\">" %
             (xml_attribute(name), _xml_counts(cases)),
             "    <properties>",
             '      <property name="score" value="%d"/>' % section.score,
             '      <property name="max_score" value="%d"/>' %
             section.max_score,
             "    </properties>"]
    for result in section.results:
        classname = package
        if result.cases:
            classname += "." + _word(result.name)
        lines += [_xml_case(classname, case) for case in result.all_cases()]
    if heading:
        lines.append("    <system-out>%s</system-out>" %
                     xml_text("\n".join(heading)))
    return lines + ["  </testsuite>"], cases


def as_junit(reports, seconds=0):
    lines, cases = [], []
    for report in reports:
        for section in report.sections:
            name = report.name
            if len(report.sections) > 1:
                name += ": " + section.label
            suite, own = _xml_suite(name, section,
                                    report.heading + report.notes)
            lines += suite
            cases += own
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>',
         '<testsuites name="Pagewalk" %s time="%.1f">' %
         (_xml_counts(cases), seconds)] + lines + ["</testsuites>", ""])


def write_junit(path, reports, seconds=0):
    write_file(path, as_junit(reports, seconds))


# --- TAP, version 13 ------------------------------------------------------

def _tap_words(text):
    """A description: one line, with # escaped."""
    return text.replace("\\", "\\\\").replace("#", "\\#")


def _yaml(case, result):
    """A YAML block with diagnostics. (A JSON string is a YAML string.)"""
    lines = ["  ---", "  message: " + json.dumps(case.output[0]
                                                 if case.output else "failed"),
             "  severity: " + ("comment" if case.status == ADVICE else
                               "fail"),
             "  score: %d" % result.score,
             "  max_score: %d" % result.max_score]
    if len(case.output) > 1:
        lines += _yaml_text("output", case.output)
    return lines + ["  ..."]


def _yaml_text(key, lines):
    """Lines as one YAML text. Perl's parser takes `"word:` in a list for a
    key, and finds a text's indentation by its first line only."""
    if (all(re.match("[ -~]+$", line) for line in lines)
            and not lines[0].startswith(" ")):
        return ["  %s: |" % key] + ["    " + line for line in lines]
    return ["  %s: %s" % (key, json.dumps("\n".join(lines)))]


def _tap_case(number, name, case, result):
    words = "%d - %s" % (number, _tap_words(name))
    reason = _tap_words(" ".join(case.output))
    if case.status == PASSED:
        return ["ok " + words]
    if case.status == SKIPPED:
        return ["ok %s # SKIP %s" % (words, reason)]
    if case.status == ADVICE:
        words += " # TODO advice, without points"
    return ["not ok " + words] + _yaml(case, result)


def as_tap(reports):
    lines, number = [], 0
    for report in reports:
        lines += ["# " + line for line in [report.name] + report.heading]
        for section in report.sections:
            for result in section.results:
                for case in result.all_cases():
                    number += 1
                    name = "%s: %s" % (report.name, result.name)
                    if case.name != result.name:
                        name += ": " + case.name
                    lines += _tap_case(number, name, case, result)
            lines.append("# %s: %d/%d" % (section.label, section.score,
                                          section.max_score))
        lines += ["# " + note for note in report.notes]
    return "\n".join(["TAP version 13", "1..%d" % number] + lines + [""])
