"""Random variation for training: the slant, rotation, size and position of each glyph, and the weight of a line's ink.

Without it, a recognizer soon memorises the training glyphs. The variation resembles the differences between writers,
so the recognizer learns shapes instead.

The parameters are computed in float64. In float32, rounding depends on the length of a vector, so the same line could
differ by a grey level from one batch to another.
"""

import tensorflow as tf

from kerasrec.spec import GLYPH_SIZE

GLYPH_DRAWS = 6
"""Number of random draws needed to vary one glyph."""


def vary_glyphs(columns: tf.Tensor, glyph_draws: tf.Tensor, slant_draws: tf.Tensor, strength: float) -> tf.Tensor:
    """Slants, rotates, scales and shifts each glyph at random.

    At strength 1, the slant is up to 0.25 px per pixel for the whole line plus up to 0.15 for each glyph, the rotation
    is up to 0.15 rad, height and width change by up to 15%, and the position shifts by up to 2 px.

    Args:
        columns: (N, 28, 28) uint8, the glyphs stored column by column.
        glyph_draws: (N, GLYPH_DRAWS) float from [0, 1), the draws of each glyph.
        slant_draws: (N,) float from [0, 1), the draw of each glyph's line.
        strength: The strength of the variation; 0 leaves the glyphs unchanged.

    Returns:
        (N, 28, 28) uint8, column by column.
    """
    draws = (2 * tf.cast(glyph_draws, tf.float64) - 1) * strength  # (N, 6) from [-strength, strength)
    lean, turn, height, width, up, across = tf.unstack(draws, axis=1)
    slant = 0.15 * lean + 0.25 * strength * (2 * tf.cast(slant_draws, tf.float64) - 1)
    sine, cosine = tf.sin(0.15 * turn), tf.cos(0.15 * turn)
    row_by_row, row_by_column = cosine * tf.exp(0.15 * height), -sine  # source of an output pixel
    column_by_row, column_by_column = sine + slant, cosine * tf.exp(0.15 * width)
    middle = (GLYPH_SIZE - 1) / 2
    from_row = middle * (1 - row_by_row - row_by_column) + 2 * up
    from_column = middle * (1 - column_by_row - column_by_column) + 2 * across
    none = tf.zeros_like(slant)
    rows = [row_by_row, row_by_column, from_row, column_by_row, column_by_column, from_column, none, none]
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=columns[..., None],  # rows and columns are swapped, in the glyphs as in the matrix
        transforms=tf.cast(tf.stack(rows, axis=1), tf.float32),
        output_shape=tf.constant([GLYPH_SIZE, GLYPH_SIZE]),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    return warped[..., 0]


def vary_ink(images: tf.Tensor, draws: tf.Tensor, strength: float) -> tf.Tensor:
    """Makes the ink of each line heavier or lighter: raises grey levels to a power, 1/2 to 2 at strength 1.

    Args:
        images: (B, H, W) uint8, the lines.
        draws: (B,) float from [0, 1), the draw of each line.
        strength: The strength of the variation; 0 leaves the ink unchanged.

    Returns:
        (B, H, W) uint8.
    """
    power = 2.0 ** ((2 * tf.cast(draws, tf.float64) - 1) * strength)
    levels = tf.range(256, dtype=tf.float64) / 255
    table = tf.cast(255 * levels ** power[:, None] + 0.5, tf.uint8)  # (B, 256): each line's own grey levels
    return tf.gather(table, tf.cast(images, tf.int32), batch_dims=1)
