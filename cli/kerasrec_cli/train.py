"""`kerasrec train`: from glyphs and sentences to a recognizer."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kerasrec_cli import options, quiet
from kerasrec_cli import train_options as given
from kerasrec_cli.train_settings import make_settings, refuse_other_model, refuse_other_options

if TYPE_CHECKING:
    from kerasrec.training.settings import TrainSettings


EXAMPLES = """Examples:

kerasrec train --minutes 5 --out runs/first

kerasrec train --glyphs emnist --text brown --minutes 30 --out runs/emnist

kerasrec train line_cnn --set conv_dim=64 --epochs 20 --out runs/cnn

kerasrec train line_cnn_lstm --lab --out runs/lab

kerasrec train line_resnet --hyperparameters line_resnet --glyphs emnist --text brown --minutes 30

kerasrec train --out runs/cnn --resume
"""


def train(
    context: typer.Context,
    model: given.Model = "line_resnet",
    out: given.Out = None,
    resume: given.Resume = False,
    set_: given.Set = None,
    objective: given.Objective = None,
    limit_output_length: given.LimitOutputLength = False,
    lab: given.Lab = False,
    hyperparameters: given.Hyperparameters = None,
    glyphs: options.Glyphs = "strokes",
    text: options.Text = "offline",
    keep_punctuation: options.KeepPunctuation = False,
    characters: options.Characters = None,
    data_dir: options.DataDir = ...,  # type: ignore[assignment]
    max_length: options.MaxLength = 32,
    min_overlap: options.MinOverlap = 0.0,
    max_overlap: options.MaxOverlap = 0.33,
    overlap_per: options.OverlapPer = "line",
    glyph_per: options.GlyphPer = "occurrence",
    fixed_width: options.FixedWidth = False,
    augment: options.Augment = 0.5,
    seed: options.Seed = 42,
    epochs: given.Epochs = None,
    minutes: given.Minutes = None,
    epoch_lines: given.EpochLines = 10_000,
    same_lines: given.SameLines = False,
    validation_lines: given.ValidationLines = 1000,
    test_lines: given.TestLines = 2000,
    patience: given.Patience = 10,
    batch_size: given.BatchSize = 32,
    optimizer: given.Optimizer = "adamw",
    learning_rate: given.LearningRate = 1e-3,
    weight_decay: given.WeightDecay = 0.01,
    schedule: given.Schedule = "cosine",
    warmup: given.Warmup = 0.03,
    clip_norm: given.ClipNorm = 1.0,
    precision: given.Precision = "auto",
    overfit_batches: given.OverfitBatches = 0,
    find_learning_rate: given.FindLearningRate = False,
    tensorboard: given.Tensorboard = False,
) -> None:
    """Trains a recognizer on synthetic lines, and tests it on glyphs and sentences that it never saw.

    Without options it needs no download: embedded glyphs and sentences, 10 epochs of 10,000 lines.

    Ctrl-C stops and keeps the work. The run's folder then holds the best recognizer, for `kerasrec read` and
    `kerasrec evaluate`, and what --resume goes on from; at the end also figures and pictures of the test.
    """
    values = dict(locals())  # by the options' names, most of which are those of the settings
    if resume:
        refuse_other_options(context)
    quiet.start_tensorflow()
    from kerasrec.training.loop import check_settings
    from kerasrec.training.run import Run
    from kerasrec.training.train import continue_with, train_and_test

    if resume:
        folder = out or Path("runs") / model
        run = Run.open(folder)
        settings = run.settings()
        refuse_other_model(context, settings)
    else:
        settings = make_settings(context, values)
        folder = out or Path("runs") / settings.model
    check_settings(settings)  # before a download, not after
    if find_learning_rate:
        return _find_learning_rate(settings, data_dir, folder)
    if not resume:
        run = Run.create(folder, settings)
    if train_and_test(run, data_dir, resume, test_lines, tensorboard=tensorboard).stopped:
        typer.echo(f"Stopped. {continue_with(run)}")
        raise typer.Exit(130)


def _find_learning_rate(settings: "TrainSettings", data_dir: Path, folder: Path) -> None:
    from kerasrec.plots import rate_curve
    from kerasrec.training.lr_finder import find_learning_rate
    from kerasrec.training.splits import Splits
    from kerasrec.training.train import describe_splits

    splits = Splits.load(settings, data_dir)
    typer.echo("\n".join(describe_splits(splits)))
    found = find_learning_rate(settings, splits)
    typer.echo(str(found))
    picture = folder / "learning_rates.png"
    rate_curve(picture, found.rates, found.losses, found.suggestion)
    typer.echo(f"The losses are drawn in {picture}.")
