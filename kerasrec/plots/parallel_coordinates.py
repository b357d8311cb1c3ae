"""Plots all hyperparameters of all trials at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from kerasrec.plots.dimension import Dimension
from kerasrec.plots.figure import write_figure
from kerasrec.plots.search_marks import Scores, is_wide, write_legend

_AXIS, _FRAME = 108, 40  # pixels: between axes, the margins
_COLOURS = colormaps["viridis"]
_WORST = 0.95  # upper end of the colours in use: those above are not visible on white
_STEPS = np.linspace(0, 1, 25)  # points of a curve between two axes
_EASE = _STEPS**2 * (3 - 2 * _STEPS)  # horizontal at both ends, so that a line can be followed through an axis
_FAINT = 0.2  # opacity of trials that cannot be compared with the others
_STYLES: dict[str, dict[str, Any]] = {
    "default": {"color": "0.15", "linewidth": 1.6, "linestyle": (0, (4, 2)), "zorder": 3},
    "best": {"color": "C3", "linewidth": 2.4, "zorder": 4},
}


def parallel_coordinates(path: Path, dimensions: Sequence[Dimension], scores: Scores) -> None:
    """Draws each trial as a line through its hyperparameters to its CER, which determines its colour, as PNG.

    Failed trials are left out. Trials that are far worse than the best end at the top; these and trials with a smaller
    budget are faint.

    Args:
        path: The file to write.
        dimensions: One or more hyperparameters of the N trials.
        scores: The results of the trials; at least one has completed.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    percent = (100 * np.minimum(scores.heights, scores.limits[1])).tolist()
    cer = Dimension("CER in %", [None if np.isnan(each) else each for each in percent], log=is_wide(scores))
    columns = np.stack([*(dimension.jittered for dimension in dimensions), cer.positions])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for number, dimension in enumerate((*dimensions, cer)):
            _draw_axis(axes, number, dimension)
        _draw_lines(axes, columns, scores)
        strip = (len(dimensions), len(dimensions) + 0.06, 0, 1)
        axes.imshow(_STEPS[:, None] * _WORST, _COLOURS, extent=strip, origin="lower", aspect="auto", vmin=0, vmax=1)
        axes.set_xlim(-0.3, len(dimensions) + 0.15)
        axes.set_ylim(-0.03, 1.03)
        axes.axis("off")
        write_legend(figure, [axes])

    write_figure(path, _FRAME + _AXIS * (len(dimensions) + 1), 430, draw)


def _draw_axis(axes: Axes, number: int, dimension: Dimension) -> None:
    """Draws an axis with its name below and its ticks to the left, legible on top of the lines."""
    axes.vlines(number, 0, 1, color="0.4", linewidth=1, zorder=5)
    axes.text(number, -0.05, dimension.name, ha="center", va="top", fontsize=8, parse_math=False)
    for position, text in dimension.ticks:
        axes.hlines(position, number - 0.03, number, color="0.4", linewidth=1, zorder=5)
        tick = axes.text(number - 0.05, position, text, ha="right", va="center", fontsize=8, parse_math=False, zorder=6)
        tick.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _draw_lines(axes: Axes, columns: np.ndarray, scores: Scores) -> None:
    """Draws the curve of each trial, the worst first, so that better ones are on top.

    Args:
        axes: The axes to draw on.
        columns: (axes, N) the position of each trial on each axis; NaN leaves a gap.
        scores: The results of the trials.
    """
    across = (np.arange(len(columns) - 1)[:, None] + _STEPS).ravel()
    strength = np.interp(columns.shape[1], (10, 100), (0.85, 0.4))
    for number in np.argsort(-columns[-1], kind="stable").tolist():
        kind = scores.kinds[number]
        if kind == "failed":
            continue
        positions = columns[:, number, None]
        heights = (positions[:-1] + (positions[1:] - positions[:-1]) * _EASE).ravel()  # (axes - 1, steps) -> all steps
        colour = _COLOURS(float(columns[-1, number]) * _WORST)
        alpha = _FAINT if kind in ("smaller budget", "far worse") else strength
        style = _STYLES.get(kind, {"color": colour, "linewidth": 1.3, "alpha": alpha})
        axes.plot(across, heights, label=kind if kind in _STYLES else None, **style)
