"""Random variation of whole lines, in the TensorFlow graph and batch by batch, for training on pictures of lines.

Pictures are few, and a recognizer soon memorises them. Varied, they differ as the hands, pens and scans of other
writers do, and yet remain readable.
"""

from collections.abc import Collection

import tensorflow as tf

from kerasrec.lines.line_draws import LINE_VARIATIONS, LineDraws
from kerasrec.lines.line_ink import vary_strength, vary_strokes
from kerasrec.lines.line_marks import add_marks, add_neighbours
from kerasrec.lines.line_warp import draw_scales, draw_warp, resample


def vary_lines(
    images: tf.Tensor,
    widths: tf.Tensor,
    seed: int,
    indices: tf.Tensor,
    strength: float,
    kinds: Collection[str] = LINE_VARIATIONS,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Varies each line at random: where its ink is, how strong it is, and what else is on the paper.

    What happens to a line depends only on the seed and its number, not on the other lines of the batch.

    Args:
        images: (B, H, W) uint8, ink 255 on 0. Columns beyond the width of a line are 0, and so are a few at its ends,
            as in canonical lines: ink moves by up to H / 4 px to either side.
        widths: (B,) int32, the width of each line in pixels.
        seed: The seed of the run.
        indices: (B,) int64, the numbers of the lines.
        strength: The strength of the variation: 0 leaves lines unchanged, and at 1 they can still be read.
        kinds: The kinds of variation to apply, some of `LINE_VARIATIONS`.

    Returns:
        images: (B, H, W') uint8, as wide as the widest line.
        widths: (B,) int32, the new widths: at least 0.85 of the old ones, and at most 1.15, at strength 1.
        scales: (B,) float64, by which the columns of each line were stretched. Column x of a line is found near
            `x * scale` in the result.

    Raises:
        UsageError: A kind is unknown.
    """
    draws = LineDraws(seed, indices, strength, kinds)
    scales = draw_scales(draws)
    if not strength:
        return images, widths, scales
    lines = tf.cast(images, tf.float32)
    new_widths = tf.cast(tf.maximum(tf.round(tf.cast(widths, tf.float64) * scales), 1), tf.int32)
    warp = draw_warp(lines, new_widths, scales, draws)
    lines = add_marks(vary_strokes(lines, draws), widths, draws)
    lines = add_neighbours(resample(lines, warp), warp.middles, warp.reaches, draws)
    lines = vary_strength(lines, new_widths, draws)
    return tf.cast(tf.clip_by_value(lines + 0.5, 0, 255), tf.uint8), new_widths, scales
