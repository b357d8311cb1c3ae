"""The settings of a search: frozen, validated, saved as JSON in the search's folder."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from kerasrec.errors import UsageError
from kerasrec.training.settings import TrainSettings, check_seed
from kerasrec_tuning.space import TRAINING_NAMES, Space, default_point, space_from_json, space_to_json
from kerasrec_tuning.trials import Value

STRATEGIES = ("bayesian", "random", "hyperband", "grid")


@dataclass(frozen=True)
class SearchSettings:
    """All that a search depends on, except where its data lie and where it is written.

    Attributes:
        train: The settings that all trials share; what the space holds is replaced in each trial, and so is the budget.
        space: What is searched.
        strategy: A name in `STRATEGIES`.
        trials: Most trials, failed ones included.
        minutes: Budget of a trial in minutes of training, validation included; None if it is in lines.
        lines: Budget of a trial in lines trained on; None if it is in minutes.
        weights_seed: Of the weights and the dropout of every trial; the lines have the seed of `train`.
        max_ms_per_line: Milliseconds of reading for a line above which a trial cannot win; None for no limit.
        max_mflops: Millions of operations for the longest line above which a point is refused; None for no limit.
        max_parameters: Parameters of a model above which a point is refused; None for no limit.
        max_memory_mb: Estimated megabytes of a training above which a point is refused; None for no limit.
    """

    train: TrainSettings
    space: Space
    strategy: str = "bayesian"
    trials: int = 20
    minutes: float | None = None
    lines: int | None = None
    weights_seed: int = 42
    max_ms_per_line: float | None = None
    max_mflops: float | None = None
    max_parameters: int | None = None
    max_memory_mb: float | None = None

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise UsageError(f"strategy must be one of {', '.join(STRATEGIES)}, not {self.strategy!r}.")
        if (self.minutes is None) == (self.lines is None):
            raise UsageError(
                f"Give a trial's budget in minutes or in lines, one of them, not {self.minutes}, {self.lines}."
            )
        limits = ("max_ms_per_line", "max_mflops", "max_parameters", "max_memory_mb")
        for name in ("trials", "minutes", "lines", *limits):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} must be above 0, not {value}.")
        check_seed(self.weights_seed, "weights_seed")

    @property
    def default(self) -> dict[str, Value]:
        """The hyperparameters of the first trial: those of `kerasrec train`, as far as the space lets them."""
        return default_point(self.space)

    def trial_settings(self, hyperparameters: dict[str, Value], share: float = 1.0) -> TrainSettings:
        """The settings of one trial's training.

        Args:
            hyperparameters: A point of the space.
            share: Of the budget, 0 to 1.

        Raises:
            UsageError: A value cannot work.
        """
        training: dict[str, Any] = {n: value for n, value in hyperparameters.items() if n in TRAINING_NAMES}
        architecture = {n: value for n, value in hyperparameters.items() if n not in TRAINING_NAMES}
        settings = replace(self.train, hyperparameters=architecture, seed=self.weights_seed, patience=0, **training)
        if self.minutes is not None:
            return replace(settings, epochs=None, minutes=self.minutes * share)
        lines = max(1, round((self.lines or 1) * share))
        epochs = max(1, round(lines / self.train.epoch_lines))
        return replace(settings, epochs=epochs, epoch_lines=math.ceil(lines / epochs), minutes=None)

    def check_model(self, model: str | None) -> None:
        """Raises UsageError where the search is for another model than the one that is asked for, if one is."""
        if model is not None and model != self.train.model:
            raise UsageError(f"The search is for {self.train.model}, not for {model}. Leave {model} out.")

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain values, from which `from_json` makes the same settings."""
        return {**asdict(self), "train": self.train.to_json(), "space": space_to_json(self.space)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes settings of what `to_json` gave; a TypeError or KeyError names what does not fit."""
        train, space = TrainSettings.from_json(values["train"]), space_from_json(values["space"])
        return cls(**{**values, "train": train, "space": space})


def differences(there: SearchSettings, here: SearchSettings) -> list[str]:
    """What differs between the settings of two searches, in words; the number of trials may."""
    here = replace(here, trials=there.trials)
    return list(_differences(json.loads(json.dumps(there.to_json())), json.loads(json.dumps(here.to_json()))))


def _differences(there: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    for name in sorted(there.keys() | here.keys()):
        value, other = there.get(name), here.get(name)
        if name in ("train", "spec"):
            yield from _differences(value or {}, other or {})
        elif name == "space":
            for each in sorted((value or {}).keys() | (other or {}).keys()):
                if (value or {}).get(each) != (other or {}).get(each):
                    yield f"the range of {each} differs"
        elif value != other:
            yield f"{name} is {value} there and {other} here"
