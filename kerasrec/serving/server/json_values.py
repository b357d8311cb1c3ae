"""Converts JSON values to elements of tensors, and refuses values of other types.

The error messages are TensorFlow Serving's, except that a long value is repeated only in part.
"""

import base64
import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from tensorflow.core.framework import types_pb2

from kerasrec.serving.server.failure import invalid

Json = Any  # a result of `json.loads`

_LONGEST_ECHO = 400  # characters of a value that a message repeats
_MOST_ECHOED = 20  # elements of each list and object among them
_DEEPEST_ECHO = 5

_LARGEST_FLOAT = 3.4028234663852886e38
_LARGEST_DOUBLE = 1.7976931348623157e308


class ElementType(NamedTuple):
    """How JSON values become elements of a tensor of one type.

    Attributes:
        name: TensorFlow Serving's name of the type.
        field: The field of a TensorProto for the elements.
        convert: Converts a JSON value to an element, or raises ServingError.
    """

    name: str
    field: str
    convert: Callable[[Json], Any]


def describe(value: Json) -> str:
    """Formats a JSON value for error messages.

    >>> describe("a"), describe([1.0] * 1000).count("1.0")
    ('"a"', 20)
    """
    text = json.dumps(_shorten(value, _DEEPEST_ECHO), indent=4, ensure_ascii=False)
    return text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}..."


def is_bytes(value: Json) -> bool:
    """Whether a value is an object that encodes bytes.

    >>> is_bytes({"b64": "AAAA"}), is_bytes({"b64": "AAAA", "a": 1})
    (True, False)
    """
    return isinstance(value, dict) and list(value) == ["b64"] and isinstance(value["b64"], str)


def _shorten(value: Json, depth: int) -> Json:
    if isinstance(value, str):
        return value[:_LONGEST_ECHO]
    if not isinstance(value, (list, dict)):
        return value
    if not depth:
        return "..."
    if isinstance(value, list):
        return [_shorten(each, depth - 1) for each in value[:_MOST_ECHOED]]
    keys = list(value)[:_MOST_ECHOED]
    return {key[:_LONGEST_ECHO]: _shorten(value[key], depth - 1) for key in keys}


def _type_name(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return "Null" if value is None else str(value)
    names = {"dict": "Object", "list": "Array", "str": "String"}
    return names.get(type(value).__name__, "Number")


def _refuse(value: Json, name: str) -> Exception:
    return invalid(f"JSON Value: {describe(value)} Type: {_type_name(value)} is not of expected type: {name}")


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _float_type(name: str, field: str, digits: int, largest: float) -> ElementType:
    """Returns a floating-point type: integers must be exact, other numbers within its range."""

    def convert(value: Json) -> float:
        if not isinstance(value, float) and not _is_integer(value):
            raise _refuse(value, name)
        is_integer = isinstance(value, int) and -(2**63) <= value < 2**64  # a larger one is treated as a decimal
        most = 2**digits - 1 if is_integer else largest
        if most < abs(value) < math.inf:
            raise invalid(f"Cannot convert JSON value: {describe(value)} to {name} without loss of precision.")
        return float(value)

    return ElementType(name, field, convert)


def _integer_type(name: str, field: str, least: int, largest: int) -> ElementType:
    def convert(value: Json) -> int:
        if not _is_integer(value) or not least <= value <= largest:
            raise _refuse(value, name)
        return int(value)

    return ElementType(name, field, convert)


def _to_bool(value: Json) -> bool:
    if not isinstance(value, bool):
        raise _refuse(value, "bool")
    return value


def _to_string(value: Json) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict):
        raise _refuse(value, "string")
    if not is_bytes(value):
        raise invalid(f"JSON Value: {describe(value)} not formatted correctly for base64 data")
    text = "".join(value["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise invalid("Unable to base64 decode") from error


_INT32 = (-(2**31), 2**31 - 1)  # TensorFlow Serving checks smaller integer types against the same range

ELEMENT_TYPES = {
    types_pb2.DT_FLOAT: _float_type("float", "float_val", 24, _LARGEST_FLOAT),
    types_pb2.DT_DOUBLE: _float_type("double", "double_val", 53, _LARGEST_DOUBLE),
    types_pb2.DT_INT8: _integer_type("int8", "int_val", *_INT32),
    types_pb2.DT_UINT8: _integer_type("uint8", "int_val", *_INT32),
    types_pb2.DT_INT16: _integer_type("int16", "int_val", *_INT32),
    types_pb2.DT_INT32: _integer_type("int32", "int_val", *_INT32),
    types_pb2.DT_INT64: _integer_type("int64", "int64_val", -(2**63), 2**63 - 1),
    types_pb2.DT_UINT32: _integer_type("uint32", "uint32_val", 0, 2**32 - 1),
    types_pb2.DT_UINT64: _integer_type("uint64", "uint64_val", 0, 2**64 - 1),
    types_pb2.DT_BOOL: ElementType("bool", "bool_val", _to_bool),
    types_pb2.DT_STRING: ElementType("string", "string_val", _to_string),
}
"""The types that can be sent as JSON."""
