"""The progress of a training run: how much of its budget is spent, and its results so far."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from kerasrec.fields import check_fields
from kerasrec.training.checkpoint import bad_checkpoint, load_state
from kerasrec.training.settings import TrainSettings
from kerasrec.training.validation import Sample


class State(TypedDict):
    """The progress of a training as plain JSON values."""

    step: int
    seconds: float
    history: list[dict[str, float]]
    policy: str


@dataclass
class Progress:
    """How much of the budget is spent, and the results so far.

    Attributes:
        settings: The settings of the run.
        step: The number of batches trained on.
        seconds: Seconds of training before this process started.
        history: One row for each epoch.
        policy: The run's Keras dtype policy, "" before it is chosen; a resumed run keeps its policy.
        samples: Some lines of the latest validation with their readings.
        stopped: Whether the user stopped the training.
    """

    settings: TrainSettings
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    policy: str = ""
    samples: list[Sample] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Starts the clock."""
        self._started = time.perf_counter()

    def elapsed(self) -> float:
        """Returns the seconds of training, including those before a resume."""
        return self.seconds + time.perf_counter() - self._started

    def share(self) -> float:
        """Returns the share of the budget that is spent, 0 to 1."""
        if self.settings.minutes is not None:
            return min(1.0, self.elapsed() / (60 * self.settings.minutes))
        return min(1.0, self.step / ((self.settings.epochs or 1) * self.settings.steps_per_epoch))

    @property
    def best_cer(self) -> float:
        """The lowest val_cer so far; infinite before the first."""
        return min((row["val_cer"] for row in self.history), default=math.inf)

    @property
    def best_epoch(self) -> int:
        """The first epoch with that val_cer, from 1; 0 before the first."""
        return best_epoch(self.history, "val_cer", rises=False)

    def left(self) -> float | None:
        """Returns the seconds until the budget is spent, at the speed so far; None before the first step."""
        share = self.share()
        return self.elapsed() * (1 - share) / share if self.step else None

    def describe(self) -> dict[str, float]:
        """Returns the values of a history row that are not measures, for an epoch that ends now."""
        return {
            "step": self.step,
            "lines": self.step * self.settings.batch_size,
            "seconds": round(self.elapsed(), 2),
        }

    def is_over(self) -> bool:
        """Whether the budget is spent, or val_cer has not improved for `patience` epochs."""
        waited = len(self.history) - self.best_epoch
        return self.share() >= 1 or 0 < self.settings.patience <= waited

    def state(self) -> State:
        """Returns the plain values that `restore` takes."""
        return {
            "step": self.step,
            "seconds": self.elapsed(),
            "history": self.history,
            "policy": self.policy,
        }

    def restore(self, state: State) -> None:
        """Continues from a value of `state`; raises KeyError, TypeError or ValueError for another one."""
        check_fields(State, state)
        if state["step"] < 0 or state["seconds"] < 0 or not all("val_cer" in row for row in state["history"]):
            raise ValueError(f"its step, its seconds or its history cannot be: {state}")
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        self.policy = state["policy"]
        self.start()

    def load(self, file: Path) -> None:
        """Continues from the state in a checkpoint; raises BadRun if that is missing or damaged."""
        state = load_state(file)
        try:
            self.restore(State(**state))  # type: ignore[typeddict-item]
        except (KeyError, TypeError, ValueError) as error:
            raise bad_checkpoint(file, error) from error


def best_epoch(history: Sequence[Mapping[str, float]], measure: str, rises: bool) -> int:
    """Returns the first epoch, from 1, with the best value of a measure; 0 if there are no epochs.

    >>> best_epoch([{"val_cer": 0.5}, {"val_cer": 0.25}, {"val_cer": 0.25}], "val_cer", rises=False)
    2
    """
    values = [row[measure] for row in history]
    return 1 + values.index(max(values) if rises else min(values)) if values else 0
