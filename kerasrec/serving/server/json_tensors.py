"""Converts nested lists of JSON to tensors, in rows ("instances") or columns ("inputs"), like TensorFlow Serving."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import grpc
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.tensor_shape_pb2 import TensorShapeProto

from kerasrec.serving.server.failure import ServingError, invalid
from kerasrec.serving.server.json_values import ELEMENT_TYPES, ElementType, Json, describe, is_bytes


class _Dense(NamedTuple):
    """The shape of a nested list, and its elements in order."""

    shape: tuple[int, ...]
    elements: list[Any]


def tensors_from_inputs(inputs: Json, dtypes: Mapping[str, int]) -> dict[str, TensorProto]:
    """Makes the tensors of a request in columns.

    Args:
        inputs: The value of "inputs": an object with a tensor for each name, or a single tensor.
        dtypes: The DataType of each input of the signature, by name.

    Raises:
        ServingError: A value is missing or not a tensor of its type.
    """
    if not isinstance(inputs, dict) or is_bytes(inputs):
        if len(dtypes) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                "tensorinfo_map"
            )
        inputs = dict.fromkeys(dtypes, inputs)
    tensors = {}
    for name, dtype in dtypes.items():
        if name not in inputs:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
        tensors[name] = _to_proto(dtype, *_read(inputs[name], _element_type(dtype, inputs[name])))
    return tensors


def tensors_from_instances(instances: list[Json], dtypes: Mapping[str, int]) -> dict[str, TensorProto]:
    """Makes the tensors of a request in rows; each row is one element of every tensor's first dimension.

    Args:
        instances: The value of "instances", not empty: objects with a value for each name, or values of a single input.
        dtypes: The DataType of each input of the signature, by name.

    Raises:
        ServingError: A row differs in form from the others, or a value is missing or not a tensor of its type.
    """
    if not isinstance(instances[0], dict) and len(dtypes) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    with_names = _has_names(instances[0])
    rows: dict[str, list[_Dense]] = {}
    for number, instance in enumerate(instances):
        if _has_names(instance) != with_names:
            raise invalid(_mixture(number, with_names))
        values = instance if with_names else {min(dtypes): instance}
        for name, value in values.items():
            place = f"element: {number} key: {name}" if with_names else f"element: {number}"
            try:
                _add_row(rows.setdefault(name, []), value, name, dtypes)
            except ServingError as error:
                cause = f"{error.code.name}: {error.text}"
                raise invalid(f"Failed to process {place} of 'instances' list. Error: {cause}") from error
        if with_names and instance.keys() != dtypes.keys():
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. JSON object: {describe(instance)} keys must "
                f"be equal to: {','.join(sorted(dtypes))}"
            )
    return {name: _stack(dtypes[name], column) for name, column in rows.items()}


def _has_names(instance: Json) -> bool:
    return isinstance(instance, dict) and not is_bytes(instance)


def _mixture(number: int, with_names: bool) -> str:
    expected, received = ("object", "list") if with_names else ("value/list", "object")
    return f"Expecting {expected} but got {received} at item {number} of input list"


def _add_row(column: list[_Dense], value: Json, name: str, dtypes: Mapping[str, int]) -> None:
    if name not in dtypes:
        raise invalid(f"JSON object: does not have named input: {name}")
    row = _read(value, _element_type(dtypes[name], value))
    if column and len(row.elements) != len(column[0].elements):
        raise invalid(f"Expecting tensor size: {len(column[0].elements)} but got: {len(row.elements)}")
    if column and row.shape != column[0].shape:
        raise invalid(f"Expecting shape {_format_shape(column[0].shape)} but got: {_format_shape(row.shape)}")
    column.append(row)


def _format_shape(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


def _element_type(dtype: int, value: Json) -> ElementType:
    if dtype not in ELEMENT_TYPES:
        name = types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()
        text = f"Conversion of JSON Value: {describe(value)} to type: {name}"
        raise ServingError(grpc.StatusCode.UNIMPLEMENTED, text)
    return ELEMENT_TYPES[dtype]


def _read(value: Json, element_type: ElementType) -> _Dense:
    shape = []
    inner = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    dense = _Dense(tuple(shape), [])
    _collect(value, 0, dense, element_type)
    return dense


def _collect(value: Json, level: int, dense: _Dense, element_type: ElementType) -> None:
    """Adds the elements of a nested list, in which all lists of a level must have the same length."""
    rank = len(dense.shape)
    if not isinstance(value, list):
        if level != rank:
            where = f"found at incorrect level: {level + 1} in the JSON DOM. Expected at level: {rank}"
            raise invalid(f"JSON Value: {describe(value)} {where}")
        dense.elements.append(element_type.convert(value))
        return
    if level >= rank:
        raise invalid(f"Encountered list at unexpected level: {level} expected < {rank}")
    if len(value) != dense.shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {dense.shape[level]}"
        )
    for each in value:
        _collect(each, level + 1, dense, element_type)


def _stack(dtype: int, column: list[_Dense]) -> TensorProto:
    elements = [element for row in column for element in row.elements]
    return _to_proto(dtype, (len(column), *column[0].shape), elements)


def _to_proto(dtype: int, shape: tuple[int, ...], elements: list[Any]) -> TensorProto:
    dimensions = [TensorShapeProto.Dim(size=size) for size in shape]
    proto = TensorProto(dtype=dtype, tensor_shape=TensorShapeProto(dim=dimensions))
    getattr(proto, ELEMENT_TYPES[dtype].field).extend(elements)
    return proto
