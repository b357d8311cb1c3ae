"""A training run: a folder with the results of a training."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

from kerasrec.errors import UsageError
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.storage import locked
from kerasrec.training.run_folder import RunFolder
from kerasrec.training.settings import TrainSettings
from kerasrec.weights import find_file


class Run(RunFolder):
    """The files of a training run.

    Attributes:
        folder: The folder of the run.
    """

    command: ClassVar[str] = "kerasrec train"

    def __init__(self, folder: str | Path) -> None:
        super().__init__(Path(folder))
        self.checkpoint_file = self.folder / "checkpoint.npz"
        self.splits_file = self.folder / "splits.csv"
        self.sources_file = self.folder / "sources.json"
        self.lock_file = self.folder / "lock"

    @classmethod
    def create(cls, folder: Path, settings: TrainSettings) -> Self:
        """Starts a new run; raises the errors of `RunFolder.start`."""
        for file in (cls(folder).splits_file, cls(folder).sources_file):
            if file.exists() and not cls(folder).settings_file.exists():  # a file of the user's, and not of a run
                raise UsageError(f"{folder} already holds a {file.name}, which a run would use. Choose another --out.")
        return cls.start(folder, settings.to_json(), "Choose another --out, or continue the run with --resume.")

    def discard_if_empty(self) -> None:
        """Removes a run that has no results yet, so that its folder can be used again."""
        if not self.has_started():
            self.splits_file.unlink(missing_ok=True)
            self.sources_file.unlink(missing_ok=True)
            self.lock_file.unlink(missing_ok=True)
        super().discard_if_empty()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from training the same run, until this one ends, even by a kill.

        Raises:
            UsageError: Another process trains the run.
        """
        busy = f"Another process is training the run in {self.folder}. Wait for it to end, or choose another --out."
        with locked(self.lock_file, busy):
            yield

    def has_started(self) -> bool:
        """Returns whether the run has a recognizer or a checkpoint."""
        return super().has_started() or self.checkpoint_file.exists()

    def settings(self) -> TrainSettings:
        """Reads the settings; raises the errors of `RunFolder.read_settings`."""
        return self.read_settings(TrainSettings.from_json)

    def recognizer(self, policy: str = "float32") -> Recognizer:
        """Loads the best recognizer of the run, to compute under a Keras dtype policy.

        Raises:
            BadRun: There is no recognizer yet, or it is damaged.
        """
        file = self.find_recognizer(f"Continue with `{self.command} --out {self.folder} --resume`.")
        return Recognizer.load(file, policy)


def open_recognizer(path: Path, policy: str = "float32") -> Recognizer:
    """Loads a recognizer.

    Args:
        path: A run folder, a `.keras` file, or the name of a recognizer of the package.
        policy: The Keras dtype policy to compute under.

    Raises:
        BadRun: There is no recognizer, or it is incomplete, damaged or of another version.
    """
    path = find_file(path) or path
    if path.is_file() or (path.suffix == ".keras" and not path.is_dir()):
        return Recognizer.load(path, policy)
    return Run.open(path).recognizer(policy)
