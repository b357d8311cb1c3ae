"""Tensors on the wire: strings out, strings and numbers in, in either of the two forms that servers write."""

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
        ValueError: It is of another type or rank, or has fewer values than it says.
    """
    (count,) = _shape(tensor, STRING, 1)
    if tensor.tensor_content:
        return _split(tensor.tensor_content, count)
    if len(tensor.string_val) != count:
        raise ValueError(f"it is to have {count} strings, but has {len(tensor.string_val)}")
    return list(tensor.string_val)


def read_numbers(tensor: Any, dtype: int, rank: int) -> np.ndarray:
    """Reads a tensor of numbers.

    Args:
        tensor: The message.
        dtype: FLOAT or INT32, as is expected.
        rank: The number of its dimensions, as is expected.

    Returns:
        float32 or int32, of the tensor's shape.

    Raises:
        ValueError: It is of another type or rank, or has fewer values than it says.
    """
    shape = _shape(tensor, dtype, rank)
    field, type = _NUMBERS[dtype]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, type).reshape(shape)
    values = np.array(getattr(tensor, field), type)
    if values.size == 1:  # what is the same everywhere may be written once
        return np.broadcast_to(values, shape)
    return values.reshape(shape)


def _shape(tensor: Any, dtype: int, rank: int) -> tuple[int, ...]:
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.dtype != dtype or len(shape) != rank or any(size < 0 for size in shape):
        raise ValueError(f"it is to be of type {dtype} and rank {rank}, but is of type {tensor.dtype} and {shape}")
    return shape


def _split(content: bytes, count: int) -> list[bytes]:
    """Divides strings that stand one behind the other, behind all of their lengths as varints."""
    lengths, place = [], 0
    for _ in range(count):
        length, shift = 0, 0
        while True:
            if place >= len(content):
                raise ValueError(f"it is to have {count} strings, but ends among their lengths")
            byte = content[place]
            length, shift, place = length | (byte & 0x7F) << shift, shift + 7, place + 1
            if byte < 0x80:
                break
        lengths.append(length)
    if place + sum(lengths) != len(content):
        raise ValueError(f"it is to have {place + sum(lengths)} bytes, but has {len(content)}")
    ends = np.cumsum([place, *lengths]).tolist()
    return [content[start:end] for start, end in zip(ends[:-1], ends[1:], strict=True)]
