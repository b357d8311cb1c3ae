"""Turns the options of `kerasrec tune search` into the folder of a search."""

import importlib.util
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import options

if TYPE_CHECKING:
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.settings import SearchSettings

_PROCESS_OPTIONS = {"model", "out", "data_dir", "resume", "chief", "worker", "chief_address", "lost_after"}
_DEFAULT_MINUTES = 2.0
_TRAINING_OPTIONS = (
    *("model", "glyphs", "text", "keep_punctuation", "height", "max_length", "min_overlap", "max_overlap"),
    *("overlap_per", "glyph_per", "fixed_width", "augment", "epoch_lines", "validation_lines", "seed"),
    *("validation", "test", "group_by", "ink", "strict"),
)


def open_folder(context: typer.Context, values: dict[str, Any]) -> "SearchFolder":
    """Opens the search to continue, or creates a new one.

    Args:
        context: The command's context, which knows the options that are given.
        values: All options, by name.

    Raises:
        UsageError: A value is invalid, or the folder holds another search.
        BadRun: There is no search to continue.
    """
    from kerasrec.training.architecture import check_settings
    from kerasrec_tuning.folder import SearchFolder

    path = values["out"] or Path("tuning/runs") / values["model"]
    if not values["resume"]:
        settings = _settings(context, values)
        check_settings(settings.trial_settings(settings.default))  # reports an invalid value early
        return _open_or_create(path, settings, context)
    folder = SearchFolder.open(path)
    require_tuner(folder.settings().strategy)
    folder.settings().check_model(values["model"] if options.is_given(context, "model") else None)
    if options.is_given(context, "trials"):
        folder.set_trials(values["trials"])
    return folder


def _settings(context: typer.Context, values: dict[str, Any]) -> "SearchSettings":
    from kerasrec.training.train import make_settings
    from kerasrec_cli.train_settings import make_line_settings
    from kerasrec_tuning.ranges import narrow
    from kerasrec_tuning.settings import SearchSettings

    model, minutes, lines = values["model"], values["minutes_per_trial"], values["lines_per_trial"]
    given = {name: values[name] for name in _TRAINING_OPTIONS if options.is_given(context, name)}
    if values["characters"] is not None:
        given["characters"] = options.alphabet_characters(values["characters"])
    train = make_settings(**{**given, "model": model, **make_line_settings(context, values)})
    return SearchSettings(
        train,
        narrow(model, values["fix"] or [], values["range_"] or [], train),
        strategy=values["strategy"],
        trials=values["trials"],
        minutes=_DEFAULT_MINUTES if minutes is None and lines is None else minutes,
        lines=lines,
        weights_seed=values["weights_seed"],
        max_ms_per_line=values["max_ms_per_line"],
        max_mflops=values["max_mflops"],
        max_parameters=values["max_parameters"],
        max_memory_mb=values["max_memory"],
    )


def _open_or_create(path: Path, settings: "SearchSettings", context: typer.Context) -> "SearchFolder":
    """Opens the search in a folder, or creates it; raises UsageError if the folder holds another search.

    The number of trials may differ: a search can be continued with more.
    """
    from kerasrec.training.machine import describe_machine
    from kerasrec_tuning.folder import SearchFolder
    from kerasrec_tuning.settings import differences

    if not SearchFolder(path).settings_file.exists():
        return SearchFolder.create(path, settings, _command(context), describe_machine())
    folder = SearchFolder.open(path)
    if differing := differences(folder.settings(), settings):
        raise UsageError(
            f"{path} holds another search: {'; '.join(differing)}. Choose another --out, or continue that search with "
            "--resume."
        )
    if options.is_given(context, "trials"):
        folder.set_trials(settings.trials)
    return folder


def refuse_other_options(context: typer.Context) -> None:
    """Raises UsageError if an option is given that only a new search takes."""
    is_worker = context.params["worker"] is not None
    allowed = _PROCESS_OPTIONS if is_worker else _PROCESS_OPTIONS | {"trials"}
    if flags := options.given_besides(context, allowed):
        reason = "A worker has the settings of its search" if is_worker else "A resumed search keeps its settings"
        raise UsageError(f"{reason}: leave out {flags}.")


def require_tuner(strategy: str) -> None:
    """Raises MissingTuner if a package that a strategy needs is not installed."""
    from kerasrec_tuning.errors import MissingTuner

    needed = {"keras_tuner": "keras-tuner", "scipy": "scipy", "sklearn": "scikit-learn"}
    if strategy != "bayesian":
        needed = {"keras_tuner": "keras-tuner"}
    missing = [package for module, package in needed.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingTuner(
            f"A {strategy} search needs {', '.join(missing)}. Install with: pip install 'kerasrec[tune]'"
        )


def _command(context: typer.Context) -> str:
    """Returns the command without options that concern only this machine, such as the folders of data and search."""
    words = ["kerasrec", "tune", "search"]
    for parameter in context.command.params:
        name = parameter.name or ""
        if not options.is_given(context, name) or name in _PROCESS_OPTIONS - {"model"}:
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
