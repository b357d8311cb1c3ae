"""The search space: for each model, the hyperparameters that may vary and their values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Protocol

from kerasrec.errors import UsageError
from kerasrec.fields import check_fields
from kerasrec_tuning.trials import Value


@dataclass(frozen=True)
class Choice:
    """A hyperparameter with a few values; with one it is fixed.

    Attributes:
        default: The default of `kerasrec train`, or the first value if that is not among the values.
        values: All possible values.
    """

    default: Value
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Span:
    """A hyperparameter with all numbers from `low` to `high`, drawn on a logarithmic scale."""

    default: float
    low: float
    high: float


Space = dict[str, Choice | Span]
"""The choices and spans of a search, by the names of hyperparameters."""


class HyperParameters(Protocol):
    """The part of `keras_tuner.HyperParameters` that declares a space."""

    def Choice(self, name: str, values: list[Value], default: Value) -> Value:  # noqa: N802 (KerasTuner's name)
        """Returns one of the values."""
        ...

    def Float(self, name: str, min_value: float, max_value: float, sampling: str, default: float) -> float:  # noqa: N802
        """Returns a number between two bounds."""
        ...


_DROPOUT = Choice(0.1, (0.0, 0.1, 0.2, 0.3, 0.4))
_TRAINING: Space = {
    "learning_rate": Span(1e-3, 2e-4, 5e-3),
    "schedule": Choice("cosine", ("cosine", "one_cycle")),
    "batch_size": Choice(32, (16, 32, 64)),
    "weight_decay": Choice(0.01, (0.01,)),
    "warmup": Choice(0.03, (0.03,)),
    "clip_norm": Choice(1.0, (1.0,)),
    "precision": Choice("auto", ("auto",)),
}
# Windows count in steps of 8 px, rounded down: the defaults of 28 and 18 act as 24 and 16.
_LINE_CNN: Space = {
    "conv_dim": Choice(32, (16, 32, 48, 64)),
    "fc_dim": Choice(512, (256, 512, 768)),
    "window_width": Choice(28, (16, 28, 32, 40, 48)),
    "window_stride": Choice(18, (8, 18, 24)),
    "dropout": replace(_DROPOUT, default=0.2),
}
_LINE_CNN_SIMPLE: Space = {
    "conv_dim": Choice(64, (16, 32, 64)),
    "fc_dim": Choice(128, (64, 128, 256)),
    "dropout": Choice(0.25, (0.0, 0.25, 0.5)),
    "window_width": Choice(28, (20, 28, 36)),
    "window_stride": Choice(28, (28,)),  # any other has more outputs than cross-entropy has positions
}
_LSTM: Space = {"lstm_dim": Choice(512, (128, 256, 512)), "lstm_layers": Choice(1, (1, 2))}
_LINE_CNN_TRANSFORMER: Space = {
    "conv_dim": _LINE_CNN["conv_dim"],
    "fc_dim": _LINE_CNN["fc_dim"],
    "window_width": Choice(20, (20, 28, 36)),
    "window_stride": Choice(12, (12, 20)),
    "dim": Choice(256, (128, 192, 256)),  # each is divisible by each number of heads
    "layers": Choice(4, (2, 3, 4)),
    "heads": Choice(4, (2, 4, 8)),
    "feed_forward": Choice(256, (128, 256, 512)),
    "dropout": Choice(0.4, (0.0, 0.1, 0.2, 0.3, 0.4)),
    "cnn_dropout": Choice(0.2, (0.2,)),
    "position_dropout": Choice(0.1, (0.1,)),
}
_LINE_RESNET: Space = {
    "width": Choice(32, (16, 24, 32, 48)),
    "context_dim": Choice(256, (128, 192, 256, 384)),
    "context_blocks": Choice(3, (1, 2, 3, 4, 5)),
    "context_kernel": Choice(5, (3, 5, 7)),
    "dropout": _DROPOUT,
    "stride": Choice(8, (8,)),
}
SPACES: dict[str, Space] = {
    "line_cnn_simple": _LINE_CNN_SIMPLE | _TRAINING,
    "line_cnn": _LINE_CNN | _TRAINING,
    "line_cnn_lstm": _LINE_CNN | _LSTM | _TRAINING,
    "line_cnn_transformer": _LINE_CNN_TRANSFORMER | _TRAINING,
    "line_resnet": _LINE_RESNET | _TRAINING,
}
"""The search space of each model; a hyperparameter with one value is fixed unless another range is given."""

_OF_LINES = ("height", "max_length")  # given by the line spec

TRAINING_NAMES = tuple(_TRAINING)
"""The hyperparameters that belong to the training; the others are the architecture's."""

GRID_VALUES = 5
"""The number of values of a span in a grid, in addition to the default."""


def model_space(model: str) -> Space:
    """The space of a model; a user's own architecture varies only in its training, unless wider ranges are given.

    Raises:
        UsageError: There is no such model.
    """
    if model in SPACES:
        return dict(SPACES[model])
    from kerasrec.models import MODELS

    if model not in MODELS:
        raise UsageError(f"There is no model {model!r}. Choose one of {', '.join(MODELS)}.")
    defaults: dict[str, Any] = {field.name: field.default for field in fields(MODELS[model])}  # type: ignore[arg-type]
    space: Space = {name: Choice(value, (value,)) for name, value in defaults.items() if name not in _OF_LINES}
    return space | _TRAINING


def suggest(hp: HyperParameters, space: Space) -> dict[str, Value]:
    """Declares a space with `hp` and returns the hyperparameters at its point: a pure function of `hp`."""
    values: dict[str, Value] = {}
    for name, each in space.items():
        if isinstance(each, Span):
            values[name] = hp.Float(name, each.low, each.high, sampling="log", default=each.default)
        else:
            values[name] = hp.Choice(name, list(each.values), default=each.default)
    return values


def default_point(space: Space) -> dict[str, Value]:
    """Returns the default hyperparameters of `kerasrec train`, as far as the space allows."""
    return {name: each.default for name, each in space.items()}


def tidy(space: Space, values: Mapping[str, Value]) -> dict[str, Value]:
    """Returns the point of a space that is closest to some values, with numbers short enough to type.

    >>> space = {"dropout": Choice(0.1, (0.1, 0.2)), "learning_rate": Span(1e-3, 1e-4, 1e-2)}
    >>> tidy(space, {"dropout": 0.2000001, "learning_rate": 0.00123456})
    {'dropout': 0.2, 'learning_rate': 0.00123}
    """
    return {name: _closest(each, values[name]) for name, each in space.items()}


def _closest(each: Choice | Span, value: Value) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(each, Span):
        return min(max(float(f"{value:.3g}"), each.low), each.high)
    return min((known for known in each.values if not isinstance(known, str)), key=lambda known: abs(known - value))


def as_grid(space: Space) -> dict[str, Choice]:
    """Returns a space with each span replaced by a few values, the default first."""
    return {name: _few(each) if isinstance(each, Span) else _default_first(each) for name, each in space.items()}


def _few(span: Span) -> Choice:
    ratio = (span.high / span.low) ** (1 / (GRID_VALUES - 1))
    values = [float(f"{span.low * ratio**step:.3g}") for step in range(1, GRID_VALUES - 1)]
    return _default_first(Choice(span.default, tuple(dict.fromkeys((span.low, *values, span.high)))))


def _default_first(choice: Choice) -> Choice:
    return replace(choice, values=tuple(dict.fromkeys((choice.default, *choice.values))))


def space_to_json(space: Space) -> dict[str, Any]:
    """Returns plain values, from which `space_from_json` makes the same space."""
    return {
        name: {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(each).items()}
        for name, each in space.items()
    }


def space_from_json(values: dict[str, Any]) -> Space:
    """Makes a space from the values of `space_to_json`; raises TypeError if one has the wrong type."""
    for each in values.values():
        check_fields(Choice if "values" in each else Span, each)
    return {
        name: Choice(each["default"], tuple(each["values"])) if "values" in each else Span(**each)
        for name, each in values.items()
    }
