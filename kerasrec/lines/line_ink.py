"""Varies the ink of whole lines at random: the weight of strokes, blur, strength along the line, and noise."""

from dataclasses import replace

import tensorflow as tf

from kerasrec.lines.line_draws import LineDraws
from kerasrec.spec import GLYPH_SIZE

# At strength 1.
_WEIGHT_SHARE, _WEIGHT = 0.6, 0.6  # of the lines, and of the way to the strongest or weakest neighbour
_BLUR_SHARE, _BLUR = 0.5, 0.18  # of the lines, and the weight of each neighbour
_CONTRAST = 0.6
_FADE, _FADE_SPACING = 0.5, (20.0, 120.0)  # the spacing in px of a line 28 px high
_NOISE_SHARE, _NOISE, _NOISE_ROWS = 0.3, 40.0, 64


def vary_strokes(images: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Makes the strokes of some lines bolder or thinner, and blurs some: mixes pixels with four of their neighbours.

    Args:
        images: (B, H, W) float32, ink 255.
        draws: The draws of the lines.

    Returns:
        (B, H, W) float32.
    """
    direction, chance, amount = tf.unstack(draws.uniform("weight", 3), axis=1)
    weight = tf.where(chance < _WEIGHT_SHARE, draws.strength_of("weight") * _WEIGHT * amount, 0)
    chance, amount = tf.unstack(draws.uniform("blur", 2), axis=1)
    blur = tf.where(chance < _BLUR_SHARE, draws.strength_of("blur") * _BLUR * amount, 0) * (1 - weight)
    sign = _per_line(tf.where(direction < 0.5, -1.0, 1.0))  # thinner strokes are bolder paper
    signed = images * sign
    height, width = tf.unstack(tf.shape(images)[1:])
    reach = (height + GLYPH_SIZE // 2) // GLYPH_SIZE
    padded = tf.pad(signed, [[0, 0], [reach, reach], [reach, reach]])
    above, left = padded[:, :, reach : reach + width], padded[:, reach : reach + height]
    up, down, left, right = above[:, :height], above[:, 2 * reach :], left[..., :width], left[..., 2 * reach :]
    strongest = tf.maximum(tf.maximum(tf.maximum(up, down), tf.maximum(left, right)), signed)
    together = (up + down) + (left + right)
    own = _per_line(1 - weight - 4 * blur)
    mixed = signed * own + strongest * _per_line(weight) + together * _per_line(blur)
    return mixed * (sign * _per_line(tf.where(direction < 0.5, 1 + weight, 1)))  # strokes are as dark as before


def vary_strength(images: tf.Tensor, widths: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Adds noise, raises or lowers contrast, lets ink fade along the line, and clears what is beyond the line's end.

    Args:
        images: (B, H, W) float32, ink 255.
        widths: (B,) int32, the width of each line in pixels.
        draws: The draws of the lines.

    Returns:
        (B, H, W) float32.
    """
    height, width = tf.unstack(tf.shape(images)[1:])
    unit = tf.cast(height, tf.float64) / GLYPH_SIZE
    columns = tf.range(tf.cast(width, tf.float64), dtype=tf.float64)[None]
    ends = tf.cast(widths, tf.float64)[:, None]
    wave = draws.wave("ink", tf.minimum(columns, ends) / unit, _FADE_SPACING, skip=2)[0]
    contrast, fade = tf.unstack(draws.strength_of("ink") * draws.uniform("ink", 2)[..., None], axis=1)
    contrast = _CONTRAST * (2 * contrast - draws.strength_of("ink"))
    strength = tf.where(columns < ends, 1 - _FADE * fade * (1 + wave) / 2, 0)  # (B, W)
    linear, quadratic = strength * (1 + contrast), strength * contrast / 255  # a parabola through 0 and 255
    noisy = images + _draw_noise(height, width, draws)
    return noisy * (tf.cast(linear, tf.float32)[:, None] - noisy * tf.cast(quadratic, tf.float32)[:, None])


def _draw_noise(height: tf.Tensor, width: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Draws noise for each line, (B, H, W) float32, from a table of rows for all lines, which is much faster."""
    table = replace(draws, indices=tf.range(-_NOISE_ROWS, 0, dtype=tf.int64)).signed("noise", width)
    chance, amount = tf.unstack(draws.uniform("noise", 2), axis=1)
    most = tf.where(chance < _NOISE_SHARE, draws.strength_of("noise") * _NOISE * amount * amount, 0)
    rows = tf.cast(draws.uniform("noise", 2 + height)[:, 2:] * _NOISE_ROWS, tf.int32)  # (B, H)
    return tf.gather(tf.cast(table, tf.float32), rows) * _per_line(most)


def _per_line(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float32)[:, None, None]
