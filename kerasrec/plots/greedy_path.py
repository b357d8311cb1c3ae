"""Plots greedy decoding step by step: the probabilities of each frame, its best token, merging, dropping of blanks."""

from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib import colormaps

from kerasrec.alphabet import Alphabet
from kerasrec.plots.canvas import BLANK_PAPER, CELL_PAPER, GRID, MARK, PALE, Canvas, write_canvas
from kerasrec.plots.font import BLANK, show_token

_CELL, _ROW, _GUTTER, _MARGIN, _GAP = 26, 20, 132, 10, 12  # pixels


def greedy_path(path: Path, line: np.ndarray, log_probs: np.ndarray, alphabet: Alphabet, centres: np.ndarray) -> None:
    """Draws how the frames of a line become its text, and writes it as PNG.

    Args:
        path: The file to write.
        line: (H, w) uint8, ink 255 on 0.
        log_probs: (T, K) float32, those of the T frames to show; T at least 1.
        alphabet: The alphabet of the K ids.
        centres: (T,) the centre of each frame in pixels of the line, ascending in equal steps.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    best = log_probs.argmax(axis=1).tolist()
    rows = dict.fromkeys([Alphabet.BLANK, *best])
    names = {token: show_token(token, alphabet) for token in rows}
    scale = _CELL / (centres[1] - centres[0]) if len(centres) > 1 else 1.0
    left = _GUTTER + _CELL / 2 - centres[0] * scale  # position of the line's first pixel
    table = _MARGIN + line.shape[0] * scale + _GAP + _ROW
    steps = table + _ROW * len(rows) + _GAP
    width = max(left + line.shape[1] * scale, _GUTTER + _CELL * len(best)) + _MARGIN

    def draw(canvas: Canvas) -> None:
        canvas.image(left, _MARGIN, line, scale)
        _draw_probabilities(canvas, table, np.exp(log_probs[:, list(rows)]), list(names.values()))
        _draw_steps(canvas, steps, [names[token] for token in best])

    write_canvas(path, width, steps + 3 * (_ROW + _GAP / 2) + _MARGIN, draw)


def _draw_probabilities(canvas: Canvas, top: float, probabilities: np.ndarray, names: list[str]) -> None:
    """Draws probabilities (T, rows): a row per token, a column per frame; the highest of a frame has a border."""
    colours = colormaps["Blues"]
    canvas.write(_GUTTER - 8, top - _ROW / 2, "frame", PALE, "right")
    for row, name in enumerate(names):
        canvas.write(_GUTTER - 8, top + _ROW * (row + 0.5), name, align="right")
    for t, frame in enumerate(probabilities):
        x = _GUTTER + _CELL * t
        canvas.write(x + _CELL / 2, top - _ROW / 2, str(t), PALE)
        for row, probability in enumerate(frame):
            canvas.box(x, top + _ROW * row, _CELL, _ROW, colours(0.9 * float(probability)), GRID, 0.5)
    for t, row in enumerate(probabilities.argmax(axis=1)):
        canvas.box(_GUTTER + _CELL * t + 1, top + _ROW * row + 1, _CELL - 2, _ROW - 2, "none", MARK, 2)


def _draw_steps(canvas: Canvas, top: float, best: list[str]) -> None:
    """Draws the best token of each frame, then a box for each run of equal tokens, then the runs without blanks."""
    runs = [list(run) for _, run in groupby(range(len(best)), best.__getitem__)]
    steps = (
        ("most probable", [[t] for t in range(len(best))]),
        ("merged", runs),
        ("blanks dropped", [run for run in runs if best[run[0]] != BLANK]),
    )
    for number, (name, boxes) in enumerate(steps):
        y = top + number * (_ROW + _GAP / 2)
        canvas.write(_GUTTER - 8, y + _ROW / 2, name, align="right")
        for frames in boxes:
            token = best[frames[0]]
            blank = token == BLANK
            x, width = _GUTTER + _CELL * frames[0], _CELL * len(frames)
            canvas.box(x + 1, y, width - 2, _ROW, BLANK_PAPER if blank else CELL_PAPER)
            canvas.write(x + width / 2, y + _ROW / 2, "_" if blank else token)
