"""A hyperparameter as an axis: the positions of its values from 0 to 1, and its ticks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

Value = int | float | str | bool

_CHARACTER = 0.03  # width of a character of a tick, as a fraction of the axis
_FEW = 5  # up to this many different numbers are the ticks themselves
_WIDE = 20.0  # ratio of the ends from which a logarithmic scale has fewer ticks per power of ten
_GOLDEN = 0.6180339887498949  # any number of its multiples, modulo 1, is spread evenly


@dataclass(frozen=True)
class Dimension:
    """A hyperparameter and its value in each of N trials.

    >>> Dimension("units", (128, 256, 512), log=True).positions.round(6).tolist()
    [0.0, 0.5, 1.0]
    >>> Dimension("schedule", ("cosine", "cosine"), choices=("cosine", "one_cycle")).ticks
    [(0.25, 'cosine'), (0.75, 'one_cycle')]

    Attributes:
        name: The label of the axis.
        values: The value in each trial; None in a trial without a value.
        choices: All possible values, which are spaced evenly; empty for numbers on a scale.
        log: Whether the scale is logarithmic; only for numbers above 0.
    """

    name: str
    values: Sequence[Value | None]
    choices: Sequence[Value] = ()
    log: bool = False

    @property
    def positions(self) -> np.ndarray:
        """The positions (N,) of the values from 0 to 1; NaN for missing values."""
        return np.array([np.nan if value is None else self._position(value) for value in self.values])

    @property
    def jittered(self) -> np.ndarray:
        """The positions (N,), with a deterministic jitter for choices, which several trials may share."""
        if not self.choices:
            return self.positions
        jitter = (np.arange(len(self.values)) * _GOLDEN + 0.5) % 1 - 0.5
        return self.positions + 0.5 / len(self.choices) * jitter

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The positions and texts of the ticks; those of numbers do not overlap."""
        ticks = ((self._position(value), write_value(value)) for value in self.choices or self._scale_values())
        return list(ticks if self.choices else _thin_out(ticks))

    def _position(self, value: Value) -> float:
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        low, high = self._ends()
        measure = np.log if self.log else float
        return 0.5 if low == high else float((measure(value) - measure(low)) / (measure(high) - measure(low)))

    def _ends(self) -> tuple[float, float]:
        numbers = [float(value) for value in self.values if value is not None]
        return min(numbers), max(numbers)

    def _scale_values(self) -> list[Value]:
        """Returns values for ticks: all if there are few, otherwise round numbers, otherwise the ends."""
        distinct = sorted({value for value in self.values if value is not None}, key=float)
        if len(distinct) <= _FEW:
            return distinct
        low, high = self._ends()
        subs = (1.0, 2.0, 5.0) if high < _WIDE * low else (1.0, 3.0)
        locator = LogLocator(subs=subs) if self.log else MaxNLocator(5, steps=[1, 2, 5, 10])
        between: list[Value] = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
        return between if len(between) > 1 else [low, high]


def write_value(value: Value) -> str:
    """Formats a value in few characters.

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
    """Drops ticks that would overlap the previous one."""
    end = -np.inf
    for position, text in ticks:
        half = 0.5 * _CHARACTER * len(text)
        if position - half >= end:
            yield position, text
            end = position + half + _CHARACTER
