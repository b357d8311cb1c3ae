"""All that is measured of a set of readings, in one value."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.evaluation.calibration import Calibration, calibrate
from kerasrec.evaluation.groups import score_groups
from kerasrec.evaluation.metrics import Accuracies, Scores, accuracies, bootstrap, confusions, score
from kerasrec.evaluation.places import Places, compare_places
from kerasrec.evaluation.readings import Readings


@dataclass(frozen=True)
class Evaluation:
    """How well lines were read.

    Attributes:
        scores: Over all lines.
        accuracies: By place; None for lines of the user's own.
        intervals: Lower and upper bound of each rate of the scores, within which 95% of the bootstrap's draws lie.
        groups: The scores of the groups of `score_groups`.
        confusions: How often which true character was read as which; see `metrics.confusions`.
        places: How well the characters' places were told; None if the true ones are not known or nothing was right.
        calibration: Whether the confidence of a line means what it says.
    """

    scores: Scores
    accuracies: Accuracies | None
    intervals: dict[str, tuple[float, float]]
    groups: dict[str, dict[str, Scores]]
    confusions: Counter[tuple[str, str]]
    places: Places | None
    calibration: Calibration

    @property
    def cer(self) -> float:
        """The character error rate: all edits over all characters."""
        return self.scores.cer

    @property
    def wer(self) -> float:
        """The word error rate: all edits of words over all words."""
        return self.scores.wer

    def most_confused(self, count: int) -> list[tuple[str, str, int]]:
        """The most frequent confusions: true character, read character, how often; equals in code point order."""
        ranked = sorted(self.confusions.items(), key=lambda item: (-item[1], item[0]))
        return [(truth, read, times) for (truth, read), times in ranked[:count]]

    def to_json(self, confusions: int = 100) -> dict[str, Any]:
        """Plain values, with so many of the most frequent confusions."""
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
        }


def evaluate(readings: Readings) -> Evaluation:
    """Measures how well lines were read.

    Raises:
        UsageError: There are no lines.
    """
    read, truth = readings.texts, readings.references
    return Evaluation(
        scores=score(read, truth),
        accuracies=_compare_places(readings),
        intervals=bootstrap(read, truth),
        groups=score_groups(readings),
        confusions=confusions(read, truth),
        places=None if readings.boxes is None else compare_places(readings.readings, truth, readings.boxes),
        calibration=calibrate(
            [reading.confidence for reading in readings.readings],
            [text == true for text, true in zip(read, truth, strict=True)],
        ),
    )


def _compare_places(readings: Readings) -> Accuracies | None:
    if readings.tokens is None or readings.labels is None:
        return None
    return accuracies(readings.tokens, np.stack(readings.labels), Alphabet.PADDING)
