"""All measures of a set of readings in one value."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.evaluation.calibration import Calibration, calibrate
from kerasrec.evaluation.coverage import Coverage, cover
from kerasrec.evaluation.groups import score_groups
from kerasrec.evaluation.metrics import Accuracies, Scores, accuracies, bootstrap, confusions, score
from kerasrec.evaluation.places import Places, compare_places
from kerasrec.evaluation.readings import Readings


@dataclass(frozen=True)
class Evaluation:
    """How well lines were read.

    Attributes:
        scores: The error rates over all lines.
        accuracies: The accuracies by position; None for the user's own lines.
        intervals: The lower and upper bound of the 95% bootstrap interval of each rate.
        groups: The scores of the groups of `score_groups`.
        confusions: The counts of confused characters; see `metrics.confusions`.
        places: The errors of the characters' positions; None if the true ones are unknown or nothing was read right.
        calibration: The calibration of the confidences.
        coverage: The errors in the surest lines, for ascending shares of all lines.
    """

    scores: Scores
    accuracies: Accuracies | None
    intervals: dict[str, tuple[float, float]]
    groups: dict[str, dict[str, Scores]]
    confusions: Counter[tuple[str, str]]
    places: Places | None
    calibration: Calibration
    coverage: tuple[Coverage, ...]

    @property
    def cer(self) -> float:
        """The character error rate: the number of edits divided by the number of characters."""
        return self.scores.cer

    @property
    def wer(self) -> float:
        """The word error rate: the number of word edits divided by the number of words."""
        return self.scores.wer

    def most_confused(self, count: int) -> list[tuple[str, str, int]]:
        """Returns the most frequent confusions: true character, read character, count; ties in code point order."""
        ranked = sorted(self.confusions.items(), key=lambda item: (-item[1], item[0]))
        return [(truth, read, times) for (truth, read), times in ranked[:count]]

    def to_json(self, confusions: int = 100) -> dict[str, Any]:
        """Converts to JSON values, with the given number of most frequent confusions."""
        return {
            **asdict(self.scores),
            **({} if self.accuracies is None else asdict(self.accuracies)),
            "intervals": {name: list(bounds) for name, bounds in self.intervals.items()},
            "groups": {
                kind: {name: asdict(scores) for name, scores in group.items()} for kind, group in self.groups.items()
            },
            "confusions": [
                {"truth": truth, "read": read, "count": times} for truth, read, times in self.most_confused(confusions)
            ],
            "places": None if self.places is None else asdict(self.places),
            "calibration": {
                "error": self.calibration.error,
                "bins": [asdict(each) for each in self.calibration.bins],
            },
            "coverage": [asdict(each) for each in self.coverage],
        }


def evaluate(readings: Readings) -> Evaluation:
    """Measures how well lines were read.

    Raises:
        UsageError: There are no lines.
    """
    read, truth = readings.texts, readings.references
    confidences = [reading.confidence for reading in readings.readings]
    return Evaluation(
        scores=score(read, truth),
        accuracies=_accuracies(readings),
        intervals=bootstrap(read, truth),
        groups=score_groups(readings),
        confusions=confusions(read, truth),
        places=None if readings.boxes is None else compare_places(readings.readings, truth, readings.boxes),
        calibration=calibrate(confidences, [text == true for text, true in zip(read, truth, strict=True)]),
        coverage=cover(read, truth, confidences),
    )


def _accuracies(readings: Readings) -> Accuracies | None:
    if readings.tokens is None or readings.labels is None:
        return None
    return accuracies(readings.tokens, np.stack(readings.labels), Alphabet.PADDING)
