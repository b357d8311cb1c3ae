"""Plots what confidences are worth: how often lines of a confidence are right, and the errors in the surest lines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from kerasrec.plots.figure import write_figure


def confidence_picture(
    path: Path, bins: Sequence[tuple[int, float, float]], coverage: Sequence[tuple[float, float, float]]
) -> None:
    """Draws the reliability of confidences and the errors against coverage, side by side, and writes them as PNG.

    Args:
        path: The file to write.
        bins: The number of lines in each bin of confidences, their mean confidence and the fraction of perfect lines.
        coverage: Shares of the lines, those of the highest confidence, ascending; the lowest confidence and the
            character error rate of each.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """

    def draw(figure: Figure) -> None:
        reliability, errors = figure.subplots(1, 2)
        _draw_reliability(reliability, *np.array(bins, float).T)
        _draw_coverage(errors, *np.array(coverage, float).T)
        for axes in (reliability, errors):
            axes.grid(alpha=0.3)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(PercentFormatter(1, None))

    write_figure(path, 900, 420, draw)


def _draw_reliability(axes: Axes, lines: np.ndarray, confidence: np.ndarray, perfect: np.ndarray) -> None:
    axes.plot([0, 1], [0, 1], "--", color="0.6", linewidth=1, label="as it should be")
    axes.plot(confidence, perfect, "-", color="C0", linewidth=1)
    axes.scatter(confidence, perfect, 10 + 150 * lines / lines.max(), color="C0", label="lines: the larger, the more")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence")
    axes.set_ylabel("lines without an error")
    axes.legend(loc="lower right")


def _draw_coverage(axes: Axes, share: np.ndarray, confidence: np.ndarray, cer: np.ndarray) -> None:
    axes.plot(share, cer, "o-", color="C1", markersize=4)
    for x, y, least in zip(share, cer, confidence, strict=True):
        axes.annotate(f"{least:.0%}", (x, y), (0, 6), textcoords="offset points", ha="center", fontsize=8, color="0.35")
    axes.set_xlim(0, 1.05)
    axes.set_ylim(0, max(1.15 * cer.max(), 0.01))
    axes.set_xlabel("surest lines (above: their lowest confidence)")
    axes.set_ylabel("CER of these lines")
