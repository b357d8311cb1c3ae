"""A canvas in pixels, y downwards, for images made of boxes and text rather than of data and axes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from kerasrec.plots.figure import write_figure

INK, PALE, GRID = "#202020", "#707070", "#b0b0b0"
"""The colours of text, of explanations and of thin lines."""
MARK, MARK_PAPER = "#c85a00", "#ffe3c7"
"""The colours of what is selected: a path, a window, the highest probability."""
ERROR, ERROR_PAPER = "#c00000", "#fbdcdc"
"""The colours of errors."""
CELL_PAPER, BLANK_PAPER = "#d6e6f5", "#ececec"
"""The background colours of a character and of a blank."""


class Canvas:
    """Draws on axes whose unit is a pixel of the image."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes

    def write(self, x: float, y: float, text: str, colour: str = INK, align: str = "center", size: float = 9) -> None:
        """Writes a text whose centre, left end or right end is at (x, y); `size` is in points."""
        self._axes.text(
            x, y, text, color=colour, horizontalalignment=align, verticalalignment="center_baseline", fontsize=size,
            parse_math=False,
        )  # fmt: skip

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        paper: object,
        edge: object = "none",
        bold: float = 1,
    ) -> None:
        """Draws a box filled with the colour `paper`, with a border of `bold` pixels."""
        style = "square,pad=0"
        self._axes.add_patch(
            FancyBboxPatch((left, top), width, height, style, facecolor=paper, edgecolor=edge, linewidth=0.72 * bold)
        )

    def line(
        self, xs: Sequence[float] | np.ndarray, ys: Sequence[float] | np.ndarray, colour: str = GRID, bold: float = 1
    ) -> None:
        """Draws a line through points, `bold` pixels wide."""
        self._axes.plot(xs, ys, color=colour, linewidth=0.72 * bold, solid_capstyle="butt")

    def image(self, left: float, top: float, pixels: np.ndarray, scale: float) -> None:
        """Draws an image (H, W) uint8 with ink 255 as white on black, enlarged by a factor of `scale`."""
        height, width = pixels.shape
        extent = (left, left + width * scale, top + height * scale, top)
        self._axes.imshow(pixels, "gray", aspect="auto", extent=extent, vmin=0, vmax=255)


def write_canvas(path: Path, width: float, height: float, draw: Callable[[Canvas], None]) -> None:
    """Draws an image of `width` by `height` pixels and writes it as PNG.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """

    def fill(figure: Figure) -> None:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        draw(Canvas(axes))
        axes.set(xlim=(0, width), ylim=(height, 0))

    write_figure(path, width, height, fill)
