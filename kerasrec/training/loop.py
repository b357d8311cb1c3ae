"""Training: from settings to a run folder with the best recognizer in it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields

import keras

from kerasrec.alphabet import Alphabet
from kerasrec.errors import UsageError
from kerasrec.lines.batches import TrainingLines, evaluation_batches
from kerasrec.lines.composer import Batch, LineComposer
from kerasrec.models import MODELS, Architecture, dtype_policy_scope, line_inputs
from kerasrec.models.precision import dtype_policy
from kerasrec.models.registry import check_model
from kerasrec.objectives import ObjectiveLoss, make_objective
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.callbacks import Keep, Pace, StopWhen, Validate
from kerasrec.training.checkpoint import load_checkpoint, load_state, save_checkpoint
from kerasrec.training.feasibility import check_feasible
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run
from kerasrec.training.settings import PRECISIONS, TrainSettings
from kerasrec.training.splits import Splits

MODEL_INPUTS = ("images", "widths", "labels", "lengths")
"""What a training step takes of a batch."""

_ENDLESS = 1_000_000  # epochs, where the budget is in minutes
_OF_LINES = ("height", "max_length")  # what some models have to know of the lines


def build_architecture(settings: TrainSettings) -> Architecture:
    """Makes the architecture that the settings name.

    Raises:
        UsageError: The model or one of its hyperparameters is unknown, or a value cannot work.
    """
    if settings.model not in MODELS:
        raise UsageError(
            f"There is no model {settings.model!r}. Choose one of {', '.join(MODELS)}. If it is your own, import "
            "the file that registers it first; on the command line: kerasrec --import FILE ..."
        )
    kind = MODELS[settings.model]
    defaults = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
    for name, value in settings.hyperparameters.items():
        if name not in defaults:
            raise UsageError(f"{settings.model} has no hyperparameter {name!r}; it has {', '.join(defaults)}.")
        if type(value) is not type(defaults[name]) and (type(value), type(defaults[name])) != (int, float):
            kinds = "true or false" if type(defaults[name]) is bool else f"a number like {defaults[name]}"
            raise UsageError(f"{name} is {kinds}, not {value!r}.")
        if name in _OF_LINES and value != getattr(settings.spec, name):
            raise UsageError(f"{name} of the lines is {getattr(settings.spec, name)}, not {value}. Leave it out.")
    of_lines = {name: getattr(settings.spec, name) for name in _OF_LINES if name in defaults}
    return kind(**{**settings.hyperparameters, **of_lines})


def check_settings(settings: TrainSettings) -> None:
    """Checks what can be checked before the data are there.

    Raises:
        UsageError: The model, one of its hyperparameters or its objective cannot work, or outputs are to be cut off
            for an objective that needs all.
    """
    architecture = build_architecture(settings)
    objective = make_objective(settings.objective, architecture, settings.spec)
    trained = settings.objective or architecture.objectives[0]
    if settings.limit_output_length and trained != "cross_entropy":
        raise UsageError(
            f"--limit-output-length cuts off outputs for cross_entropy, and {settings.model} is to be trained with "
            f"{trained}. Leave it out, or choose --objective cross_entropy."
        )
    objective.check(architecture, settings.spec, settings.limit_output_length)


def build_recognizer(
    settings: TrainSettings, architecture: Architecture, alphabet: Alphabet, policy: str
) -> Recognizer:
    """Makes the untrained recognizer of the settings' seed, to compute under a Keras dtype policy."""
    keras.utils.set_random_seed(settings.seed)
    recognizer = Recognizer.build(architecture, alphabet, settings.spec, policy, settings.objective)
    check_model(architecture, recognizer.model)
    return recognizer


def training_model(recognizer: Recognizer, settings: TrainSettings) -> keras.Model:
    """Puts the loss behind a recognizer's model, and compiles both; takes dictionaries of `MODEL_INPUTS`."""
    # Under float16 Keras scales the loss, if the model says so.
    with dtype_policy_scope(recognizer.model.dtype_policy.name):
        images, widths = line_inputs(settings.spec.height)
        labels = keras.Input((None,), dtype="int32", name="labels")
        lengths = keras.Input((), dtype="int32", name="lengths")
        frames = recognizer.architecture.frames(widths)
        objective = recognizer.objective
        logits = objective.logits(recognizer.model, images, widths, labels)
        logits = ObjectiveLoss(objective)(logits, frames, labels, lengths)
        inputs = dict(zip(MODEL_INPUTS, (images, widths, labels, lengths), strict=True))
        model = keras.Model(inputs, logits, name="training")
    model.compile(_optimizer(settings), jit_compile=False)  # XLA compiles each width anew, and is slower on a CPU
    model.optimizer.build(model.trainable_variables)  # a step that made variables would be traced twice
    return model


def training_batches(settings: TrainSettings, composer: LineComposer, margin: int, step: int = 0) -> Iterable[Batch]:
    """Opens the endless stream of batches for the model in training at a step; the model needs a margin in pixels."""
    repeat_after = settings.epoch_lines if settings.same_lines else None
    if settings.overfit_batches:
        repeat_after = settings.overfit_batches * settings.batch_size
    lines = TrainingLines(composer, settings.batch_size, repeat_after, margin)
    return lines.open(step).map(lambda batch: {name: batch[name] for name in MODEL_INPUTS})


def fit(
    settings: TrainSettings,
    run: Run,
    splits: Splits,
    resume: bool = False,
    watch: Callable[[Progress], Sequence[keras.callbacks.Callback]] = lambda progress: (),
) -> Progress:
    """Trains until the budget is spent, keeping the best recognizer, a checkpoint and the history in the run.

    Ctrl-C ends it too: `stopped` of the returned progress says so. The run then holds the epochs that had ended; if
    none had, its recognizer is the one of that moment.

    Args:
        settings: Of the run.
        run: Where to keep what is made.
        splits: The lines.
        resume: Whether to go on from the run's checkpoint, if it has one; with a budget in epochs the end is then the
            same as without the interruption.
        watch: Makes further callbacks, such as one that shows the progress; they find each epoch's row in the history.

    Raises:
        UsageError: A setting cannot work.
        InfeasibleLine: The model has too few frames for the lines.
        DivergedTraining: The loss became NaN or infinite; the work of the epochs before is kept.
        BadRun: The checkpoint to go on from is damaged.
        CannotWrite: The run folder cannot be written to, or the disk is full.
    """
    architecture, composer, progress = build_architecture(settings), splits.train(), Progress(settings)
    check_feasible(architecture, settings, composer)
    resume = resume and run.checkpoint_file.exists()
    if resume:
        progress.restore(load_state(run.checkpoint_file))
    progress.policy = progress.policy or dtype_policy(settings.precision, PRECISIONS)
    recognizer = build_recognizer(settings, architecture, splits.alphabet, progress.policy)
    model = training_model(recognizer, settings)
    if resume:
        load_checkpoint(run.checkpoint_file, model)

    def save() -> None:
        run.write_history(progress.history)
        save_checkpoint(run.checkpoint_file, model, progress.state())

    if not progress.is_over():
        callbacks = [
            Pace(progress),
            Validate(progress, recognizer, _validation_batches(settings, splits, architecture.margin)),
            Keep(
                progress.history,
                "val_cer",
                rises=False,
                describe=lambda best: {**progress.describe(), "learning_rate": float(model.optimizer.learning_rate)},
                save_best=lambda: recognizer.save(run.recognizer_file),
                save=save,
            ),
            StopWhen(lambda logs: progress.is_over()),
            *watch(progress),
        ]
        _fit(model, training_batches(settings, composer, architecture.margin, progress.step), callbacks, progress)
    if progress.stopped and progress.step and not run.recognizer_file.exists():
        recognizer.save(run.recognizer_file)
    return progress


def _fit(
    model: keras.Model, batches: Iterable[Batch], callbacks: Sequence[keras.callbacks.Callback], progress: Progress
) -> None:
    """Trains until the callbacks or Ctrl-C end it."""
    try:
        model.fit(
            batches,
            epochs=progress.settings.epochs or _ENDLESS,
            initial_epoch=len(progress.history),
            steps_per_epoch=progress.settings.steps_per_epoch,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
        )
    except BaseException as error:
        for callback in callbacks:
            callback.on_train_end()  # Keras leaves it out after an error, and what they opened would stay open
        if not isinstance(error, KeyboardInterrupt):
            raise
        progress.stopped = True


def _optimizer(settings: TrainSettings) -> keras.optimizers.Optimizer:
    clip = settings.clip_norm or None
    if settings.optimizer == "adam":
        return keras.optimizers.Adam(settings.learning_rate, global_clipnorm=clip)
    return keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay, global_clipnorm=clip)


def _validation_batches(settings: TrainSettings, splits: Splits, margin: int) -> list[Batch]:
    """The batches to validate on: held-out lines, or those trained on where it is to be overfitted."""
    if settings.overfit_batches:
        composer, count = splits.train(), settings.overfit_batches * settings.batch_size
    else:
        composer, count = splits.validation(), settings.validation_lines
    return list(evaluation_batches(composer, count, 128, margin))
