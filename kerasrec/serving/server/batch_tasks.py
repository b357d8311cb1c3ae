"""Requests in a batch: which can be merged, and how the rows of the outputs are divided."""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np

from kerasrec.serving.server.arrays import Array
from kerasrec.serving.server.failure import ServingError, invalid


@dataclass(eq=False, slots=True)
class Task:
    """A waiting request.

    Attributes:
        signature: The name of the signature to run.
        feeds: The inputs; the first dimension of each is the batch.
        deadline: When the request times out, in seconds of `time.monotonic`.
        is_wanted: Returns whether the client still waits; called before the request is computed.
        rows: The size of the first dimension.
        arrival: When the request arrived, in seconds of `time.monotonic`.
        outputs: The future outputs.
    """

    signature: str
    feeds: list[Array]
    deadline: float = math.inf
    is_wanted: Callable[[], bool] = lambda: True
    rows: int = field(init=False)
    arrival: float = field(init=False, default_factory=time.monotonic)
    outputs: "Future[list[Array]]" = field(init=False, default_factory=Future)

    def __post_init__(self) -> None:
        self.rows = _count_rows(self.feeds)

    def wait(self) -> list[Array]:
        """Waits until the request is computed and returns its outputs.

        Raises:
            ServingError: The request failed, its deadline has passed, or its client has disconnected.
        """
        try:
            return self.outputs.result(None if self.deadline == math.inf else max(self.deadline - time.monotonic(), 0))
        except FutureTimeout:
            if self.outputs.done():  # it finished just now
                return self.outputs.result()
            raise (_late_in_queue() if self.outputs.cancel() else _late()) from None
        except CancelledError:
            raise ServingError(grpc.StatusCode.CANCELLED, "The client has disconnected") from None

    def start(self) -> bool:
        """Marks the request as running and returns True, or fails it and returns False if nobody waits for it."""
        if not self.is_wanted():
            self.outputs.cancel()
        if not self.outputs.set_running_or_notify_cancel():
            return False
        if self.deadline > time.monotonic():
            return True
        self.outputs.set_exception(_late_in_queue())
        return False

    def batch_key(self, most_rows: int) -> Any:
        """A key that is equal for tasks that can share a batch: same signature, and inputs that differ only in rows."""
        if not 0 < self.rows <= most_rows:
            return self  # computed alone
        return self.signature, *(feed.shape[1:] for feed in self.feeds)


def merge(tasks: Sequence[Task]) -> list[Array]:
    """Returns the inputs of a batch."""
    if len(tasks) == 1:
        return tasks[0].feeds
    return [np.concatenate(parts) for parts in zip(*(task.feeds for task in tasks), strict=True)]


def split(outputs: list[Array], tasks: Sequence[Task]) -> list[list[Array]]:
    """Returns the outputs of each task; a single task gets all outputs, whatever their shape.

    Raises:
        ServingError: The outputs have another number of rows than the inputs.
    """
    if len(tasks) == 1:
        return [outputs]
    ends = np.cumsum([task.rows for task in tasks])
    if any(not output.ndim or len(output) != ends[-1] for output in outputs):
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION,
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input "
            "tensors",
        )
    return [[output[end - task.rows : end] for output in outputs] for task, end in zip(tasks, ends, strict=True)]


def _count_rows(feeds: list[Array]) -> int:
    """Returns the size of the first dimension, which all inputs must share."""
    if any(not feed.ndim for feed in feeds):
        raise invalid("Batching Run() input tensors must have at least one dimension")
    sizes = {len(feed) for feed in feeds}
    if len(sizes) > 1:
        raise invalid("Batching Run() input tensors must have equal 0th-dimension size")
    return sizes.pop() if sizes else 0


def _late_in_queue() -> ServingError:
    text = "Run() timeout exceeded while waiting in batching queue"
    return ServingError(grpc.StatusCode.RESOURCE_EXHAUSTED, text)


def _late() -> ServingError:
    return ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, "Timed out waiting for notification")
