"""KerasTuner's loop over trials, with kerasrec's training."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_tuner import Oracle
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import TrialStatus

from kerasrec.errors import CannotWrite, plain_reason
from kerasrec_tuning.oracle import LOCAL_WORKER
from kerasrec_tuning.records import budget_share
from kerasrec_tuning.space import Space, tidy
from kerasrec_tuning.training import Outcome
from kerasrec_tuning.trials import Value

RunTrial = Callable[[str, dict[str, Value], float], Outcome]
"""Trains a trial, given its id, its point of the space and its share of the budget."""

_IDLE_SECONDS = 0.5


class TrialTuner(BaseTuner):
    """Asks an oracle for trials and runs them until there are no more.

    Args:
        oracle: The oracle that chooses the points.
        folder: The folder of the oracle's state.
        space: The search space.
        run: The function that trains a trial.
    """

    def __init__(self, oracle: Oracle, folder: Path, space: Space, run: RunTrial) -> None:
        self.space, self.run = space, run
        self._waits = False
        super().__init__(oracle, directory=folder.parent, project_name=folder.name)
        self.tuner_id = LOCAL_WORKER

    def pre_create_trial(self) -> None:
        """Waits a little if the oracle had no trial at the last request."""
        if self._waits:
            time.sleep(_IDLE_SECONDS)
        self._waits = True

    def on_trial_begin(self, trial: Any) -> None:
        """Notes that the oracle had a trial."""
        self._waits = False

    def on_trial_end(self, trial: Any) -> None:
        """Reports the end of a trial to the oracle."""
        self.oracle.end_trial(trial)

    def _try_run_and_update_trial(self, trial: Any) -> None:
        """Trains a trial; an error ends the trial, not the search."""
        values = trial.hyperparameters.values
        try:
            outcome = self.run(trial.trial_id, tidy(self.space, values), budget_share(values))
        except CannotWrite:
            raise  # the next trial could not write either
        except Exception as error:
            trial.status, trial.message = TrialStatus.FAILED, failure_reason(error)
            return
        self.oracle.update_trial(trial.trial_id, vars(outcome))
        trial.status = TrialStatus.COMPLETED

    def _get_tuner_fname(self) -> str:
        return ""  # no file: the oracle saves the only state


def failure_reason(error: Exception) -> str:
    """Returns why a trial failed, in one line."""
    if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return "It needs more memory than is available."
    text = plain_reason(str(error)).split("\n")[0] or "no message"
    return text if type(error).__module__.startswith("kerasrec") else f"{type(error).__name__}: {text}"
