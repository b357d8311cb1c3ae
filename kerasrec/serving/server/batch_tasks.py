"""Requests on their way through a batch: what can be merged, and who gets which rows of the outcome."""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any

import grpc
import numpy as np

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.tensors import Array


@dataclass(eq=False, slots=True)
class Task:
    """A request that waits.

    Attributes:
        signature: What is to be computed.
        feeds: Its inputs; the first dimension of all is that of the batch.
        deadline: When nobody waits for it any more, in seconds of `time.monotonic`.
        is_wanted: Asked before it is computed: whether its client still waits.
        rows: The size of the first dimension.
        arrival: When it came, in seconds of `time.monotonic`.
        outputs: What it will be answered with.
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
        """Waits until it is computed.

        Raises:
            ServingError: It cannot be computed, its deadline has passed, or its client has gone.
        """
        try:
            return self.outputs.result(None if self.deadline == math.inf else max(self.deadline - time.monotonic(), 0))
        except FutureTimeout:
            if self.outputs.done():  # in this very moment
                return self.outputs.result()
            raise (_late_in_queue() if self.outputs.cancel() else _late()) from None
        except CancelledError:
            raise ServingError(grpc.StatusCode.CANCELLED, "The client has gone") from None

    def start(self) -> bool:
        """Whether it is to be computed; where not, it is answered."""
        if not self.is_wanted():
            self.outputs.cancel()
        if not self.outputs.set_running_or_notify_cancel():
            return False
        if self.deadline > time.monotonic():
            return True
        self.outputs.set_exception(_late_in_queue())
        return False

    def batch_key(self, most_rows: int) -> Any:
        """Equal for tasks that can share a batch: the same signature, and inputs that differ only in their rows."""
        if not 0 < self.rows <= most_rows:
            return self  # computed alone
        return self.signature, *(feed.shape[1:] for feed in self.feeds)


def merge(tasks: Sequence[Task]) -> list[Array]:
    """The inputs of a batch."""
    if len(tasks) == 1:
        return tasks[0].feeds
    return [np.concatenate(parts) for parts in zip(*(task.feeds for task in tasks), strict=True)]


def split(outputs: list[Array], tasks: Sequence[Task]) -> list[list[Array]]:
    """The outputs of each task; one that is alone has all, whatever their shape.

    Raises:
        ServingError: The outputs have other rows than the inputs.
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
    """The size of the first dimension of all inputs."""
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
