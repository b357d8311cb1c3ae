"""The results of reproduced runs and their measures; they are JSON in a run's folder, and committed in the package."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kerasrec.errors import BadRun
from kerasrec.storage import write_json

RESULTS = Path(__file__).with_name("results")
"""The committed results, one file for each run."""

_FORMAT = 1


@dataclass(frozen=True)
class Measure:
    """A measure of recognition quality.

    Attributes:
        title: The title in tables.
        meaning: A sentence that defines it.
        rises: Whether higher is better.
    """

    title: str
    meaning: str
    rises: bool


MEASURES = {
    "lab_accuracy": Measure(
        "lab accuracy",
        "The share of all 32 positions of the labels, padding included, at which the same token was read: what the "
        "labs call accuracy.",
        True,
    ),
    "accuracy": Measure(
        "accuracy",
        "The share of the true characters for which the same character was read at the same position, so that a missed "
        "character also costs those after it.",
        True,
    ),
    "lab_cer": Measure(
        "lab CER",
        "The mean over lines of a line's edits divided by the length of the longer of its two texts: what the labs "
        "call CER.",
        False,
    ),
    "cer": Measure("CER", "All edits divided by all characters of the truth.", False),
    "wer": Measure("WER", "All edits of whole words divided by all words of the truth.", False),
    "perfect": Measure("perfect", "The share of lines without an error.", True),
}
"""The measures of lines, by their names in an evaluation; all are shares."""

CHARACTER_MEASURES = {
    "character_accuracy": Measure("character accuracy", "The share of glyphs that were classified correctly.", True),
}
"""The measures of single characters."""


@dataclass(frozen=True)
class Training:
    """One training of a run, and the measures of its best epoch.

    Attributes:
        settings: The settings of the training, as JSON.
        command: The command that reproduces it, without folders.
        policy: The Keras dtype policy of the training.
        epochs: The number of trained epochs, at most that of the settings.
        ended: Why it ended: "epochs" or "minutes".
        best_epoch: The epoch that was measured, the best one in validation, from 1.
        examples: The number of lines or glyphs trained on in all epochs.
        seconds: The seconds of training, including validation.
        parameters: The number of the model's parameters.
        glyphs: The number of glyphs of "train", "validation" and "test"; in the lab split of lines the first two share
            theirs.
        test: The measures on the test examples, and the number of these.
        validation: The measures on the validation examples, and the number of these.
        machine: A description of the machine.
        load: The load average of the last 15 minutes when the training ended; None if not known.
        versions: The versions of Python and of the libraries.
        date: The date of the measurement.
        intervals: The lower and upper bounds of a 95% bootstrap interval, for the measures that have one.
    """

    settings: dict[str, Any]
    command: str
    policy: str
    epochs: int
    ended: str
    best_epoch: int
    examples: int
    seconds: float
    parameters: int
    glyphs: dict[str, int]
    test: dict[str, float]
    validation: dict[str, float]
    machine: str
    load: float | None
    versions: dict[str, str]
    date: str
    intervals: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        name: The name of the run.
        trainings: The trainings by the name of their split: "lab" and "disjoint".
    """

    name: str
    trainings: dict[str, Training] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the result as JSON; raises CannotWrite if that fails."""
        write_json(path, {"format": _FORMAT, **asdict(self)})

    @classmethod
    def load(cls, path: Path) -> "Result":
        """Loads a result that `save` wrote.

        Raises:
            BadRun: The file cannot be read, is damaged or has another format.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != _FORMAT:
                raise ValueError(f"its format is {values['format']!r}, not {_FORMAT}")
            trainings = {split: Training(**training) for split, training in values["trainings"].items()}
            return cls(values["name"], trainings)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRun(
                f"{path} is not a result of a reproduced run ({error}). Delete it and reproduce the run again."
            ) from error


def load_results(folder: Path = RESULTS) -> Mapping[str, Result]:
    """Loads all results of a folder by the names of their runs; raises BadRun if one is damaged."""
    results = (Result.load(path) for path in sorted(folder.glob("*.json")))
    return {result.name: result for result in results}
