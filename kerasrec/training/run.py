"""A run: the folder in which a training keeps all that it makes."""

from pathlib import Path
from typing import ClassVar, Self

from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.run_folder import RunFolder
from kerasrec.training.settings import TrainSettings


class Run(RunFolder):
    """The files of a run.

    Attributes:
        folder: Where they lie.
    """

    command: ClassVar[str] = "kerasrec train"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.checkpoint_file = folder / "checkpoint.npz"

    @classmethod
    def create(cls, folder: Path, settings: TrainSettings) -> Self:
        """Starts a new run; raises what `RunFolder.start` raises."""
        return cls.start(folder, settings.to_json(), "Choose another --out, or go on with it by --resume.")

    def has_started(self) -> bool:
        """Whether there is a recognizer, or something to go on from."""
        return super().has_started() or self.checkpoint_file.exists()

    def settings(self) -> TrainSettings:
        """Reads the settings; raises what `RunFolder.read_settings` raises."""
        return self.read_settings(TrainSettings.from_json)

    def recognizer(self, policy: str = "float32") -> Recognizer:
        """Loads the best recognizer of the run, to compute under a Keras dtype policy.

        Raises:
            BadRun: There is none yet, or it is damaged.
        """
        file = self.find_recognizer(f"Go on with `{self.command} --out {self.folder} --resume`.")
        return Recognizer.load(file, policy)


def open_recognizer(path: Path, policy: str = "float32") -> Recognizer:
    """Loads the recognizer of a run folder, or of a `.keras` file, to compute under a Keras dtype policy.

    Raises:
        BadRun: There is none, or it is half written, damaged or of another version.
    """
    if path.is_file() or path.suffix == ".keras":
        return Recognizer.load(path, policy)
    return Run.open(path).recognizer(policy)
