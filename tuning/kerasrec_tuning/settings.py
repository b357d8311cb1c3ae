"""The settings of a search: frozen, validated, saved as JSON in the search's folder."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from kerasrec.errors import UsageError
from kerasrec.fields import check_fields
from kerasrec.training.settings import TrainSettings, check_seed
from kerasrec_tuning.space import TRAINING_NAMES, Space, default_point, space_from_json, space_to_json
from kerasrec_tuning.trials import Value

STRATEGIES = ("bayesian", "random", "hyperband", "grid")


@dataclass(frozen=True)
class SearchSettings:
    """Everything that a search depends on, except the folders of its data and its results.

    Attributes:
        train: The settings shared by all trials; each trial replaces the hyperparameters of the space and the budget.
        space: The search space.
        strategy: A name in `STRATEGIES`.
        trials: The maximum number of trials, failed ones included.
        minutes: The budget of a trial in minutes of training, validation included; None if it is in lines.
        lines: The budget of a trial in lines trained on; None if it is in minutes.
        weights_seed: The seed of weights and dropout in every trial; the lines use the seed of `train`.
        max_ms_per_line: Milliseconds to read a line above which a trial cannot win; None for no limit.
        max_mflops: Millions of operations for the longest line above which a point is refused; None for no limit.
        max_parameters: Parameters of a model above which a point is refused; None for no limit.
        max_memory_mb: Estimated megabytes for training above which a point is refused; None for no limit.
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
            raise UsageError(f"strategy must be one of {', '.join(STRATEGIES)}, but is {self.strategy!r}.")
        if (self.minutes is None) == (self.lines is None):
            raise UsageError(
                "Give the budget of a trial either in minutes or in lines, "
                f"but not minutes {self.minutes} and lines {self.lines}."
            )
        limits = ("max_ms_per_line", "max_mflops", "max_parameters", "max_memory_mb")
        for name in ("trials", "minutes", "lines", *limits):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} must be above 0, not {value}.")
        check_seed(self.weights_seed, "weights_seed")

    @property
    def default(self) -> dict[str, Value]:
        """The hyperparameters of the first trial: those of `kerasrec train`, as far as the space allows."""
        return default_point(self.space)

    def trial_settings(self, hyperparameters: dict[str, Value], share: float = 1.0) -> TrainSettings:
        """Returns the training settings of one trial.

        Args:
            hyperparameters: A point of the space.
            share: The share of the budget, 0 to 1.

        Raises:
            UsageError: A value is invalid.
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
        """Raises UsageError if a model is given and the search is for another one."""
        if model is not None and model != self.train.model:
            raise UsageError(f"The search is for {self.train.model}, not for {model}. Leave out {model}.")

    def to_json(self) -> dict[str, Any]:
        """Returns plain values, from which `from_json` makes the same settings."""
        return {**asdict(self), "train": self.train.to_json(), "space": space_to_json(self.space)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes settings from the values of `to_json`; a TypeError or KeyError names what does not fit."""
        check_fields(cls, values)
        train, space = TrainSettings.from_json(values["train"]), space_from_json(values["space"])
        return cls(**{**values, "train": train, "space": space})


def differences(saved: SearchSettings, given: SearchSettings) -> list[str]:
    """Returns the differences between the settings of two searches as text, except in the number of trials."""
    given = replace(given, trials=saved.trials)
    return list(_differences(json.loads(json.dumps(saved.to_json())), json.loads(json.dumps(given.to_json()))))


def _differences(saved: dict[str, Any], given: dict[str, Any]) -> Iterator[str]:
    for name in sorted(saved.keys() | given.keys()):
        value, other = saved.get(name), given.get(name)
        if name in ("train", "spec"):
            yield from _differences(value or {}, other or {})
        elif name == "space":
            for each in sorted((value or {}).keys() | (other or {}).keys()):
                if (value or {}).get(each) != (other or {}).get(each):
                    yield f"the range of {each} differs"
        elif value != other:
            yield f"{name} is {value} there and {other} here"
