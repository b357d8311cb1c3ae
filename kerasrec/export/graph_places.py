"""Where characters stand, in graph operations: what `decoding.to_reading` does for one line."""

import tensorflow as tf


def find_places(middle: tf.Tensor, count: tf.Tensor, width: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Divides lines among their characters.

    Neighbours are divided half-way between their middles; the first and the last reach as far outwards as inwards; a
    character alone takes the whole width.

    Args:
        middle: (N, L) float32, the pixel columns in the middle of the characters.
        count: (N,) int32, the characters of each line.
        width: (N,) float32, the width of each line in pixels.

    Returns:
        (N, L) float32 starts and ends in 0..width; beyond a line's characters they mean nothing.
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
