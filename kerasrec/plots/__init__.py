"""Pictures of lines, of training, misreadings and servers under load; written whole or not at all, always the same."""

from kerasrec.plots.confusion import confusion_picture, confusion_table
from kerasrec.plots.frames import alignment
from kerasrec.plots.history import curves
from kerasrec.plots.latencies import latencies
from kerasrec.plots.rates import rate_curve
from kerasrec.plots.sheet import Caption, line_sheet

__all__ = [
    "Caption",
    "alignment",
    "confusion_picture",
    "confusion_table",
    "curves",
    "latencies",
    "line_sheet",
    "rate_curve",
]
