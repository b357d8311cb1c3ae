"""What happens around the steps of a training run: budget, validation, checkpoints, early stopping."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kerasrec.errors import DivergedTraining
from kerasrec.lines.composer import Batch
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.progress import Progress
from kerasrec.training.schedules import SCHEDULES
from kerasrec.training.validation import validate


class Pace(keras.callbacks.Callback):
    """Sets the learning rate of each step, ends training with the budget, and stops at a loss that is no number."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress
        self.schedule = SCHEDULES[progress.settings.schedule]
        self._step, self._elapsed = 0, 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self.progress.start()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers where the epoch began."""
        self._step, self._elapsed = self.progress.step, self.progress.elapsed()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Sets the learning rate."""
        settings = self.progress.settings
        share = self.schedule(self.progress.share(), settings.warmup)
        self.model.optimizer.learning_rate = settings.learning_rate * share

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the step."""
        self.progress.step += 1
        if not math.isfinite(logs["loss"]):
            raise _diverged(f"The loss became {logs['loss']}", self.progress)
        if self.progress.share() >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds the speed to the logs: lines_per_s, without the validation that follows."""
        seconds = self.progress.elapsed() - self._elapsed
        lines = (self.progress.step - self._step) * self.progress.settings.batch_size
        logs["lines_per_s"] = round(lines / seconds, 2)


class Validate(keras.callbacks.Callback):
    """Reads held-out lines after each epoch, and adds val_loss, val_cer and val_lab_cer to the logs."""

    def __init__(self, progress: Progress, recognizer: Recognizer, batches: Sequence[Batch]) -> None:
        super().__init__()
        self.progress, self.recognizer, self.batches = progress, recognizer, batches

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Reads the lines."""
        scores, self.progress.samples = validate(self.recognizer, self.batches)
        logs.update(scores)


class Keep(keras.callbacks.Callback):
    """Writes down each epoch: a row of history, a checkpoint, and the recognizer where it is the best so far."""

    def __init__(self, progress: Progress, save: Callable[[], None], save_best: Callable[[], None]) -> None:
        super().__init__()
        self.progress, self.save, self.save_best = progress, save, save_best

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes down the epoch, and stops when val_cer has not improved for `patience` epochs."""
        progress = self.progress
        # A ReLU may turn NaN into 0, so that the loss does not show what has become of the weights before it.
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            raise _diverged("Weights have become NaN or infinite", progress)
        row = {
            "epoch": epoch + 1,
            "step": progress.step,
            "lines": progress.step * progress.settings.batch_size,
            "seconds": round(progress.elapsed(), 2),
            "learning_rate": float(self.model.optimizer.learning_rate),
            **{name: float(value) for name, value in logs.items()},
        }
        progress.history.append(row)
        if row["val_cer"] < progress.best_cer:
            progress.best_cer, progress.best_epoch = row["val_cer"], epoch + 1
            self.save_best()
        self.save()
        if progress.is_over():
            self.model.stop_training = True


def _diverged(problem: str, progress: Progress) -> DivergedTraining:
    epochs, settings = len(progress.history), progress.settings
    kept = f"The weights up to the end of epoch {epochs} are kept." if epochs else "No epoch had ended before."
    clip = "" if settings.clip_norm else ", or with --clip-norm 1"
    return DivergedTraining(
        f"{problem} at step {progress.step}, in epoch {epochs + 1}. {kept} "
        f"Train again with a lower --learning-rate than {settings.learning_rate:g}{clip}."
    )
