"""What to train of a published run."""

from dataclasses import dataclass

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.runs import ReferenceRun
from kerasrec.training.settings import TrainSettings, check_seed

_SEED = TrainSettings.seed


@dataclass(frozen=True)
class Request:
    """What to train.

    Attributes:
        run: Which of the runs.
        splits: The names of the splits to train on, of those of the run.
        epochs: Fewer than the published run had; None for as many.
        minutes: Ends each training behind the epoch in which they are over; None trains all epochs.
        seed: Of everything.
    """

    run: ReferenceRun
    splits: tuple[str, ...]
    epochs: int | None = None
    minutes: float | None = None
    seed: int = _SEED

    def __post_init__(self) -> None:
        name, most = self.run.name, self.run.epochs
        if self.epochs is not None and not 1 <= self.epochs <= most:
            raise UsageError(f"{name} was published with {most} epochs: ask for 1 to {most}, not for {self.epochs}.")
        if self.minutes is not None and not self.minutes > 0:
            raise UsageError(f"A training needs more than {self.minutes:g} minutes: give more, or leave them out.")
        check_seed(self.seed)
        for split in self.splits:
            if split not in self.run.splits:
                raise UsageError(f"{name} has no split {split!r}, but {', '.join(self.run.splits)}.")

    @property
    def command(self) -> str:
        """What trains this, without the folders of this machine."""
        words = ["kerasrec reproduce", self.run.name]
        words += [f"--split {split}" for split in self.splits if self.splits != self.run.splits]
        if self.epochs not in (None, self.run.epochs):
            words.append(f"--epochs {self.epochs}")
        if self.minutes is not None:
            words.append(f"--minutes {self.minutes:g}")
        if self.seed != _SEED:
            words.append(f"--seed {self.seed}")
        return " ".join(words)
