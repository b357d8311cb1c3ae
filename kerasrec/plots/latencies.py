"""Plots the latencies of requests to a server."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kerasrec.plots.figure import write_figure

_PERCENTILES = {50: "#2a7d3f", 95: "#b36b00", 99: "#c00000"}
_ROOM = 1.06  # keeps the largest value away from the edge
_BINS = 80


def latencies(path: Path, sent: np.ndarray, taken: np.ndarray, failed: np.ndarray) -> None:
    """Draws the latency of each request over the time of a load test, and their histogram, and writes them as PNG.

    Args:
        path: The file to write.
        sent: (N,) the times at which the answered requests were sent, in seconds from the start.
        taken: (N,) their latencies in seconds.
        failed: (M,) the times at which the failed requests were sent, in seconds from the start.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    milliseconds = 1000 * taken

    def draw(figure: Figure) -> None:
        over_time, counts = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        over_time.scatter(sent, milliseconds, s=4, color="#1f5fa8", alpha=0.5, linewidths=0)
        _mark_failures(over_time, failed)
        over_time.set_xlim(0, _ROOM * np.concatenate([sent, failed]).max(initial=0.0) or 1.0)
        over_time.set_ylim(0, _ROOM * milliseconds.max(initial=0.0) or 1.0)
        over_time.set_xlabel("seconds since the start")
        over_time.set_ylabel("latency, ms")
        counts.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        counts.hist(milliseconds, bins=_BINS, orientation="horizontal", color="#9dbfe3")
        counts.set_xlabel("requests")
        if len(milliseconds):
            _mark_percentiles(counts, milliseconds)

    write_figure(path, 900, 450, draw)


def _mark_failures(axes: Axes, failed: np.ndarray) -> None:
    if len(failed):
        axes.plot(
            failed, np.ones(len(failed)), "|", color="#c00000", transform=axes.get_xaxis_transform(), clip_on=False
        )
        axes.set_title(f"{len(failed):,} failed", loc="right", fontsize=9, color="#c00000")


def _mark_percentiles(axes: Axes, milliseconds: np.ndarray) -> None:
    values = np.percentile(milliseconds, list(_PERCENTILES))
    for (percentile, color), value in zip(_PERCENTILES.items(), values, strict=True):
        axes.axhline(value, color=color, linewidth=1, label=f"p{percentile}  {value:,.1f} ms")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=8, frameon=False, reverse=True)
