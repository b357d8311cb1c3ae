"""Plots lines with the windows of a model above and texts below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.plots.canvas import CELL_PAPER, ERROR, ERROR_PAPER, GRID, INK, PALE, Canvas, write_canvas
from kerasrec.plots.font import show

_SCALE, _BAR, _ROW, _LEFT, _HEAD, _GAP, _MARGIN = 2.75, 17, 20, 96, 24, 18, 10  # pixels


@dataclass(frozen=True)
class Mark:
    """A text below a line.

    Attributes:
        position: The column of its centre, in pixels of the line.
        text: One or a few characters; "" is drawn as a dash.
        wrong: Whether it is an error.
    """

    position: float
    text: str
    wrong: bool = False


@dataclass(frozen=True)
class WindowedLine:
    """A line with its windows above and rows of marks below.

    Attributes:
        title: The title above the line.
        pixels: The line, (H, w) uint8, ink 255 on 0.
        window: The width of a window in pixels of the line.
        stride: The step between windows in pixels of the line.
        count: The number of windows to draw.
        rows: The rows of marks, each with its name.
    """

    title: str
    pixels: np.ndarray
    window: int
    stride: int
    count: int
    rows: Sequence[tuple[str, Sequence[Mark]]] = ()

    @property
    def width(self) -> float:
        """The width in pixels of the line or up to the end of its last window, whichever is larger."""
        return max(self.pixels.shape[1], (self.count - 1) * self.stride + self.window)

    @property
    def levels(self) -> int:
        """The number of rows of windows that are needed so that windows in a row do not overlap."""
        return math.ceil(self.window / self.stride)

    @property
    def height(self) -> float:
        """The height in pixels of the image."""
        return _HEAD + _BAR * self.levels + 4 + _SCALE * self.pixels.shape[0] + _ROW * len(self.rows) + _GAP


def windows(path: Path, lines: Sequence[WindowedLine]) -> None:
    """Draws lines with their windows, one below the other at the same scale, and writes them as PNG.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """

    def draw(canvas: Canvas) -> None:
        top = float(_MARGIN)
        for line in lines:
            _draw_line(canvas, top, line)
            top += line.height

    width = _LEFT + _SCALE * max(line.width for line in lines) + _MARGIN
    write_canvas(path, width, sum(line.height for line in lines) + _MARGIN, draw)


def _draw_line(canvas: Canvas, top: float, line: WindowedLine) -> None:
    canvas.write(_MARGIN, top + _HEAD / 2 - 2, line.title, align="left")
    bars = top + _HEAD
    picture = bars + _BAR * line.levels + 4
    bottom = picture + _SCALE * line.pixels.shape[0]
    canvas.image(_LEFT, picture, line.pixels, _SCALE)
    canvas.write(_LEFT - 8, bars + _BAR / 2, "window", PALE, "right")
    for t in range(line.count):
        _draw_window(canvas, t, line, bars + _BAR * (t % line.levels), picture, bottom)
    for number, (name, marks) in enumerate(line.rows):
        y = bottom + _ROW * (number + 0.5) + 2
        canvas.write(_LEFT - 8, y, name, PALE, "right")
        for mark in marks:
            _draw_mark(canvas, y, mark)


def _draw_window(canvas: Canvas, t: int, line: WindowedLine, y: float, top: float, bottom: float) -> None:
    """Draws a window as a numbered bar above the line, with its edges in the line if windows do not overlap."""
    x, width = _LEFT + _SCALE * line.stride * t, _SCALE * line.window
    canvas.box(x + 1, y, width - 2, _BAR - 2, CELL_PAPER, GRID, 0.5)
    canvas.write(x + width / 2, y + _BAR / 2 - 1, str(t))
    if line.levels == 1:
        for edge in (x, x + width):
            canvas.line((edge, edge), (top, bottom), "#4da3ff", 1)


def _draw_mark(canvas: Canvas, y: float, mark: Mark) -> None:
    x = _LEFT + _SCALE * mark.position
    if mark.wrong:
        canvas.box(x - 10, y - _ROW / 2 + 1, 20, _ROW - 2, ERROR_PAPER)
    text = "".join(map(show, mark.text)) or "–"
    canvas.write(x, y, text, ERROR if mark.wrong else INK if mark.text else PALE)
