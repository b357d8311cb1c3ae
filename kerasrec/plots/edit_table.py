"""The computation of the edit distance of two texts: the distances of all prefixes, and a shortest path."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kerasrec.plots.canvas import ERROR, ERROR_PAPER, GRID, INK, MARK, MARK_PAPER, PALE, Canvas, write_canvas
from kerasrec.plots.font import show

_CELL, _ROW, _LEFT, _TOP, _NOTE, _MARGIN = 34, 24, 90, 58, 190, 12  # pixels

Step = tuple[int, int, str]
"""The numbers of characters of the truth and of the reading that are consumed, and the name of the last edit."""


def edit_table(path: Path, truth: str, read: str) -> None:
    """Draws the table of edit distances between the prefixes of two texts, with a shortest path, and writes it as PNG.

    Args:
        path: The file to write.
        truth: The true text, downwards.
        read: The text that was read, to the right.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    distances = edit_distances(truth, read)
    steps = list(shortest_path(distances, truth, read))
    width = _LEFT + _CELL * (len(read) + 1) + _NOTE
    height = _TOP + _ROW * (len(truth) + 1) + _MARGIN

    def draw(canvas: Canvas) -> None:
        _draw_heads(canvas, truth, read)
        on_path = {(row, column): name for row, column, name in steps}
        for (row, column), distance in np.ndenumerate(distances):
            _draw_cell(canvas, row, column, distance, on_path.get((row, column)))
        for row, _, name in steps:
            if name:
                y = _TOP + _ROW * (row + 0.5)
                canvas.write(_LEFT + _CELL * (len(read) + 1) + 12, y, name, ERROR, "left")

    write_canvas(path, width, height, draw)


def edit_distances(truth: str, read: str) -> np.ndarray:
    """Computes the edit distance between each prefix of one text and each prefix of the other.

    >>> edit_distances("cat", "at").tolist()
    [[0, 1, 2], [1, 1, 2], [2, 1, 2], [3, 2, 1]]

    Returns:
        (len(truth) + 1, len(read) + 1) int64; the last one is the edit distance of the texts.
    """
    table = np.zeros((len(truth) + 1, len(read) + 1), np.int64)
    table[:, 0], table[0] = np.arange(len(truth) + 1), np.arange(len(read) + 1)
    for i, true in enumerate(truth, 1):
        for j, found in enumerate(read, 1):
            table[i, j] = min(table[i - 1, j - 1] + (true != found), table[i - 1, j] + 1, table[i, j - 1] + 1)
    return table


def shortest_path(distances: np.ndarray, truth: str, read: str) -> Iterator[Step]:
    """Traces a shortest path back from the last cell to the first.

    >>> list(shortest_path(edit_distances("cat", "at"), "cat", "at"))
    [(3, 2, ''), (2, 1, ''), (1, 0, 'c missing'), (0, 0, '')]
    """
    i, j = len(truth), len(read)
    while i or j:
        distance = distances[i, j]
        both = i > 0 and j > 0
        if both and distance == distances[i - 1, j - 1] + (truth[i - 1] != read[j - 1]):
            true, found = truth[i - 1], read[j - 1]
            yield i, j, "" if true == found else f"{show(true)} read as {show(found)}"
            i, j = i - 1, j - 1
        elif i and distance == distances[i - 1, j] + 1:
            yield i, j, f"{show(truth[i - 1])} missing"
            i -= 1
        else:
            yield i, j, f"{show(read[j - 1])} invented"
            j -= 1
    yield 0, 0, ""


def _draw_heads(canvas: Canvas, truth: str, read: str) -> None:
    canvas.write(_LEFT + _CELL * (len(read) + 2) / 2, 16, "read", PALE)
    canvas.write(16, _TOP + _ROW * (len(truth) + 2) / 2, "truth", PALE, "left")
    for j, character in enumerate(read, 1):
        canvas.write(_LEFT + _CELL * (j + 0.5), _TOP - _ROW / 2, show(character), size=11)
    for i, character in enumerate(truth, 1):
        canvas.write(_LEFT - 14, _TOP + _ROW * (i + 0.5), show(character), size=11)


def _draw_cell(canvas: Canvas, row: int, column: int, distance: int, step: str | None) -> None:
    """Draws a distance; `step` is None off the path, empty for a step without an edit, otherwise the edit's name."""
    x, y = _LEFT + _CELL * column, _TOP + _ROW * row
    paper, colour = ("white", PALE) if step is None else (ERROR_PAPER, ERROR) if step else (MARK_PAPER, INK)
    canvas.box(x, y, _CELL, _ROW, paper, GRID, 0.5)
    if step is not None:
        canvas.box(x + 1, y + 1, _CELL - 2, _ROW - 2, "none", ERROR if step else MARK, 2)
    canvas.write(x + _CELL / 2, y + _ROW / 2, str(distance), colour)
