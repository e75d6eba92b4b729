"""The results of grading, before they are printed.

A Report has sections (the classic points, the rules). A section has results,
which earn points. A result may have cases: the checks that it sums up.

Not the job: judging (lab*.py, rules.py), showing (formats.py).
"""

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"         # cannot be tested here: costs nothing
ADVICE = "advice"           # failed, and costs nothing
NOT_RUN = "not run"

# Many results may have this reason; it ends with the outcome.
STOPPED = "the kernel stopped before this"


def plain(text, limit=1000):
    """Text of a console, safe to print: no control characters, limited
    length."""
    shown = "".join(c if " " <= c <= "~" else "\\x%02x" % ord(c)
                    for c in text[:limit].replace("\t", " "))
    return shown + "..." * (len(text) > limit)


def quoted(line, limit=120):
    return "`%s`" % plain(line, limit)


def count(number, noun):
    """1 check, 2 checks."""
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


class Lacking(list):
    """Complaints about what this kernel does not have at all. The points are
    lost, but that is no failure."""


class Case:
    """One check: a name, a status (the words above), and its output."""

    def __init__(self, name, status, output=()):
        self.name = name
        self.status = status
        self.output = list(output)


class Result:
    """The result of a test: full points without complaints, none with.

    remarks: lines that cost nothing; summary: a few words on its line; unrun:
    nothing is known to be wrong, but not all checks ran. lacking: the complaints
    are Lacking.
    """

    def __init__(self, name, max_score, complaints, remarks=(), cases=(),
                 summary="", unrun=False):
        self.name = name
        self.max_score = max_score
        self.complaints = list(complaints)
        self.lacking = isinstance(complaints, Lacking)
        self.remarks = list(remarks)
        self.cases = list(cases)
        self.summary = summary
        self.unrun = unrun
        self.passed = not self.complaints
        self.failed = not self.passed and not self.lacking
        self.score = max_score if self.passed else 0

    @property
    def output(self):
        return self.complaints + self.remarks

    def all_cases(self):
        """Its cases; if it has none, the result as a case."""
        status = (PASSED if self.passed else SKIPPED if self.lacking
                  else FAILED)
        return self.cases or [Case(self.name, status, self.output)]


class Section:
    """Results with a title, and with a sum that has a label."""

    def __init__(self, title, label, results):
        self.title = title
        self.label = label
        self.results = list(results)

    @property
    def score(self):
        return sum(result.score for result in self.results)

    @property
    def max_score(self):
        return sum(result.max_score for result in self.results)

    @property
    def full(self):
        """All points are earned, except those of results that are Lacking."""
        return not any(result.failed for result in self.results)


class Report:
    """The sections of one lab, or of one solution.

    name: what was graded; heading: lines about the boot, printed first; notes:
    the kernel's own remarks.
    """

    def __init__(self, name, sections, outcome=None, heading=(), notes=()):
        self.name = name
        self.sections = list(sections)
        self.outcome = outcome
        self.heading = list(heading)
        self.notes = list(notes)

    @property
    def results(self):
        return [result for section in self.sections
                for result in section.results]

    @property
    def score(self):
        return sum(section.score for section in self.sections)

    @property
    def max_score(self):
        return sum(section.max_score for section in self.sections)

    @property
    def full(self):
        return all(section.full for section in self.sections)
