"""Errors against coverage: how well the surest lines are read, and so which lines to leave to a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasrec.evaluation.metrics import score

SHARES = tuple(tenth / 10 for tenth in range(1, 11))
"""The shares of the lines for which errors are computed."""


@dataclass(frozen=True)
class Coverage:
    """The share of the lines that were read with the highest confidence.

    Attributes:
        share: Their share of all lines.
        lines: Their number.
        confidence: The lowest confidence among them.
        cer: Their character error rate.
        perfect: The fraction of them that was read without an error.
    """

    share: float
    lines: int
    confidence: float
    cer: float
    perfect: float


def cover(
    predictions: Sequence[str],
    references: Sequence[str],
    confidences: Sequence[float],
    shares: Sequence[float] = SHARES,
) -> tuple[Coverage, ...]:
    """Computes the errors in the surest lines, for several shares of all lines.

    >>> half, whole = cover(["on", "the mat"], ["on", "the hat"], [0.9, 0.3], [0.5, 1.0])
    >>> half.confidence, half.cer, whole.confidence, whole.perfect
    (0.9, 0.0, 0.3, 0.5)

    Args:
        predictions: The texts that were read.
        references: The true texts.
        confidences: The confidences of the N texts.
        shares: Shares of the lines, each above 0 and at most 1; at least one line is taken.

    Raises:
        UsageError: There are no lines, or the numbers of predictions and references differ.
    """
    order = np.argsort(-np.asarray(confidences, float), kind="stable").tolist()
    found = []
    for share in shares:
        surest = order[: max(1, round(share * len(order)))]
        scores = score([predictions[i] for i in surest], [references[i] for i in surest])
        found.append(Coverage(share, len(surest), confidences[surest[-1]], scores.cer, scores.perfect))
    return tuple(found)
