"""Compares the published results of runs with the measured ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kerasrec.plots.figure import write_figure

_WIDTH, _ROW, _AROUND, _LEGEND = 900, 26, 66, 40  # pixels: the image, a row, the space around a panel, the legend
_LEAST = 1e-4  # smaller values, such as 0, are drawn here on a logarithmic axis
_WIDE = 10.0  # ratio of the largest to the smallest value from which the axis is logarithmic
_PUBLISHED: dict[str, dict[str, Any]] = {
    "published": {"marker": "D", "s": 34, "facecolors": "white", "edgecolors": "0.15", "linewidths": 1.3},
    "a student's rerun": {"marker": "s", "s": 30, "facecolors": "0.6", "linewidths": 0},
}
_MEASURED: dict[str, dict[str, Any]] = {
    "here, as in the labs": {"marker": "o", "s": 52, "color": "C0", "linewidths": 0, "zorder": 4},
    "here, disjoint split": {
        "marker": "o",
        "s": 52,
        "facecolors": "none",
        "edgecolors": "C3",
        "linewidths": 1.6,
        "zorder": 5,
    },
}


@dataclass(frozen=True)
class Comparison:
    """A run with its published and measured results, as fractions.

    Attributes:
        name: The name of the run.
        published: The smallest and largest fraction published by the course and by a student; the smallest is 0 if only
            an upper bound was published. None if there is no result.
        measured: The fractions measured as in the labs and with disjoint splits; None if not measured.
    """

    name: str
    published: Sequence[tuple[float, float] | None]
    measured: Sequence[float | None]

    @property
    def shares(self) -> list[float]:
        """All fractions to mark."""
        ends = [end for span in self.published if span for end in span if end]
        return [*ends, *(share for share in self.measured if share is not None)]


def comparison(path: Path, panels: Sequence[tuple[str, Sequence[Comparison]]]) -> None:
    """Draws a panel for each measure with a row for each run, and writes them as PNG.

    Args:
        path: The file to write.
        panels: The measure of each panel, and its runs; a panel needs at least one fraction.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    heights = [_ROW * len(runs) + _AROUND for _, runs in panels]

    def draw(figure: Figure) -> None:
        column = figure.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
        for axes, (title, runs) in zip(column, panels, strict=True):
            _draw_panel(axes, title, runs)
        handles = [column[0].scatter([], [], **style) for style in (_PUBLISHED | _MEASURED).values()]
        names = [*_PUBLISHED, *_MEASURED]
        figure.legend(handles, names, loc="outside upper left", ncols=len(names), fontsize=8, frameon=False)

    write_figure(path, _WIDTH, sum(heights) + _LEGEND, draw)


def _draw_panel(axes: Axes, title: str, runs: Sequence[Comparison]) -> None:
    _set_scale(axes, np.array([share for run in runs for share in run.shares]))
    for row, run in enumerate(runs):
        for style, span in zip(_PUBLISHED.values(), run.published, strict=True):
            if span:
                axes.plot(span, (row, row), color="0.82", linewidth=7, zorder=1)
                ends = sorted({end for end in span if end})
                axes.scatter(ends, [row] * len(ends), zorder=2, **style)
        for style, share in zip(_MEASURED.values(), run.measured, strict=True):
            if share is not None:
                axes.scatter([max(share, _LEAST)], [row], **style)
    axes.set_yticks(range(len(runs)), [run.name for run in runs], parse_math=False)
    axes.set_ylim(len(runs) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_title(title, loc="left", fontsize=9)
    axes.grid(alpha=0.3)


def _set_scale(axes: Axes, shares: np.ndarray) -> None:
    """Formats the horizontal axis in percent; it is logarithmic if the values differ by more than a factor of 10."""
    low, high = max(shares.min(), _LEAST), shares.max()
    if high > _WIDE * low:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.2, high * 1.2)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        room = 0.05 * (high - low) or 0.05
        axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
