"""Tests of workers.py: no worker may be waited for for ever."""

import functools
import os
import signal
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import unit, workers  # noqa: E402


def double(item):
    time.sleep(item % 3 / 1000)
    return 2 * item


def die(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def fail(item):
    return [0, 1][item]


def leave_note(folder, item):
    """Work for a minute; leave a file if terminated before."""
    path = os.path.join(folder, str(item))
    try:
        open(path + ".begun", "w").close()
        time.sleep(60)
    finally:
        open(path + ".cleaned", "w").close()


class AnswersTest(unittest.TestCase):
    def setUp(self):
        # An endless wait becomes a failure.
        def late(_number, _frame):
            self.fail("no answer within two minutes")
        signal.signal(signal.SIGALRM, late)
        signal.alarm(120)
        self.addCleanup(signal.alarm, 0)

    def test_each_item_once(self):
        for jobs in (1, 2, 5, 50):
            found = dict(workers.answers(double, range(40), jobs))
            self.assertEqual(found, {n: 2 * n for n in range(40)})

    def test_nothing_to_do(self):
        self.assertEqual(list(workers.answers(double, [], 2)), [])

    def test_over_and_over(self):
        """The end of the work and of the workers cause no deadlock."""
        for _ in range(100):
            self.assertEqual(len(list(workers.answers(double, range(6), 2))),
                             6)

    def test_a_worker_that_dies(self):
        with self.assertRaisesRegex(workers.WorkerError, "item 3: .* -9"):
            list(workers.answers(die, range(10), 2))

    def test_an_exception(self):
        with self.assertRaisesRegex(workers.WorkerError, "(?s)item 2.*Index"):
            list(workers.answers(fail, range(3), 1))

    def test_a_caller_that_stops_listening(self):
        """Workers in the middle of an item end, and clean up."""
        with tempfile.TemporaryDirectory() as folder:
            found = workers.answers(
                functools.partial(mixed, folder), range(3), 3)
            self.assertEqual(next(found)[0], 0)
            found.close()
            self.assertEqual(sorted(os.listdir(folder)),
                             ["1.begun", "1.cleaned", "2.begun", "2.cleaned"])


def mixed(folder, item):
    """Item 0 is done when the others have begun."""
    if item:
        leave_note(folder, item)
    while len(os.listdir(folder)) < 2:
        time.sleep(0.01)


if __name__ == "__main__":
    unit.main()
