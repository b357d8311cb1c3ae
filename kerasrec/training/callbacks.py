"""Keras callbacks of a training: learning rate and budget, validation, saving the best epoch, stopping early."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasrec.backend import keras
from kerasrec.errors import DivergedTraining
from kerasrec.lines.source import Batch
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.progress import Progress, best_epoch
from kerasrec.training.schedules import SCHEDULES
from kerasrec.training.team import Team
from kerasrec.training.validation import validate

_FIRST_SHARE = 0.001
"""The share of the budget that sets the rate of the first step, which would be 0 in a warm-up."""


class Pace(keras.callbacks.Callback):
    """Sets each step's learning rate, stops training when the budget is spent, and rejects NaN losses and weights."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress
        self.schedule = SCHEDULES[progress.settings.schedule]
        self._step, self._elapsed = 0, 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self.progress.start()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the step and the time at which the epoch begins."""
        self._step, self._elapsed = self.progress.step, self.progress.elapsed()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Sets the learning rate."""
        settings = self.progress.settings
        share = self.schedule(max(self.progress.share(), _FIRST_SHARE), settings.warmup)
        self.model.optimizer.learning_rate = settings.learning_rate * share

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the step."""
        self.progress.step += 1
        if not math.isfinite(logs["loss"]):
            raise _diverged(f"The loss became {logs['loss']}", self.progress)
        if self.progress.share() >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds the training speed to the logs as lines_per_s; the validation that follows is not counted.

        Raises:
            DivergedTraining: Some weights are NaN or infinite.
        """
        seconds = self.progress.elapsed() - self._elapsed
        lines = (self.progress.step - self._step) * self.progress.settings.batch_size
        logs["lines_per_s"] = round(lines / seconds, 2)
        # A ReLU may turn NaN into 0, so NaN weights before it do not show in the loss.
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            raise _diverged("Weights have become NaN or infinite", self.progress)


class Validate(keras.callbacks.Callback):
    """Reads held-out lines after each epoch and adds val_loss, val_cer and val_lab_cer to the logs."""

    def __init__(self, progress: Progress, recognizer: Recognizer, batches: Sequence[Batch]) -> None:
        super().__init__()
        self.progress, self.recognizer, self.batches = progress, recognizer, batches

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validates the model and adds the scores to the logs."""
        scores, self.progress.samples = validate(self.recognizer, self.batches)
        logs.update(scores)


class Keep(keras.callbacks.Callback):
    """Saves each epoch: a row of the history, the recognizer if it is the best so far, and the rest.

    Args:
        history: The rows of the previous epochs; each epoch appends one.
        measure: The name in the logs by which epochs are compared; among equal epochs the first is the best.
        rises: Whether a higher value is better.
        describe: Returns the row's values beside the logs; its argument is whether the epoch is the best so far.
        save_best: Saves the recognizer of the best epoch.
        save: Saves everything else, after every epoch.
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
        """Saves the epoch and adds its description to the logs."""
        values = {name: float(value) for name, value in logs.items()}
        best = best_epoch([*self.history, values], self.measure, self.rises) > len(self.history)
        described = self.describe(best)
        logs |= described
        self.history.append({"epoch": epoch + 1, **described, **values})
        if best:
            self.save_best()
        self.save()


class StopWhen(keras.callbacks.Callback):
    """Stops training after the first epoch whose logs meet a condition."""

    def __init__(self, condition: Callable[[Mapping[str, float]], bool]) -> None:
        super().__init__()
        self.condition = condition

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stops training if the condition is met."""
        if self.condition(logs):
            self.model.stop_training = True


class Agree(keras.callbacks.Callback):
    """Lets the chief of a team decide the learning rate of each step, and when to stop."""

    def __init__(self, team: Team) -> None:
        super().__init__()
        self.team = team

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Takes the chief's learning rate, which depends on its clock."""
        self.model.optimizer.learning_rate = self.team.share(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stops if the chief does."""
        self.model.stop_training = self.team.share(self.model.stop_training)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stops if the chief does, which alone has validated."""
        self.model.stop_training = self.team.share(self.model.stop_training)


def _diverged(problem: str, progress: Progress) -> DivergedTraining:
    epochs, settings = len(progress.history), progress.settings
    kept = f"The weights up to the end of epoch {epochs} are kept." if epochs else "No epoch had ended before."
    clip = "" if settings.clip_norm else ", or with --clip-norm 1"
    return DivergedTraining(
        f"{problem} at step {progress.step}, in epoch {epochs + 1}. {kept} "
        f"Train again with a lower --learning-rate than {settings.learning_rate:g}{clip}."
    )
