"""Tensors on the wire: writes strings, and reads strings and numbers in both encodings that servers use."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasrec.serving.client.protocol import FLOAT, INT32, STRING, Tensor

_NUMBERS = {FLOAT: ("float_val", "<f4"), INT32: ("int_val", "<i4")}


def write_strings(values: Sequence[bytes]) -> Any:
    """Makes a tensor (N,) of strings."""
    tensor = Tensor(dtype=STRING, string_val=values)
    tensor.tensor_shape.dim.add(size=len(values))
    return tensor


def read_strings(tensor: Any) -> list[bytes]:
    """Reads a tensor (N,) of strings.

    Raises:
        ValueError: The tensor has another type or rank, or its number of values does not match its shape.
    """
    (count,) = _shape(tensor, STRING, 1)
    if tensor.tensor_content:
        return _split(tensor.tensor_content, count)
    if len(tensor.string_val) != count:
        raise ValueError(f"it must have {count} strings, but has {len(tensor.string_val)}")
    return list(tensor.string_val)


def read_numbers(tensor: Any, dtype: int, rank: int) -> np.ndarray:
    """Reads a tensor of numbers.

    Args:
        tensor: The message.
        dtype: The expected type, FLOAT or INT32.
        rank: The expected number of dimensions.

    Returns:
        A float32 or int32 array of the tensor's shape.

    Raises:
        ValueError: The tensor has another type or rank, or its number of values does not match its shape.
    """
    shape = _shape(tensor, dtype, rank)
    field, type = _NUMBERS[dtype]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, type).reshape(shape)
    values = np.array(getattr(tensor, field), type)
    if values.size == 1:  # if all values are the same, a server may write it once
        return np.broadcast_to(values, shape)
    return values.reshape(shape)


def _shape(tensor: Any, dtype: int, rank: int) -> tuple[int, ...]:
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.dtype != dtype or len(shape) != rank or any(size < 0 for size in shape):
        raise ValueError(f"it must have type {dtype} and rank {rank}, but has type {tensor.dtype} and shape {shape}")
    return shape


def _split(content: bytes, count: int) -> list[bytes]:
    """Splits concatenated strings, which follow all their lengths as varints."""
    lengths, position = [], 0
    for _ in range(count):
        length, shift = 0, 0
        while True:
            if position >= len(content):
                raise ValueError(f"it must have {count} strings, but ends within their lengths")
            byte = content[position]
            length, shift, position = length | (byte & 0x7F) << shift, shift + 7, position + 1
            if byte < 0x80:
                break
        lengths.append(length)
    if position + sum(lengths) != len(content):
        raise ValueError(f"it must have {position + sum(lengths)} bytes, but has {len(content)}")
    ends = np.cumsum([position, *lengths]).tolist()
    return [content[start:end] for start, end in zip(ends[:-1], ends[1:], strict=True)]
