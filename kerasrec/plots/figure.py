"""Figures of matplotlib's object API, without pyplot: no window system, no state that is left behind."""

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
    """Draws a figure in the house's style, whatever the user's matplotlib is set to, and writes it as PNG.

    Args:
        path: Where to write.
        width: In pixels.
        height: In pixels.
        draw: Fills the empty figure.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    with matplotlib.style.context(["default", _STYLE], after_reset=True):
        figure = Figure((width / _DPI, height / _DPI), _DPI, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        write_atomically(path, lambda file: figure.savefig(file, format="png", metadata={"Software": None}))
