"""Plots the trade-off between accuracy and reading time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from kerasrec.plots.figure import write_figure
from kerasrec.plots.search_marks import Scores, mark_trials, set_cer_axis, write_legend, write_names


def search_pareto(
    path: Path,
    names: Sequence[str],
    milliseconds: Sequence[float | None],
    scores: Scores,
    front: Sequence[int],
    limit: float | None = None,
) -> None:
    """Draws the CER of the trials against their reading time, with the Pareto front, and writes them as PNG.

    Args:
        path: The file to write.
        names: The names of the N trials.
        milliseconds: The reading time of each trial per line; None if it was not measured.
        scores: The results of the trials; at least one has completed.
        front: The numbers of the trials on the Pareto front.
        limit: The maximum reading time of the search, in milliseconds per line.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    positions = np.array([np.nan if value is None else value for value in milliseconds], float)
    steps = sorted(front, key=lambda number: positions[number])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        set_cer_axis(axes, scores)
        axes.set_xlim(0, 1.1 * max(np.nanmax(positions), limit or 0))
        axes.step(
            positions[steps], scores.heights[steps], where="post", color="C1", linewidth=1.8, label="Pareto front"
        )
        mark_trials(axes, positions, scores)
        write_names(axes, [names[number] for number in steps], positions[steps], scores.heights[steps])
        if limit is not None:
            axes.axvline(limit, color="0.5", linewidth=1, linestyle=(0, (4, 4)), label="limit")
        axes.set_xlabel("ms to read a line, in a batch of 32")
        axes.set_ylabel("CER of validation")
        write_legend(figure, [axes], "Pareto front", "limit")

    write_figure(path, 720, 480, draw)
