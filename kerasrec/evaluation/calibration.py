"""Whether a confidence means what it says: of the lines read with 80% confidence, 80% should be right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CalibrationBin:
    """The lines whose confidence lies between two bounds.

    Attributes:
        low: Lower bound.
        high: Upper bound.
        lines: How many there are.
        confidence: Their mean confidence.
        perfect: The share of them that was read without an error.
    """

    low: float
    high: float
    lines: int
    confidence: float
    perfect: float


@dataclass(frozen=True)
class Calibration:
    """How far confidences lie from the truth.

    Attributes:
        error: Expected calibration error (Naeini et al., 2015): the mean over lines of the distance between the mean
            confidence and the share of perfect lines in the line's bin. 0 is best.
        bins: The bins that hold lines, from the least confidence to the greatest.
    """

    error: float
    bins: tuple[CalibrationBin, ...]


def calibrate(confidences: Sequence[float], perfect: Sequence[bool], bins: int = 10) -> Calibration:
    """Compares the confidences of lines with whether they were read without an error.

    >>> calibration = calibrate([0.9, 0.6, 0.2], [True, False, False], bins=2)
    >>> [(each.lines, each.confidence, each.perfect) for each in calibration.bins]
    [(1, 0.2, 0.0), (2, 0.75, 0.5)]
    >>> round(calibration.error, 6)
    0.233333

    Args:
        confidences: Of N lines, each 0 to 1.
        perfect: Whether each was read without an error.
        bins: Into how many bins of equal width 0 to 1 is divided.
    """
    said, right = np.array(confidences, float), np.array(perfect, float)
    edges = np.linspace(0, 1, bins + 1)
    places = np.digitize(said, edges[1:-1])
    filled = tuple(
        CalibrationBin(
            float(edges[i]),
            float(edges[i + 1]),
            int((places == i).sum()),
            float(said[places == i].mean()),
            float(right[places == i].mean()),
        )
        for i in np.unique(places).tolist()
    )
    error = sum(each.lines * abs(each.confidence - each.perfect) for each in filled) / len(said)
    return Calibration(error, filled)
