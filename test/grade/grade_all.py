"""Grade labs from a clean build, and sum up. `make grade` runs it.

usage: python3 test/grade/grade_all.py [--make COMMAND] [--json FILE]
           [--junit FILE] [--tap] [LAB ...]
    Without LAB: the labs 1 to LAB of conf/lab.mk, and S after 4. A grade-labN that a course
    has put in place of ours is run instead (foreign.py).
"""

import argparse
import importlib
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import early  # noqa: E402, F401 (first)
from grade import foreign, grading  # noqa: E402
from lib import building, formats, lock, qemu, script  # noqa: E402
from lib.report import Report  # noqa: E402


def labs_so_far():
    """1 to LAB of conf/lab.mk; only labs that have a grader."""
    last = 1
    try:
        with open(os.path.join(qemu.ROOT, "conf", "lab.mk"),
                  encoding="utf-8") as file:
            setting = re.search(r"^\s*LAB\s*[:?]?=\s*(\d+)", file.read(), re.M)
        if setting:
            last = int(setting.group(1))
    except OSError:
        pass
    return list(range(1, last + 1)) + ["S"] * (last >= 4)


def lab_argument(text):
    """1, 2 ...; or S."""
    return text if text == "S" else int(text)


def load_lab(number):
    """The Lab of that number, or the number if the grader is a course's; exits
    with a message if there is none."""
    if foreign.is_foreign(number):
        return number
    try:
        return importlib.import_module("lab%s" % number).LAB
    except ModuleNotFoundError:
        raise SystemExit("There is no grader for lab %s." % number)


def grade_labs(labs, options):
    """Build once, and grade each; return the Reports."""
    # In one make, both goals would run at the same time.
    failed = (building.build(options.make, "clean")
              or building.build(options.make))
    if failed:
        grading.show_failed_build(failed, options)
        return [report_unbuilt(lab, failed) for lab in labs]
    reports = []
    for lab in labs:
        if not isinstance(lab, grading.Lab):
            reports.append(foreign.run(lab, shown=sys.stderr if options.tap
                                       else None))
        else:
            reports.append(grading.run_lab(lab, options))
        grading.say(options, "")
    return reports


def report_unbuilt(lab, failed):
    if not isinstance(lab, grading.Lab):
        return foreign.report("grade-lab%s" % lab,
                              ["not run: the build failed"])
    return grading.report_unbuilt(lab, failed)


def print_total(reports):
    results = [result for report in reports for result in report.results]
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    formats.print_sum("Total", Report("Total", [
        section for report in reports for section in report.sections]))
    skipped = len(results) - passed - failed
    print("%d passed, %d failed" % (passed, failed)
          + ", %d skipped" % skipped * bool(skipped), flush=True)


def grade(labs, options):
    started = time.monotonic()
    formats.outlive_reader()
    with lock.whole_tree(lambda text: grading.say(options, text)):
        reports = grade_labs(labs, options)
    if not options.tap:
        print_total(reports)
    grading.write_files(reports, options, started)
    return 0 if all(report.full for report in reports) else 1


def main():
    parser = argparse.ArgumentParser(
        description="Clean, build, grade the labs, and sum up.")
    parser.add_argument("labs", nargs="*", type=lab_argument,
                        metavar="LAB")
    grading.add_common_options(parser)
    options = parser.parse_args()
    labs = [load_lab(number) for number in options.labs or labs_so_far()]
    return script.run_guarded(lambda: grade(labs, options))


if __name__ == "__main__":
    sys.exit(main())
