"""The folder of a search: its settings, one file per trial, and the refused points. Reading it needs no tuner."""

import contextlib
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from kerasrec import __version__
from kerasrec.errors import BadRun, UsageError
from kerasrec.storage import locked, remove_leftovers, write_json
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Refused, Trial

FORMAT = 1

_LOG = logging.getLogger("kerasrec")

_Parsed = TypeVar("_Parsed")


class SearchFolder:
    """The files of a search. Each is written atomically, so they can be read while the search runs.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_new = False
        self._damaged = set[Path]()
        self.settings_file = path / "search.json"
        self.lock_file = path / "lock"
        self.trials_folder = path / "trials"
        self.refused_file = path / "refused.jsonl"
        self.best_file = path / "best.json"
        self.tuner_folder = path / "tuner"
        self.scratch_folder = path / "running"

    @classmethod
    def create(cls, path: Path, settings: SearchSettings, command: str, machine: str) -> "SearchFolder":
        """Creates a new search.

        Raises:
            UsageError: The path is a file, or the folder already holds a search.
            CannotWrite: The folder cannot be created or written to.
        """
        folder = cls(path)
        if path.exists() and not path.is_dir():
            raise UsageError(f"A search needs a folder, but {path} is a file. Choose another --out.")
        if folder.settings_file.exists():
            raise UsageError(f"{path} already holds a search. Choose another --out.")
        subfolders = (folder.trials_folder, folder.tuner_folder, folder.scratch_folder)
        if existing := [each for each in subfolders if each.exists()]:
            raise UsageError(
                f"{existing[0]} exists but belongs to no search, and the new search would replace it. "
                "Choose another --out."
            )
        metadata = {"format": FORMAT, "kerasrec": __version__, "command": command, "machine": machine}
        write_json(folder.settings_file, {**metadata, "id": uuid.uuid4().hex, **settings.to_json()})
        folder._is_new = True
        return folder

    @classmethod
    def open(cls, path: Path) -> "SearchFolder":
        """Opens a search that exists.

        Raises:
            BadRun: The folder is missing, or is not a search.
        """
        folder = cls(path)
        if not folder.settings_file.is_file():
            problem = "has no search.json" if path.is_dir() else "is not a folder"
            raise BadRun(f"{path} {problem}, so it is not a search. Give the --out folder of a `kerasrec tune search`.")
        return folder

    def set_trials(self, trials: int) -> None:
        """Changes the number of trials.

        Raises:
            UsageError: Another process runs the search, its strategy has planned all trials, or it already has more.
            CannotWrite: The folder cannot be written to.
        """
        with self.locked():
            self._set_trials(trials)

    def _set_trials(self, trials: int) -> None:
        settings, metadata = self._settings_and_metadata()
        if trials == settings.trials:
            return
        if trials < (existing := len(self.trials())):
            raise UsageError(f"The search already has {existing} trials: ask for {existing} or more, not for {trials}.")
        if settings.strategy == "hyperband":
            raise UsageError(
                f"Hyperband planned all {settings.trials} trials when the search started: leave out --trials, "
                "or start another search."
            )
        write_json(self.settings_file, {**metadata, **replace(settings, trials=trials).to_json()})

    def discard_if_empty(self) -> None:
        """Removes a search that was created here and has not started, so that the next one can use its folder."""
        if not self._is_new or self.trials_folder.exists() or self.tuner_folder.exists():
            return
        with contextlib.suppress(OSError):  # the error to report is the one that ended the search
            self.lock_file.unlink(missing_ok=True)
            self.settings_file.unlink()
            self.path.rmdir()  # unless it holds something else

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from running the same search, until this one ends, even by a kill.

        The temporary files that a killed one left are removed.

        Raises:
            UsageError: Another process runs the search.
        """
        busy = f"Another process is running the search in {self.path}. Wait for it to end, or choose another --out."
        with locked(self.lock_file, busy):
            remove_leftovers(self.path)
            yield

    def settings(self) -> SearchSettings:
        """Reads the settings; raises BadRun if they are damaged or of another format."""
        return self._settings_and_metadata()[0]

    def command(self) -> str:
        """The command that started the search; raises BadRun as `settings` does."""
        return str(self._settings_and_metadata()[1]["command"])

    def id(self) -> str:
        """The unique id of the search; raises BadRun as `settings` does."""
        return str(self._settings_and_metadata()[1]["id"])

    def machine(self) -> str:
        """The machine that the search started on; raises BadRun as `settings` does."""
        return str(self._settings_and_metadata()[1]["machine"])

    def trials(self) -> list[Trial]:
        """All trials, in the order in which they started, without those whose files are damaged.

        A warning names these, once. Continuing the search writes them again.
        """
        files = sorted(self.trials_folder.glob("[!.]*.json"), key=_number)
        return [trial for file in files if (trial := self._read_trial(file))]

    def _read_trial(self, file: Path) -> Trial | None:
        try:
            return _read(file, Trial.from_json)
        except BadRun as error:
            if file not in self._damaged:
                self._damaged.add(file)
                _LOG.warning(
                    "%s cannot be read (%s) and is left out. Continue the search with --resume: it restores the trial.",
                    file,
                    error.__cause__,
                )
            return None

    def refused(self) -> list[Refused]:
        """The points that were refused without a trial.

        Raises:
            BadRun: The file is damaged.
        """
        if not self.refused_file.exists():
            return []
        text = self.refused_file.read_bytes()
        lines = text.split(b"\n")[:-1]  # a kill may leave half a line, even half a character, after the last newline
        try:
            return [Refused(**json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise _damaged(self.refused_file, error) from error

    def best(self) -> Trial | None:
        """The trial with the lowest val_cer among those that may win; None before there is one."""
        limit = self.settings().max_ms_per_line
        completed = [trial for trial in self.trials() if may_win(trial, limit)]
        return min(completed, key=lambda trial: trial.val_cer or 0.0, default=None)  # the first among equals

    def default(self) -> Trial | None:
        """The completed trial with the default hyperparameters and the whole budget; None before there is one."""
        default = self.settings().default
        return next((t for t in self.trials() if may_win(t, None) and t.hyperparameters == default), None)

    def write_trial(self, trial: Trial) -> None:
        """Writes a trial, replacing its earlier state."""
        write_json(self.trials_folder / f"{trial.id}.json", trial.to_json())

    def write_refused(self, refused: Refused) -> None:
        """Appends a refused point, replacing half a line that a kill may have left."""
        with self.refused_file.open("a+b") as file:
            _cut_half_line(file)
            file.write(json.dumps(asdict(refused), ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _settings_and_metadata(self) -> tuple[SearchSettings, dict[str, Any]]:
        def parse(values: dict[str, Any]) -> tuple[SearchSettings, dict[str, Any]]:
            metadata = {name: values.pop(name) for name in ("format", "kerasrec", "command", "machine", "id")}
            if metadata["format"] != FORMAT:
                raise BadRun(
                    f"{self.path} has format {metadata['format']!r} of kerasrec {metadata['kerasrec']}, but this is "
                    f"kerasrec {__version__} with format {FORMAT}. Use the version that wrote it, or search again."
                )
            return SearchSettings.from_json(values), metadata

        return _read(self.settings_file, parse)


def may_win(trial: Trial, max_ms_per_line: float | None) -> bool:
    """Whether a trial can be the best: completed with the whole budget, and within the limit on the reading time."""
    if trial.status != "completed" or trial.val_cer is None or trial.share < 1:
        return False
    return max_ms_per_line is None or (trial.ms_per_line is not None and trial.ms_per_line <= max_ms_per_line)


def _cut_half_line(file: BinaryIO) -> None:
    """Cuts off an incomplete last line of a file that is positioned at its end."""
    if (size := file.tell()) == 0:
        return
    file.seek(size - 1)
    if file.read(1) != b"\n":
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def _read(file: Path, parse: Callable[[dict[str, Any]], _Parsed]) -> _Parsed:
    try:
        return parse(json.loads(file.read_text(encoding="utf-8")))
    except BadRun:
        raise
    except Exception as error:  # a damaged file can cause any error
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> BadRun:
    return BadRun(f"{file} cannot be read ({error}): the search is damaged. Start another search with another --out.")


def _number(file: Path) -> tuple[int, str]:
    return (int(file.stem), "") if file.stem.isdecimal() else (10**9, file.stem)
