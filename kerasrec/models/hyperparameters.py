"""The hyperparameters of a model, from its class: names and defaults are its fields, the docstring explains them."""

import inspect
import re
from dataclasses import dataclass, fields
from typing import Any

_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Hyperparameter:
    """A setting of a model: its name, default and meaning."""

    name: str
    default: Any
    meaning: str


def list_hyperparameters(architecture: type) -> list[Hyperparameter]:
    """Lists the hyperparameters of an architecture in the order of its constructor.

    >>> from kerasrec.models import LineCNNLSTM
    >>> [each.name for each in list_hyperparameters(LineCNNLSTM)][-2:]
    ['lstm_dim', 'lstm_layers']

    Args:
        architecture: A dataclass that documents its fields under "Attributes:" in its docstring or a parent's.
    """
    meanings: dict[str, str] = {}
    for parent in reversed(architecture.__mro__):
        _, _, attributes = inspect.cleandoc(parent.__doc__ or "").partition("\nAttributes:\n")
        meanings |= {name: " ".join(meaning.split()) for name, meaning in _ATTRIBUTE.findall(attributes)}
    return [Hyperparameter(field.name, field.default, meanings.get(field.name, "")) for field in fields(architecture)]
