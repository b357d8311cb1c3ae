"""What accuracy costs in reading time."""

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
    """Draws the CER of the trials against their reading time, the Pareto front named, and writes them as PNG.

    Args:
        path: Where to write.
        names: What each of the N trials is called.
        milliseconds: Time in which each reads a line; None where it was not measured.
        scores: What the trials reached; at least one completed.
        front: The numbers of the trials that none beats in both.
        limit: The reading time that was asked for, in milliseconds a line.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    places = np.array([np.nan if value is None else value for value in milliseconds], float)
    steps = sorted(front, key=lambda number: places[number])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        set_cer_axis(axes, scores)
        axes.set_xlim(0, 1.1 * max(np.nanmax(places), limit or 0))
        axes.step(places[steps], scores.heights[steps], where="post", color="C1", linewidth=1.8, label="Pareto front")
        mark_trials(axes, places, scores)
        write_names(axes, [names[number] for number in steps], places[steps], scores.heights[steps])
        if limit is not None:
            axes.axvline(limit, color="0.5", linewidth=1, linestyle=(0, (4, 4)), label="limit")
        axes.set_xlabel("ms to read a line, in a batch of 32")
        axes.set_ylabel("CER of validation")
        write_legend(figure, [axes], "Pareto front", "limit")

    write_figure(path, 720, 480, draw)
