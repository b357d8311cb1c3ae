"""The folder of a run: its settings, its history, and its recognizer."""

import contextlib
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from kerasrec import __version__
from kerasrec.errors import BadRun, UsageError
from kerasrec.storage import write_atomically, write_json

FORMAT = 1

Settings = TypeVar("Settings")


class RunFolder:
    """The files that every kind of run has.

    Attributes:
        folder: The folder of the run.
    """

    command: ClassVar[str]
    """The command that creates such a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings_file = folder / "settings.json"
        self.history_file = folder / "history.csv"
        self.recognizer_file = folder / "recognizer.keras"
        self.metrics_file = folder / "metrics.json"

    @classmethod
    def start(cls, folder: Path, settings: Mapping[str, Any], remedy: str = "Choose another --out.") -> Self:
        """Starts a new run.

        Args:
            folder: The folder of the run.
            settings: The settings, as plain JSON values.
            remedy: What to do if the folder already holds a run; the error message ends with it.

        Raises:
            UsageError: The folder is a file, or already holds a run.
            CannotWrite: The folder cannot be created or written to.
        """
        run = cls(folder)
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file, and a run needs a folder. Choose another --out.")
        if run.settings_file.exists():
            raise UsageError(f"{folder} already holds a run. {remedy}")
        run.write_settings(settings)
        return run

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Replaces the settings with other plain JSON values; raises CannotWrite."""
        write_json(self.settings_file, {"format": FORMAT, "kerasrec": __version__, **settings})

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens an existing run.

        Raises:
            BadRun: The folder is missing or is not a run.
        """
        run = cls(folder)
        if not run.settings_file.is_file():
            problem = "holds no settings.json" if folder.is_dir() else "is not a folder"
            raise BadRun(f"{folder} {problem}, so it is not a run. Give the --out folder of `{cls.command}`.")
        return run

    def discard_if_empty(self) -> None:
        """Removes a run that has no results yet, so that its folder can be used again."""
        if self.has_started():
            return
        with contextlib.suppress(OSError):  # the error that ended the run matters more
            self.settings_file.unlink()
            self.folder.rmdir()  # fails if it holds other files

    def has_started(self) -> bool:
        """Returns whether the run has results."""
        return self.recognizer_file.exists()

    def find_recognizer(self, remedy: str) -> Path:
        """Returns the file of the best recognizer; raises BadRun with a remedy if there is none yet."""
        if not self.recognizer_file.is_file():
            raise BadRun(f"{self.folder} has no recognizer yet: its first epoch did not end. {remedy}")
        return self.recognizer_file

    def read_settings(self, parse: Callable[[dict[str, Any]], Settings]) -> Settings:
        """Reads the settings.

        Args:
            parse: Makes the settings from the values given to `start`; may raise TypeError, KeyError or UsageError.

        Raises:
            BadRun: The settings are damaged, of another kind or in another format.
        """
        try:
            values = json.loads(self.settings_file.read_text(encoding="utf-8"))
            written, version = values.pop("format"), values.pop("kerasrec")
        except Exception as error:  # a damaged file can cause any error
            raise BadRun(f"{self.settings_file} cannot be read ({error}): the run is damaged. Train again.") from error
        if written != FORMAT:
            raise BadRun(
                f"{self.folder} has format {written!r} of kerasrec {version}, but this is kerasrec {__version__} with "
                f"format {FORMAT}. Use the version that wrote it, or train again."
            )
        try:
            return parse(values)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise BadRun(f"{self.settings_file} does not hold the settings of a run ({error}). Train again.") from error

    def write_history(self, history: Sequence[Mapping[str, float]]) -> None:
        """Writes the history, with a row for each epoch."""
        table = io.StringIO()
        writer = csv.DictWriter(table, fieldnames=list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        write_atomically(self.history_file, lambda file: file.write_text(table.getvalue(), encoding="utf-8"))
