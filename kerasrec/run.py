"""A run: the folder in which a training keeps all that it makes."""

import contextlib
import csv
import io
import json
from pathlib import Path

from kerasrec import __version__
from kerasrec.errors import BadRun, UsageError
from kerasrec.recognizer import Recognizer
from kerasrec.settings import TrainSettings
from kerasrec.storage import write_atomically, write_json

FORMAT = 1


class Run:
    """The files of a run.

    Attributes:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings_file = folder / "settings.json"
        self.history_file = folder / "history.csv"
        self.recognizer_file = folder / "recognizer.keras"
        self.checkpoint_file = folder / "checkpoint.npz"

    @classmethod
    def create(cls, folder: Path, settings: TrainSettings) -> "Run":
        """Starts a new run.

        Raises:
            UsageError: The folder is a file, or already holds a run.
            CannotWrite: The folder cannot be made or written to.
        """
        run = cls(folder)
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file, and a run needs a folder. Choose another --out.")
        if run.settings_file.exists():
            raise UsageError(f"{folder} already holds a run. Choose another --out, or go on with it by --resume.")
        write_json(run.settings_file, {"format": FORMAT, "kerasrec": __version__, **settings.to_json()})
        return run

    def withdraw(self) -> None:
        """Removes a new run in which nothing was made yet, so that the next one can take its folder."""
        if self.checkpoint_file.exists() or self.recognizer_file.exists():
            return
        with contextlib.suppress(OSError):  # what made the run fail is what there is to tell
            self.settings_file.unlink()
            self.folder.rmdir()  # unless it holds something else

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Opens a run that exists.

        Raises:
            BadRun: The folder is missing, or is no run.
        """
        run = cls(folder)
        if not run.settings_file.is_file():
            problem = "holds no settings.json" if folder.is_dir() else "is not a folder"
            raise BadRun(f"{folder} {problem}, so it is no run. Give the --out folder of a `kerasrec train`.")
        return run

    def settings(self) -> TrainSettings:
        """Reads the settings.

        Raises:
            BadRun: They are damaged or of another format.
        """
        try:
            values = json.loads(self.settings_file.read_text(encoding="utf-8"))
            written, version = values.pop("format"), values.pop("kerasrec")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRun(f"{self.settings_file} cannot be read ({error}): the run is damaged. Train again.") from error
        if written != FORMAT:
            raise BadRun(
                f"{self.folder} has format {written!r} of kerasrec {version}, but this is kerasrec {__version__} with "
                f"format {FORMAT}. Use the version that wrote it, or train again."
            )
        try:
            return TrainSettings.from_json(values)
        except (TypeError, KeyError, UsageError) as error:
            raise BadRun(f"{self.settings_file} does not hold the settings of a run ({error}). Train again.") from error

    def recognizer(self, policy: str = "float32") -> Recognizer:
        """Loads the best recognizer of the run, to compute under a Keras dtype policy.

        Raises:
            BadRun: There is none yet, or it is damaged.
        """
        if not self.recognizer_file.is_file():
            raise BadRun(
                f"{self.folder} has no recognizer yet: its first epoch did not end. Go on with "
                f"`kerasrec train --out {self.folder} --resume`."
            )
        return Recognizer.load(self.recognizer_file, policy)

    def write_history(self, history: list[dict[str, float]]) -> None:
        """Writes the history, one row for each epoch."""
        table = io.StringIO()
        writer = csv.DictWriter(table, fieldnames=list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        write_atomically(self.history_file, lambda file: file.write_text(table.getvalue(), encoding="utf-8"))
