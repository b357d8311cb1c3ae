"""Checks that values read from JSON have the types of the fields that they are for."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def check_fields(kind: type, values: Mapping[str, Any]) -> None:
    """Raises TypeError for the first value whose type is not that of its field; unknown names are not its concern.

    Args:
        kind: A dataclass or a TypedDict whose fields are plain values, or lists, tuples and dictionaries of them.
        values: The values by the name of the field.
    """
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name in hints and not _fits(value, hints[name]):
            raise TypeError(f"{name} has the wrong type: {value!r}")


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if origin is dict:
        return isinstance(value, dict) and all(_fits(k, parts[0]) and _fits(v, parts[1]) for k, v in value.items())
    if origin in (list, tuple):
        return isinstance(value, list | tuple) and all(_fits(each, parts[0]) for each in value)
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    if hint in (str, bool, NoneType):
        return isinstance(value, hint)
    return True  # Any, or a dataclass that checks its own fields
