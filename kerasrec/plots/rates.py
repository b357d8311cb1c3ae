"""Plots the losses of a sweep over learning rates."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from kerasrec.plots.figure import write_figure


def rate_curve(path: Path, rates: np.ndarray, losses: np.ndarray, suggestion: float) -> None:
    """Draws the loss against the learning rate, with the suggested rate marked, and writes it as PNG.

    Args:
        path: The file to write.
        rates: (N,) the learning rates, ascending.
        losses: (N,) the smoothed loss at each rate, in nats per character.
        suggestion: The learning rate to mark.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.semilogx(rates, losses, color="#1f5fa8")
        axes.axvline(suggestion, color="#c00000", linewidth=1)
        axes.annotate(
            f"  {suggestion:.1e}", (suggestion, 1), xycoords=("data", "axes fraction"), color="#c00000", va="top"
        )
        axes.set_xlabel("learning rate")
        axes.set_ylabel("smoothed loss, nats a character")

    write_figure(path, 720, 400, draw)
