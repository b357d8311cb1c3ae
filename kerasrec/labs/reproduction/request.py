"""The request to reproduce a published run."""

from dataclasses import dataclass

from kerasrec.errors import UsageError
from kerasrec.labs.reproduction.runs import ReferenceRun
from kerasrec.training.settings import TrainSettings, check_seed

_SEED = TrainSettings.seed


@dataclass(frozen=True)
class Request:
    """A published run and how to train it.

    Attributes:
        run: The published run.
        splits: The names of the splits to train on, from those of the run.
        epochs: The number of epochs, at most that of the published run; None for the same number.
        minutes: The time limit of each training, which stops after the epoch in which it is reached; None for no limit.
        seed: The seed of everything random.
    """

    run: ReferenceRun
    splits: tuple[str, ...]
    epochs: int | None = None
    minutes: float | None = None
    seed: int = _SEED

    def __post_init__(self) -> None:
        name, most = self.run.name, self.run.epochs
        if self.epochs is not None and not 1 <= self.epochs <= most:
            raise UsageError(
                f"{name} was published with {most} epochs, so epochs must be 1 to {most}, not {self.epochs}."
            )
        if self.minutes is not None and not self.minutes > 0:
            raise UsageError(f"minutes must be above 0, not {self.minutes:g}. Leave them out to train all epochs.")
        check_seed(self.seed)
        for split in self.splits:
            if split not in self.run.splits:
                raise UsageError(f"{name} has no split {split!r}. Choose one of {', '.join(self.run.splits)}.")

    @property
    def command(self) -> str:
        """The command of this request, without folders."""
        words = ["kerasrec reproduce", self.run.name]
        words += [f"--split {split}" for split in self.splits if self.splits != self.run.splits]
        if self.epochs not in (None, self.run.epochs):
            words.append(f"--epochs {self.epochs}")
        if self.minutes is not None:
            words.append(f"--minutes {self.minutes:g}")
        if self.seed != _SEED:
            words.append(f"--seed {self.seed}")
        return " ".join(words)
