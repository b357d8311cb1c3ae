"""`kerasrec train`: from glyphs and sentences to a recognizer."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from click.core import ParameterSource

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    from kerasrec.budget import Progress
    from kerasrec.run import Run
    from kerasrec.settings import TrainSettings
    from kerasrec.splits import Splits

_BUDGET, _OPTIMIZER = "Budget", "Optimizer"
_WITH_RESUME = {"resume", "out", "data_dir", "tensorboard", "debug"}

EXAMPLES = """Examples:

kerasrec train --minutes 5 --out runs/first

kerasrec train --glyphs emnist --text brown --minutes 30 --out runs/emnist

kerasrec train line_cnn --set conv_dim=64 --epochs 20 --out runs/cnn

kerasrec train --out runs/cnn --resume
"""


def train(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")] = "line_resnet",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The run's folder.", show_default="runs/MODEL")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, which ends as if it had not been stopped.")
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A hyperparameter of the model; may be repeated."),
    ] = None,
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
    epochs: Annotated[
        int | None, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Train so many epochs.", show_default="10")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(metavar="M", rich_help_panel=_BUDGET, help="Train so many minutes, validation included."),
    ] = None,
    epoch_lines: Annotated[
        int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Lines from one validation to the next.")
    ] = 10_000,
    same_lines: Annotated[
        bool,
        typer.Option(
            "--same-lines", rich_help_panel=_BUDGET, help="Draw the same lines in each epoch (the labs), not new ones."
        ),
    ] = False,
    validation_lines: Annotated[
        int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Held-out lines of each validation.")
    ] = 1000,
    test_lines: Annotated[
        int, typer.Option(metavar="N", rich_help_panel=_BUDGET, help="Unseen lines of the test at the end.")
    ] = 2000,
    patience: Annotated[
        int,
        typer.Option(
            metavar="N", rich_help_panel=_BUDGET, help="Stop after so many epochs without a better val CER; 0: never."
        ),
    ] = 10,
    batch_size: Annotated[int, typer.Option(metavar="N", rich_help_panel=_OPTIMIZER, help="Lines in a batch.")] = 32,
    optimizer: Annotated[
        Literal["adamw", "adam"], typer.Option(rich_help_panel=_OPTIMIZER, help="Optimizer.")
    ] = "adamw",
    learning_rate: Annotated[
        float, typer.Option(metavar="RATE", rich_help_panel=_OPTIMIZER, help="The highest learning rate.")
    ] = 1e-3,
    weight_decay: Annotated[
        float, typer.Option(metavar="RATE", rich_help_panel=_OPTIMIZER, help="Weight decay of adamw.")
    ] = 0.01,
    schedule: Annotated[
        Literal["cosine", "one_cycle", "constant"],
        typer.Option(rich_help_panel=_OPTIMIZER, help="How the learning rate goes over the budget."),
    ] = "cosine",
    warmup: Annotated[
        float,
        typer.Option(metavar="SHARE", rich_help_panel=_OPTIMIZER, help="Share of the budget in which the rate rises."),
    ] = 0.03,
    clip_norm: Annotated[
        float,
        typer.Option(
            metavar="NORM", rich_help_panel=_OPTIMIZER, help="Greatest norm of the gradients; 0: no clipping."
        ),
    ] = 1.0,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(rich_help_panel=_OPTIMIZER, help="Type of the computations; auto measures what is faster here."),
    ] = "auto",
    overfit_batches: Annotated[
        int,
        typer.Option(metavar="N", help="Train and validate on the same N batches, to see that the model can learn."),
    ] = 0,
    find_learning_rate: Annotated[
        bool, typer.Option("--find-learning-rate", help="Try rates from 1e-6 to 1, draw the losses, and stop.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Log scalars and predictions for TensorBoard, in the run's folder.")
    ] = False,
) -> None:
    """Trains a recognizer on synthetic lines, and tests it on glyphs and sentences that it never saw."""
    quiet.start_tensorflow()
    from kerasrec.run import Run
    from kerasrec.settings import TrainSettings
    from kerasrec.splits import Splits

    folder = out or Path("runs") / model
    if resume:
        _refuse_other_options(context)
        run = Run.open(folder)
        settings = run.settings()
    else:
        settings = TrainSettings(
            model=model,
            hyperparameters=_hyperparameters(set_ or []),
            glyphs=glyphs,
            text=text,
            keep_punctuation=keep_punctuation,
            characters=options.alphabet_characters(characters),
            spec=options.line_spec(
                max_length, min_overlap, max_overlap, overlap_per, glyph_per, fixed_width or _needs_fixed_width(model)
            ),
            augment=augment,
            batch_size=batch_size,
            epoch_lines=epoch_lines,
            same_lines=same_lines,
            validation_lines=validation_lines,
            epochs=10 if epochs is None and minutes is None else epochs,
            minutes=minutes,
            optimizer=optimizer,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            schedule=schedule,
            warmup=warmup,
            clip_norm=clip_norm,
            patience=patience,
            precision=precision,
            seed=seed,
            overfit_batches=overfit_batches,
        )
    splits = Splits.load(settings, data_dir)
    _describe(settings, splits)
    if find_learning_rate:
        return _find_learning_rate(settings, splits, folder)
    if not resume:
        run = Run.create(folder, settings)
    progress = _train(settings, run, splits, resume, tensorboard)
    if progress.stopped:
        typer.echo(f"Stopped. Go on with: kerasrec train --out {folder} --resume")
        raise typer.Exit(130)
    _report(run, splits, progress, test_lines)


def _train(settings: "TrainSettings", run: "Run", splits: "Splits", resume: bool, tensorboard: bool) -> "Progress":
    from kerasrec.progress import ShowProgress
    from kerasrec.training import train

    def watch(progress: "Progress") -> list[Any]:
        callbacks: list[Any] = [ShowProgress(progress, sys.stdout)]
        if tensorboard:
            from kerasrec.plots import line_sheet
            from kerasrec.tensorboard import TensorBoardLog

            callbacks.append(TensorBoardLog(progress, run.folder / "tensorboard", line_sheet))
        return callbacks

    return train(settings, run, splits, resume, watch)


def _report(run: "Run", splits: "Splits", progress: "Progress", lines: int) -> None:
    """Tests the best recognizer of the run, and says what came of it."""
    from kerasrec.evaluation import describe
    from kerasrec.report import read_test_lines, write_report

    recognizer = run.recognizer(progress.policy)
    readings = read_test_lines(recognizer, splits, lines)
    evaluation = write_report(run, recognizer, readings, progress.history)
    typer.echo(f"\nThe best recognizer, of epoch {progress.best_epoch}, on glyphs and sentences it never saw:\n")
    typer.echo("\n".join(describe(evaluation)))
    typer.echo(f"\nThe run is in {run.folder}: recognizer.keras, metrics.json, history.csv, pictures and tables.")


def _find_learning_rate(settings: "TrainSettings", splits: "Splits", folder: Path) -> None:
    from kerasrec.lr_finder import find_learning_rate
    from kerasrec.plots import rate_curve

    found = find_learning_rate(settings, splits)
    picture = folder / "learning_rates.png"
    rate_curve(picture, found.rates, found.losses, found.suggestion)
    typer.echo(f"{found} The picture is {picture}.")


def _describe(settings: "TrainSettings", splits: "Splits") -> None:
    """Says what is trained on what, and what was dropped on the way."""
    bank, corpus = splits.bank, splits.corpus
    typer.echo(f"{settings.model} on {bank.name} glyphs and {corpus.name} text")
    for name, pool in bank.pools.items():
        sentences = len(getattr(corpus, name))
        typer.echo(f"  {name:<10} {len(pool):>8,} glyphs  {sentences:>7,} sentences")
    for dropped in corpus.describe_dropped():
        typer.echo(f"  left out: {dropped}")


def _hyperparameters(assignments: list[str]) -> dict[str, Any]:
    """Reads NAME=VALUE pairs; a value is an int or a float where it looks like one.

    Raises:
        UsageError: There is no "=" in one.
    """
    values = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise UsageError(f"--set takes NAME=VALUE, such as conv_dim=64, but got {assignment!r}.")
        try:
            values[name] = json.loads(value)
        except ValueError:
            raise UsageError(f"--set {name} needs a number, but got {value!r}.") from None
    return values


def _needs_fixed_width(model: str) -> bool:
    from kerasrec.models import MODELS

    return model in MODELS and MODELS[model].fixed_width


def _refuse_other_options(context: typer.Context) -> None:
    """Raises UsageError where --resume stands beside an option that only a new run can take."""
    for name, source in ((name, context.get_parameter_source(name)) for name in context.params):
        if source is ParameterSource.COMMANDLINE and name not in _WITH_RESUME:
            flag = "MODEL" if name == "model" else "--" + name.strip("_").replace("_", "-")
            raise UsageError(f"A run goes on with the settings it began with: leave out {flag}, or start a new run.")
