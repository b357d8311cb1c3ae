"""Evaluates a character recognizer on labelled images and writes a report."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kerasrec.errors import UsageError
from kerasrec.evaluation.metrics import bootstrap, confusions, score
from kerasrec.labs.characters.data import Labelled
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.plots import confusion_picture, confusion_table, line_sheet
from kerasrec.storage import write_json

SHEET_ROWS, SHEET_COLUMNS = 8, 6


@dataclass(frozen=True)
class ClassAccuracy:
    """The result for the images of one class.

    Attributes:
        pictures: The number of images.
        accuracy: The share that was classified correctly.
        read_as: The wrong classes with their counts, the most frequent first.
    """

    pictures: int
    accuracy: float
    read_as: dict[str, int]


@dataclass(frozen=True, eq=False)
class CharacterEvaluation:
    """The true and the predicted characters of N images, and the measures computed from them.

    Attributes:
        truth: The N true characters.
        read: The N predicted characters.
        confidences: (N,) float32, the probabilities of the predictions.
    """

    truth: str
    read: str
    confidences: np.ndarray

    @property
    def accuracy(self) -> float:
        """The share of the images that were classified correctly."""
        return score(list(self.read), list(self.truth)).perfect

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the accuracy, from a bootstrap over the images."""
        return bootstrap(list(self.read), list(self.truth))["perfect"]

    @cached_property
    def confusions(self) -> Counter[tuple[str, str]]:
        """The count of each pair of a true and a different predicted character."""
        return confusions(list(self.read), list(self.truth))

    @cached_property
    def by_class(self) -> dict[str, ClassAccuracy]:
        """The result of each class, the lowest accuracy first."""
        classes = {}
        for character, pictures in Counter(self.truth).items():
            wrong = {read: n for (truth, read), n in self.confusions.most_common() if truth == character}
            classes[character] = ClassAccuracy(pictures, 1 - sum(wrong.values()) / pictures, wrong)
        return dict(sorted(classes.items(), key=lambda item: (item[1].accuracy, item[0])))

    def worst(self, count: int) -> np.ndarray:
        """Returns the indices of misclassified images, the most confident first."""
        wrong = np.flatnonzero([read != truth for read, truth in zip(self.read, self.truth, strict=True)])
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")[:count]]

    def to_json(self) -> dict[str, Any]:
        """Returns all measures as plain values."""
        return {
            "pictures": len(self.truth),
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "by_class": {character: vars(each) for character, each in self.by_class.items()},
        }


def evaluate(recognizer: CharacterRecognizer, pictures: Labelled, classes: str) -> CharacterEvaluation:
    """Evaluates a recognizer on labelled images; the labels are indices into `classes`.

    Raises:
        UsageError: The classes are not the recognizer's.
    """
    if classes != recognizer.classes:
        raise UsageError(
            f"The recognizer has the classes {recognizer.classes}, but the images have the classes {classes}. Give it "
            "the glyphs that it was trained on, or train again."
        )
    candidates = recognizer.read(pictures.images, count=1)
    return CharacterEvaluation(
        truth="".join(classes[label] for label in pictures.labels),
        read="".join(best.character for (best,) in candidates),
        confidences=np.array([best.probability for (best,) in candidates], np.float32),
    )


def write_report(folder: Path, images: np.ndarray, evaluation: CharacterEvaluation) -> None:
    """Writes metrics.json, a table and a plot of the confusions, and a sheet of the worst errors.

    Args:
        folder: The folder of the report; it is created if it does not exist.
        images: The evaluated images, (N, 28, 28) uint8, ink 255.
        evaluation: The evaluation of these images.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    write_json(folder / "metrics.json", evaluation.to_json())
    confusion_table(folder / "confusions.csv", evaluation.confusions, evaluation.truth)
    confusion_picture(folder / "confusions.png", evaluation.confusions, evaluation.truth)
    worst = evaluation.worst(SHEET_ROWS * SHEET_COLUMNS).tolist()
    if worst:
        captions = [(evaluation.truth[i], evaluation.read[i], float(evaluation.confidences[i])) for i in worst]
        line_sheet(folder / "worst.png", [images[i] for i in worst], captions, SHEET_COLUMNS)
    else:
        (folder / "worst.png").unlink(missing_ok=True)  # left by an earlier evaluation
