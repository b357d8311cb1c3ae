"""`kerasrec train`: from glyphs and sentences to a recognizer."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kerasrec.errors import CannotWrite, UsageError
from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    from kerasrec.budget import Progress
    from kerasrec.run import Run
    from kerasrec.settings import TrainSettings
    from kerasrec.splits import Splits
    from kerasrec_tuning.chosen import Chosen

_BUDGET, _OPTIMIZER = "Budget", "Optimizer"
_WITH_RESUME = {"resume", "model", "out", "data_dir", "test_lines", "tensorboard"}

EXAMPLES = """Examples:

kerasrec train --minutes 5 --out runs/first

kerasrec train --glyphs emnist --text brown --minutes 30 --out runs/emnist

kerasrec train line_cnn --set conv_dim=64 --epochs 20 --out runs/cnn

kerasrec train line_resnet --hyperparameters line_resnet --glyphs emnist --text brown --minutes 30

kerasrec train --out runs/cnn --resume
"""


def train(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")] = "line_resnet",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The run's folder.", show_default="runs/MODEL")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run in --out after Ctrl-C or a kill. Its settings stay, and so does its end: that of "
            "a run that was never stopped.",
        ),
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A hyperparameter of the model, for example width=48; `kerasrec models MODEL` lists them. May be "
            "repeated.",
        ),
    ] = None,
    hyperparameters: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NAME",
            help="Hyperparameters of model and training that a search found: its best.json, or the name of a model for "
            "those that were found for it on EMNIST and Brown. Options that are given beside it win.",
        ),
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
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=_BUDGET,
            help="Train so many epochs of --epoch-lines lines.",
            show_default="10, if --minutes is not given",
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            rich_help_panel=_BUDGET,
            help="Train so many minutes instead, validation included; the test at the end comes on top.",
        ),
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
        int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Unseen lines of the test at the end.")
    ] = 2000,
    patience: Annotated[
        int,
        typer.Option(
            metavar="N",
            rich_help_panel=_BUDGET,
            help="Stop after so many epochs without a better CER on the validation lines; 0: never.",
        ),
    ] = 10,
    batch_size: Annotated[int, typer.Option(metavar="N", rich_help_panel=_OPTIMIZER, help="Lines in a batch.")] = 32,
    optimizer: Annotated[
        Literal["adamw", "adam"], typer.Option(rich_help_panel=_OPTIMIZER, help="How gradients become steps.")
    ] = "adamw",
    learning_rate: Annotated[
        float,
        typer.Option(
            metavar="RATE",
            rich_help_panel=_OPTIMIZER,
            help="The highest learning rate; --find-learning-rate suggests one.",
        ),
    ] = 1e-3,
    weight_decay: Annotated[
        float, typer.Option(metavar="RATE", rich_help_panel=_OPTIMIZER, help="Weight decay of adamw.")
    ] = 0.01,
    schedule: Annotated[
        Literal["cosine", "one_cycle", "constant"],
        typer.Option(
            rich_help_panel=_OPTIMIZER,
            help="The learning rate over the budget. cosine: rises in the warm-up, then falls to 0. one_cycle: rises "
            "for 30% of the budget, then falls to 0. constant: rises in the warm-up, then stays.",
        ),
    ] = "cosine",
    warmup: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            rich_help_panel=_OPTIMIZER,
            help="Share of the budget in which the learning rate rises, from 0 to below 1.",
        ),
    ] = 0.03,
    clip_norm: Annotated[
        float,
        typer.Option(
            metavar="NORM", rich_help_panel=_OPTIMIZER, help="Greatest norm of the gradients; 0: no clipping."
        ),
    ] = 1.0,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(
            rich_help_panel=_OPTIMIZER,
            help="Type of the computations; auto measures whether bfloat16 or float32 is faster here.",
        ),
    ] = "auto",
    overfit_batches: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Train and validate on the same N batches, to see that the model can learn at all; 0: do not.",
        ),
    ] = 0,
    find_learning_rate: Annotated[
        bool,
        typer.Option(
            "--find-learning-rate",
            help="Do not train: try learning rates from 1e-6 to 1 on 100 batches, suggest one, and draw the losses "
            "into --out.",
        ),
    ] = False,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard", help="Log scalars and predictions, too, in the run's folder: `tensorboard --logdir runs`."
        ),
    ] = False,
) -> None:
    """Trains a recognizer on synthetic lines, and tests it on glyphs and sentences that it never saw.

    Without options it needs no download: embedded glyphs and sentences, 10 epochs of 10,000 lines.

    Ctrl-C stops and keeps the work. The run's folder then holds the best recognizer, for `kerasrec read` and
    `kerasrec evaluate`, and what --resume goes on from; at the end also figures and pictures of the test.
    """
    if epochs is not None and minutes is not None:
        raise UsageError(f"Give --epochs or --minutes, not both ({epochs} and {minutes:g}).")
    if resume:
        _refuse_other_options(context)
    quiet.start_tensorflow()
    from kerasrec.glyphs import GLYPHS
    from kerasrec.run import Run
    from kerasrec.settings import TrainSettings
    from kerasrec.splits import Splits
    from kerasrec.text import TEXTS
    from kerasrec.training import check_settings

    training: dict[str, Any] = {
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "schedule": schedule,
        "warmup": warmup,
        "clip_norm": clip_norm,
        "precision": precision,
    }
    architecture = _hyperparameters(set_ or [])
    if hyperparameters:
        chosen = _choose(context, hyperparameters)
        model, architecture = chosen.model, chosen.architecture | architecture
        training |= {name: value for name, value in chosen.training.items() if not options.is_given(context, name)}
    folder = out or Path("runs") / model
    if resume:
        run = Run.open(folder)
        settings = run.settings()
        _refuse_other_model(context, settings)
    else:
        settings = TrainSettings(
            model=model,
            hyperparameters=architecture,
            glyphs=options.find_source(glyphs, GLYPHS),
            text=options.find_source(text, TEXTS),
            keep_punctuation=keep_punctuation,
            characters=options.alphabet_characters(characters),
            spec=options.line_spec(
                max_length,
                min_overlap,
                max_overlap,
                overlap_per,
                glyph_per,
                fixed_width or options.needs_fixed_width(model),
            ),
            augment=augment,
            epoch_lines=epoch_lines,
            same_lines=same_lines,
            validation_lines=validation_lines,
            epochs=10 if epochs is None and minutes is None else epochs,
            minutes=minutes,
            optimizer=optimizer,
            patience=patience,
            seed=seed,
            overfit_batches=overfit_batches,
            **training,
        )
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
            run.withdraw()
        if isinstance(error, CannotWrite) and run.settings_file.exists():
            raise CannotWrite(f"{error} What was trained before is kept. {_go_on(run)}") from error
        raise
    if progress.stopped:
        typer.echo(f"Stopped. {_go_on(run)}")
        raise typer.Exit(130)
    _report(run, splits, progress, test_lines)


def _train(run: "Run", splits: "Splits", resume: bool, tensorboard: bool) -> "Progress":
    """Trains with progress shown, and says so where nothing of the budget is left."""
    from kerasrec.progress import ShowProgress
    from kerasrec.training import train

    watchers: list[Any] = []

    def watch(progress: "Progress") -> list[Any]:
        watchers.append(ShowProgress(progress, sys.stdout))
        if tensorboard:
            from kerasrec.plots import line_sheet
            from kerasrec.tensorboard import TensorBoardLog

            watchers.append(TensorBoardLog(progress, run.folder / "tensorboard", line_sheet))
        return watchers

    _describe(splits)
    progress = train(splits.settings, run, splits, resume, watch)
    if not watchers:
        typer.echo(f"This run has ended, after epoch {len(progress.history)}. Its best recognizer is tested again.")
    return progress


def _go_on(run: "Run") -> str:
    return f"Go on with: kerasrec train --out {shlex.quote(str(run.folder))} --resume"


def _report(run: "Run", splits: "Splits", progress: "Progress", lines: int) -> None:
    """Tests the best recognizer of the run, says what came of it and writes it down."""
    from kerasrec.evaluation import describe, evaluate
    from kerasrec.report import read_test_lines, write_report

    recognizer = run.recognizer(progress.policy)
    readings = read_test_lines(recognizer, splits, lines)
    evaluation = evaluate(readings)
    typer.echo(f"\nThe best recognizer, of epoch {progress.best_epoch}, on glyphs and sentences it never saw:\n")
    typer.echo("\n".join(describe(evaluation)))
    write_report(run.folder, recognizer, readings, evaluation, progress.history)
    typer.echo(f"\nThe run is in {run.folder}: recognizer.keras, metrics.json, history.csv, pictures and tables.")


def _find_learning_rate(settings: "TrainSettings", data_dir: Path, folder: Path) -> None:
    from kerasrec.lr_finder import find_learning_rate
    from kerasrec.plots import rate_curve
    from kerasrec.splits import Splits

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
    for name, pool in bank.pools.items():
        sentences = len(getattr(corpus, name))
        typer.echo(f"  {name:<10} {len(pool):>8,} glyphs  {sentences:>7,} sentences")
    for dropped in corpus.describe_dropped():
        typer.echo(f"  left out: {dropped}")


def _hyperparameters(assignments: list[str]) -> dict[str, Any]:
    """Reads NAME=VALUE pairs, each value as JSON does.

    Raises:
        UsageError: One has no "=", or no number after it.
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


def _refuse_other_options(context: typer.Context) -> None:
    """Raises UsageError where --resume stands beside an option that only a new run can take."""
    others = [name for name in context.params if name not in _WITH_RESUME and options.is_given(context, name)]
    if others:
        flags = ", ".join("--" + name.strip("_").replace("_", "-") for name in others)
        raise UsageError(f"A run goes on with the settings it began with: leave out {flags}, or start a new run.")


def _refuse_other_model(context: typer.Context, settings: "TrainSettings") -> None:
    """Raises UsageError where --resume stands beside another model than the run's."""
    model = context.params["model"]
    if options.is_given(context, "model") and model != settings.model:
        raise UsageError(f"The run to go on with trains {settings.model}, not {model}. Leave {model} out.")


def _choose(context: typer.Context, name: str) -> "Chosen":
    """Reads hyperparameters that a search found; raises UsageError where they are another model's."""
    from kerasrec_tuning.chosen import load_chosen

    chosen, model = load_chosen(name), context.params["model"]
    if options.is_given(context, "model") and model != chosen.model:
        raise UsageError(f"{name} holds hyperparameters of {chosen.model}, not of {model}. Leave {model} out.")
    return chosen
