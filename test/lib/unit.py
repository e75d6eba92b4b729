"""Run a file's unit tests, and print the closing line that CI counts."""

import sys
import unittest


def main():
    program = unittest.main(module="__main__", exit=False)
    result = program.result
    bad = len(result.failures) + len(result.errors)
    bad += len(result.unexpectedSuccesses)
    good = result.testsRun - bad - len(result.skipped)
    sys.stderr.flush()
    print("%d passed, %d failed" % (good, bad), flush=True)
    sys.exit(1 if bad or not good else 0)
