"""Pictures of lines, training, misreadings, searches, server loads; written whole or not at all, always the same."""

from kerasrec.plots.confusion import confusion_picture, confusion_table
from kerasrec.plots.dimension import Dimension
from kerasrec.plots.frames import alignment
from kerasrec.plots.history import curves
from kerasrec.plots.latencies import latencies
from kerasrec.plots.parallel_coordinates import parallel_coordinates
from kerasrec.plots.rates import rate_curve
from kerasrec.plots.search_effects import search_effects
from kerasrec.plots.search_marks import Scores
from kerasrec.plots.search_pareto import search_pareto
from kerasrec.plots.search_progress import search_progress
from kerasrec.plots.sheet import Caption, line_sheet

__all__ = [
    "Caption",
    "Dimension",
    "Scores",
    "alignment",
    "confusion_picture",
    "confusion_table",
    "curves",
    "latencies",
    "line_sheet",
    "parallel_coordinates",
    "rate_curve",
    "search_effects",
    "search_pareto",
    "search_progress",
]
