"""Plots the progress of a search over time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kerasrec.plots.figure import write_figure
from kerasrec.plots.search_marks import Scores, mark_trials, set_cer_axis, write_legend, write_names

_FEW = 15  # trials up to which all are named
_LONG = 180  # minutes from which the axis is in hours


def search_progress(path: Path, names: Sequence[str], minutes: Sequence[float], scores: Scores) -> None:
    """Draws the CER of each trial at the time it ended, and the best CER so far, and writes them as PNG.

    Args:
        path: The file to write.
        names: The names of the N trials.
        minutes: The time at which each trial ended, in minutes of the search; NaN if unknown.
        scores: The results of the trials; at least one has completed.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    ends, unit = np.array(minutes, float), "minutes"
    if np.nanmax(ends) > _LONG:
        ends, unit = ends / 60, "hours"
    records = _records(ends, scores)
    named = list(range(len(names))) if len(names) <= _FEW else records

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        set_cer_axis(axes, scores)
        axes.set_xlim(0, 1.06 * np.nanmax(ends) or 1)
        _draw_best_so_far(axes, ends, records, scores)
        mark_trials(axes, ends, scores)
        write_names(axes, [names[number] for number in named], ends[named], scores.heights[named])
        axes.set_xlabel(f"{unit} of search")
        axes.set_ylabel("CER of validation")
        if scores.best is not None:
            best = f"best: {scores.errors[scores.best]:.2%} CER, trial {names[scores.best]}"
            axes.set_title(best, loc="right", fontsize=9, color="C3", parse_math=False, pad=14)
        write_legend(figure, [axes], "best so far", "CER of the default")

    write_figure(path, 900, 460, draw)


def _records(ends: np.ndarray, scores: Scores) -> list[int]:
    """Returns the numbers of the trials that were the best when they ended, in the order of time."""
    records: list[int] = []
    lowest = np.inf
    for number in np.argsort(ends, kind="stable").tolist():
        error = scores.errors[number]
        if error is not None and error < lowest and number not in scores.too_slow | scores.smaller:
            records.append(number)
            lowest = error
    return records


def _draw_best_so_far(axes: Axes, ends: np.ndarray, records: list[int], scores: Scores) -> None:
    if scores.default is not None:
        level = scores.heights[scores.default]
        axes.axhline(level, color="0.5", linewidth=1, linestyle=(0, (4, 4)), label="CER of the default")
    if records:
        heights = scores.heights[[*records, records[-1]]]
        times = [*ends[records], np.nanmax(ends)]
        axes.step(times, heights, where="post", color="C1", linewidth=1.8, label="best so far")
