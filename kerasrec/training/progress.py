"""How far a training run is: what it has spent of its budget, and what it has reached."""

import math
import time
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
        best_cer: The least val_cer so far.
        best_epoch: The epoch that had it, from 1; 0 before any.
        policy: Keras's dtype policy of the run, "" before it is chosen; a resumed run keeps that of its start.
        samples: Some lines of the latest validation and what was read in them.
        stopped: Whether the user stopped the training.
    """

    settings: TrainSettings
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best_cer: float = math.inf
    best_epoch: int = 0
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

    def left(self) -> float | None:
        """Seconds until the budget is spent, at the pace so far; None before the first step."""
        share = self.share()
        return self.elapsed() * (1 - share) / share if self.step else None

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
            "best_cer": None if math.isinf(self.best_cer) else self.best_cer,
            "best_epoch": self.best_epoch,
            "policy": self.policy,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        self.best_cer = math.inf if state["best_cer"] is None else state["best_cer"]
        self.best_epoch, self.policy = state["best_epoch"], state["policy"]
        self.start()
