"""`kerasrec tune search`: trials of hyperparameters, all with the same data and the same budget."""

import importlib.util
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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

kerasrec tune search line_cnn --trials 40 --chief --chief-address 0.0.0.0:8000

kerasrec tune search --worker w1 --chief-address chief.example.org:8000
"""

_BUDGET, _LIMITS, _MACHINES = "Budget", "Limits", "Many machines"
_NOT_SETTINGS = {"model", "out", "data_dir", "resume", "chief", "worker", "chief_address", "lost_after"}
_DEFAULT_MINUTES = 2.0


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
    max_memory: Annotated[
        float | None,
        typer.Option(
            metavar="MB", rich_help_panel=_LIMITS, help="Refuse points whose training is estimated to need more memory."
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
    weights_seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of the weights and the dropout in every trial.")
    ] = 42,
    chief: Annotated[
        bool,
        typer.Option("--chief", rich_help_panel=_MACHINES, help="Choose the trials, and let workers run them."),
    ] = False,
    worker: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=_MACHINES,
            help="Run trials for the chief at --chief-address, which knows the settings of the search.",
        ),
    ] = None,
    chief_address: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            rich_help_panel=_MACHINES,
            help="Where the chief listens (0.0.0.0 for all of its addresses), and where a worker finds it. Anyone who "
            "reaches it can take part: use a network that you trust.",
        ),
    ] = "127.0.0.1:8000",
    lost_after: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=3,
            max=86_400,
            rich_help_panel=_MACHINES,
            help="A chief counts a worker as lost, and a worker the chief, after so long without a word.",
        ),
    ] = 60.0,
) -> None:
    """Searches for hyperparameters that reach a lower CER than the defaults under the same budget.

    Every trial is a training as `kerasrec train` does it, on the same lines and with the same budget. The first has
    the default hyperparameters, so that the others are compared with it. Points whose frames cannot hold the labels,
    or that exceed a limit, are refused before a trial is spent on them.

    Ctrl-C and kills lose the running trial alone: the same command goes on with the search.
    """
    if chief and worker is not None:
        raise UsageError("One process is the chief or a worker, so give --chief or --worker, not both.")
    if not (chief or worker is not None) and (
        options.is_given(context, "chief_address") or options.is_given(context, "lost_after")
    ):
        raise UsageError("--chief-address and --lost-after are for many machines: give --chief or --worker NAME, too.")
    if resume or worker is not None:
        _refuse_other_options(context, "A search that goes on" if worker is None else "A worker")
    _require_tuner(strategy)
    quiet.start_tensorflow()
    from kerasrec.glyphs import GLYPHS
    from kerasrec.settings import TrainSettings
    from kerasrec.text import TEXTS
    from kerasrec.training import check_settings
    from kerasrec_cli.tune_machines import run_chief, run_here, run_worker
    from kerasrec_tuning.calls import check_address, check_worker
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.ranges import narrow
    from kerasrec_tuning.settings import SearchSettings

    check_address(chief_address)
    asked_model = model if options.is_given(context, "model") else None
    if worker is not None:
        return run_worker(check_worker(worker), chief_address, lost_after, asked_model, out, data_dir)
    path = out or Path("tuning/runs") / model
    if resume:
        folder = SearchFolder.open(path)
        folder.settings().check_model(asked_model)
    else:
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
            narrow(model, fix or [], range_ or []),
            strategy=strategy,
            trials=trials,
            minutes=_DEFAULT_MINUTES if minutes_per_trial is None and lines_per_trial is None else minutes_per_trial,
            lines=lines_per_trial,
            weights_seed=weights_seed,
            max_ms_per_line=max_ms_per_line,
            max_mflops=max_mflops,
            max_parameters=max_parameters,
            max_memory_mb=max_memory,
        )
        check_settings(settings.trial_settings(settings.default))  # a wrong value is better named now
        folder = _open_or_create(path, settings, context)
    if chief:
        return run_chief(folder, data_dir, chief_address, lost_after)
    run_here(folder, data_dir)


def _open_or_create(path: Path, settings: "SearchSettings", context: typer.Context) -> "SearchFolder":
    """The search of a folder, a new one where it holds none; raises UsageError where it holds another one."""
    from kerasrec.machine import describe_machine
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.settings import differences

    if not SearchFolder(path).settings_file.exists():
        return SearchFolder.create(path, settings, _command(context), describe_machine())
    folder = SearchFolder.open(path)
    if differing := differences(folder.settings(), settings):
        raise UsageError(
            f"{path} holds another search: {'; '.join(differing)}. Choose another --out, or go on with that search by "
            "--resume."
        )
    return folder


def _refuse_other_options(context: typer.Context, who: str) -> None:
    """Raises UsageError where options stand on the command line that only a new search can take."""
    others = [name for name in context.params if name not in _NOT_SETTINGS and options.is_given(context, name)]
    if others:
        flags = ", ".join("--" + name.strip("_").replace("_", "-") for name in others)
        raise UsageError(f"{who} has the settings that the search began with: leave out {flags}.")


def _require_tuner(strategy: str) -> None:
    from kerasrec_tuning.errors import MissingTuner

    needed = {"keras_tuner": "keras-tuner", "scipy": "scipy", "sklearn": "scikit-learn"}
    if strategy != "bayesian":
        needed = {"keras_tuner": "keras-tuner"}
    missing = [package for module, package in needed.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingTuner(f"A {strategy} search needs {', '.join(missing)}: pip install 'kerasrec[tune]'")


def _command(context: typer.Context) -> str:
    """The command without what belongs to this machine alone, such as the folders of the data and of the search."""
    words = ["kerasrec", "tune", "search"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if not options.is_given(context, name) or name in _NOT_SETTINGS - {"model"}:
            continue
        value = context.params[name]
        if parameter.param_type_name == "argument":
            words.append(str(value))
        elif isinstance(value, bool):
            words.append(parameter.opts[0])
        else:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [parameter.opts[0], str(each)]
    return shlex.join(words)
