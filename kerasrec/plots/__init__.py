"""Pictures of lines, of a training run and of what was misread; written whole or not at all, the same every time."""

from kerasrec.plots.confusion import confusion_picture, confusion_table
from kerasrec.plots.frames import alignment
from kerasrec.plots.history import curves
from kerasrec.plots.rates import rate_curve
from kerasrec.plots.sheet import Caption, line_sheet

__all__ = ["Caption", "alignment", "confusion_picture", "confusion_table", "curves", "line_sheet", "rate_curve"]
