"""How far a training run is: what it has spent of its budget, and what it has reached."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasrec.training.settings import TrainSettings
from kerasrec.training.validation import Sample


@dataclass
class Progress:
    """How much of the budget is spent, and what was reached with it.

    Attributes:
        settings: Of the run.
        step: Batches trained on.
        seconds: Seconds of training before the present process.
        history: One row for each epoch.
        policy: Keras's dtype policy of the run, "" before it is chosen; a resumed run keeps that of its start.
        samples: Some lines of the latest validation and what was read in them.
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
        """Seconds of training, those before a resume included."""
        return self.seconds + time.perf_counter() - self._started

    def share(self) -> float:
        """The share of the budget that is spent, 0 to 1."""
        if self.settings.minutes is not None:
            return min(1.0, self.elapsed() / (60 * self.settings.minutes))
        return min(1.0, self.step / ((self.settings.epochs or 1) * self.settings.steps_per_epoch))

    @property
    def best_cer(self) -> float:
        """The least val_cer so far, infinite before any."""
        return min((row["val_cer"] for row in self.history), default=math.inf)

    @property
    def best_epoch(self) -> int:
        """The first epoch that had it, from 1; 0 before any."""
        return best_epoch(self.history, "val_cer", rises=False)

    def left(self) -> float | None:
        """Seconds until the budget is spent, at the pace so far; None before the first step."""
        share = self.share()
        return self.elapsed() * (1 - share) / share if self.step else None

    def describe(self) -> dict[str, float]:
        """What the history holds of an epoch that ends now, beside what was measured in it."""
        return {
            "step": self.step,
            "lines": self.step * self.settings.batch_size,
            "seconds": round(self.elapsed(), 2),
        }

    def is_over(self) -> bool:
        """Whether the budget is spent, or val_cer has not improved for `patience` epochs."""
        waited = len(self.history) - self.best_epoch
        return self.share() >= 1 or 0 < self.settings.patience <= waited

    def state(self) -> dict[str, Any]:
        """Plain values from which `restore` goes on."""
        return {
            "step": self.step,
            "seconds": self.elapsed(),
            "history": self.history,
            "policy": self.policy,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        self.policy = state["policy"]
        self.start()


def best_epoch(history: Sequence[Mapping[str, float]], measure: str, rises: bool) -> int:
    """The epoch, from 1, that has the best value of a measure, the first of equals; 0 where there is none.

    >>> best_epoch([{"val_cer": 0.5}, {"val_cer": 0.25}, {"val_cer": 0.25}], "val_cer", rises=False)
    2
    """
    values = [row[measure] for row in history]
    return 1 + values.index(max(values) if rises else min(values)) if values else 0
