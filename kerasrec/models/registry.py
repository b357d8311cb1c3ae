"""The architectures by name: those of kerasrec and those that a user registers."""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TypeVar

import numpy as np

from kerasrec.backend import keras
from kerasrec.errors import UsageError
from kerasrec.models.architecture import Architecture
from kerasrec.models.line_cnn import LineCNN
from kerasrec.models.line_cnn_lstm import LineCNNLSTM
from kerasrec.models.line_cnn_simple import LineCNNSimple
from kerasrec.models.line_cnn_transformer import LineCNNTransformer
from kerasrec.models.line_resnet import LineResNet

MODELS: dict[str, type[Architecture]] = {
    "line_cnn_simple": LineCNNSimple,
    "line_cnn": LineCNN,
    "line_cnn_lstm": LineCNNLSTM,
    "line_cnn_transformer": LineCNNTransformer,
    "line_resnet": LineResNet,
}
"""The models by their names on the command line."""

_BUILT_IN = frozenset(MODELS.values())
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CHECKED_WIDTHS = (900, 1037)  # pixels of the lines whose frames are compared

Kind = TypeVar("Kind", bound=type[Architecture])


def register_architecture(name: str) -> Callable[[Kind], Kind]:
    """Registers an architecture, so that it can be trained, saved and loaded like those of kerasrec.

    Use it as a class decorator above `@dataclass(frozen=True)`:

        @register_architecture("tiny")
        @dataclass(frozen=True)
        class Tiny(Architecture):
            ...

    Registering a class again, as happens when a notebook cell is run again, replaces it.

    Args:
        name: A name of lower-case letters, digits and underscores; saved recognizers refer to it.

    Raises:
        UsageError: The name is invalid or taken by another class, or the class is not a frozen dataclass derived from
            `Architecture` with defaults for all fields.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"An architecture's name must consist of lower-case letters, digits and underscores, not {name!r}."
        )

    def register(kind: Kind) -> Kind:
        _check_kind(kind)
        known = MODELS.get(name, kind)
        if (known.__module__, known.__qualname__) != (kind.__module__, kind.__qualname__):
            raise UsageError(f"The name {name!r} belongs to {known.__module__}.{known.__qualname__}. Choose another.")
        MODELS[name] = kind
        return kind

    return register


def model_name(architecture: Architecture) -> str:
    """Returns the name of an architecture in `MODELS`; raises UsageError if it is not registered."""
    for name, kind in MODELS.items():
        if type(architecture) is kind:
            return name
    kind = type(architecture)
    raise UsageError(f'{kind.__qualname__} has no name yet: put @register_architecture("...") above the class.')


def check_model(architecture: Architecture, model: keras.Model, classes: int) -> None:
    """Checks that the model of a user's architecture outputs the number of frames that the architecture computes.

    Raises:
        UsageError: The model outputs fewer frames, or its output is not logits (B, T, classes).
    """
    if type(architecture) in _BUILT_IN:
        return
    height = model.inputs[0].shape[1]
    for width in _CHECKED_WIDTHS:
        logits = model([np.zeros((1, height, width, 1), np.uint8), np.array([width], np.int32)])
        frames = architecture.frames(width)
        if len(logits.shape) != 3 or logits.shape[1] < frames or logits.shape[2] != classes:
            raise UsageError(
                f"{model_name(architecture)} counts {frames} frames in a line of {width} px, but its model returns an "
                f"output of shape {tuple(logits.shape)}, not (1, {frames}, {classes}). Correct frames() or build()."
            )


def _check_kind(kind: type[Architecture]) -> None:
    if not (isinstance(kind, type) and issubclass(kind, Architecture)):
        raise UsageError(f"{kind!r} must be a subclass of kerasrec.Architecture.")
    if not is_dataclass(kind) or "__dataclass_params__" not in vars(kind) or not kind.__dataclass_params__.frozen:
        raise UsageError(f"{kind.__qualname__} must be a frozen dataclass: put @dataclass(frozen=True) above it.")
    for field in fields(kind):
        if type(field.default) not in (int, float, bool, str):
            raise UsageError(f"{kind.__qualname__}.{field.name} needs a default that is a number, a bool or a text.")
    if missing := sorted(getattr(kind, "__abstractmethods__", ())):
        raise UsageError(f"{kind.__qualname__} must define {', '.join(missing)}.")
