"""The plan of the measurements, and the protocol that every benchmark follows."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from benchmarks.row import Row


@dataclass(frozen=True)
class Plan:
    """The number and length of the timings.

    Attributes:
        rounds: The number of rounds; each times every benchmark, and the table has the medians.
        warm_ups: The number of untimed runs of each step of kerasrec; the first one compiles it.
        seconds: The minimum length of one timing of kerasrec.
        peer_steps: The number of training steps of the peer in one timing.
        peer_lines: The number of lines that the peer composes in one timing.
        starts: The number of starts of the command in one round.
        own_width_batches: The number of batches to train on with lines as wide as their characters; the widths of the
            batches differ.
        train_lines: The number of training lines of the run whose memory is measured.
        ramp_seconds: The length of the training whose first batches are timed.
    """

    rounds: int = 3
    warm_ups: int = 2
    seconds: float = 2.0
    peer_steps: int = 2
    peer_lines: int = 4000
    starts: int = 2
    own_width_batches: int = 8
    train_lines: int = 1280
    ramp_seconds: int = 60


FULL = Plan()
QUICK = Plan(1, warm_ups=1, seconds=0.0, peer_steps=1, peer_lines=2000, starts=3, own_width_batches=4, train_lines=128)


class Subject(Protocol):
    """A benchmark. Its constructor builds and warms up whatever is reused in every round."""

    def round(self) -> None:
        """Times everything once more: the peer, then kerasrec."""
        ...

    def rows(self) -> list[Row]:
        """Returns the results of the rounds so far."""
        ...


class Samples:
    """Measured values, collected by name."""

    def __init__(self) -> None:
        self._values: dict[tuple[str | int, ...], list[float]] = defaultdict(list)

    def add(self, value: float, *name: str | int) -> None:
        """Adds one value."""
        self._values[name].append(value)

    def median(self, *name: str | int) -> float | None:
        """Returns the median of the values of a name; None if it has none."""
        return statistics.median(self._values[name]) if self._values.get(name) else None


def warm_up(steps: Iterable[Callable[[], object]], times: int) -> None:
    """Runs each step `times` times, untimed."""
    for step in steps:
        for _ in range(times):
            step()


def rate(step: Callable[[], object], lines: int, seconds: float, least: int = 1) -> float:
    """Returns lines per second of a step of `lines` lines, run at least `least` times and for at least `seconds` s."""
    count, start = 0, time.perf_counter()
    while count < least or time.perf_counter() - start < seconds:
        step()
        count += 1
    return lines * count / (time.perf_counter() - start)
