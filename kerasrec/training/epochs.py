"""Trains epoch by epoch, and calls the callbacks as Keras's `fit` does, which cannot train on several hosts."""

from collections.abc import Sequence

from kerasrec.backend import keras
from kerasrec.training.interrupts import RaiseInterrupt, delayed_interrupts
from kerasrec.training.progress import Progress
from kerasrec.training.steps import Steps
from kerasrec.training.team import Team

_ENDLESS = 1_000_000  # epochs, for a budget in minutes


def train_epochs(
    model: keras.Model,
    steps: Steps,
    callbacks: Sequence[keras.callbacks.Callback],
    progress: Progress,
    team: Team,
) -> None:
    """Trains until the callbacks or Ctrl-C stop it, which sets `stopped` of the progress.

    Args:
        model: The model, which has the trained variables at the end of each epoch.
        steps: The steps of the model.
        callbacks: The callbacks; errors that they raise end the training.
        progress: The progress of the run.
        team: The workers.

    Raises:
        WorkerLost: A worker was lost or has failed.
    """
    settings = progress.settings
    try:
        with delayed_interrupts() as raise_interrupt:
            every = keras.callbacks.CallbackList(
                [*callbacks, RaiseInterrupt(raise_interrupt)], model=model, steps=settings.steps_per_epoch
            )
            model.stop_training = False
            every.on_train_begin()
            for epoch in range(len(progress.history), settings.epochs or _ENDLESS):
                _train_epoch(epoch, model, steps, every, team)
                if model.stop_training:
                    break
            every.on_train_end()
    except BaseException as error:
        for callback in callbacks:
            callback.on_train_end()  # else files and the live line would stay open
        if not isinstance(error, KeyboardInterrupt):
            raise
        steps.collect()
        progress.stopped = True
        team.leave(error)


def _train_epoch(
    epoch: int, model: keras.Model, steps: Steps, callbacks: keras.callbacks.CallbackList, team: Team
) -> None:
    logs: dict[str, float] = {}
    steps.start_epoch()
    callbacks.on_epoch_begin(epoch)
    for number in range(callbacks.params["steps"]):
        callbacks.on_train_batch_begin(number)
        with team.step():
            logs = steps.step()
        callbacks.on_train_batch_end(number, logs)
        if model.stop_training:
            break
    steps.collect()
    callbacks.on_epoch_end(epoch, logs)
