"""Converts pixels of any colour model to grey values in graph operations, as `images.load_image` does with Pillow."""

import numpy as np
import tensorflow as tf

from kerasrec.export.separate import separate
from kerasrec.images.loading import INK_SPREAD

_LUMA = (19595.0, 38470.0, 7471.0)  # ITU-R 601-2 in 65536ths; all sums are integers that float32 represents exactly
_ONE = 65536.0
_SHARES = np.arange(256, dtype=np.float32) / 255  # a graph would multiply by 1 / 255, with another rounding


def to_grey(pixels: tf.Tensor) -> tf.Tensor:
    """Converts pixels (H, W, 1..4) uint8, grey or RGB, with or without opacity, to grey (H, W) float32, 0..255."""
    channels = tf.shape(pixels)[2]
    grey = luminance(pixels)
    return tf.cond(channels % 2 == 0, lambda: lay_on_paper(grey, pixels[:, :, -1]), lambda: grey)


def luminance(pixels: tf.Tensor) -> tf.Tensor:
    """Returns the luminance (H, W) float32 of pixels (H, W, 1..4) uint8, ignoring opacity, rounded as Pillow does."""

    def mix() -> tf.Tensor:
        # One channel at a time: all at once would take four times the memory.
        mixed = sum(tf.cast(pixels[:, :, i], tf.float32) * share for i, share in enumerate(_LUMA))
        return tf.floor((mixed + _ONE / 2) / _ONE)

    return tf.cond(tf.shape(pixels)[2] >= 3, mix, lambda: tf.cast(pixels[:, :, 0], tf.float32))


@separate
def lay_on_paper(grey: tf.Tensor, opacity: tf.Tensor) -> tf.Tensor:
    """Blends grey (H, W) float32 with opacity (H, W) uint8 onto paper that makes it legible; see `images.loading`."""

    def lay() -> tf.Tensor:
        share = tf.gather(_SHARES, tf.cast(opacity, tf.int32))
        return tf.round(grey * share + _choose_paper(grey, opacity) * (1 - share))

    return tf.cond(tf.reduce_min(opacity) < 255, lay, lambda: grey)


def scale_range(values: tf.Tensor) -> tf.Tensor:
    """Scales values (H, W) uint16 from their own range to 0..255, (H, W) float32."""
    values = tf.cast(values, tf.float32)
    low, high = tf.reduce_min(values), tf.reduce_max(values)
    return tf.round((values - low) * (255.0 / tf.where(high > low, high - low, 1.0)))


def _choose_paper(grey: tf.Tensor, opacity: tf.Tensor) -> tf.Tensor:
    """Returns white or black if only the strokes are opaque, or the grey of the background if that is opaque too."""
    seen = opacity > tf.reduce_max(opacity) // 2
    values = tf.range(256, dtype=tf.float64)
    numbers = tf.where(seen, tf.cast(grey, tf.int32), 256)
    counts = tf.cast(tf.math.bincount(numbers, minlength=257, maxlength=257)[:256], tf.float64)
    total = tf.reduce_sum(counts)
    mean = tf.reduce_sum(counts * values) / total
    spread = tf.sqrt(tf.reduce_sum(counts * (values - mean) ** 2) / total)
    middle = tf.searchsorted(tf.cumsum(counts), [(total - 1) // 2, total // 2], side="right")
    median = tf.reduce_mean(tf.cast(middle, tf.float64))
    is_ground = (total / tf.cast(_extent(seen, 0) * _extent(seen, 1), tf.float64) > 0.5) & (spread > INK_SPREAD)
    paper = tf.where(is_ground, median, tf.where(mean < 128, values[255], values[0]))
    return tf.cast(tf.where(total > 0, paper, values[255]), tf.float32)


def _extent(seen: tf.Tensor, axis: int) -> tf.Tensor:
    """The number of rows (axis 0) or columns (axis 1) from the first to the last with a seen pixel, () int64."""
    places = tf.where(tf.reduce_any(seen, axis=1 - axis))[:, 0]
    return tf.reduce_max(places) - tf.reduce_min(places) + 1
