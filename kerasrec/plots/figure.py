"""Figures with matplotlib's object API, without pyplot: no window system and no global state."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kerasrec.plots.font import FAMILY
from kerasrec.storage import write_atomically

_DPI = 100
_STYLE = {
    "font.family": FAMILY,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.1,
}


def write_figure(path: Path, width: float, height: float, draw: Callable[[Figure], None]) -> None:
    """Draws a figure in kerasrec's style, regardless of the user's matplotlib settings, and writes it as PNG.

    Args:
        path: The file to write.
        width: The width in pixels.
        height: The height in pixels.
        draw: Draws on the empty figure.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    with matplotlib.style.context(["default", _STYLE], after_reset=True):
        figure = Figure((width / _DPI, height / _DPI), _DPI, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        write_atomically(path, lambda file: figure.savefig(file, format="png", metadata={"Software": None}))
