"""Converts pixels of any colour model to grey values in graph operations, as `images.load_image` does with Pillow."""

import numpy as np
import tensorflow as tf

from kerasrec.export.separate import separate
from kerasrec.images.paper import BLACK, EDGE_STEP, INK_SPREAD, WHITE

_LUMA = (19595.0, 38470.0, 7471.0)  # ITU-R 601-2 in 65536ths; all sums are integers that float32 represents exactly
_ONE = 65536.0
_LEVELS = np.arange(256.0)
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
    """Scales values (H, W, C) uint16 from their common range to 0..255, (H, W, C) float32."""
    values = tf.cast(values, tf.float32)
    low, high = tf.reduce_min(values), tf.reduce_max(values)
    return tf.round((values - low) * (255.0 / tf.where(high > low, high - low, 1.0)))


def _choose_paper(grey: tf.Tensor, opacity: tf.Tensor) -> tf.Tensor:
    seen = opacity > tf.reduce_max(opacity) // 2
    edge = seen & ~_is_surrounded(seen)
    counts, edge_counts = _count(grey, seen), _count(grey, edge)
    total, edge_total = tf.reduce_sum(counts), tf.reduce_sum(edge_counts)
    mean, edge_mean, inner_mean = map(_mean, (counts, edge_counts, counts - edge_counts))
    spread = tf.sqrt(tf.reduce_sum(counts * (_LEVELS - mean) ** 2) / total)
    is_card = (total / _box(seen) > 0.5) & (spread > INK_SPREAD)
    fades = tf.abs(edge_mean - inner_mean) > EDGE_STEP
    is_white = tf.where(fades, edge_mean > inner_mean, mean < 128) | (total == 0)
    median = _median(tf.where(edge_total > 0, edge_counts, counts))
    return tf.cast(tf.where(is_card, median, tf.where(is_white, np.float64(WHITE), np.float64(BLACK))), tf.float32)


def _is_surrounded(seen: tf.Tensor) -> tf.Tensor:
    """Whether all four neighbours of each pixel, (H, W) bool, are seen too; those outside the image are."""
    padded = tf.pad(seen, [[1, 1], [1, 1]], constant_values=True)
    return padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def _count(grey: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Counts the grey values (H, W) float32 where the mask is true: (256,) float64."""
    numbers = tf.where(mask, tf.cast(grey, tf.int32), 256)
    return tf.cast(tf.math.bincount(numbers, minlength=257, maxlength=257)[:256], tf.float64)


def _mean(counts: tf.Tensor) -> tf.Tensor:
    """The mean of counted grey values, () float64; NaN if there are none, which no comparison holds for."""
    return tf.reduce_sum(counts * _LEVELS) / tf.reduce_sum(counts)


def _median(counts: tf.Tensor) -> tf.Tensor:
    total = tf.reduce_sum(counts)
    middle = tf.searchsorted(tf.cumsum(counts), [(total - 1) // 2, total // 2], side="right")
    return tf.reduce_mean(tf.cast(middle, tf.float64))


def _box(seen: tf.Tensor) -> tf.Tensor:
    """The area in pixels of the smallest box with all that is seen, () float64."""
    area = tf.constant(1.0, tf.float64)
    for axis in (0, 1):
        places = tf.where(tf.reduce_any(seen, axis=1 - axis))[:, 0]
        area *= tf.cast(tf.reduce_max(places) - tf.reduce_min(places) + 1, tf.float64)
    return area
