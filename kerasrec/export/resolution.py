"""Makes the pixels of an image square, in graph operations, as `images.geometry` does."""

import tensorflow as tf

from kerasrec.export.separate import separate
from kerasrec.images.geometry import LEAST_STRETCH, MOST_STRETCH


def square_height(height: tf.Tensor, across: tf.Tensor, down: tf.Tensor) -> tf.Tensor:
    """Returns the height, () int64, at which the pixels of an image are square.

    Args:
        height: Of the upright image, () int64.
        across: Its horizontal resolution, () int64 in any unit; 0 if it is unknown.
        down: Its vertical resolution in the same unit.
    """
    stretch = tf.cast(across, tf.float64) / tf.cast(down, tf.float64)
    most = tf.maximum(stretch, 1 / stretch)  # NaN or infinite if either is 0
    is_known = (most >= LEAST_STRETCH) & (most <= MOST_STRETCH)
    stretched = tf.maximum(tf.cast(tf.round(tf.cast(height, tf.float64) * stretch), tf.int64), 1)
    return tf.where(is_known, stretched, height)


def stretch_rows(grey: tf.Tensor, height: tf.Tensor) -> tf.Tensor:
    """Gives grey values (H, W) float32 another height, () int64: rows are repeated, or averaged if there are more."""
    rows = tf.shape(grey, tf.int64)[0]
    return tf.cond(height == rows, lambda: grey, lambda: _stretch(grey, rows, height))


@separate
def _stretch(grey: tf.Tensor, rows: tf.Tensor, height: tf.Tensor) -> tf.Tensor:
    def repeat() -> tf.Tensor:
        return tf.gather(grey, (2 * tf.range(height) + 1) * rows // (2 * height))

    def average() -> tf.Tensor:
        return tf.round(tf.math.segment_mean(grey, tf.range(rows) * height // rows))

    return tf.cond(height > rows, repeat, average)
