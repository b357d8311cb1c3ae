"""Shows the progress of a search: its trials and their results, the best so far and the time left."""

import time
from typing import TextIO

from kerasrec.training.console import clock
from kerasrec_tuning.folder import may_win
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.space import Choice
from kerasrec_tuning.trials import Refused, Trial, Value

_SHOWN_REFUSED = 3
"""The number of refused points shown between two trials; further ones are only counted."""


class ShowTrials:
    """Writes a line when a trial starts and one when it ends.

    Args:
        settings: The settings of the search.
        stream: The stream to write to.
    """

    def __init__(self, settings: SearchSettings, stream: TextIO) -> None:
        self.settings, self.stream = settings, stream

    def began(self, trial: Trial) -> None:
        """Shows which trial starts, and its hyperparameters."""
        what = "the default" if trial.hyperparameters == self.settings.default else self.describe(trial.hyperparameters)
        worker = f" on {trial.worker}" if trial.worker else ""
        again = ", again" if trial.starts > 1 else ""
        share = "" if trial.share == 1 else f", {trial.share:.0%} of the budget"
        self.write(f"\nTrial {trial.id}{worker}{again}{share}: {what}")

    def ended(self, trial: Trial) -> None:
        """Shows the result of a trial, or why it failed."""
        if trial.status == "failed":
            self.write(f"Trial {trial.id} failed: {trial.reason}")
            return
        self.write(
            f"Trial {trial.id}: val CER {trial.val_cer:.2%}, {trial.ms_per_line:.2f} ms a line, "
            f"{trial.lines:,} lines in {clock(trial.seconds)}{self._too_slow(trial)}"
        )

    def describe(self, hyperparameters: dict[str, Value]) -> str:
        """Returns the hyperparameters that vary in this search, as text."""
        return " ".join(
            f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in hyperparameters.items()
            if not (isinstance(each := self.settings.space[name], Choice) and len(each.values) == 1)
        )

    def write(self, line: str) -> None:
        """Writes a line and flushes the stream."""
        self.stream.write(line + "\n")
        self.stream.flush()

    def _too_slow(self, trial: Trial) -> str:
        limit = self.settings.max_ms_per_line
        if limit is None or trial.ms_per_line is None or trial.ms_per_line <= limit:
            return ""
        return f"; above --max-ms-per-line {limit:g}, so it cannot win"


class ShowSearch(ShowTrials):
    """Also shows the progress of the whole search: trials done, the best so far, the time left and refused points.

    Args:
        settings: The settings of the search.
        trials: The existing trials of the search.
        stream: The stream to write to.
    """

    def __init__(self, settings: SearchSettings, trials: list[Trial], stream: TextIO) -> None:
        super().__init__(settings, stream)
        self.done = {trial.id: trial for trial in trials if trial.status != "running"}
        self._before, self._started = len(self.done), time.monotonic()
        self._refused = 0

    def began(self, trial: Trial) -> None:
        """Shows which trial starts, and how many more points were refused before it."""
        if self._refused > _SHOWN_REFUSED:
            self.write(f"Refused {self._refused - _SHOWN_REFUSED} more; see refused.jsonl.")
        self._refused = 0
        super().began(trial)

    def ended(self, trial: Trial) -> None:
        """Shows the result of a trial and the progress of the search."""
        self.done[trial.id] = trial
        super().ended(trial)
        self.write(self.summary())

    def lost(self, trial: Trial) -> None:
        """Shows that a trial lost its worker."""
        self.write(f"Trial {trial.id} is lost: its worker {trial.worker} is gone. Another one will run it.")

    def refused(self, refused: Refused) -> None:
        """Shows why a point was refused; of many in a row only the first few."""
        self._refused += 1
        if self._refused <= _SHOWN_REFUSED:
            self.write(f"Refused, and not counted: {self.describe(refused.hyperparameters)}\n  {refused.reason}")

    def summary(self) -> str:
        """Returns the number of trials done, the time left and the best so far, as text."""
        eligible = [trial for trial in self.done.values() if may_win(trial, self.settings.max_ms_per_line)]
        best = min(eligible, key=lambda trial: (trial.val_cer, trial.id), default=None)
        best_text = f"{best.val_cer:.2%} in trial {best.id}" if best else "none yet"
        left = self._seconds_left()
        time_left = f", about {clock(left)} left" if left else ""
        return f"{len(self.done)} of {self.settings.trials} trials done{time_left}. Best val CER so far: {best_text}."

    def _seconds_left(self) -> float | None:
        done = len(self.done) - self._before
        if not done:
            return None
        return (time.monotonic() - self._started) / done * (self.settings.trials - len(self.done))
