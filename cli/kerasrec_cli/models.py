"""`kerasrec models`: lists the models and their costs."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasrec.errors import UsageError
from kerasrec_cli import quiet
from kerasrec_cli.table import format_table

if TYPE_CHECKING:
    from kerasrec.models import Architecture

EXAMPLES = """Examples:

kerasrec models

kerasrec models line_cnn

kerasrec models --width 448 --json
"""

_HEAD = ("model", "parameters", "frames", "window", "stride", "GFLOP per line")


def models(
    model: Annotated[
        str | None, typer.Argument(help="Show only this model, with its hyperparameters.", show_default="all models")
    ] = None,
    width: Annotated[int, typer.Option(metavar="PX", min=1, help="Width of the line in pixels.")] = 896,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Lists the models: parameters, frames, window and stride of a frame, and operations per line.

    A multiplication and an addition count as two operations. Parameters are counted for the default alphabet.
    """
    quiet.start_tensorflow()
    from kerasrec.alphabet import Alphabet
    from kerasrec.models import MODELS
    from kerasrec.training.architecture import build_architecture
    from kerasrec.training.settings import TrainSettings

    classes = len(Alphabet())
    names = list(MODELS) if model is None else [model]
    facts = [_describe(name, build_architecture(TrainSettings(model=name)), classes, width) for name in names]
    if as_json:
        print(json.dumps(facts if model is None else facts[0], indent=2))
        return
    print(f"A line of {width:,} px, {classes} classes; window and stride of a frame in px\n")
    print(*format_table(_HEAD, [_row(fact) for fact in facts]), sep="\n")
    if model is not None:
        rows = [[each["name"], str(each["default"]), each["meaning"]] for each in facts[0]["hyperparameters"]]
        first, *others = facts[0]["objectives"]
        print(f"\nTrained with {first}" + "".join(f", or with --objective {other}" for other in others))
        print("", *format_table(("hyperparameter", "default", "meaning"), rows, left=3), sep="\n")


def _describe(name: str, architecture: "Architecture", classes: int, width: int) -> dict[str, Any]:
    from kerasrec.models.flops import count_flops
    from kerasrec.models.hyperparameters import list_hyperparameters

    frames = architecture.frames(width)
    if frames < 1:
        raise UsageError(
            f"A line of {width} px has no frame in {name}, whose window is {architecture.window} px wide. "
            "Give a larger --width."
        )
    model = architecture.build(classes)
    return {
        "name": name,
        "objectives": list(architecture.objectives),
        "classes": classes,
        "width_px": width,
        "parameters": model.count_params(),
        "frames": frames,
        "window_px": architecture.window,
        "stride_px": architecture.stride,
        "flops": count_flops(model, width),
        "hyperparameters": [asdict(each) for each in list_hyperparameters(type(architecture))],
    }


def _row(fact: dict[str, Any]) -> list[str]:
    counts = [f"{fact[name]:,}" for name in ("parameters", "frames", "window_px", "stride_px")]
    return [fact["name"], *counts, f"{fact['flops'] / 1e9:.2f}"]
