"""Results of single checks, chosen by name, without points."""

from lib import formats
from lib.report import FAILED, PASSED, SKIPPED, Case, Report, Result, Section
from lib.results import FAIL, SKIP


def kernel_name(name):
    """The kernel's name of a check: NAME of GROUP/NAME."""
    return name.rpartition("/")[2]


def is_named(check, name):
    return name in (check.name, kernel_name(check.name), check.group,
                    check.subject)


def result_of(check):
    """A Result without points."""
    status = {FAIL: FAILED, SKIP: SKIPPED}.get(check.status, PASSED)
    failed = status == FAILED
    return Result(check.name, 0, check.lines if failed else [],
                  [] if failed else check.lines,
                  [Case(check.name, status, check.lines)])


def judge(boot, names, heading):
    """Report the checks of these names, and the names without a check."""
    checks = boot.results.checks.values() if boot.results else ()
    found = [check for check in checks
             if any(is_named(check, name) for name in names)]
    absent = [name for name in names
              if not any(is_named(check, name) for check in found)]
    complaint = ["no check, function or group of that name has run"]
    results = [result_of(check) for check in found]
    results += [Result(name, 0, complaint + boot.stopped_words())
                for name in absent]
    return Report("Checks", [Section("", "Checks", results)], boot.outcome,
                  heading, boot.results.notes if boot.results else ())


def show(report):
    for result in report.results:
        case = result.all_cases()[0]
        word = {PASSED: "ok", SKIPPED: "skip"}.get(case.status, "FAIL")
        print("  " + formats.paint("%-4s" % word, "good" if result.passed
                                   else "bad") + " " + result.name)
        for line in case.output:
            print("         " + line)
    for note in report.notes:
        print("  " + formats.paint(note, "dim"))
    passed = sum(result.passed for result in report.results)
    print("%d passed, %d failed" % (passed, len(report.results) - passed),
          flush=True)
