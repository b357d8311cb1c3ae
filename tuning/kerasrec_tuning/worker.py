"""A worker of a search on many machines: it trains the trials that its chief hands out."""

from dataclasses import replace
from pathlib import Path

import keras_tuner

from kerasrec.training.splits import Splits
from kerasrec_tuning.client import ChiefClient
from kerasrec_tuning.progress import ShowTrials
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.training import Outcome, Watch, train_trial
from kerasrec_tuning.trials import Trial, Value
from kerasrec_tuning.tuner import TrialTuner, failure_reason


def work(
    client: ChiefClient,
    settings: SearchSettings,
    splits: Splits,
    scratch: Path,
    show: ShowTrials,
    watch: Watch,
) -> None:
    """Trains trials until the chief has no more.

    Args:
        client: The client of the chief, which has admitted this worker.
        settings: The settings of the search, from the chief.
        splits: The lines of all trials.
        scratch: A folder for the run of each trial.
        show: The display of the trials.
        watch: Makes callbacks that show the progress of a trial.

    Raises:
        ChiefUnavailable: The chief went away and did not come back in time.
        KeyboardInterrupt: Ctrl-C was pressed; the chief gives the trial to another worker.
    """

    def run(trial_id: str, hyperparameters: dict[str, Value], share: float) -> Outcome:
        trial = Trial(trial_id, "running", hyperparameters, share=share)
        show.began(trial)
        try:
            outcome = train_trial(settings, hyperparameters, share, splits, scratch, watch)
        except Exception as error:
            show.ended(replace(trial, status="failed", reason=failure_reason(error)))
            raise
        show.ended(replace(trial, status="completed", **vars(outcome)))
        return outcome

    tuner = TrialTuner(
        keras_tuner.oracles.RandomSearchOracle(keras_tuner.Objective("val_cer", "min")), scratch, settings.space, run
    )
    tuner.oracle, tuner.tuner_id = client, client.worker  # replaces the placeholder oracle above
    try:
        tuner.search()
    finally:
        client.leave()
