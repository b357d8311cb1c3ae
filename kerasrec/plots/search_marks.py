"""The marks of the trials of a search, the same in all of its plots."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

_LEAST_CER = 1e-4  # smaller values, such as 0, are drawn here on a logarithmic axis
_WIDE = 2.5  # ratio of the highest to the lowest CER from which the axis is logarithmic
_FAR = 6.0  # ratio to the lowest CER from which a trial has just failed to learn
_LEAST_SPAN = 0.2  # minimum span of the axis, as a fraction of the highest CER, so that small differences look small
_HANDLE, _LETTER = 60, 7  # pixels: a mark of the legend with the space around it, a letter of its label
_ABOVE = 1.03  # height of trials without a CER, as a fraction of the axes
_STYLES: dict[str, dict[str, Any]] = {
    "trial": {"marker": "o", "s": 26, "color": "C0", "alpha": 0.65, "linewidths": 0},
    "too slow": {"marker": "o", "s": 22, "facecolors": "none", "edgecolors": "C0", "linewidths": 1},
    "smaller budget": {"marker": "o", "s": 10, "color": "C0", "alpha": 0.45, "linewidths": 0},
    "default": {"marker": "D", "s": 38, "facecolors": "white", "edgecolors": "0.15", "linewidths": 1.3, "zorder": 3},
    "best": {"marker": "o", "s": 60, "color": "C3", "linewidths": 0, "zorder": 4},
    "far worse": {"marker": "^", "s": 22, "color": "C0", "alpha": 0.4, "linewidths": 0, "clip_on": False},
    "failed": {"marker": "x", "s": 18, "color": "0.5", "linewidths": 1, "clip_on": False},
}


@dataclass(frozen=True)
class Scores:
    """The results of the N trials of a search.

    Attributes:
        errors: The CER of each trial on the validation lines, as a fraction; None for a failed trial.
        best: The number of the best trial; None if there is none yet.
        default: The number of the trial with the default hyperparameters; None if there is none.
        too_slow: The numbers of the trials that read too slowly to be the best.
        smaller: The numbers of the trials that had only a part of the budget, and thus cannot be the best.
    """

    errors: Sequence[float | None]
    best: int | None = None
    default: int | None = None
    too_slow: frozenset[int] = frozenset()
    smaller: frozenset[int] = frozenset()

    @cached_property
    def heights(self) -> np.ndarray:
        """The errors (N,) as they are drawn, above 0; NaN for failed trials."""
        return np.array([np.nan if error is None else error for error in self.errors], float).clip(_LEAST_CER)

    @property
    def comparable(self) -> np.ndarray:
        """The errors (N,) as they are drawn; NaN for failed trials and those with a part of the budget."""
        return np.where(np.isin(np.arange(len(self.errors)), list(self.smaller)), np.nan, self.heights)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The lowest and highest CER of the axis, which excludes trials that failed to learn."""
        low = np.nanmin(self.heights)
        included = self.heights[[number for number in (self.best, self.default) if number is not None]]
        highest = max(_FAR * low, np.nanmedian(self.heights), *included)
        return low, self.heights[self.heights <= highest].max()

    @property
    def kinds(self) -> list[str]:
        """The kind of mark of each trial."""
        return [self._kind(number, error) for number, error in enumerate(self.errors)]

    def _kind(self, number: int, error: float | None) -> str:
        if error is None:
            return "failed"
        if number in (self.best, self.default):
            return "best" if number == self.best else "default"
        if error > self.limits[1]:
            return "far worse"
        if number in self.smaller:
            return "smaller budget"
        return "too slow" if number in self.too_slow else "trial"


def mark_trials(axes: Axes, positions: np.ndarray, scores: Scores) -> None:
    """Marks each trial at its position and CER; failed and far worse trials are at the upper edge.

    Args:
        axes: The axes to draw on.
        positions: (N,) the positions on the horizontal axis; NaN leaves a trial out.
        scores: The results of the trials.
    """
    kinds = np.array(scores.kinds)
    for kind, style in _STYLES.items():
        chosen = np.flatnonzero((kinds == kind) & np.isfinite(positions))
        if not len(chosen):
            continue
        if kind in ("failed", "far worse"):
            heights, transform = np.full(len(chosen), _ABOVE), axes.get_xaxis_transform()
        else:
            heights, transform = scores.heights[chosen], axes.transData
        axes.scatter(positions[chosen], heights, label=kind, transform=transform, **style)


def write_names(axes: Axes, names: Sequence[str], positions: np.ndarray, heights: np.ndarray) -> None:
    """Writes the names of trials next to their marks, from the last to the first, if there is room.

    Args:
        axes: The axes to draw on; their limits must be set.
        names: The names of M trials.
        positions: (M,) the positions on the horizontal axis.
        heights: (M,) the positions on the vertical axis; trials with NaN or outside the axes are not named.
    """
    to_axes = axes.transData - axes.transAxes
    taken: list[np.ndarray] = []
    for name, position, height in reversed(list(zip(names, positions, heights, strict=True))):
        mark = to_axes.transform((position, height))
        if not ((mark >= 0) & (mark <= 1)).all():
            continue
        room = np.array((0.011 * len(name), 0.04))  # as a fraction of the axes
        for side, offset, align in ((1, (5, 4), "left"), (-1, (-5, -9), "right")):
            middle = mark + side * room / 2
            if all((abs(middle - other) >= room).any() for other in taken):
                taken.append(middle)
                _write_name(axes, name, (position, height), offset, align)
                break


def _write_name(axes: Axes, name: str, mark: tuple[float, float], offset: tuple[int, int], align: str) -> None:
    text = axes.annotate(name, mark, offset, textcoords="offset points", ha=align, fontsize=7, color="0.3")
    text.set(parse_math=False, zorder=5, path_effects=[withStroke(linewidth=2, foreground="white")])


def write_legend(figure: Figure, axes: Iterable[Axes], *others: str) -> None:
    """Draws the legend above the figure, with the marks of the trials first."""
    handles = {name: handle for each in axes for handle, name in zip(*each.get_legend_handles_labels(), strict=True)}
    names = [name for name in (*_STYLES, *others) if name in handles]
    if not names:
        return
    rows = math.ceil(sum(_HANDLE + _LETTER * len(name) for name in names) / figure.bbox.width)
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="outside upper left",
        ncols=math.ceil(len(names) / rows),
        fontsize=8,
        columnspacing=1.2,
        frameon=False,
    )


def is_wide(scores: Scores) -> bool:
    """Returns whether the CER of the trials differs so much that its axis is logarithmic."""
    return scores.limits[1] > _WIDE * scores.limits[0]


def set_cer_axis(axes: Axes, scores: Scores) -> None:
    """Formats the vertical axis as CER in percent; it is logarithmic if `is_wide`."""
    low, high = scores.limits
    if is_wide(scores):
        axes.set_yscale("log")
        axes.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.04)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0, 7.0)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        room = max(0.06 * (high - low), (_LEAST_SPAN * high - (high - low)) / 2)
        axes.set_ylim(low - room, high + room)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
    axes.grid(alpha=0.3)
