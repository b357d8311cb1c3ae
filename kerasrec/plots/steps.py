"""Plots pictures one below the other, each with a caption above, curves over it and texts below."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.plots.canvas import GRID, INK, MARK, Canvas, write_canvas
from kerasrec.plots.font import show
from kerasrec.plots.windows import Mark

_HEAD, _ROW, _GAP, _MARGIN = 24, 20, 10, 16  # pixels: a caption, a row of texts, below a step, around all steps
_CHARACTER = 7.3  # pixels of a caption per character
_WIDEST = 8000  # pixels; wider pictures are scaled down


@dataclass(frozen=True)
class Step:
    """A picture to draw.

    Attributes:
        caption: The text above it.
        pixels: (H, W), 0 to 255, from black to white.
        scale: Pixels of the plot per pixel of the picture.
        curves: (W,) each, the row of a curve in every column.
        marks: The texts below; their positions are columns.
    """

    caption: str
    pixels: np.ndarray
    scale: float
    curves: Sequence[np.ndarray] = ()
    marks: Sequence[Mark] = ()

    def height(self, zoom: float) -> float:
        """The height of the step in pixels of the plot."""
        return _HEAD + zoom * self.scale * self.pixels.shape[0] + (_ROW if self.marks else 0) + _GAP


def steps(path: Path, title: str, shown: Sequence[Step]) -> None:
    """Draws steps below a title and writes them as PNG.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    widest = max(step.scale * step.pixels.shape[1] for step in shown)
    zoom = min(1.0, _WIDEST / widest)
    longest = max(len(text) for text in (title, *(step.caption for step in shown)))
    width = max(zoom * widest, _CHARACTER * longest) + 2 * _MARGIN

    def draw(canvas: Canvas) -> None:
        canvas.write(_MARGIN, _MARGIN + _HEAD / 2, title, align="left", size=11)
        top = float(_MARGIN + _HEAD)
        for step in shown:
            _draw_step(canvas, top, step, zoom * step.scale)
            top += step.height(zoom)

    write_canvas(path, width, 2 * _MARGIN + _HEAD + sum(step.height(zoom) for step in shown), draw)


def _draw_step(canvas: Canvas, top: float, step: Step, scale: float) -> None:
    canvas.write(_MARGIN, top + _HEAD / 2, step.caption, align="left")
    picture = top + _HEAD
    height, width = (scale * size for size in step.pixels.shape)
    canvas.image(_MARGIN, picture, step.pixels, scale)
    canvas.box(_MARGIN, picture, width, height, "none", GRID)
    for curve in step.curves:
        columns = _MARGIN + scale * (np.arange(len(curve)) + 0.5)
        canvas.line(columns, picture + np.clip(scale * curve, 0, height), MARK, 1.5)
    for mark in step.marks:
        canvas.write(_MARGIN + scale * mark.position, picture + height + _ROW / 2, show(mark.text), INK)
