"""A search, from its settings to its best trial: on this machine, or led from it."""

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
    """Runs the trials that a search still lacks, and writes down the best.

    Args:
        folder: Of the search; what is in it already is not done again, except a trial that was killed.
        splits: The lines of all trials.
        listener: Is told what happens.
        watch: Makes callbacks that show the progress of a trial.

    Returns:
        The best trial.

    Raises:
        UsageError: Another process runs the search.
        NoTrialCompleted: None could win.
        KeyboardInterrupt: Ctrl-C was pressed; the search can go on later.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    settings = folder.settings()

    def run(trial_id: str, hyperparameters: dict[str, Value], share: float) -> Outcome:
        return train_trial(settings, hyperparameters, share, splits, folder.scratch_folder, watch)

    with folder.alone():
        oracle = make_oracle(Surroundings(settings, folder, Gate(settings, splits).refuse, listener))
        try:
            TrialTuner(oracle, folder.tuner_folder, settings.space, run).search()
        except (KeyboardInterrupt, CannotWrite):  # neither is the trial's fault
            with contextlib.suppress(CannotWrite):
                oracle.take_back(LOCAL_WORKER)
            raise
        finally:
            _keep_best(folder)
    return _best(folder)


def lead(folder: SearchFolder, splits: Splits, listener: Listener, chief: Chief) -> Trial:
    """Lets workers run the trials that a search still lacks, and writes down the best.

    Args:
        folder: Of the search.
        splits: The lines of all trials.
        listener: Is told what happens.
        chief: Serves the workers.

    Returns:
        The best trial.

    Raises:
        UsageError: Another process runs the search.
        NoTrialCompleted: None could win.
        LostTrials: No worker is left.
        KeyboardInterrupt: Ctrl-C was pressed; the search can go on later.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    settings = folder.settings()
    with folder.alone():
        oracle = make_oracle(Surroundings(settings, folder, Gate(settings, splits).refuse, listener))
        try:
            chief.serve(oracle)
        finally:
            _keep_best(folder)
    return _best(folder)


def _keep_best(folder: SearchFolder) -> None:
    """Writes down the best trial so far, if there is one."""
    if best := folder.best():
        write_card(folder, best, folder.best_file)


def _best(folder: SearchFolder) -> Trial:
    best = folder.best()
    if best is None:
        raise NoTrialCompleted(_why_none(folder))
    return best


def _why_none(folder: SearchFolder) -> str:
    """Why no trial could win, in words."""
    trials, refused, settings = folder.trials(), folder.refused(), folder.settings()
    failed = [trial for trial in trials if trial.status == "failed"]
    if not trials:
        return (
            f"No trial was run: every point was refused, the first because: {refused[0].reason} "
            "Change the ranges, and choose another --out."
        )
    if len(failed) == len(trials):
        return f"None of {len(trials)} trials completed. The last failed because: {failed[-1].reason}"
    limit = (
        f"reads a line in {settings.max_ms_per_line:g} ms, as --max-ms-per-line asks"
        if settings.max_ms_per_line
        else ""
    )
    return (
        f"None of {len(trials)} trials {limit or 'completed with the whole budget'}. Search longer, or in other ranges."
    )
