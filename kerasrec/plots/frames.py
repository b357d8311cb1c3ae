"""Plots how a line is read: its image, and the probabilities of each frame, with spikes between runs of blanks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Reading
from kerasrec.plots.figure import write_figure
from kerasrec.plots.font import show

_SCALE = 1.5  # pixels of the plot per pixel of the line
_NARROWEST = 250  # pixels of the line; shorter ones are padded
_AROUND = 110  # pixels of the plot next to the line, for labels
_WIDEST = 8000  # pixels of the plot; longer lines are compressed
_LEAST = -10.0  # log-probability at the lower end of the colour map


def alignment(
    path: Path, line: np.ndarray, log_probs: np.ndarray, reading: Reading, alphabet: Alphabet, centres: np.ndarray
) -> None:
    """Draws a line above the probabilities and the log-probabilities of its frames, and writes them as PNG.

    Args:
        path: The file to write.
        line: (H, w) uint8, ink 255 on 0.
        log_probs: (T, K) float32, those of the line's T frames.
        reading: The reading decoded from them; positions are pixels of the line.
        alphabet: The alphabet of the K ids.
        centres: (T,) the centre of each frame in pixels of the line, ascending.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    width = max(line.shape[1], _NARROWEST)
    tokens = {"blank": Alphabet.BLANK, **{c: alphabet.encode(c)[0] for c in dict.fromkeys(reading.text)}}
    curves = {name: log_probs[:, token] for name, token in tokens.items()}

    def draw(figure: Figure) -> None:
        picture, spikes, table = figure.subplots(3, sharex=True, height_ratios=(64, 120, 16 * len(curves) + 40))
        _draw_line(picture, line, reading)
        _draw_spikes(spikes, curves, centres)
        _draw_table(table, curves, centres)
        picture.set_xlim(0, width)
        table.set_xlabel("pixels of the line")

    write_figure(path, min(_SCALE * width + _AROUND, _WIDEST), 360 + 16 * len(curves), draw)


def _draw_line(axes: Axes, line: np.ndarray, reading: Reading) -> None:
    """Draws the image, the boundaries of the characters, and the characters above."""
    height, width = line.shape
    axes.imshow(line, "gray", aspect="auto", extent=(0, width, height, 0), vmin=0, vmax=255)
    for character in reading.characters:
        axes.vlines((character.start, character.end), 0, height, color="C1", linewidth=0.8)
        middle = (character.start + character.end) / 2
        axes.text(middle, -4, show(character.text), horizontalalignment="center", parse_math=False)
    axes.set_ylim(height, 0)
    axes.axis("off")


def _draw_spikes(axes: Axes, curves: Mapping[str, np.ndarray], centres: np.ndarray) -> None:
    """Draws the probability of each token over the frames, that of the blank in grey."""
    for i, (name, log_probs) in enumerate(curves.items()):
        colour = "0.7" if name == "blank" else f"C{(i - 1) % 10}"
        axes.fill_between(centres, np.exp(log_probs), color=colour, alpha=0.2, linewidth=0)
        axes.plot(centres, np.exp(log_probs), color=colour)
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("probability")
    axes.grid(alpha=0.3)


def _draw_table(axes: Axes, curves: Mapping[str, np.ndarray], centres: np.ndarray) -> None:
    """Draws the log-probabilities, a row for each token and a column for each frame."""
    half = (centres[1] - centres[0]) / 2 if len(centres) > 1 else 14.0
    extent = (centres[0] - half, centres[-1] + half, len(curves) - 0.5, -0.5)
    rows = np.stack(list(curves.values()))
    mesh = axes.imshow(rows, "magma", aspect="auto", interpolation="nearest", extent=extent, vmin=_LEAST, vmax=0)
    names = ["blank" if name == "blank" else show(name) for name in curves]
    axes.set_yticks(range(len(curves)), names, parse_math=False)
    axes.figure.colorbar(mesh, ax=axes, location="bottom", aspect=60, label="log-probability of each frame")
