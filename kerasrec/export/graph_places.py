"""Positions of characters in graph operations, for all lines at once; `decoding.to_reading` does it for one."""

import tensorflow as tf


def find_places(middle: tf.Tensor, count: tf.Tensor, width: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Divides the width of each line among its characters.

    The boundary of two neighbours is half-way between their middles. The first and the last character reach as far
    outwards as inwards. A single character takes the whole width.

    Args:
        middle: (N, L) float32, the pixel column in the middle of each character.
        count: (N,) int32, the number of characters in each line.
        width: (N,) float32, the width of each line in pixels.

    Returns:
        (N, L) float32 starts and ends in 0..width, undefined past the last character of a line.
    """
    number, last = tf.range(tf.shape(middle)[1])[None], count[:, None] - 1
    between = (middle[:, 1:] + middle[:, :-1]) / 2  # (N, L - 1)
    before = tf.pad(between, ((0, 0), (1, 0)))[:, : tf.shape(middle)[1]]
    after = tf.pad(between, ((0, 0), (0, 1)))[:, : tf.shape(middle)[1]]
    start = tf.where(number == 0, 2 * middle - after, before)
    end = tf.where(number == last, 2 * middle - before, after)
    start = tf.where(last == 0, 0.0, start)
    end = tf.where(last == 0, width[:, None], end)
    return tf.clip_by_value(start, 0.0, width[:, None]), tf.clip_by_value(end, 0.0, width[:, None])
