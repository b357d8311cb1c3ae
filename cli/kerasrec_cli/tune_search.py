"""`kerasrec tune search`: trials of hyperparameters, all with the same data and the same budget."""

import importlib.util
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options, quiet

if TYPE_CHECKING:
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.settings import SearchSettings

EXAMPLES = """Examples:

kerasrec tune search line_cnn_lstm --glyphs emnist --text brown --trials 20 --minutes-per-trial 2 --out tuning/runs/lstm

kerasrec tune search line_resnet --fix width=32 --range lr=1e-4:3e-3 --range batch_size=16,32 --lines-per-trial 50000

kerasrec tune search --out tuning/runs/lstm --resume
"""

_BUDGET, _LIMITS = "Budget", "Limits"
_NOT_IN_COMMAND = {"data_dir", "out", "resume"}


def search(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model; `kerasrec models` lists them.")] = "line_resnet",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The search's folder.", show_default="tuning/runs/MODEL")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the search in --out, with the settings it began with.")
    ] = False,
    strategy: Annotated[
        Literal["bayesian", "random", "hyperband", "grid"], typer.Option(help="How the points are chosen.")
    ] = "bayesian",
    fix: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Fix a hyperparameter, for example width=32. May be repeated."),
    ] = None,
    range_: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="NAME=RANGE",
            help="Give a hyperparameter another range: LOW:HIGH, such as lr=1e-4:3e-3, or values, such as "
            "batch_size=16,32,64. May be repeated.",
        ),
    ] = None,
    trials: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Most trials; failed ones count.")
    ] = 20,
    minutes_per_trial: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            rich_help_panel=_BUDGET,
            help="Train each trial so many minutes.",
            show_default="2, if --lines-per-trial is not given",
        ),
    ] = None,
    lines_per_trial: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Train each trial on so many lines instead."),
    ] = None,
    epoch_lines: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Lines from one validation to the next.")
    ] = 10_000,
    validation_lines: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=_BUDGET, help="Held-out lines of each validation.")
    ] = 1000,
    max_ms_per_line: Annotated[
        float | None,
        typer.Option(
            metavar="MS",
            rich_help_panel=_LIMITS,
            help="A trial that takes longer to read a line, in a batch of 32, cannot win.",
        ),
    ] = None,
    max_mflops: Annotated[
        float | None,
        typer.Option(
            metavar="N", rich_help_panel=_LIMITS, help="Refuse points that take more million operations a line."
        ),
    ] = None,
    max_parameters: Annotated[
        int | None, typer.Option(metavar="N", rich_help_panel=_LIMITS, help="Refuse points with more parameters.")
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
    weights_seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of the weights and the dropout in every trial.")
    ] = 42,
) -> None:
    """Searches for hyperparameters that reach a lower CER than the defaults under the same budget.

    Every trial is a training as `kerasrec train` does it, on the same lines and with the same budget. The first has
    the default hyperparameters, so that the others are compared with it. Points whose frames cannot hold the labels,
    or that exceed a limit, are refused before a trial is spent on them.

    Ctrl-C and kills lose the running trial alone: the same command goes on with the search.
    """
    _require_tuner(strategy)
    quiet.start_tensorflow()
    from kerasrec.glyphs import GLYPHS
    from kerasrec.settings import TrainSettings
    from kerasrec.text import TEXTS
    from kerasrec.training import build_architecture
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.machine import describe_machine
    from kerasrec_tuning.ranges import narrow
    from kerasrec_tuning.settings import SearchSettings

    space = narrow(model, fix or [], range_ or [])
    path = out or Path("tuning/runs") / model
    settings = SearchSettings(
        TrainSettings(
            model=model,
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
            validation_lines=validation_lines,
            seed=seed,
        ),
        space,
        strategy,
        trials,
        2.0 if minutes_per_trial is None and lines_per_trial is None else minutes_per_trial,
        lines_per_trial,
        weights_seed,
        max_ms_per_line,
        max_mflops,
        max_parameters,
    )
    build_architecture(settings.trial_settings(settings.default))
    if resume:
        folder = SearchFolder.open(path)
    elif (path / "search.json").exists():
        folder = _same_search(path, settings)
    else:
        folder = SearchFolder.create(path, settings, _command(context), describe_machine())
    _search(folder, data_dir)


def _search(folder: "SearchFolder", data_dir: Path) -> None:
    from kerasrec.progress import ShowProgress
    from kerasrec.splits import Splits
    from kerasrec_tuning.progress import ShowSearch
    from kerasrec_tuning.search import search as run_search

    settings = folder.settings()
    splits = Splits.load(settings.train, data_dir)
    show = ShowSearch(settings, folder.trials(), sys.stdout)
    _describe(settings)
    try:
        best = run_search(folder, splits, show, lambda progress: [ShowProgress(progress, sys.stdout)])
    except KeyboardInterrupt:
        typer.echo(f"Stopped. Go on with: kerasrec tune search --out {shlex.quote(str(folder.path))} --resume")
        raise typer.Exit(130) from None
    default = folder.default()
    typer.echo(f"\nThe best of {len(folder.trials())} trials is {best.id}: {show.describe(best.hyperparameters)}")
    typer.echo(f"val CER {best.val_cer:.2%}" + (f", the default's {default.val_cer:.2%}" if default else ""))
    typer.echo(f"Train with it: kerasrec train {settings.train.model} --hyperparameters {folder.best_file}")


def _describe(settings: "SearchSettings") -> None:
    budget = f"{settings.minutes:g} minutes" if settings.minutes is not None else f"{settings.lines:,} lines"
    train = settings.train
    typer.echo(
        f"{settings.strategy} search for {train.model} on {train.glyphs} glyphs and {train.text} text: "
        f"{settings.trials} trials of {budget}"
    )


def _same_search(path: Path, settings: "SearchSettings") -> "SearchFolder":
    """Opens a search that exists; raises UsageError where its settings are others."""
    from kerasrec_tuning.folder import SearchFolder

    folder = SearchFolder.open(path)
    differing = list(_differences(folder.settings().to_json(), settings.to_json()))
    if differing:
        raise UsageError(
            f"{path} holds another search: {'; '.join(differing)}. Choose another --out, or go on with it by --resume."
        )
    return folder


def _differences(there: dict[str, Any], here: dict[str, Any], prefix: str = "") -> Any:
    for name, value in there.items():
        other = here.get(name)
        if isinstance(value, dict) and isinstance(other, dict):
            yield from _differences(value, other, f"{prefix}{name}.")
        elif value != other and not (isinstance(value, list | tuple) and list(value) == list(other or ())):
            yield f"{prefix}{name} is {value} there, {other} here"


def _require_tuner(strategy: str) -> None:
    from kerasrec_tuning.errors import MissingTuner

    needed = ["keras_tuner", *(["scipy", "sklearn"] if strategy == "bayesian" else [])]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingTuner(
            f"A search needs {', '.join(missing)}. Install what is missing: pip install 'kerasrec[tune]'"
        )


def _command(context: typer.Context) -> str:
    """The command without what belongs to this machine alone: the folders of the data and of the search."""
    words = ["kerasrec", "tune", "search"]
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        value = context.params.get(parameter.name or "")
        if source is None or source.name != "COMMANDLINE" or parameter.name in _NOT_IN_COMMAND:
            continue
        if parameter.param_type_name == "argument":
            words.append(str(value))
        elif isinstance(value, bool):
            words.append(parameter.opts[0])
        else:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [parameter.opts[0], str(each)]
    return shlex.join(words)
