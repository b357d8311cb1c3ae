"""Calibration of confidences: of the lines read with 80% confidence, 80% should be right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CalibrationBin:
    """The lines whose confidence is between two bounds.

    Attributes:
        low: The lower bound.
        high: The upper bound.
        lines: The number of lines.
        confidence: Their mean confidence.
        perfect: The fraction of them that was read without an error.
    """

    low: float
    high: float
    lines: int
    confidence: float
    perfect: float


@dataclass(frozen=True)
class Calibration:
    """How well confidences match the accuracy.

    Attributes:
        error: The expected calibration error (Naeini et al., 2015): the mean over lines of the difference between the
            mean confidence and the fraction of perfect lines in the line's bin. 0 is best.
        bins: The bins that have lines, in ascending order of confidence.
    """

    error: float
    bins: tuple[CalibrationBin, ...]


def calibrate(confidences: Sequence[float], perfect: Sequence[bool], bins: int = 10) -> Calibration:
    """Compares the confidences of lines with the fraction that was read without an error.

    >>> calibration = calibrate([0.9, 0.6, 0.2], [True, False, False], bins=2)
    >>> [(each.lines, each.confidence, each.perfect) for each in calibration.bins]
    [(1, 0.2, 0.0), (2, 0.75, 0.5)]
    >>> round(calibration.error, 6)
    0.233333

    Args:
        confidences: The confidences of N lines, each from 0 to 1.
        perfect: Whether each line was read without an error.
        bins: The number of bins of equal width from 0 to 1.
    """
    confidence, right = np.array(confidences, float), np.array(perfect, float)
    edges = np.linspace(0, 1, bins + 1)
    indices = np.digitize(confidence, edges[1:-1])
    filled = tuple(
        CalibrationBin(
            float(edges[i]),
            float(edges[i + 1]),
            int((indices == i).sum()),
            float(confidence[indices == i].mean()),
            float(right[indices == i].mean()),
        )
        for i in np.unique(indices).tolist()
    )
    error = sum(each.lines * abs(each.confidence - each.perfect) for each in filled) / len(confidence)
    return Calibration(error, filled)
