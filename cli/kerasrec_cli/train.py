"""`kerasrec train`: from glyphs and sentences to a recognizer."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kerasrec.errors import CannotWrite
from kerasrec_cli import options, quiet
from kerasrec_cli import train_options as given
from kerasrec_cli.train_settings import make_settings, refuse_other_model, refuse_other_options

if TYPE_CHECKING:
    from kerasrec.training.progress import Progress
    from kerasrec.training.run import Run
    from kerasrec.training.settings import TrainSettings
    from kerasrec.training.splits import Splits


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
    from kerasrec.training.splits import Splits

    if resume:
        folder = out or Path("runs") / model
        run = Run.open(folder)
        settings = run.settings()
        refuse_other_model(context, settings)
    else:
        settings = make_settings(context, values)
        folder = out or Path("runs") / settings.model
    check_settings(settings)  # what is wrong with it is better said before a download than after
    if find_learning_rate:
        return _find_learning_rate(settings, data_dir, folder)
    if not resume:
        run = Run.create(folder, settings)
    try:
        splits = Splits.load(settings, data_dir)
        progress = _train(run, splits, resume, tensorboard)
    except BaseException as error:
        if not resume:
            run.discard_if_empty()
        if isinstance(error, CannotWrite) and run.settings_file.exists():
            raise CannotWrite(f"{error} What was trained before is kept. {_go_on(run)}") from error
        raise
    if progress.stopped:
        typer.echo(f"Stopped. {_go_on(run)}")
        raise typer.Exit(130)
    _report(run, splits, progress, test_lines)


def _train(run: "Run", splits: "Splits", resume: bool, tensorboard: bool) -> "Progress":
    """Trains with progress shown, and says so where nothing of the budget is left."""
    from kerasrec.training.console import ShowProgress
    from kerasrec.training.loop import fit

    watchers: list[Any] = []

    def watch(progress: "Progress") -> list[Any]:
        watchers.append(ShowProgress(progress, sys.stdout))
        if tensorboard:
            from kerasrec.plots import line_sheet
            from kerasrec.training.tensorboard import TensorBoardLog

            watchers.append(TensorBoardLog(progress, run.folder / "tensorboard", line_sheet))
        return watchers

    _describe(splits)
    progress = fit(splits.settings, run, splits, resume, watch)
    if not watchers:
        typer.echo(f"This run has ended, after epoch {len(progress.history)}. Its best recognizer is tested again.")
    return progress


def _go_on(run: "Run") -> str:
    return f"Go on with: kerasrec train --out {shlex.quote(str(run.folder))} --resume"


def _report(run: "Run", splits: "Splits", progress: "Progress", lines: int) -> None:
    """Tests the best recognizer of the run, says what came of it and writes it down."""
    from kerasrec.evaluation import describe, evaluate
    from kerasrec.evaluation.report import read_composed_lines, write_report

    recognizer = run.recognizer(progress.policy)
    readings = read_composed_lines(recognizer, splits.test(), lines)
    evaluation = evaluate(readings)
    unseen = "glyphs" if splits.settings.split == "lab" else "glyphs and sentences"
    typer.echo(f"\nThe best recognizer, of epoch {progress.best_epoch}, on {unseen} it never saw:\n")
    typer.echo("\n".join(describe(evaluation)))
    write_report(run.folder, recognizer, readings, evaluation, progress.history)
    typer.echo(f"\nThe run is in {run.folder}: recognizer.keras, metrics.json, history.csv, pictures and tables.")


def _find_learning_rate(settings: "TrainSettings", data_dir: Path, folder: Path) -> None:
    from kerasrec.plots import rate_curve
    from kerasrec.training.lr_finder import find_learning_rate
    from kerasrec.training.splits import Splits

    splits = Splits.load(settings, data_dir)
    _describe(splits)
    found = find_learning_rate(settings, splits)
    typer.echo(str(found))
    picture = folder / "learning_rates.png"
    rate_curve(picture, found.rates, found.losses, found.suggestion)
    typer.echo(f"The losses are drawn in {picture}.")


def _describe(splits: "Splits") -> None:
    """Says what is trained on what, and what was dropped on the way."""
    bank, corpus = splits.bank, splits.corpus
    typer.echo(f"{splits.settings.model} on {bank.name} glyphs and {corpus.name} text")
    sentences = splits.sentence_counts()
    for name, glyphs in splits.glyph_counts().items():
        typer.echo(f"  {name:<10} {glyphs:>8,} glyphs  {sentences[name]:>7,} sentences")
    if splits.settings.split == "lab":
        typer.echo("  as in the labs: validation has the glyphs of training, and all have the same sentences")
    for dropped in corpus.describe_dropped():
        typer.echo(f"  left out: {dropped}")
