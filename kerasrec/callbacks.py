"""What happens around the steps of a training run: budget, validation, checkpoints, early stopping."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from kerasrec.ctc import ctc_loss
from kerasrec.decoding import greedy
from kerasrec.errors import DivergedTraining
from kerasrec.lines import Batch
from kerasrec.metrics import score
from kerasrec.recognizer import Recognizer
from kerasrec.schedules import SCHEDULES
from kerasrec.settings import TrainSettings


@dataclass
class Progress:
    """How much of the budget is spent.

    Attributes:
        settings: Of the run.
        step: Batches trained on.
        seconds: Seconds of training before the present process.
        history: One row for each epoch.
        best_cer: The least val_cer so far.
        best_epoch: The epoch that had it, from 1; 0 before any.
    """

    settings: TrainSettings
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best_cer: float = math.inf
    best_epoch: int = 0
    _started: float = field(default_factory=time.perf_counter)

    def start(self) -> None:
        """Starts the clock."""
        self._started = time.perf_counter()

    def elapsed(self) -> float:
        """Seconds of training, those before a resume included."""
        return self.seconds + time.perf_counter() - self._started

    def share(self) -> float:
        """The share of the budget that is spent, 0 to 1."""
        if self.settings.minutes is not None:
            return min(1.0, self.elapsed() / (60 * self.settings.minutes))
        return min(1.0, self.step / ((self.settings.epochs or 1) * self.settings.steps_per_epoch))

    def state(self) -> dict[str, Any]:
        """Plain values from which `restore` goes on."""
        best = None if math.isinf(self.best_cer) else self.best_cer
        return {
            "step": self.step,
            "seconds": self.elapsed(),
            "history": self.history,
            "best_cer": best,
            "best_epoch": self.best_epoch,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        self.best_cer = math.inf if state["best_cer"] is None else state["best_cer"]
        self.best_epoch = state["best_epoch"]
        self.start()


class Pace(keras.callbacks.Callback):
    """Sets the learning rate of each step, ends training with the budget, and stops at a loss that is no number."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress
        self.schedule = SCHEDULES[progress.settings.schedule]

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self.progress.start()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Sets the learning rate."""
        settings = self.progress.settings
        share = self.schedule(self.progress.share(), settings.warmup)
        self.model.optimizer.learning_rate = settings.learning_rate * share

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the step."""
        self.progress.step += 1
        if not math.isfinite(logs["loss"]):
            raise DivergedTraining(
                f"The loss became {logs['loss']} at step {self.progress.step}, in epoch "
                f"{len(self.progress.history) + 1}. The weights of the epochs before are kept. "
                f"Train again with a lower --learning-rate than {self.progress.settings.learning_rate:g}, "
                "or with --clip-norm 1."
            )
        if self.progress.share() >= 1:
            self.model.stop_training = True


class Validate(keras.callbacks.Callback):
    """Reads held-out lines after each epoch, and adds val_loss, val_cer and val_lab_cer to the logs."""

    def __init__(self, recognizer: Recognizer, batches: Iterable[Batch]) -> None:
        super().__init__()
        self.recognizer, self.batches = recognizer, batches

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Reads the lines."""
        logs.update(validate(self.recognizer, self.batches))


def validate(recognizer: Recognizer, batches: Iterable[Batch]) -> dict[str, float]:
    """Reads lines greedily with the model as it is now: val_loss in nats a line, val_cer and val_lab_cer."""
    losses, read, truth = [], [], []
    for batch in batches:
        images, widths = batch["images"].numpy(), batch["widths"].numpy()
        logits = recognizer.model.predict_on_batch([images, widths])
        frames = np.asarray(recognizer.architecture.frames(widths), np.int32)
        losses.append(np.asarray(ctc_loss(batch["labels"], logits, batch["lengths"], frames)))
        read += [recognizer.alphabet.decode(line.ids) for line in greedy(logits, frames)]
        truth += [recognizer.alphabet.decode(row) for row in batch["labels"].numpy().tolist()]
    scores = score(read, truth)
    return {
        "val_loss": float(np.concatenate(losses).mean()),
        "val_cer": scores.cer,
        "val_lab_cer": scores.lab_cer,
    }


class Keep(keras.callbacks.Callback):
    """Writes down each epoch: a row of history, a checkpoint, and the recognizer where it is the best so far."""

    def __init__(
        self, progress: Progress, save: Callable[[], None], save_best: Callable[[], None]
    ) -> None:
        super().__init__()
        self.progress, self.save, self.save_best = progress, save, save_best
        self._step, self._elapsed = progress.step, progress.elapsed()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes down the epoch, and stops when val_cer has not improved for `patience` epochs."""
        progress, settings = self.progress, self.progress.settings
        steps, seconds = progress.step - self._step, progress.elapsed() - self._elapsed
        self._step, self._elapsed = progress.step, progress.elapsed()
        row = {
            "epoch": epoch + 1,
            "step": progress.step,
            "lines": progress.step * settings.batch_size,
            "seconds": round(progress.elapsed(), 2),
            "learning_rate": float(self.model.optimizer.learning_rate),
            **{name: float(value) for name, value in logs.items()},
            "lines_per_s": round(steps * settings.batch_size / seconds, 2),
        }
        progress.history.append(row)
        if row["val_cer"] < progress.best_cer:
            progress.best_cer, progress.best_epoch = row["val_cer"], epoch + 1
            self.save_best()
        self.save()
        if settings.patience and epoch + 1 - progress.best_epoch >= settings.patience:
            self.model.stop_training = True
