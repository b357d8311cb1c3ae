"""Evaluation: reads lines whose text is known and measures the errors, as values, as JSON and as text."""

from kerasrec.evaluation.calibration import Calibration, CalibrationBin, calibrate
from kerasrec.evaluation.coverage import Coverage, cover
from kerasrec.evaluation.description import describe
from kerasrec.evaluation.measures import Evaluation, evaluate
from kerasrec.evaluation.places import Places, compare_places
from kerasrec.evaluation.readings import Readings, read_batches, read_labelled_lines

__all__ = [
    "Calibration",
    "CalibrationBin",
    "Coverage",
    "Evaluation",
    "Places",
    "Readings",
    "calibrate",
    "compare_places",
    "cover",
    "describe",
    "evaluate",
    "read_batches",
    "read_labelled_lines",
]
