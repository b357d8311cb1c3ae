"""How long to measure, and what everything that is measured offers."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from benchmarks.row import Row


@dataclass(frozen=True)
class Plan:
    """How often and how long each thing is timed.

    Attributes:
        rounds: How many times everything is timed, in turns; the table holds medians.
        warm_ups: How many times each thing of kerasrec runs before; the first time compiles it.
        seconds: Least length of one timing of kerasrec.
        peer_steps: Training steps of the peer in one timing.
        peer_lines: Lines that the peer composes in one timing.
        starts: Starts of the command in one round.
        own_width_batches: Batches of lines of their own widths to train on, each of another width.
        train_lines: Lines that the run trains on whose memory is measured.
    """

    rounds: int = 3
    warm_ups: int = 2
    seconds: float = 2.0
    peer_steps: int = 2
    peer_lines: int = 4000
    starts: int = 2
    own_width_batches: int = 8
    train_lines: int = 1280


FULL = Plan()
QUICK = Plan(1, warm_ups=1, seconds=0.0, peer_steps=1, peer_lines=2000, starts=3, own_width_batches=4, train_lines=128)


class Subject(Protocol):
    """Something to measure. What is built once and warmed up is built with the subject."""

    def round(self) -> None:
        """Times everything once more: the peer, then kerasrec."""
        ...

    def rows(self) -> list[Row]:
        """What the rounds so far gave."""
        ...


class Samples:
    """Figures of the same thing, collected under its name."""

    def __init__(self) -> None:
        self._values: dict[tuple[str | int, ...], list[float]] = defaultdict(list)

    def add(self, value: float, *name: str | int) -> None:
        """Adds one figure."""
        self._values[name].append(value)

    def median(self, *name: str | int) -> float | None:
        """The median of the figures of that name; None if there is none."""
        return statistics.median(self._values[name]) if self._values.get(name) else None


def warm_up(steps: Iterable[Callable[[], object]], times: int) -> None:
    """Runs each step so many times, unmeasured."""
    for step in steps:
        for _ in range(times):
            step()


def rate(step: Callable[[], object], lines: int, seconds: float, least: int = 1) -> float:
    """Lines per second of a step that handles `lines` lines, repeated some times at least and for some seconds."""
    count, start = 0, time.perf_counter()
    while count < least or time.perf_counter() - start < seconds:
        step()
        count += 1
    return lines * count / (time.perf_counter() - start)
