"""One trial: kerasrec's training with the trial's settings, and the reading speed of the result."""

import gc
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.backend import keras
from kerasrec.lines.batches import evaluation_batches
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.interrupts import delayed_interrupts
from kerasrec.training.loop import fit
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run
from kerasrec.training.splits import Splits
from kerasrec_tuning.settings import SearchSettings
from kerasrec_tuning.trials import Value

TIMED_BATCH = 32
"""The number of lines read at once when the reading time is measured."""

_TIMED_RUNS = 5

Watch = Callable[[Progress], Sequence[keras.callbacks.Callback]]


@dataclass(frozen=True)
class Outcome:
    """The results of a trial: the best CER on the validation lines, and its cost; see `Trial`."""

    val_cer: float
    ms_per_line: float
    seconds: float
    lines: int


def train_trial(
    settings: SearchSettings,
    hyperparameters: dict[str, Value],
    share: float,
    splits: Splits,
    scratch: Path,
    watch: Watch = lambda progress: (),
) -> Outcome:
    """Trains one point of the space with a share of the budget.

    Args:
        settings: The settings of the search.
        hyperparameters: The point.
        share: The share of the budget, 0 to 1.
        splits: The lines, the same for every trial.
        scratch: A folder for the run; it is emptied before the trial and removed afterwards.
        watch: Makes callbacks that show the progress.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        DivergedTraining: The loss became NaN or infinite. Other errors of `fit` are raised, too.
    """
    try:
        with delayed_interrupts():
            keras.backend.clear_session()
            gc.collect()
        shutil.rmtree(scratch, ignore_errors=True)
        trial_settings = settings.trial_settings(hyperparameters, share)
        run = Run.create(scratch, trial_settings)
        progress = fit(trial_settings, run, splits, watch=watch)
        if progress.stopped:
            raise KeyboardInterrupt
        seconds = round(progress.elapsed(), 2)  # the history's last row was written before its epoch was saved
        with delayed_interrupts():
            milliseconds = ms_per_line(run.recognizer(progress.policy), splits)
        return Outcome(progress.best_cer, milliseconds, seconds, int(progress.history[-1]["lines"]))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def ms_per_line(recognizer: Recognizer, splits: Splits) -> float:
    """Returns the milliseconds to read a line, in a batch of 32 validation lines: the minimum of a few runs."""
    (batch,) = evaluation_batches(splits.validation(), TIMED_BATCH, TIMED_BATCH, recognizer.architecture.margin)
    images, widths = batch["images"].numpy(), batch["widths"].numpy()
    lines = [np.ascontiguousarray(image[:, :width, 0]) for image, width in zip(images, widths, strict=True)]
    recognizer.read_lines(lines, TIMED_BATCH)  # compiles
    times = []
    for _ in range(_TIMED_RUNS):
        start = time.perf_counter()
        recognizer.read_lines(lines, TIMED_BATCH)
        times.append(time.perf_counter() - start)
    return 1000 * min(times) / len(lines)
