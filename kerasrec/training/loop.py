"""The training loop: trains a model as the settings say and saves the best recognizer in the run folder."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras
from kerasrec.lines.batches import TrainingLines, evaluation_batches
from kerasrec.lines.source import Batch, LineSource
from kerasrec.models import Architecture, dtype_policy_scope, line_inputs
from kerasrec.models.precision import dtype_policy
from kerasrec.models.registry import check_model
from kerasrec.objectives import ObjectiveLoss
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.architecture import build_architecture
from kerasrec.training.callbacks import Agree, Keep, Pace, StopWhen, Validate
from kerasrec.training.checkpoint import load_checkpoint, pack_variables, save_checkpoint, unpack_variables
from kerasrec.training.devices import Devices
from kerasrec.training.epochs import train_epochs
from kerasrec.training.feasibility import check_feasible
from kerasrec.training.fine_tuning import start
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run
from kerasrec.training.settings import PRECISIONS, TrainSettings
from kerasrec.training.splits import Splits
from kerasrec.training.steps import Steps
from kerasrec.training.team import Team

MODEL_INPUTS = ("images", "widths", "labels", "lengths")
"""The entries of a batch that a training step uses."""


def build_recognizer(
    settings: TrainSettings, architecture: Architecture, alphabet: Alphabet, policy: str
) -> Recognizer:
    """Creates an untrained recognizer with the settings' seed under a Keras dtype policy."""
    keras.utils.set_random_seed(settings.seed)
    recognizer = Recognizer.build(architecture, alphabet, settings.spec, policy, settings.objective)
    check_model(architecture, recognizer.model, len(alphabet))
    return recognizer


def training_model(recognizer: Recognizer, settings: TrainSettings) -> keras.Model:
    """Attaches the loss to a recognizer's model and compiles it; the inputs are dictionaries of `MODEL_INPUTS`."""
    # Keras scales the loss only if the model's own policy is float16.
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
    model.compile(_optimizer(settings), jit_compile=False)  # XLA compiles once per width and is slower on a CPU
    model.optimizer.build(model.trainable_variables)  # a step that creates variables would be traced twice
    return model


def training_batches(
    settings: TrainSettings, source: LineSource, margin: int, step: int = 0, shares: range = range(1), of: int = 1
) -> tf.data.Dataset:
    """Opens the endless stream of training batches at a step.

    Args:
        settings: The settings of the run.
        source: The training lines.
        margin: The model's margin in pixels.
        step: The number of the first batch.
        shares: Those of the `of` shares of each batch that the stream has one after the other.
        of: The number of shares into which the lines of each batch are dealt.
    """
    repeat_after = settings.epoch_lines if settings.same_lines else None
    if settings.overfit_batches:
        repeat_after = settings.overfit_batches * settings.batch_size
    lines = TrainingLines(source, settings.batch_size, repeat_after, margin)
    return lines.open(step, shares, of).map(lambda batch: {name: batch[name] for name in MODEL_INPUTS})


def fit(
    settings: TrainSettings,
    run: Run,
    splits: Splits,
    resume: bool = False,
    watch: Callable[[Progress], Sequence[keras.callbacks.Callback]] = lambda progress: (),
    devices: Devices | None = None,
) -> Progress:
    """Trains until the budget is spent; saves the best recognizer, a checkpoint and the history in the run.

    Ctrl-C also ends training, after the current step or validation, and sets `stopped` of the returned progress. The
    run then holds the completed epochs; if there are none, it holds the recognizer as it was at that moment.

    Args:
        settings: The settings of the run.
        run: The run in which the results are saved.
        splits: The lines.
        resume: Whether to continue from the run's checkpoint, if it has one. With a budget in epochs the result is the
            same as without the interruption.
        watch: Returns further callbacks, such as one that shows the progress. When they are called at the end of an
            epoch, the history already has its row.
        devices: The devices to train on; the default is one. On several hosts every worker calls this function; only
            the chief validates and saves.

    Raises:
        UsageError: A setting is invalid.
        InfeasibleLine: The model has too few frames for the lines.
        DivergedTraining: The loss became NaN or infinite; the previous epochs are kept.
        BadRun: The checkpoint is damaged.
        CannotWrite: The run folder cannot be written to, or the disk is full.
        WorkerLost: A worker was lost or has failed.
    """
    devices = devices or Devices()
    team = devices.team
    architecture, source, progress = build_architecture(settings), splits.train(), Progress(settings)
    check_feasible(architecture, settings, source)
    devices.check_batch_size(settings.batch_size)
    resume = resume and run.checkpoint_file.exists()
    if resume:
        progress.load(run.checkpoint_file)
    progress.policy = devices.choose_policy(progress.policy, partial(dtype_policy, settings.precision, PRECISIONS))
    recognizer = build_recognizer(settings, architecture, splits.alphabet, progress.policy)
    start(recognizer, settings, has_weights=resume or not team.is_chief)
    model = training_model(recognizer, settings)
    if resume:
        load_checkpoint(run.checkpoint_file, model)
    if not team.is_alone:
        _follow_chief(team, progress, model)
    if not team.share(progress.is_over()):
        callbacks: list[keras.callbacks.Callback] = [Pace(progress)]
        if team.is_chief:
            _try_save(recognizer)
            batches = _validation_batches(settings, splits, architecture.margin)
            callbacks += [Validate(progress, recognizer, batches), _keep(run, progress, recognizer, model)]
            callbacks += [StopWhen(lambda logs: progress.is_over()), *watch(progress)]
        if not team.is_alone:
            callbacks.append(Agree(team))
        with team.step():
            steps = Steps(
                model,
                partial(_make_copy, recognizer, settings, progress.policy),
                devices.strategy,
                partial(training_batches, settings, source, architecture.margin, progress.step),
            )
        train_epochs(model, steps, callbacks, progress, team)
    if progress.stopped and progress.step and team.is_chief and not run.recognizer_file.exists():
        recognizer.save(run.recognizer_file)
    return progress


def _make_copy(recognizer: Recognizer, settings: TrainSettings, policy: str) -> keras.Model:
    """Makes another training model for the recognizer's architecture, with weights of its own."""
    copy = Recognizer.build(
        recognizer.architecture, recognizer.alphabet, settings.spec, policy, recognizer.objective_name
    )
    start(copy, settings, has_weights=True)
    return training_model(copy, settings)


def _follow_chief(team: Team, progress: Progress, model: keras.Model) -> None:
    """Gives the other workers the chief's progress and variables, so that they need no files of the run."""
    state, variables = team.share([progress.state(), pack_variables(model)] if team.is_chief else None)
    if not team.is_chief:
        progress.restore(state)
        unpack_variables(variables, model)


def _keep(run: Run, progress: Progress, recognizer: Recognizer, model: keras.Model) -> Keep:
    def save() -> None:
        run.write_history(progress.history)
        save_checkpoint(run.checkpoint_file, model, dict(progress.state()))

    return Keep(
        progress.history,
        "val_cer",
        rises=False,
        describe=lambda best: {**progress.describe(), "learning_rate": float(model.optimizer.learning_rate)},
        save_best=lambda: recognizer.save(run.recognizer_file),
        save=save,
    )


def _try_save(recognizer: Recognizer) -> None:
    """Saves a recognizer and removes it again: what cannot be saved fails here, not at the end of the first epoch."""
    with tempfile.TemporaryDirectory() as folder:
        recognizer.save(Path(folder) / "recognizer.keras")


def _optimizer(settings: TrainSettings) -> keras.optimizers.Optimizer:
    clip = settings.clip_norm or None
    if settings.optimizer == "adam":
        return keras.optimizers.Adam(settings.learning_rate, global_clipnorm=clip)
    return keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay, global_clipnorm=clip)


def _validation_batches(settings: TrainSettings, splits: Splits, margin: int) -> list[Batch]:
    """Returns the validation batches: held-out lines, or the training lines when overfitting."""
    if settings.overfit_batches:
        source, count = splits.train(), settings.overfit_batches * settings.batch_size
    else:
        source = splits.validation()
        count = min(settings.validation_lines, source.count or settings.validation_lines)
    return list(evaluation_batches(source, count, 128, margin))
