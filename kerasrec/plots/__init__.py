"""Plots of lines, training, confusions, searches and load tests; files are written atomically and reproducibly."""

from kerasrec.plots.confidence import confidence_picture
from kerasrec.plots.confusion import confusion_picture, confusion_table
from kerasrec.plots.dimension import Dimension
from kerasrec.plots.edit_table import edit_table
from kerasrec.plots.frames import alignment
from kerasrec.plots.greedy_path import greedy_path
from kerasrec.plots.history import curves
from kerasrec.plots.latencies import latencies
from kerasrec.plots.lattice import lattice
from kerasrec.plots.parallel_coordinates import parallel_coordinates
from kerasrec.plots.rates import rate_curve
from kerasrec.plots.search_effects import search_effects
from kerasrec.plots.search_marks import Scores
from kerasrec.plots.search_pareto import search_pareto
from kerasrec.plots.search_progress import search_progress
from kerasrec.plots.sheet import Caption, line_sheet
from kerasrec.plots.steps import Step, steps
from kerasrec.plots.windows import Mark, WindowedLine, windows

__all__ = [
    "Caption",
    "Dimension",
    "Mark",
    "Scores",
    "Step",
    "WindowedLine",
    "alignment",
    "confidence_picture",
    "confusion_picture",
    "confusion_table",
    "curves",
    "edit_table",
    "greedy_path",
    "latencies",
    "lattice",
    "line_sheet",
    "parallel_coordinates",
    "rate_curve",
    "search_effects",
    "search_pareto",
    "search_progress",
    "steps",
    "windows",
]
