"""Do a list of jobs in a few processes, and detect workers that died.

The job: give items to processes, and yield their answers.

Not the job: the work on an item.

Each process has its own pipe, and nothing is shared, because a lock that a
dying process holds would stop all others. multiprocessing.Pool has such locks.
Its terminate() also sometimes waits for ever for workers that handle SIGTERM,
and those here must handle it, so that no QEMU outlives them.
"""

import multiprocessing
import multiprocessing.connection
import os
import traceback

from lib import qemu


class WorkerError(Exception):
    """A worker raised an exception, or died without an answer."""


def _serve(work, items, connection, others):
    """In the worker: receive numbers, and answer each with work(item)."""
    qemu.exit_on_signals()
    for other in others:
        other.close()           # or the end of the parent goes unnoticed
    while True:
        try:
            number = connection.recv()
        except EOFError:
            return
        try:
            answer = True, work(items[number])
        except Exception:       # the parent must learn of any
            answer = False, traceback.format_exc()
        connection.send(answer)


class _Worker:
    """A process, the parent's end of its pipe, and its current item."""

    def __init__(self, work, items, workers):
        self.connection, end = multiprocessing.Pipe()
        self.number = None
        others = [worker.connection for worker in workers] + [self.connection]
        self.process = multiprocessing.Process(
            target=_serve, args=(work, items, end, others))
        self.process.start()
        end.close()             # then the pipe ends when the worker dies

    def give(self, numbers):
        """Send the next number, if there is one."""
        self.number = next(numbers, None)
        if self.number is None:
            return
        try:
            self.connection.send(self.number)
        except BrokenPipeError:
            pass                # the worker is dead; answer() reports it

    def answer(self):
        """The worker's number, and what work() returned for it."""
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
        """End the worker. An idle one ends by itself. A busy one gets SIGTERM
        and cleans up, or is killed after a while."""
        if self.number is not None:
            self.process.terminate()
        self.connection.close()
        self.process.join(timeout=30)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def answers(work, items, jobs=None):
    """Yield (number, work(items[number])) for each item, as they end.

    jobs: the number of processes, by default that of processors. Closing the
    generator ends them. Raises WorkerError.
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
