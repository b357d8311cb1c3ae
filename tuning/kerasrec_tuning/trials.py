"""Trials: the points of the space that a search trained, and those that it refused."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from kerasrec.fields import check_fields

Value = int | float | str | bool
"""A value of a hyperparameter."""

Status = Literal["completed", "failed", "running"]


@dataclass(frozen=True)
class Trial:
    """A training with one set of hyperparameters.

    Attributes:
        id: The trial's number, zero-padded to the digits of the number of trials planned when it started.
        status: "running" also if the process that ran it was killed and the search has not been continued.
        hyperparameters: The hyperparameters of the architecture and of the training, by name.
        val_cer: The best CER on the validation lines, as a share; None before the end of the trial.
        ms_per_line: Milliseconds to read one line, in a batch of 32; None before it is measured.
        seconds: Seconds of training, validation included.
        lines: Lines trained on; repeated lines count again.
        finished: Unix time of the end.
        reason: The reason of a failure.
        worker: The worker that ran it; None in a search without workers.
        share: The share of a trial's budget that it got; below 1 in the early rounds of Hyperband.
        starts: How often it was started; more than once after a kill.
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
        """Returns plain values, from which `from_json` makes the same trial."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Makes a trial from the values of `to_json`; a TypeError names what does not fit."""
        check_fields(cls, values)
        return cls(**values)


@dataclass(frozen=True)
class Refused:
    """A point that was refused without a trial, and why."""

    hyperparameters: dict[str, Value]
    reason: str
