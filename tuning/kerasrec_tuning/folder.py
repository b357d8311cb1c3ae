"""The folder of a search: its settings, a file for each trial, and the points refused. Reading it needs no tuner."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from kerasrec import __version__
from kerasrec.errors import BadRun, UsageError
from kerasrec.storage import write_json
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Refused, Trial

FORMAT = 1

_Made = TypeVar("_Made")


class SearchFolder:
    """The files of a search, each written whole or not at all: they may be read while the search runs.

    Attributes:
        path: Where they lie.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_new = False
        self.settings_file = path / "search.json"
        self.lock_file = path / "lock"
        self.trials_folder = path / "trials"
        self.refused_file = path / "refused.jsonl"
        self.best_file = path / "best.json"
        self.tuner_folder = path / "tuner"
        self.scratch_folder = path / "running"

    @classmethod
    def create(cls, path: Path, settings: SearchSettings, command: str, machine: str) -> "SearchFolder":
        """Starts a new search.

        Raises:
            UsageError: The folder is a file, or already holds a search.
            CannotWrite: The folder cannot be made or written to.
        """
        folder = cls(path)
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file, and a search needs a folder. Choose another --out.")
        if folder.settings_file.exists():
            raise UsageError(f"{path} already holds a search. Choose another --out.")
        made = (folder.trials_folder, folder.tuner_folder, folder.scratch_folder)
        if taken := [each for each in made if each.exists()]:
            raise UsageError(f"{taken[0]} exists and is of no search, which would replace it. Choose another --out.")
        about = {"format": FORMAT, "kerasrec": __version__, "command": command, "machine": machine}
        write_json(folder.settings_file, {**about, "id": uuid.uuid4().hex, **settings.to_json()})
        folder._is_new = True
        return folder

    @classmethod
    def open(cls, path: Path) -> "SearchFolder":
        """Opens a search that exists.

        Raises:
            BadRun: The folder is missing, or is no search.
        """
        folder = cls(path)
        if not folder.settings_file.is_file():
            problem = "holds no search.json" if path.is_dir() else "is not a folder"
            raise BadRun(f"{path} {problem}, so it is no search. Give the --out folder of a `kerasrec tune search`.")
        return folder

    def set_trials(self, trials: int) -> None:
        """Lets the search go on to another number of trials.

        Raises:
            UsageError: Another process runs the search, its strategy has planned all trials, or it has more already.
            CannotWrite: The folder cannot be written to.
        """
        with self.alone():
            self._set_trials(trials)

    def _set_trials(self, trials: int) -> None:
        settings, about = self._settings_and_about()
        if trials == settings.trials:
            return
        if trials < (there := len(self.trials())):
            raise UsageError(f"The search has {there} trials already: ask for {there} or more, not for {trials}.")
        if settings.strategy == "hyperband":
            raise UsageError(
                f"Hyperband has planned its {settings.trials} trials from the first to the last: leave out --trials, "
                "or begin another search."
            )
        write_json(self.settings_file, {**about, **replace(settings, trials=trials).to_json()})

    def discard_if_empty(self) -> None:
        """Removes a search that was created here and not begun, so that the next one can take its folder."""
        if not self._is_new or self.trials_folder.exists() or self.tuner_folder.exists():
            return
        with contextlib.suppress(OSError):  # what made the search fail is what there is to tell
            self.lock_file.unlink(missing_ok=True)
            self.settings_file.unlink()
            self.path.rmdir()  # unless it holds something else

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other processes from running the same search; the end of this one, by a kill too, lets them.

        Raises:
            UsageError: Another process runs the search.
        """
        import fcntl  # not on Windows, where a search can still be looked at

        with self.lock_file.open("ab") as file:  # of its own, since the others are replaced when they are written
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"Another process runs the search in {self.path}. Wait for its end, or choose another --out."
                ) from None
            except OSError:
                pass  # some network drives have no locks
            yield

    def settings(self) -> SearchSettings:
        """Reads the settings; raises BadRun where they are damaged or of another format."""
        return self._settings_and_about()[0]

    def command(self) -> str:
        """The command that began the search; raises BadRun as `settings` does."""
        return str(self._settings_and_about()[1]["command"])

    def id(self) -> str:
        """What tells the search from all others; raises BadRun as `settings` does."""
        return str(self._settings_and_about()[1]["id"])

    def machine(self) -> str:
        """The machine that the search began on; raises BadRun as `settings` does."""
        return str(self._settings_and_about()[1]["machine"])

    def trials(self) -> list[Trial]:
        """All trials in the order of their beginning.

        Raises:
            BadRun: The file of one is damaged.
        """
        return [_read(file, Trial.from_json) for file in sorted(self.trials_folder.glob("[!.]*.json"), key=_number)]

    def refused(self) -> list[Refused]:
        """The points that were refused before a trial was spent on them.

        Raises:
            BadRun: The file is damaged.
        """
        if not self.refused_file.exists():
            return []
        text = self.refused_file.read_bytes()
        lines = text.split(b"\n")[:-1]  # what follows the last end is half a line, perhaps of half a character
        try:
            return [Refused(**json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise _damaged(self.refused_file, error) from error

    def best(self) -> Trial | None:
        """The trial with the least val_cer of those that may win; None before there is one."""
        limit = self.settings().max_ms_per_line
        completed = [trial for trial in self.trials() if may_win(trial, limit)]
        return min(completed, key=lambda trial: trial.val_cer or 0.0, default=None)  # the first among equals

    def default(self) -> Trial | None:
        """The completed trial with the default hyperparameters and the whole budget; None before there is one."""
        default = self.settings().default
        return next((t for t in self.trials() if may_win(t, None) and t.hyperparameters == default), None)

    def write_trial(self, trial: Trial) -> None:
        """Writes a trial, in the place of an earlier state of it."""
        write_json(self.trials_folder / f"{trial.id}.json", trial.to_json())

    def write_refused(self, refused: Refused) -> None:
        """Adds a refused point, in the place of half a line that a kill left."""
        with self.refused_file.open("a+b") as file:
            _cut_half_line(file)
            file.write(json.dumps(asdict(refused), ensure_ascii=False).encode() + b"\n")

    def _settings_and_about(self) -> tuple[SearchSettings, dict[str, Any]]:
        def make(values: dict[str, Any]) -> tuple[SearchSettings, dict[str, Any]]:
            about = {name: values.pop(name) for name in ("format", "kerasrec", "command", "machine", "id")}
            if about["format"] != FORMAT:
                raise BadRun(
                    f"{self.path} has format {about['format']!r} of kerasrec {about['kerasrec']}, but this is kerasrec "
                    f"{__version__} with format {FORMAT}. Use the version that wrote it, or search again."
                )
            return SearchSettings.from_json(values), about

        return _read(self.settings_file, make)


def may_win(trial: Trial, max_ms_per_line: float | None) -> bool:
    """Whether a trial can be the best: completed with the whole budget, and no slower in reading than the limit."""
    if trial.status != "completed" or trial.val_cer is None or trial.share < 1:
        return False
    return max_ms_per_line is None or (trial.ms_per_line is not None and trial.ms_per_line <= max_ms_per_line)


def _cut_half_line(file: BinaryIO) -> None:
    """Makes a file that is at its end, and may be without the end of its last line, end with a whole one."""
    if (size := file.tell()) == 0:
        return
    file.seek(size - 1)
    if file.read(1) != b"\n":
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def _read(file: Path, make: Callable[[dict[str, Any]], _Made]) -> _Made:
    try:
        return make(json.loads(file.read_text(encoding="utf-8")))
    except BadRun:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> BadRun:
    return BadRun(f"{file} cannot be read ({error}): the search is damaged. Search again, with another --out.")


def _number(file: Path) -> tuple[int, str]:
    return (int(file.stem), "") if file.stem.isdecimal() else (10**9, file.stem)
