"""What happens around the steps of a training: its pace, validation, keeping what was reached, an early end."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kerasrec.errors import DivergedTraining
from kerasrec.lines.composer import Batch
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.progress import Progress, best_epoch
from kerasrec.training.schedules import SCHEDULES
from kerasrec.training.validation import validate


class Pace(keras.callbacks.Callback):
    """Sets the learning rate of each step, ends training with the budget, and refuses a loss or weights of NaN."""

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
        """Adds the speed to the logs: lines_per_s, without the validation that follows.

        Raises:
            DivergedTraining: Weights have become NaN or infinite.
        """
        seconds = self.progress.elapsed() - self._elapsed
        lines = (self.progress.step - self._step) * self.progress.settings.batch_size
        logs["lines_per_s"] = round(lines / seconds, 2)
        # A ReLU may turn NaN into 0, so that the loss does not show what has become of the weights before it.
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            raise _diverged("Weights have become NaN or infinite", self.progress)


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
    """Writes down each epoch: a row of history, the recognizer where it is the best so far, and all else.

    Args:
        history: The rows of the epochs before; each epoch adds one.
        measure: By which epochs are compared, a name in the logs; the first of equals is the best.
        rises: Whether more of it is better.
        describe: Returns what a row has beside the logs, for an epoch that is or is not the best so far.
        save_best: Saves the recognizer.
        save: Saves all else.
    """

    def __init__(
        self,
        history: list[dict[str, float]],
        measure: str,
        rises: bool,
        describe: Callable[[bool], Mapping[str, float]],
        save_best: Callable[[], None],
        save: Callable[[], None],
    ) -> None:
        super().__init__()
        self.history, self.measure, self.rises = history, measure, rises
        self.describe, self.save_best, self.save = describe, save_best, save

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes down the epoch, and adds what describes it to the logs."""
        values = {name: float(value) for name, value in logs.items()}
        best = best_epoch([*self.history, values], self.measure, self.rises) > len(self.history)
        described = self.describe(best)
        logs |= described
        self.history.append({"epoch": epoch + 1, **described, **values})
        if best:
            self.save_best()
        self.save()


class StopWhen(keras.callbacks.Callback):
    """Ends training after the epoch whose logs meet a condition."""

    def __init__(self, condition: Callable[[Mapping[str, float]], bool]) -> None:
        super().__init__()
        self.condition = condition

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ends the training where the condition is met."""
        if self.condition(logs):
            self.model.stop_training = True


def _diverged(problem: str, progress: Progress) -> DivergedTraining:
    epochs, settings = len(progress.history), progress.settings
    kept = f"The weights up to the end of epoch {epochs} are kept." if epochs else "No epoch had ended before."
    clip = "" if settings.clip_norm else ", or with --clip-norm 1"
    return DivergedTraining(
        f"{problem} at step {progress.step}, in epoch {epochs + 1}. {kept} "
        f"Train again with a lower --learning-rate than {settings.learning_rate:g}{clip}."
    )
