"""Batching: requests that wait at the same time are computed as one batch.

On an idle server, a request is computed at once. Requests that arrive while all threads are busy are merged, so that
batches grow with the load and no request waits for others that may never arrive.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from kerasrec.errors import UsageError
from kerasrec.serving.server.arrays import Array
from kerasrec.serving.server.batch_tasks import Task, merge, split
from kerasrec.serving.server.failure import ServingError

_LONGEST_TIMEOUT = 60_000_000  # microseconds
_log = logging.getLogger(__name__)

Run = Callable[[str, list[Array], float], list[Array]]
"""Runs a signature, given its name, its inputs, and the deadline in seconds of `time.monotonic`."""


@dataclass(frozen=True)
class BatchSettings:
    """How requests are merged.

    Attributes:
        max_batch_size: The most rows in a batch; a larger request is computed alone.
        timeout_micros: How long a batch that is not full waits for more requests, in microseconds.
        max_enqueued_batches: The most full batches that may wait; further requests are refused.
        threads: The batches computed at the same time, each on all cores; a second uses what the first leaves idle.
    """

    max_batch_size: int = 32
    timeout_micros: int = 0
    max_enqueued_batches: int = 10
    threads: int = 2

    def __post_init__(self) -> None:
        for name, least in (("max_batch_size", 1), ("timeout_micros", 0), ("max_enqueued_batches", 1), ("threads", 1)):
            value = getattr(self, name)
            if value < least:
                raise UsageError(f"Expected {name} of at least {least}, but received {value}. Give a larger one.")
        if self.timeout_micros > _LONGEST_TIMEOUT:
            raise UsageError(
                f"Expected timeout_micros of at most {_LONGEST_TIMEOUT}, but received {self.timeout_micros}. "
                "Give a smaller one."
            )


class Closed(Exception):
    """The batcher was closed because its model was unloaded."""


class Batcher:
    """Computes requests in batches. Its methods may be called from several threads."""

    def __init__(self, run: Run, settings: BatchSettings, name: str = "batch") -> None:
        """Starts the threads.

        Args:
            run: Computes a batch.
            settings: How requests are merged.
            name: The prefix of the threads' names.
        """
        self._run = run
        self._settings = settings
        self._most_rows = settings.max_batch_size * settings.max_enqueued_batches
        self._queues: dict[Any, deque[Task]] = {}  # by `Task.batch_key`; none is empty
        self._rows = 0
        self._idle = settings.threads  # threads that compute nothing, including those yet to wake up
        self._is_closed = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(settings.threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, task: Task) -> list[Array]:
        """Computes a request, possibly in a batch with others, and returns its outputs.

        Raises:
            ServingError: The request failed, the queue is full, or the deadline has passed.
            Closed: The batcher was closed.
        """
        self._enqueue(task)
        return task.wait()

    def close(self, grace: float = math.inf) -> None:
        """Refuses new requests and waits until the others are done.

        Args:
            grace: The longest time to wait, in seconds; requests that are still queued then fail with UNAVAILABLE.
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.join(grace)
        with self._changed:
            remaining = [task for queue in self._queues.values() for task in queue]
            self._queues.clear()
        for task in remaining:
            if task.outputs.set_running_or_notify_cancel():
                task.outputs.set_exception(_unavailable("The server is shutting down"))

    def join(self, seconds: float) -> None:
        """Waits at most `seconds` for the threads, which end when the batcher is closed and the queue is empty."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(None if end == math.inf else max(end - time.monotonic(), 0))

    def _enqueue(self, task: Task) -> None:
        key = task.batch_key(self._settings.max_batch_size)
        with self._changed:
            if self._is_closed:
                raise Closed
            most_rows = self._most_rows + self._idle * self._settings.max_batch_size
            if self._rows and self._rows + task.rows > most_rows:
                raise _unavailable("The batch scheduling queue to which this task was submitted is full")
            self._queues.setdefault(key, deque()).append(task)
            self._rows += task.rows
            self._changed.notify()

    def _work(self) -> None:
        while self._compute(self._take()):
            with self._changed:
                self._idle += 1

    def _take(self) -> list[Task]:
        """Waits for tasks that share a batch and returns those that wait longest, or none when closed."""
        with self._changed:
            while True:
                if not self._queues:
                    if self._is_closed:
                        return []
                    self._changed.wait()
                    continue
                key = min(self._queues, key=lambda each: self._queues[each][0].arrival)
                wait = self._seconds_to_wait(self._queues[key])
                if wait <= 0:
                    return self._pop(key)
                self._changed.wait(wait)

    def _seconds_to_wait(self, queue: "deque[Task]") -> float:
        if self._is_closed or not self._settings.timeout_micros:
            return 0
        if sum(task.rows for task in queue) >= self._settings.max_batch_size:
            return 0
        return queue[0].arrival + self._settings.timeout_micros / 1e6 - time.monotonic()

    def _pop(self, key: Any) -> list[Task]:
        queue = self._queues[key]
        tasks = [queue.popleft()]
        rows = tasks[0].rows
        while queue and rows + queue[0].rows <= self._settings.max_batch_size:
            tasks.append(queue.popleft())
            rows += tasks[-1].rows
        if not queue:
            del self._queues[key]
        self._rows -= rows
        self._idle -= 1
        if self._queues:
            self._changed.notify()  # for another thread, because this one is now busy
        return tasks

    def _compute(self, tasks: list[Task]) -> bool:
        """Computes those tasks that are still wanted; returns False if there were no tasks."""
        due = [task for task in tasks if task.start()]
        if due:
            self._compute_due(due)
        return bool(tasks)

    def _compute_due(self, tasks: Sequence[Task]) -> None:
        """Computes tasks as one batch. If it fails, computes its halves, until a bad task is alone."""
        try:
            outputs = self._run(tasks[0].signature, merge(tasks), max(task.deadline for task in tasks))
            for task, part in zip(tasks, split(outputs, tasks), strict=True):
                task.outputs.set_result(part)
        except ServingError as error:
            if len(tasks) == 1 or error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
                _fail(tasks, error.code, error.text)
                return
            middle = len(tasks) // 2
            self._compute_due(tasks[:middle])
            self._compute_due(tasks[middle:])
        except Exception as error:  # whatever it is, the clients get an answer and the thread survives
            _log.exception("A batch failed: %r", error)
            _fail(tasks, grpc.StatusCode.INTERNAL, f"{type(error).__name__} while computing a batch")


def _fail(tasks: Sequence[Task], code: grpc.StatusCode, text: str) -> None:
    for task in tasks:
        if not task.outputs.done():
            task.outputs.set_exception(ServingError(code, text))  # a new one, which does not keep the batch in memory


def _unavailable(text: str) -> ServingError:
    return ServingError(grpc.StatusCode.UNAVAILABLE, text)
