"""A hyperparameter as an axis: where its values lie from 0 to 1, and which of them are written there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

Value = int | float | str | bool

_CHARACTER = 0.03  # of the axis: the width of a character of a tick
_FEW = 5  # so many different numbers are themselves the ticks
_WIDE = 20.0  # a logarithmic scale from a number to so many times it has few ticks for each power of ten
_GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, lie evenly wherever one stops


@dataclass(frozen=True)
class Dimension:
    """A hyperparameter and its value in each of N trials.

    >>> Dimension("units", (128, 256, 512), log=True).places.round(6).tolist()
    [0.0, 0.5, 1.0]
    >>> Dimension("schedule", ("cosine", "cosine"), choices=("cosine", "one_cycle")).ticks
    [(0.25, 'cosine'), (0.75, 'one_cycle')]

    Attributes:
        name: What is written beside the axis.
        values: Its value in each trial; None in a trial that has none.
        choices: All that it may be, which then lie equally far apart; empty for numbers on a scale.
        log: Whether the scale is logarithmic; only for numbers above 0.
    """

    name: str
    values: Sequence[Value | None]
    choices: Sequence[Value] = ()
    log: bool = False

    @property
    def places(self) -> np.ndarray:
        """(N,) where each value lies, 0 to 1; NaN where there is none."""
        return np.array([np.nan if value is None else self._place(value) for value in self.values])

    @property
    def jittered(self) -> np.ndarray:
        """(N,) `places`; those of choices moved aside a little, the same every time, as many trials share them."""
        if not self.choices:
            return self.places
        aside = (np.arange(len(self.values)) * _GOLDEN + 0.5) % 1 - 0.5
        return self.places + 0.5 / len(self.choices) * aside

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where values are written, and how; numbers on a scale never so near each other that none can be read."""
        ticks = ((self._place(value), write_value(value)) for value in self.choices or self._scale_values())
        return list(ticks if self.choices else _thin_out(ticks))

    def _place(self, value: Value) -> float:
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        low, high = self._ends()
        measure = np.log if self.log else float
        return 0.5 if low == high else float((measure(value) - measure(low)) / (measure(high) - measure(low)))

    def _ends(self) -> tuple[float, float]:
        numbers = [float(value) for value in self.values if value is not None]
        return min(numbers), max(numbers)

    def _scale_values(self) -> list[Value]:
        """Values for ticks: the few that there are, or round numbers between the ends, or the ends themselves."""
        there = sorted({value for value in self.values if value is not None}, key=float)
        if len(there) <= _FEW:
            return there
        low, high = self._ends()
        subs = (1.0, 2.0, 5.0) if high < _WIDE * low else (1.0, 3.0)
        locator = LogLocator(subs=subs) if self.log else MaxNLocator(5, steps=[1, 2, 5, 10])
        between: list[Value] = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
        return between if len(between) > 1 else [low, high]


def write_value(value: Value) -> str:
    """Writes a value, in few characters.

    >>> write_value(True), write_value(512), write_value(0.25), write_value(0.00031623), write_value("cosine")
    ('on', '512', '0.25', '3.2e-4', 'cosine')
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, float):
        return str(value)
    if value and abs(value) < 1e-3:
        digits, _, exponent = f"{value:.1e}".partition("e")
        return f"{digits.removesuffix('.0')}e{int(exponent)}"
    return f"{value:.3g}"


def _thin_out(ticks: Iterable[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """Leaves out what would run into what stands before it."""
    end = -np.inf
    for place, text in ticks:
        half = 0.5 * _CHARACTER * len(text)
        if place - half >= end:
            yield place, text
            end = place + half + _CHARACTER
