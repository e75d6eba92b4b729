"""Do a list of jobs in a few processes, and never wait for what cannot come.

The job: processes that take one item after another, and their answers.

Not the job: what is done with an item.

Each process has a pipe of its own, and nothing is shared: a lock that a dying
process holds stops all others. multiprocessing.Pool has such locks, and its
terminate() now and then waits for ever for workers that handle SIGTERM, as
those here must so that no QEMU outlives them.
"""

import multiprocessing
import multiprocessing.connection
import os
import traceback

from lib import qemu


class WorkerError(Exception):
    """A worker raised an exception, or died without an answer."""


def _serve(work, items, connection, others):
    """In the process: answer each number that comes with work(its item)."""
    qemu.exit_on_signals()
    for other in others:
        other.close()           # else nobody sees that the parent is gone
    while True:
        try:
            number = connection.recv()
        except EOFError:
            return
        try:
            answer = True, work(items[number])
        except Exception:       # the parent must hear of any
            answer = False, traceback.format_exc()
        connection.send(answer)


class _Worker:
    """A process, the parent's end of its pipe, and what it works on."""

    def __init__(self, work, items, workers):
        self.connection, end = multiprocessing.Pipe()
        self.number = None
        others = [worker.connection for worker in workers] + [self.connection]
        self.process = multiprocessing.Process(
            target=_serve, args=(work, items, end, others))
        self.process.start()
        end.close()             # the worker's death is then the pipe's end

    def give(self, numbers):
        """The next number, if there is one."""
        self.number = next(numbers, None)
        if self.number is None:
            return
        try:
            self.connection.send(self.number)
        except BrokenPipeError:
            pass                # it is dead, as answer() will see

    def answer(self):
        """The number it had, and what work() returned for it."""
        try:
            good, result = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            raise WorkerError("item %d: its process ended with status %s" % (
                self.number, self.process.exitcode)) from None
        if not good:
            raise WorkerError("item %d: %s" % (self.number, result))
        return self.number, result

    def end(self):
        """Idle, it leaves by itself; busy, it gets SIGTERM, and cleans up.
        What does neither is killed."""
        if self.number is not None:
            self.process.terminate()
        self.connection.close()
        self.process.join(timeout=30)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def answers(work, items, jobs=None):
    """Yields (number, work(items[number])) for each, in the order of ending.

    jobs: how many processes, as many as processors unless told. Whoever stops
    listening ends them. Raises WorkerError.
    """
    numbers = iter(range(len(items)))
    workers = []
    try:
        for _ in range(min(jobs or os.cpu_count() or 1, len(items))):
            workers.append(_Worker(work, items, workers))
            workers[-1].give(numbers)
        while True:
            busy = {worker.connection: worker for worker in workers
                    if worker.number is not None}
            if not busy:
                return
            for connection in multiprocessing.connection.wait(list(busy)):
                worker = busy[connection]
                answer = worker.answer()
                worker.give(numbers)
                yield answer
    finally:
        for worker in workers:
            worker.end()
