"""Trains a character model as the settings say and saves the best recognizer in the run folder."""

import math
import time
from collections.abc import Mapping, Sequence

import numpy as np

from kerasrec.backend import keras
from kerasrec.errors import DivergedTraining
from kerasrec.labs.characters.data import CharacterData, Labelled, ink_sides
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.models.precision import dtype_policy
from kerasrec.training.callbacks import Keep
from kerasrec.training.interrupts import RaiseInterrupt, delayed_interrupts
from kerasrec.training.settings import PRECISIONS


def train(
    settings: CharacterSettings,
    run: CharacterRun,
    data: CharacterData,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[dict[str, float]]:
    """Trains for the epochs of the settings; saves the history and the best recognizer in the run.

    The best epoch is the first with the highest accuracy on the validation images.

    Args:
        settings: The settings of the run.
        run: The run in which the results are saved.
        data: The images.
        callbacks: Further callbacks, such as one that shows the progress; the logs of each epoch hold `best`, 1 or 0,
            and `seconds`.

    Returns:
        The history: a row for each epoch.

    Raises:
        UsageError: A setting is invalid.
        DivergedTraining: The loss became NaN or infinite; the previous epochs are kept.
        CannotWrite: The run folder cannot be written to, or the disk is full.
    """
    architecture = settings.architecture()
    policy = dtype_policy(settings.precision, PRECISIONS)
    keras.utils.set_random_seed(settings.seed)
    ink_box = int(np.median(ink_sides(data.train.images)))
    recognizer = CharacterRecognizer.build(architecture, data.classes, ink_box, policy)
    model = recognizer.model
    model.compile(
        keras.optimizers.Adam(settings.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # XLA is slower on a CPU
    )
    training, validation = _choose(settings, data)
    history: list[dict[str, float]] = []
    started = time.perf_counter()
    keep = Keep(
        history,
        "val_accuracy",
        rises=True,
        describe=lambda best: {"best": float(best), "seconds": round(time.perf_counter() - started, 2)},
        save_best=lambda: recognizer.save(run.recognizer_file),
        save=lambda: run.write_history(history),
    )
    try:
        with delayed_interrupts() as raise_interrupt:
            model.fit(
                training.images[..., None],
                training.labels,
                settings.batch_size,
                settings.epochs,
                verbose=0,
                callbacks=[
                    keras.callbacks.LambdaCallback(on_epoch_end=_refuse_diverged),
                    keep,
                    *callbacks,
                    RaiseInterrupt(raise_interrupt),
                ],
                validation_data=(validation.images[..., None], validation.labels),
            )
    except BaseException:
        for callback in callbacks:
            callback.on_train_end()  # Keras skips it after an error, which would leave a live line
        raise
    return history


def _choose(settings: CharacterSettings, data: CharacterData) -> tuple[Labelled, Labelled]:
    """Returns the training and validation images; to overfit, these are a few batches, repeated."""
    if not settings.overfit_batches:
        return data.train, data.validation
    count = len(data.train)
    few = np.random.default_rng(settings.seed).permutation(count)[: settings.overfit_batches * settings.batch_size]
    return data.train.select(np.resize(few, count)), data.train.select(few)


def _refuse_diverged(epoch: int, logs: Mapping[str, float]) -> None:
    if not math.isfinite(logs["loss"]):
        raise DivergedTraining(
            f"The loss became {logs['loss']} in epoch {epoch + 1}. Train again with a lower --learning-rate."
        )
