"""Converts the tensors of requests and responses between protobuf and NumPy, a whole array at a time."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.framework.tensor_pb2 import TensorProto

from kerasrec.serving.server.failure import ServingError, invalid

Array = np.ndarray[Any, np.dtype[Any]]

_MOST_DIMENSIONS = 254
_MOST_VALUES = 2**31  # not counting dimensions of 0, because NumPy also refuses an empty array of a huge shape
_FIRST_REFERENCE = 100  # dtypes from here on are references to variables, which cannot be sent
_FIELDS = {  # the field of a TensorProto for each dtype, and the NumPy type of its values
    types_pb2.DT_FLOAT: ("float_val", np.float32),
    types_pb2.DT_DOUBLE: ("double_val", np.float64),
    types_pb2.DT_INT32: ("int_val", np.int32),
    types_pb2.DT_UINT8: ("int_val", np.int32),
    types_pb2.DT_INT8: ("int_val", np.int32),
    types_pb2.DT_INT16: ("int_val", np.int32),
    types_pb2.DT_UINT16: ("int_val", np.int32),
    types_pb2.DT_INT64: ("int64_val", np.int64),
    types_pb2.DT_UINT32: ("uint32_val", np.uint32),
    types_pb2.DT_UINT64: ("uint64_val", np.uint64),
    types_pb2.DT_BOOL: ("bool_val", np.bool_),
    types_pb2.DT_STRING: ("string_val", np.object_),
}
_PACKED = {np.dtype(np.float32): b"\x2a", np.dtype(np.float64): b"\x32"}  # tags of float_val and double_val on the wire
_LISTED = {
    np.dtype(np.int32): "int_val",
    np.dtype(np.int64): "int64_val",
    np.dtype(np.bool_): "bool_val",
    np.dtype(np.object_): "string_val",
}


def parsing_error(alias: str) -> ServingError:
    """Returns the error for a tensor that cannot be parsed."""
    return invalid(f"tensor parsing error: {alias}")


def read_shape(proto: TensorProto, alias: str) -> tuple[int, ...]:
    """Returns the declared shape of a tensor, before its values are read.

    Raises:
        ServingError: The shape is unknown, negative or too large for any tensor.
    """
    shape = tuple(dimension.size for dimension in proto.tensor_shape.dim)
    known = not proto.tensor_shape.unknown_rank and len(shape) <= _MOST_DIMENSIONS
    if not known or min(shape, default=0) < 0 or math.prod(max(size, 1) for size in shape) >= _MOST_VALUES:
        raise parsing_error(alias)
    return shape


def dtype_name(dtype: int, alias: str) -> str:
    """Returns the name of a dtype in TensorFlow's C++; raises ServingError for a number that is not a dtype.

    >>> dtype_name(1, "images"), dtype_name(7, "images")
    ('float', 'string')
    """
    if not 0 < dtype < _FIRST_REFERENCE:
        raise parsing_error(alias)
    try:
        name: str = tf.dtypes.as_dtype(dtype).name
    except TypeError as error:
        raise parsing_error(alias) from error
    return {"float32": "float", "float64": "double", "float16": "half"}.get(name, name)


def read_array(proto: TensorProto, shape: tuple[int, ...], alias: str, most_bytes: int) -> Array:
    """Returns the values of a tensor like TensorFlow, which repeats the last value if some are missing.

    Args:
        proto: The tensor.
        shape: The tensor's shape, from `read_shape`.
        alias: The tensor's name, for the error.
        most_bytes: The most bytes that repeated values may take.

    Raises:
        ServingError: The values do not fit the shape, or their type cannot be read.
    """
    count = math.prod(shape)
    if proto.dtype not in _FIELDS:
        raise parsing_error(alias)
    dtype = tf.dtypes.as_dtype(proto.dtype).as_numpy_dtype
    if proto.tensor_content:
        if proto.dtype == types_pb2.DT_STRING or len(proto.tensor_content) != count * np.dtype(dtype).itemsize:
            raise parsing_error(alias)
        return np.frombuffer(proto.tensor_content, dtype).reshape(shape)
    field, field_type = _FIELDS[proto.dtype]
    values = getattr(proto, field)
    array: Array = np.array(list(values) if field_type is np.object_ else values, field_type)[:count]
    if len(array) < count:
        array = _repeat_last(array, count, alias, most_bytes)
    return array.astype(dtype, copy=False).reshape(shape)


def _repeat_last(array: Array, count: int, alias: str, most_bytes: int) -> Array:
    is_text = array.dtype == np.object_
    last = array[-1] if len(array) else (b"" if is_text else array.dtype.type(0))
    if count * max(len(last) if is_text else 0, array.itemsize) > most_bytes:
        raise parsing_error(alias)
    filled = np.empty(count, array.dtype)
    filled[: len(array)] = array
    filled[len(array) :] = last
    return filled


def write_array(array: Array, proto: TensorProto) -> None:
    """Writes an array into an empty tensor, in typed fields like TensorFlow Serving."""
    proto.dtype = tf.dtypes.as_dtype(array.dtype).as_datatype_enum
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if not array.size:
        return
    if tag := _PACKED.get(array.dtype):
        # The bytes after the tag on the wire are those of the array in memory, so no loop over its values is needed.
        proto.MergeFromString(tag + _varint(array.nbytes) + array.tobytes())
    elif field := _LISTED.get(array.dtype):
        getattr(proto, field).extend(array.ravel().tolist())
    else:
        proto.tensor_content = array.tobytes()


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])
