"""A limit to a training's time that leaves its budget as it is, so that it can go on later."""

from typing import Any

import keras

from kerasrec.training.progress import Progress


class TimeLimit(keras.callbacks.Callback):
    """Ends a training behind the epoch in which its time is over.

    Args:
        progress: Of the training; its history has a row for each epoch before this callback is told of the epoch's end.
        minutes: Of training, those before a resume included; None has no limit.
    """

    def __init__(self, progress: Progress, minutes: float | None) -> None:
        super().__init__()
        self.progress, self.minutes = progress, minutes

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Ends the training where its time is over."""
        if how_it_ended(self.progress, self.minutes):
            self.model.stop_training = True


def how_it_ended(progress: Progress, minutes: float | None) -> str:
    """Why a training has ended, "epochs" or "minutes"; "" where it has not."""
    if not progress.history:
        return ""
    if progress.is_over():
        return "epochs"
    over = minutes is not None and progress.history[-1]["seconds"] >= 60 * minutes
    return "minutes" if over else ""
