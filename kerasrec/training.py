"""Training: from settings to a run folder with the best recognizer in it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import keras

from kerasrec.alphabet import Alphabet
from kerasrec.callbacks import Keep, Pace, Progress, Validate
from kerasrec.checkpoint import load_checkpoint, save_checkpoint
from kerasrec.ctc import CTCLoss
from kerasrec.datasets import TrainingLines, evaluation_batches
from kerasrec.errors import UsageError
from kerasrec.models import MODELS, Architecture, line_inputs
from kerasrec.precision import dtype_policy
from kerasrec.recognizer import Recognizer
from kerasrec.run import Run
from kerasrec.settings import PRECISIONS, TrainSettings
from kerasrec.splits import Splits, check_feasible

MODEL_INPUTS = ("images", "widths", "labels", "lengths")
"""What a training step takes of a batch."""


def build_architecture(settings: TrainSettings) -> Architecture:
    """Makes the architecture that the settings name.

    Raises:
        UsageError: The model or one of its hyperparameters is unknown, or a value cannot work.
    """
    if settings.model not in MODELS:
        raise UsageError(f"There is no model {settings.model!r}. Choose one of {', '.join(MODELS)}.")
    kind = MODELS[settings.model]
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    unknown = [name for name in settings.hyperparameters if name not in known]
    if unknown:
        raise UsageError(f"{settings.model} has no hyperparameter {unknown[0]!r}; it has {', '.join(known)}.")
    return kind(**settings.hyperparameters)


def training_model(recognizer: Recognizer, settings: TrainSettings) -> keras.Model:
    """Puts the CTC loss behind a recognizer's model, and compiles both; takes dictionaries of `MODEL_INPUTS`."""
    images, widths = line_inputs(settings.spec.height)
    labels, lengths = keras.Input((None,), dtype="int32", name="labels"), keras.Input((), dtype="int32", name="lengths")
    frames = recognizer.architecture.frames(widths)
    logits = CTCLoss(name="ctc")(recognizer.model([images, widths]), frames, labels, lengths)
    inputs = dict(zip(MODEL_INPUTS, (images, widths, labels, lengths), strict=True))
    model = keras.Model(inputs, logits, name="training")
    model.compile(_optimizer(settings), jit_compile=False)  # XLA compiles each width anew, and is slower on a CPU
    return model


def train(
    settings: TrainSettings,
    run: Run,
    splits: Splits,
    resume: bool = False,
    watch: Callable[[Progress], Sequence[keras.callbacks.Callback]] = lambda progress: (),
) -> Progress:
    """Trains until the budget is spent, keeping the best recognizer, a checkpoint and the history in the run.

    Args:
        settings: Of the run.
        run: Where to keep what is made.
        splits: The lines.
        resume: Whether to go on from the run's checkpoint; the end is then the same as without the interruption.
        watch: Makes further callbacks, such as one that shows the progress.

    Raises:
        UsageError: A setting cannot work.
        InfeasibleLine: The model has too few frames for the lines.
        DivergedTraining: The loss became NaN or infinite; the work of the epochs before is kept.
        CannotWrite: The run folder cannot be written to, or the disk is full.
    """
    architecture = build_architecture(settings)
    composer = splits.train()
    check_feasible(architecture, composer)
    keras.utils.set_random_seed(settings.seed)
    policy = dtype_policy(settings.precision, PRECISIONS)
    recognizer = Recognizer.build(architecture, splits.alphabet, settings.spec, policy)
    model, progress = training_model(recognizer, settings), Progress(settings)
    if resume:
        progress.restore(load_checkpoint(run.checkpoint_file, model))
    lines = TrainingLines(composer, settings.batch_size, _repeat_after(settings), architecture.margin)

    def save() -> None:
        run.write_history(progress.history)
        save_checkpoint(run.checkpoint_file, model, progress.state())

    if progress.share() < 1:
        model.fit(
            lines.open(progress.step).map(lambda batch: {name: batch[name] for name in MODEL_INPUTS}),
            epochs=settings.epochs or 1_000_000,
            initial_epoch=len(progress.history),
            steps_per_epoch=settings.steps_per_epoch,
            shuffle=False,
            verbose=0,
            callbacks=[
                Pace(progress),
                Validate(recognizer, _validation(settings, splits, architecture)),
                Keep(progress, save, lambda: recognizer.save(run.recognizer_file)),
                *watch(progress),
            ],
        )
    return progress


def _optimizer(settings: TrainSettings) -> keras.optimizers.Optimizer:
    clip = settings.clip_norm or None
    if settings.optimizer == "adam":
        return keras.optimizers.Adam(settings.learning_rate, global_clipnorm=clip)
    return keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay, global_clipnorm=clip)


def _repeat_after(settings: TrainSettings) -> int | None:
    if settings.overfit_batches:
        return settings.overfit_batches * settings.batch_size
    return settings.epoch_lines if settings.same_lines else None


def _validation(settings: TrainSettings, splits: Splits, architecture: Architecture) -> Iterable:
    """The batches to validate on: held-out lines, or those trained on where it is to be overfitted."""
    if settings.overfit_batches:
        composer, count = splits.train(), settings.overfit_batches * settings.batch_size
    else:
        composer, count = splits.validation(), settings.validation_lines
    return list(evaluation_batches(composer, count, 128, architecture.margin))
