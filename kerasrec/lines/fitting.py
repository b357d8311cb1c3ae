"""Scales composed lines to their height, as pictures of lines are scaled; see `images.canonical`."""

import tensorflow as tf

from kerasrec.images.canonical import tight_rows
from kerasrec.spec import GLYPH_SIZE, INK

FIT_DRAWS = 2
"""Number of random draws needed to fit one line."""

LEAST_ROWS = 10
"""The least height of a line's ink: lines of dots and dashes are enlarged as if they were this high."""


Fitted = tuple[tf.Tensor, tf.Tensor, tf.Tensor]
"""Lines (B, H, W) uint8, as wide as the widest, their widths (B,) int32, and their scales (B,) float64."""


def fit_rows(images: tf.Tensor, widths: tf.Tensor, draws: tf.Tensor, strength: float, height: int) -> Fitted:
    """Scales and moves each line so that its ink fills the rows that the ink of a picture does.

    At strength 1, the height of the ink varies by up to a third and its position by up to a seventh of the height: the
    rows that are found in a picture may be wrong.

    Args:
        images: (B, 28, W) uint8, ink 255.
        widths: (B,) int32, the width of each line in pixels.
        draws: (B, FIT_DRAWS) float from [0, 1).
        strength: The strength of the variation; 0 fits every line alike.
        height: The height of the fitted lines in pixels.

    Returns:
        The fitted lines, their widths, and the scales by which they were enlarged.
    """
    draws = (2 * tf.cast(draws, tf.float64) - 1) * strength
    inked = tf.reduce_any(images >= INK, axis=2)  # (B, 28)
    rows = tf.range(GLYPH_SIZE, dtype=tf.float64)
    top = tf.reduce_min(tf.where(inked, rows, GLYPH_SIZE), axis=1)
    bottom = tf.reduce_max(tf.where(inked, rows + 1, 0), axis=1)
    middle = tf.where(bottom > top, (top + bottom) / 2, GLYPH_SIZE / 2)
    scales = tf.exp(0.3 * draws[:, 0]) * tight_rows(height) / tf.maximum(bottom - top, LEAST_ROWS)
    return _scale_rows(images, widths, scales, middle, height / 2 + height / 7 * draws[:, 1], height)


def enlarge(images: tf.Tensor, widths: tf.Tensor, height: int) -> Fitted:
    """Scales lines (B, 28, W) of widths (B,) to a height, all of them alike, whatever rows their ink fills."""
    scales = tf.fill(tf.shape(widths), tf.constant(height / GLYPH_SIZE, tf.float64))
    if height == GLYPH_SIZE:
        return images, widths, scales
    middle = tf.constant(GLYPH_SIZE / 2, tf.float64)
    return _scale_rows(images, widths, scales, middle, tf.constant(height / 2, tf.float64), height)


def _scale_rows(
    images: tf.Tensor, widths: tf.Tensor, scales: tf.Tensor, old: tf.Tensor, new: tf.Tensor, height: int
) -> Fitted:
    """Scales each line by its scale (B,) and moves its `old` row to its `new` row, () or (B,) float64 each."""
    new_widths = tf.cast(tf.maximum(tf.round(tf.cast(widths, tf.float64) * scales), 1), tf.int32)
    step = 1 / scales  # pixels of the line per pixel of the result, of which coordinates are the middles
    from_row = old - step * (new - 0.5) - 0.5
    none = tf.zeros_like(step)
    matrix = [step, none, step / 2 - 0.5, none, step, from_row, none, none]
    fitted = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.cast(tf.stack(matrix, axis=1), tf.float32),
        output_shape=tf.stack([height, tf.reduce_max(new_widths)]),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    return fitted[..., 0], new_widths, scales
