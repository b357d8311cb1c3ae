"""Reading bytes of a picture in graph operations: the numbers of its header, and where a mark stands."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

_BYTES = 32  # they hold all numbers that a format keeps at a fixed place


class Number(NamedTuple):
    """Where an unsigned number stands in bytes, and whether its first byte is the greatest."""

    start: int
    length: int
    is_big: bool


def big(start: int, length: int) -> Number:
    """A number whose first byte is the greatest, as in PNG."""
    return Number(start, length, True)


def little(start: int, length: int) -> Number:
    """A number whose last byte is the greatest, as in WebP."""
    return Number(start, length, False)


def read_bytes(contents: tf.Tensor, start: tf.Tensor | int = 0, count: int = _BYTES) -> tf.Tensor:
    """Reads bytes of a string, () string: (count,) int64, 0 where the string has ended."""
    rest = tf.strings.substr(contents, tf.minimum(start, tf.strings.length(contents)), count)
    return tf.cast(tf.io.decode_raw(rest, tf.uint8, fixed_length=count), tf.int64)


def read_numbers(values: tf.Tensor, *numbers: Number) -> list[tf.Tensor]:
    """Reads numbers from bytes (N,) int64: () int64 each. All in one operation, as there are many pictures."""
    weights = np.zeros((values.shape[0], len(numbers)), np.int64)
    for i, (start, length, is_big) in enumerate(numbers):
        powers = 256 ** np.arange(length)
        weights[start : start + length, i] = powers[::-1] if is_big else powers
    return tf.unstack(tf.reduce_sum(values[:, None] * weights, axis=0), num=len(numbers))


def split(contents: tf.Tensor, mark: bytes, most: int) -> tf.Tensor:
    """Splits a string, () string, where a mark stands, at most so often: (N,) string."""
    # tf.strings.split does it in fifty operations, which prepare for several strings.
    return tf.raw_ops.StringSplitV2(input=contents[None], sep=mark, maxsplit=most).values
