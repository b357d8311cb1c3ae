"""From the options of `kerasrec train` to the settings of a run."""

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

_WITH_RESUME = {"resume", "model", "out", "data_dir", "test_lines", "tensorboard"}


def make_settings(context: typer.Context, values: dict[str, Any]) -> "TrainSettings":
    """Makes the settings of a new run.

    An option that is given wins over hyperparameters that a search found, these over --lab, and --lab over defaults.

    Args:
        context: Knows which options are given.
        values: All options by their names.

    Raises:
        UsageError: Options contradict each other, or a value cannot work.
    """
    from kerasrec.training.settings import TrainSettings
    from kerasrec.training.train import make_settings as make

    if values["epochs"] is not None and values["minutes"] is not None:
        raise UsageError(f"Give --epochs or --minutes, not both ({values['epochs']} and {values['minutes']:g}).")
    architecture = _hyperparameters(values["set_"] or [])
    presets = dict(LAB_LINES | LAB_TRAINING) if values["lab"] else {}
    if values["hyperparameters"] is not None:
        chosen = _choose(context, values["hyperparameters"])
        architecture = chosen.architecture | architecture
        presets |= chosen.training | {"model": chosen.model}
    values = values | {name: value for name, value in presets.items() if not options.is_given(context, name)}
    names = [each.name for kind in (TrainSettings, LineSpec) for each in fields(kind) if each.name in values]
    settings = {name: values[name] for name in names}
    if values["minutes"] is not None:
        settings["epochs"] = None  # of a preset
    settings |= {"hyperparameters": architecture, "characters": options.alphabet_characters(values["characters"])}
    return make(**settings)


def _hyperparameters(assignments: list[str]) -> dict[str, Any]:
    """Reads NAME=VALUE pairs, each value as JSON does.

    Raises:
        UsageError: One has no "=", or no value after it.
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
    """Raises UsageError where --resume stands beside an option that only a new run can take."""
    others = [name for name in context.params if name not in _WITH_RESUME and options.is_given(context, name)]
    if others:
        flags = ", ".join("--" + name.strip("_").replace("_", "-") for name in others)
        raise UsageError(f"A run goes on with the settings it began with: leave out {flags}, or start a new run.")


def refuse_other_model(context: typer.Context, settings: "TrainSettings") -> None:
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
