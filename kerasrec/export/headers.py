"""Reads the bytes of an image file in graph operations: the numbers in its header, and the parts between markers."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

_BYTES = 32  # enough for all numbers that a format keeps at a fixed offset


class Number(NamedTuple):
    """The place of an unsigned number in bytes, and whether it is big-endian."""

    start: int
    length: int
    is_big: bool


def big(start: int, length: int) -> Number:
    """A big-endian number, as in PNG."""
    return Number(start, length, True)


def little(start: int, length: int) -> Number:
    """A little-endian number, as in WebP."""
    return Number(start, length, False)


def read_bytes(contents: tf.Tensor, start: tf.Tensor | int = 0, count: int = _BYTES) -> tf.Tensor:
    """Reads bytes of a string, () string, as (count,) int64; 0 past the end of the string."""
    rest = tf.strings.substr(contents, tf.minimum(start, tf.strings.length(contents)), count)
    return tf.cast(tf.io.decode_raw(rest, tf.uint8, fixed_length=count), tf.int64)


def read_numbers(values: tf.Tensor, *numbers: Number) -> list[tf.Tensor]:
    """Reads numbers, () int64 each, from bytes (N,) int64, all in one operation because there are many images."""
    weights = np.zeros((values.shape[0], len(numbers)), np.int64)
    for i, (start, length, is_big) in enumerate(numbers):
        powers = 256 ** np.arange(length)
        weights[start : start + length, i] = powers[::-1] if is_big else powers
    return tf.unstack(tf.reduce_sum(values[:, None] * weights, axis=0), num=len(numbers))


def split(contents: tf.Tensor, mark: bytes, most: int) -> tf.Tensor:
    """Splits a string, () string, at a marker, at most `most` times: (N,) string."""
    # tf.strings.split needs fifty operations, because it also handles batches of strings.
    return tf.raw_ops.StringSplitV2(input=contents[None], sep=mark, maxsplit=most).values
