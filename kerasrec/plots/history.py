"""Plots the curves of a training run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from kerasrec.plots.figure import write_figure

_LEAST_CER = 1e-4  # smaller values, such as 0, are drawn here on the logarithmic axis
_ROOM = 1.06  # keeps the largest value away from the edge


def curves(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Draws losses, character error rate and learning rate against the lines trained on, and writes them as PNG.

    Args:
        path: The file to write.
        history: A row for each epoch, at least one, with the keys "lines", "loss", "val_loss", "val_cer" and
            "learning_rate".

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    columns = {
        name: np.array([row[name] for row in history], float)
        for name in ("lines", "loss", "val_loss", "val_cer", "learning_rate")
    }

    def draw(figure: Figure) -> None:
        losses, errors, rate = figure.subplots(3, sharex=True, height_ratios=(3, 3, 1.4))
        _draw_losses(losses, columns)
        _draw_errors(errors, columns)
        rate.plot(columns["lines"], columns["learning_rate"], "o-", color="C7", markersize=3)
        _limit(rate.set_ylim, columns["learning_rate"])
        _limit(rate.set_xlim, columns["lines"])
        rate.set_ylabel("learning rate")
        rate.set_xlabel("lines trained on")
        rate.xaxis.set_major_formatter(FuncFormatter(lambda lines, _: f"{lines:,.0f}"))
        figure.align_ylabels()

    write_figure(path, 800, 800, draw)


def _draw_losses(axes: Axes, columns: Mapping[str, np.ndarray]) -> None:
    axes.plot(columns["lines"], columns["loss"], "o-", markersize=3, label="training")
    axes.plot(columns["lines"], columns["val_loss"], "o-", markersize=3, label="validation")
    _limit(axes.set_ylim, np.concatenate([columns["loss"], columns["val_loss"]]))
    axes.set_ylabel("loss in nats a line")
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_errors(axes: Axes, columns: Mapping[str, np.ndarray]) -> None:
    lines, errors = columns["lines"], columns["val_cer"]
    best = int(errors.argmin())
    axes.semilogy(lines, errors.clip(_LEAST_CER), "o-", markersize=3, color="C1")
    axes.semilogy(lines[best], errors[best].clip(_LEAST_CER), "o", color="C3")
    axes.set_title(f"best: {errors[best]:.2%} CER in epoch {best + 1}", loc="right", fontsize=9, color="C3")
    axes.set_ylabel("CER of validation")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)


def _limit(set_limit: Callable[[float, float], object], values: np.ndarray) -> None:
    """Sets the limits of an axis to zero and slightly more than the largest finite value."""
    greatest = values[np.isfinite(values)].max(initial=0.0)
    set_limit(0, _ROOM * greatest if greatest > 0 else 1)
