"""Shows a search: what is tried, what it reached, the best so far and the time left."""

import time
from typing import TextIO

from kerasrec.progress import clock
from kerasrec_tuning.folder import may_win
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice
from kerasrec_tuning.trials import Refused, Trial, Value

_SHOWN_REFUSED = 3
"""Refused points that are shown before the next trial; the others are counted."""


class ShowSearch:
    """Writes a paragraph for each trial to a stream.

    Args:
        settings: Of the search.
        trials: Those of it that are there already.
        stream: Where to write.
    """

    def __init__(self, settings: SearchSettings, trials: list[Trial], stream: TextIO) -> None:
        self.settings, self.stream = settings, stream
        self.done = {trial.id: trial for trial in trials if trial.status != "running"}
        self._before = len(self.done)
        self._started = time.monotonic()
        self._refused = 0

    def began(self, trial: Trial) -> None:
        """Says which trial begins, and what is tried in it."""
        self._count_refused()
        what = "the default" if trial.hyperparameters == self.settings.default else self.describe(trial.hyperparameters)
        share = "" if trial.share == 1 else f", {trial.share:.0%} of the budget"
        again = "" if trial.starts == 1 else ", again"
        self._write(f"\nTrial {trial.id}{again}{_of(trial)}{share}: {what}")

    def ended(self, trial: Trial) -> None:
        """Says what a trial reached, the best so far and the time left."""
        self.done[trial.id] = trial
        if trial.status == "failed":
            self._write(f"Trial {trial.id} failed: {trial.reason}")
        else:
            self._write(
                f"Trial {trial.id}: val CER {trial.val_cer:.2%}, {trial.ms_per_line:.2f} ms a line, "
                f"{trial.lines:,} lines in {clock(trial.seconds)}{self._too_slow(trial)}"
            )
        self._write(self.summary())

    def lost(self, trial: Trial) -> None:
        """Says that a trial lost its worker."""
        self._write(f"Trial {trial.id}: its worker {trial.worker} is gone. Another one will run it.")

    def refused(self, refused: Refused) -> None:
        """Says why a point was refused; of many in a row, how many they are."""
        self._refused += 1
        if self._refused <= _SHOWN_REFUSED:
            self._write(f"Refused, and not counted: {self.describe(refused.hyperparameters)}\n  {refused.reason}")

    def summary(self) -> str:
        """Trials done, the best so far and the time left."""
        able = [trial for trial in self.done.values() if may_win(trial, self.settings.max_ms_per_line)]
        best = min(able, key=lambda trial: (trial.val_cer, trial.id), default=None)
        words = f"{best.val_cer:.2%} in trial {best.id}" if best else "none yet"
        left = self._seconds_left()
        time_left = f", about {clock(left)} left" if left else ""
        return f"{len(self.done)} of {self.settings.trials} trials done{time_left}. Best val CER so far: {words}."

    def describe(self, hyperparameters: dict[str, Value]) -> str:
        """A point in words: the hyperparameters that vary in this search."""
        return " ".join(
            f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in hyperparameters.items()
            if not (isinstance(each := self.settings.space[name], Choice) and len(each.values) == 1)
        )

    def _seconds_left(self) -> float | None:
        done = len(self.done) - self._before
        if done < 1:
            return None
        return (time.monotonic() - self._started) / done * (self.settings.trials - len(self.done))

    def _too_slow(self, trial: Trial) -> str:
        limit = self.settings.max_ms_per_line
        if limit is None or trial.ms_per_line is None or trial.ms_per_line <= limit:
            return ""
        return f"; above --max-ms-per-line {limit:g}, so it cannot win"

    def _count_refused(self) -> None:
        if self._refused > _SHOWN_REFUSED:
            self._write(f"Refused {self._refused - _SHOWN_REFUSED} more; refused.jsonl names them.")
        self._refused = 0

    def _write(self, line: str) -> None:
        self.stream.write(line + "\n")
        self.stream.flush()


def _of(trial: Trial) -> str:
    return f" on {trial.worker}" if trial.worker else ""
