"""Plots the effect of each hyperparameter on the CER."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kerasrec.plots.dimension import Dimension
from kerasrec.plots.figure import write_figure
from kerasrec.plots.search_marks import Scores, mark_trials, set_cer_axis, write_legend

_COLUMNS, _WIDTH, _HEIGHT, _FRAME = 3, 310, 235, 50  # columns; pixels: a panel, the space above all panels
_LONG = 26  # characters that fit side by side below a panel


def search_effects(path: Path, dimensions: Sequence[Dimension], scores: Scores) -> None:
    """Draws the CER of the trials against each hyperparameter, a panel for each, and writes them as PNG.

    For choices, a short line marks the median of the trials with the same choice.

    Args:
        path: The file to write.
        dimensions: One or more hyperparameters of the N trials.
        scores: The results of the trials; at least one has completed.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    columns = min(len(dimensions), _COLUMNS)
    rows = -(-len(dimensions) // columns)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, dimension in zip(panels.flat, dimensions, strict=False):
            _draw_panel(axes, dimension, scores)
        for axes in panels.flat[len(dimensions) :]:
            axes.set_visible(False)
        for axes in panels[:, 0]:
            axes.set_ylabel("CER of validation")
        write_legend(figure, panels.flat, "median")

    write_figure(path, _WIDTH * max(columns, 2), _HEIGHT * rows + _FRAME, draw)


def _draw_panel(axes: Axes, dimension: Dimension, scores: Scores) -> None:
    set_cer_axis(axes, scores)
    if dimension.choices:
        _draw_medians(axes, dimension, scores)
    mark_trials(axes, dimension.jittered, scores)
    positions, texts = zip(*dimension.ticks, strict=True)
    slanted = len(texts) * max(map(len, texts)) > _LONG
    axes.set_xlim(-0.05, 1.05)
    axes.set_xticks(positions, texts, rotation=15 if slanted else 0, fontsize=8, parse_math=False)
    axes.set_xlabel(dimension.name, parse_math=False)


def _draw_medians(axes: Axes, dimension: Dimension, scores: Scores) -> None:
    half = 0.3 / len(dimension.ticks)
    for position, _ in dimension.ticks:
        heights = scores.comparable[np.isclose(dimension.positions, position)]
        if np.isfinite(heights).sum() > 1:
            axes.hlines(np.nanmedian(heights), position - half, position + half, "0.3", linewidth=1.3, label="median")
