"""Runs a search, from its settings to its best trial: on this machine, or on its workers."""

import contextlib

from kerasrec.errors import CannotWrite
from kerasrec.training.splits import Splits
from kerasrec_tuning.chief import Chief
from kerasrec_tuning.chosen import write_card
from kerasrec_tuning.errors import NoTrialCompleted
from kerasrec_tuning.folder import SearchFolder
from kerasrec_tuning.gate import Gate
from kerasrec_tuning.oracle import LOCAL_WORKER
from kerasrec_tuning.strategies import make_oracle
from kerasrec_tuning.surroundings import Listener, Surroundings
from kerasrec_tuning.training import Outcome, Watch, train_trial
from kerasrec_tuning.trials import Trial, Value
from kerasrec_tuning.tuner import TrialTuner


def search(folder: SearchFolder, splits: Splits, listener: Listener, watch: Watch) -> Trial:
    """Runs the remaining trials of a search, and saves the best.

    Args:
        folder: The folder of the search; finished trials in it are not run again, but a killed one is.
        splits: The lines of all trials.
        listener: The listener for the events of the search.
        watch: Makes callbacks that show the progress of a trial.

    Returns:
        The best trial.

    Raises:
        UsageError: Another process runs the search.
        NoTrialCompleted: No trial could win.
        KeyboardInterrupt: Ctrl-C was pressed; the search can be continued later.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    settings = folder.settings()

    def run(trial_id: str, hyperparameters: dict[str, Value], share: float) -> Outcome:
        return train_trial(settings, hyperparameters, share, splits, folder.scratch_folder, watch)

    with folder.locked():
        oracle = make_oracle(Surroundings(settings, folder, Gate(settings, splits).refuse, listener))
        try:
            TrialTuner(oracle, folder.tuner_folder, settings.space, run).search()
        except (KeyboardInterrupt, CannotWrite):  # neither is the trial's fault
            with contextlib.suppress(CannotWrite):
                oracle.undo_start(LOCAL_WORKER)
            raise
        finally:
            _keep_best(folder)
    return _best(folder)


def lead(folder: SearchFolder, splits: Splits, listener: Listener, chief: Chief) -> Trial:
    """Lets workers run the remaining trials of a search, and saves the best.

    Args:
        folder: The folder of the search.
        splits: The lines of all trials.
        listener: The listener for the events of the search.
        chief: The chief that serves the workers.

    Returns:
        The best trial.

    Raises:
        UsageError: Another process runs the search.
        NoTrialCompleted: No trial could win.
        LostTrials: No worker is left.
        KeyboardInterrupt: Ctrl-C was pressed; the search can be continued later.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    settings = folder.settings()
    with folder.locked():
        oracle = make_oracle(Surroundings(settings, folder, Gate(settings, splits).refuse, listener))
        try:
            chief.serve(oracle)
        finally:
            _keep_best(folder)
    return _best(folder)


def _keep_best(folder: SearchFolder) -> None:
    """Saves the best trial so far, if there is one."""
    if best := folder.best():
        write_card(folder, best, folder.best_file)


def _best(folder: SearchFolder) -> Trial:
    best = folder.best()
    if best is None:
        raise NoTrialCompleted(_why_none(folder))
    return best


def _why_none(folder: SearchFolder) -> str:
    """Returns why no trial could win."""
    trials, refused, settings = folder.trials(), folder.refused(), folder.settings()
    failed = [trial for trial in trials if trial.status == "failed"]
    if not trials:
        return (
            f"No trial was run, because every point was refused. The first reason: {refused[0].reason} "
            "Change the ranges, and choose another --out."
        )
    if len(failed) == len(trials):
        return f"None of {len(trials)} trials completed. The last one failed: {failed[-1].reason}"
    limit = f"reads a line within --max-ms-per-line {settings.max_ms_per_line:g}" if settings.max_ms_per_line else ""
    return (
        f"None of {len(trials)} trials {limit or 'completed with the whole budget'}. Search longer, or in other ranges."
    )
