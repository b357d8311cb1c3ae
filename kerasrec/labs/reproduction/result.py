"""What a reproduced run reached and in which measures: JSON in the run's folder, and of all runs inside the package."""

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
    """A measure of how well was read.

    Attributes:
        title: What it is called.
        meaning: What it counts, in one sentence.
        rises: Whether more is better.
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
    """One training of a run, and what was measured of its best epoch.

    Attributes:
        settings: Of the training, as JSON.
        command: What reproduces it, without the folders of this machine.
        policy: Keras's dtype policy that it computed under.
        epochs: That were trained, of those in the settings.
        ended: Why it ended: "epochs" or "minutes".
        best_epoch: The epoch that was measured, the best one in validation, from 1.
        examples: Lines or glyphs trained on, all epochs together.
        seconds: Of training, validation included.
        parameters: Weights of the model.
        glyphs: How many "train", "validation" and "test" have, or draw lines with; for the labs' lines the first two
            share theirs.
        test: The measures on the test's examples, and how many these are.
        intervals: Lower and upper bound of those measures that have them, within which 95% of a bootstrap's draws lie.
        validation: The measures on the validation's examples.
        machine: In words.
        load: Processes that the machine was busy with when the training ended, its own included; None if not known.
        versions: Of Python and of what computed.
        date: The day on which it was measured.
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
    """What a run reached.

    Attributes:
        name: Of the run.
        trainings: By the name of their split: "lab" and "disjoint".
    """

    name: str
    trainings: dict[str, Training] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes it as JSON; raises CannotWrite where that is not possible."""
        write_json(path, {"format": _FORMAT, **asdict(self)})

    @classmethod
    def load(cls, path: Path) -> "Result":
        """Reads what `save` wrote.

        Raises:
            BadRun: It cannot be read, is damaged or of another format.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != _FORMAT:
                raise ValueError(f"its format is {values['format']!r}, not {_FORMAT}")
            trainings = {split: Training(**training) for split, training in values["trainings"].items()}
            return cls(values["name"], trainings)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRun(f"{path} is no result of a reproduced run ({error}). Delete it, and measure again.") from error


def load_results(folder: Path = RESULTS) -> Mapping[str, Result]:
    """Reads all results of a folder by the names of their runs; raises BadRun where one is damaged."""
    results = (Result.load(path) for path in sorted(folder.glob("*.json")))
    return {result.name: result for result in results}
