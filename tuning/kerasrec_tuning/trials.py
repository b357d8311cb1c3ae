"""Trials: the points of the space that a search trained, and those that it refused to train."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Value = int | float | str | bool
"""A value of a hyperparameter."""

Status = Literal["completed", "failed", "running"]


@dataclass(frozen=True)
class Trial:
    """A training with one set of hyperparameters.

    Attributes:
        id: Its number, padded with zeros to the digits of the trials that were planned when it began.
        status: "running" also where the process that ran it was killed and the search has not gone on yet.
        hyperparameters: Of the model's architecture and of its training, by name.
        val_cer: The best CER on the validation lines, as a share; None before its end.
        ms_per_line: Milliseconds in which the model reads one line, in a batch of 32; None before it is measured.
        seconds: Of training, validation included.
        lines: Lines trained on, repeated ones counted again.
        finished: Unix time of its end.
        reason: Why it failed.
        worker: The worker that ran it; None where the search has no workers.
        share: Of the search's budget for a trial that this one was given: below 1 in the early rounds of Hyperband.
        starts: How often it was begun: more than once after a kill.
    """

    id: str
    status: Status
    hyperparameters: dict[str, Value]
    val_cer: float | None = None
    ms_per_line: float | None = None
    seconds: float | None = None
    lines: int | None = None
    finished: float | None = None
    reason: str | None = None
    worker: str | None = None
    share: float = 1.0
    starts: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the same trial."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes a trial of what `to_json` gave; a TypeError names what does not fit."""
        return cls(**values)


@dataclass(frozen=True)
class Refused:
    """A point that was refused before a trial was spent on it, and why."""

    hyperparameters: dict[str, Value]
    reason: str
