"""Turns the options of `kerasrec train` into the settings of a run."""

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import typer

from kerasrec.errors import UsageError
from kerasrec.labs.settings import LAB_LINES, LAB_TRAINING
from kerasrec.spec import LineSpec
from kerasrec_cli import options

if TYPE_CHECKING:
    from kerasrec.training.settings import TrainSettings
    from kerasrec_tuning.chosen import Chosen

_RESUME_OPTIONS = {"resume", "model", "out", "data_dir", "test_lines", "tensorboard", "devices", "workers", "worker"}


def make_settings(context: typer.Context, values: dict[str, Any]) -> "TrainSettings":
    """Makes the settings of a new run.

    A given option takes precedence over hyperparameters found by a search, these over --lab, and --lab over defaults.

    Args:
        context: The command's context, which knows the options that are given.
        values: All options, by name.

    Raises:
        UsageError: Options contradict each other, or a value is invalid.
    """
    from kerasrec.training.settings import TrainSettings
    from kerasrec.training.train import make_settings as make_train_settings

    if values["epochs"] is not None and values["minutes"] is not None:
        raise UsageError(f"Give --epochs or --minutes, not both ({values['epochs']} and {values['minutes']:g}).")
    architecture = parse_assignments(values["set_"] or [])
    presets = dict(LAB_LINES | LAB_TRAINING) if values["lab"] else {}
    if values["hyperparameters"] is not None:
        chosen = _load_chosen(context, values["hyperparameters"])
        architecture = chosen.architecture | architecture
        presets |= chosen.training | {"model": chosen.model}
    names = {each.name for kind in (TrainSettings, LineSpec) for each in fields(kind)}
    given = {name: value for name, value in values.items() if name in names and options.is_given(context, name)}
    settings = presets | given
    if values["minutes"] is not None:
        settings["epochs"] = None  # a preset has its own
    if values["characters"] is not None:
        settings["characters"] = options.alphabet_characters(values["characters"])
    settings |= make_line_settings(context, values)
    return make_train_settings(**settings | {"hyperparameters": architecture})


def make_line_settings(context: typer.Context, values: dict[str, Any]) -> dict[str, Any]:
    """Makes the settings of one's own lines that options give in another form than `TrainSettings` has.

    Raises:
        UsageError: An option that has an effect only on one's own lines is given without them, or a source twice.
    """
    from kerasrec.lines.own.files import read_substitutions
    from kerasrec.training.settings import is_written

    own = ["validation", "test", "group_by", "ink", "map_", "without", "strict"]
    if is_written(values["glyphs"]):
        own.remove("without")
    if not values["lines"] and (option := options.first_given(context, own)):
        raise UsageError(f"{option} has an effect only on your own lines. Add --lines FOLDER, or leave it out.")
    settings: dict[str, Any] = {}
    if values["map_"]:
        settings["substitutions"] = read_substitutions(values["map_"])
    if values["without"]:
        settings["without"] = tuple(values["without"])
    if values["lines"]:
        shares = [_parse_share(value) for value in values["lines"]]
        settings["lines"] = dict(shares)
        if len(settings["lines"]) < len(shares):
            raise UsageError("--lines names a source twice. Give each source once.")
    return settings


def _parse_share(value: str) -> tuple[str, float]:
    """Parses SOURCE or SOURCE=SHARE; without a share it is 1, so that all sources have the same.

    >>> _parse_share("my-lines=0.5"), _parse_share("a=b")
    (('my-lines', 0.5), ('a=b', 1.0))
    """
    from kerasrec.training.settings import as_share

    source, _, text = value.rpartition("=")
    share = as_share(text) if source else None
    return (value, 1.0) if share is None else (source, share)


def parse_assignments(assignments: list[str]) -> dict[str, Any]:
    """Parses NAME=VALUE pairs, each value as JSON.

    Raises:
        UsageError: A pair has no "=", or no valid value after it.
    """
    values = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise UsageError(f"--set takes NAME=VALUE, such as conv_dim=64, but got {assignment!r}.")
        try:
            values[name] = json.loads(value.lower() if value in ("True", "False") else value)
        except ValueError:
            raise UsageError(f"--set {name} needs a number, or true or false, but got {value!r}.") from None
    return values


def refuse_other_options(context: typer.Context) -> None:
    """Raises UsageError if --resume is combined with an option that only a new run takes."""
    if flags := options.given_besides(context, _RESUME_OPTIONS):
        raise UsageError(f"A resumed run keeps its settings: leave out {flags}, or start a new run.")


def refuse_other_model(context: typer.Context, settings: "TrainSettings") -> None:
    """Raises UsageError if --resume is combined with another model than the run's."""
    model = context.params["model"]
    if options.is_given(context, "model") and model != settings.model:
        raise UsageError(f"The run to resume trains {settings.model}, not {model}. Leave out {model}.")


def _load_chosen(context: typer.Context, name: str) -> "Chosen":
    """Loads hyperparameters found by a search; raises UsageError if they are for another model."""
    from kerasrec_tuning.chosen import load_chosen

    chosen, model = load_chosen(name), context.params["model"]
    if options.is_given(context, "model") and model != chosen.model:
        raise UsageError(f"{name} has hyperparameters for {chosen.model}, not for {model}. Leave out {model}.")
    return chosen
