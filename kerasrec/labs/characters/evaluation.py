"""How well pictures of known characters are read, in figures and as files in a folder."""

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
    """How the pictures of one class were read.

    Attributes:
        pictures: How many there are.
        accuracy: Share of them that were read right.
        read_as: What the others were taken for and how often, the most frequent first.
    """

    pictures: int
    accuracy: float
    read_as: dict[str, int]


@dataclass(frozen=True, eq=False)
class CharacterEvaluation:
    """N pictures: what they show, what was read, and what follows from that.

    Attributes:
        truth: N characters.
        read: N characters.
        confidences: (N,) float32, the probability of what was read.
    """

    truth: str
    read: str
    confidences: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of the pictures that were read right."""
        return score(list(self.read), list(self.truth)).perfect

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95% interval of the accuracy, by bootstrap over the pictures."""
        return bootstrap(list(self.read), list(self.truth))["perfect"]

    @cached_property
    def confusions(self) -> Counter[tuple[str, str]]:
        """How often each pair of a true and another character that was read occurred."""
        return confusions(list(self.read), list(self.truth))

    @cached_property
    def by_class(self) -> dict[str, ClassAccuracy]:
        """How each class was read, those with the lowest accuracy first."""
        found = {}
        for character, pictures in Counter(self.truth).items():
            wrong = {read: n for (truth, read), n in self.confusions.most_common() if truth == character}
            found[character] = ClassAccuracy(pictures, 1 - sum(wrong.values()) / pictures, wrong)
        return dict(sorted(found.items(), key=lambda item: (item[1].accuracy, item[0])))

    def worst(self, count: int) -> np.ndarray:
        """Indices of pictures that were read wrong, those first that were read so with the greatest confidence."""
        wrong = np.flatnonzero([read != truth for read, truth in zip(self.read, self.truth, strict=True)])
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")[:count]]

    def to_json(self) -> dict[str, Any]:
        """All figures as plain values."""
        return {
            "pictures": len(self.truth),
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "by_class": {character: vars(each) for character, each in self.by_class.items()},
        }


def evaluate(recognizer: CharacterRecognizer, pictures: Labelled, classes: str) -> CharacterEvaluation:
    """Reads pictures whose labels are places among classes.

    Raises:
        UsageError: The classes are not those that the recognizer tells apart.
    """
    if classes != recognizer.classes:
        raise UsageError(
            f"The recognizer tells {recognizer.classes} apart, but the pictures show {classes}. Give it the glyphs "
            "that it was trained on, or train again."
        )
    candidates = recognizer.read(pictures.images, count=1)
    return CharacterEvaluation(
        truth="".join(classes[label] for label in pictures.labels),
        read="".join(best.character for (best,) in candidates),
        confidences=np.array([best.probability for (best,) in candidates], np.float32),
    )


def write_report(folder: Path, images: np.ndarray, evaluation: CharacterEvaluation) -> None:
    """Writes metrics.json, a table and a picture of confusions, and a sheet of the worst errors.

    Args:
        folder: Where to write; it is made where it is missing.
        images: The pictures that were read: (N, 28, 28) uint8, ink 255.
        evaluation: What came of it.

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
        (folder / "worst.png").unlink(missing_ok=True)  # that of an evaluation before
