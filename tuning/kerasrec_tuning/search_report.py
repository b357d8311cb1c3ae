"""The results of a search: its trials ranked, the best compared with the default, and what varied between them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, Self

from kerasrec_tuning.folder import SearchFolder, may_win
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Refused, Trial, Value

Standing = Literal["ranked", "too slow", "smaller budget", "failed", "running"]
"""Whether a trial may win, or why it may not."""

_ORDER: tuple[Standing, ...] = ("ranked", "too slow", "smaller budget", "failed", "running")


@dataclass(frozen=True)
class SearchReport:
    """The state of a search at one moment.

    Attributes:
        settings: The settings of the search.
        trials: The trials, best first; those that may win come before those that may not.
        refused: The points that were refused without a trial.
    """

    settings: SearchSettings
    trials: tuple[Trial, ...]
    refused: tuple[Refused, ...]

    @classmethod
    def of(cls, folder: SearchFolder) -> Self:
        """Reads a search, which may still be running.

        Raises:
            BadRun: One of its files is damaged.
        """
        settings = folder.settings()
        trials = sorted(folder.trials(), key=lambda trial: _rank(trial, settings.max_ms_per_line))
        return cls(settings, tuple(trials), tuple(folder.refused()))

    @property
    def best(self) -> Trial | None:
        """The best trial; None before one may win."""
        return next((trial for trial in self.trials if self.standing(trial) == "ranked"), None)

    @property
    def default(self) -> Trial | None:
        """The completed trial with the default hyperparameters and the whole budget; None before there is one."""
        return next((trial for trial in self.trials if may_win(trial, None) and self.is_default(trial)), None)

    @property
    def gain(self) -> float | None:
        """The share of the default's val_cer that the best saves; None if either is missing or the default's is 0."""
        if self.best is None or self.default is None or not self.default.val_cer:
            return None
        return 1 - (self.best.val_cer or 0) / self.default.val_cer

    @property
    def pareto(self) -> list[Trial]:
        """The trials with the whole budget that no other beats in both val_cer and reading time, fastest first."""
        measured = [trial for trial in self.trials if may_win(trial, None) and trial.ms_per_line is not None]
        front: list[Trial] = []
        for trial in sorted(measured, key=lambda each: (each.ms_per_line, each.val_cer, each.id)):
            if not front or (trial.val_cer or 0) < (front[-1].val_cer or 0):
                front.append(trial)
        return front

    @property
    def counts(self) -> Counter[str]:
        """How many trials are completed, failed and running."""
        return Counter(trial.status for trial in self.trials)

    @property
    def varying(self) -> list[str]:
        """The hyperparameters that are not the same in all trials, in the order of the space."""
        return [name for name in self.settings.space if len(self._values(name)) > 1]

    @property
    def fixed(self) -> dict[str, Value]:
        """The hyperparameters that are the same in all trials."""
        values = {name: self._values(name) for name in self.settings.space}
        return {name: next(iter(found)) for name, found in values.items() if len(found) == 1}

    def standing(self, trial: Trial) -> Standing:
        """Whether a trial may win, or why it may not."""
        return _standing(trial, self.settings.max_ms_per_line)

    def is_default(self, trial: Trial) -> bool:
        """Whether a trial has the default hyperparameters."""
        return trial.hyperparameters == self.settings.default

    def to_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        front = {trial.id for trial in self.pareto}
        trials = [
            {
                "rank": rank if self.standing(trial) == "ranked" else None,
                "standing": self.standing(trial),
                "default": self.is_default(trial),
                "pareto": trial.id in front,
                **trial.to_json(),
            }
            for rank, trial in enumerate(self.trials, 1)
        ]
        return {
            "settings": self.settings.to_json(),
            "best": self.best and self.best.id,
            "default": self.default and self.default.id,
            "gain": self.gain,
            "counts": {status: self.counts[status] for status in ("completed", "failed", "running")},
            "trials": trials,
            "refused": [{"hyperparameters": each.hyperparameters, "reason": each.reason} for each in self.refused],
        }

    def _values(self, name: str) -> set[Value]:
        return {trial.hyperparameters[name] for trial in self.trials}


def _standing(trial: Trial, max_ms_per_line: float | None) -> Standing:
    if trial.status != "completed":
        return trial.status
    if may_win(trial, max_ms_per_line):
        return "ranked"
    return "too slow" if may_win(trial, None) else "smaller budget"


def _rank(trial: Trial, max_ms_per_line: float | None) -> tuple[int, float, float, str]:
    """Returns the sort key of a trial."""
    worst = float("inf")
    error = worst if trial.val_cer is None else trial.val_cer
    return _ORDER.index(_standing(trial, max_ms_per_line)), -trial.share, error, trial.id
