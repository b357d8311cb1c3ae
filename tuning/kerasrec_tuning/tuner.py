"""KerasTuner's loop over trials, with kerasrec's training in it."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import TrialStatus

from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.oracles import HYPERBAND_EPOCHS, SearchOracle
from kerasrec_tuning.space import Space, tidy
from kerasrec_tuning.training import Outcome
from kerasrec_tuning.trials import Value

RunTrial = Callable[[str, dict[str, Value], float], Outcome]
"""Trains a trial, from its number, its point of the space and its share of the budget."""


class TrialTuner(BaseTuner):
    """Asks an oracle for trials and runs them until there are no more.

    Args:
        oracle: Chooses the points.
        folder: Of the search.
        space: What is searched.
        run: Trains a trial.
    """

    def __init__(self, oracle: SearchOracle, folder: SearchFolder, space: Space, run: RunTrial) -> None:
        self.space, self.run = space, run
        with contextlib.redirect_stdout(io.StringIO()):  # KerasTuner tells each resume
            super().__init__(oracle, directory=folder.path, project_name=folder.tuner_folder.name)

    def _try_run_and_update_trial(self, trial: Any) -> None:
        """Trains a trial; what goes wrong in it ends the trial, not the search."""
        values = trial.hyperparameters.values
        share = values.get("tuner/epochs", HYPERBAND_EPOCHS) / HYPERBAND_EPOCHS
        try:
            outcome = self.run(trial.trial_id, tidy(self.space, values), share)
        except Exception as error:
            trial.status, trial.message = TrialStatus.FAILED, reason(error)
            return
        self.oracle.update_trial(trial.trial_id, vars(outcome))
        trial.status = TrialStatus.COMPLETED

    def save(self) -> None:
        """Writes the oracle's state, which is all there is to keep."""
        self.oracle.save()

    def reload(self) -> None:
        """Goes on from the oracle's state."""
        self.oracle.reload()

    def _get_tuner_fname(self) -> str:
        return self.oracle._get_oracle_fname()


def reason(error: Exception) -> str:
    """Why a trial failed, in a line or two."""
    if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return "It needs more memory than there is."
    text = str(error).strip().split("\n")[0] or "no message"
    return text if type(error).__module__.startswith("kerasrec") else f"{type(error).__name__}: {text}"
