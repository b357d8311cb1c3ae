"""The search space, narrowed or widened by options of the command line."""

import math
from dataclasses import replace

from kerasrec.errors import UsageError
from kerasrec.training.schedules import SCHEDULES
from kerasrec.training.settings import PRECISIONS, TrainSettings
from kerasrec_tuning.space import TRAINING_NAMES, Choice, Space, Span, model_space
from kerasrec_tuning.trials import Value

_SHORT = {"lr": "learning_rate"}
_MAX_VALUES = 1000  # of a range of whole numbers, which are listed one by one
_BOOLEANS = {"true": True, "false": False}
_WORDS = {"schedule": tuple(SCHEDULES), "precision": tuple(PRECISIONS)}


def narrow(model: str, fixed: list[str], ranges: list[str], train: TrainSettings | None = None) -> Space:
    """Returns the space of a model with some hyperparameters fixed and others given another range.

    >>> narrow("line_resnet", ["width=48"], ["lr=1e-4:1e-3"])["learning_rate"]
    Span(default=0.001, low=0.0001, high=0.001)

    Args:
        model: The model's name.
        fixed: Assignments NAME=VALUE.
        ranges: Assignments NAME=LOW:HIGH or NAME=VALUE,VALUE,...
        train: The settings shared by all trials, whose hyperparameters are the defaults: those for written lines
            differ from those for glyphs.

    Raises:
        UsageError: A model, a name or a value is invalid, or a range is empty.
    """
    space, named = model_space(model), set()
    if train is not None:
        defaults = {name: getattr(train, name) for name in TRAINING_NAMES} | train.hyperparameters
        space = {name: _with_default(each, defaults.get(name, each.default)) for name, each in space.items()}
    for option, text in [("--fix", text) for text in fixed] + [("--range", text) for text in ranges]:
        name, separator, value = text.partition("=")
        name = _SHORT.get(name, name)
        if not separator:
            form = "NAME=VALUE, such as" if option == "--fix" else "NAME=LOW:HIGH or NAME=VALUE,VALUE, such as"
            raise UsageError(
                f"{option} takes {form} {'batch_size=32' if option == '--fix' else 'lr=1e-4:3e-3'}, but got {text!r}."
            )
        if name not in space:
            raise UsageError(f"{model} has no hyperparameter {name!r} to search; it has {', '.join(space)}.")
        if name in named:
            raise UsageError(f"{name} is given twice, last by {option} {text}. Leave out one of them.")
        named.add(name)
        space[name] = _fix(name, value, space[name]) if option == "--fix" else _range(name, value, space[name])
    return space


def _with_default(each: Choice | Span, value: Value) -> Choice | Span:
    if isinstance(each, Span):
        return replace(each, default=float(value))
    known = each.values if value in each.values else (value,) if len(each.values) == 1 else (value, *each.values)
    return Choice(value, known)


def _fix(name: str, text: str, old: Choice | Span) -> Choice:
    value = _value(name, text, old)
    return Choice(value, (value,))


def _range(name: str, text: str, old: Choice | Span) -> Choice | Span:
    """Parses a range: LOW:HIGH, or a list of values."""
    low_text, colon, high_text = text.partition(":")
    if not colon:
        values = tuple(_value(name, each, old) for each in text.split(",")) if text else ()
        if not values:
            raise UsageError(f"The range of {name} is empty. Give it as {name}=LOW:HIGH or {name}=VALUE,VALUE.")
        if len(set(values)) < len(values):
            raise UsageError(f"The range of {name} has a value twice: {text}. Leave out one of them.")
        return Choice(old.default if old.default in values else values[0], values)
    low, high = _value(name, low_text, old), _value(name, high_text, old)
    if isinstance(low, str) or isinstance(high, str):
        raise UsageError(f"{name} is not a number, so list its values: {name}={','.join(_WORDS[name])}.")
    if low > high:
        raise UsageError(f"The range of {name} is empty: {low:g} is above {high:g}. Swap the two.")
    if isinstance(old.default, int):
        return _whole_numbers(old.default, int(low), int(high))
    if low == high:
        return Choice(low, (low,))
    if low <= 0:
        raise UsageError(
            f"The range of {name} starts at {low:g}, but values are drawn on a logarithmic scale. Start above 0, or "
            "list the values."
        )
    default = float(old.default)
    return Span(default if low <= default <= high else math.sqrt(low * high), low, high)


def _whole_numbers(default: int, low: int, high: int) -> Choice:
    if high - low >= _MAX_VALUES:
        raise UsageError(
            f"The range {low}:{high} has more than {_MAX_VALUES:,} whole numbers. Narrow it, or list some of them."
        )
    values = tuple(range(low, high + 1))
    return Choice(default if default in values else values[0], values)


def _value(name: str, text: str, old: Choice | Span) -> Value:
    """Parses a value of the same type as the default."""
    if isinstance(old.default, str):
        if text not in _WORDS.get(name, (text,)):
            raise UsageError(f"{name} must be one of {', '.join(_WORDS[name])}, but is {text!r}.")
        return text
    if isinstance(old.default, bool):
        if text.lower() not in _BOOLEANS:
            raise UsageError(f"{name} must be true or false, but is {text!r}.")
        return _BOOLEANS[text.lower()]
    kind = type(old.default)
    try:
        value = kind(text)
    except ValueError:
        expected = "a whole number" if kind is int else "a number"
        raise UsageError(f"{name} needs {expected} like {old.default}, not {text!r}.") from None
    if not math.isfinite(value):
        raise UsageError(f"{name} needs a finite number like {old.default}, not {text!r}.")
    return value
