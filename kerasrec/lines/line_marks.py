"""Adds what else is on paper to whole lines at random: rules, specks, and ends of the strokes of neighbouring lines."""

import tensorflow as tf

from kerasrec.lines.line_draws import LineDraws
from kerasrec.lines.randomness import integers
from kerasrec.spec import GLYPH_SIZE

# At strength 1, in px of a line 28 px high.
_RULE_SHARE, _RULE = 0.1, (0.5, 1.5)  # of the lines, and the thickness
_SPECKS, _SPECK_SHARE, _SPECK = 2, 0.2, (0.7, 2.5)
_FAINTEST, _STRONGEST = 60.0, 220.0
_EDGE_SHARE, _EDGE, _EDGE_INK = 0.15, 5, (0.4, 1.0)  # of the lines; a fifth of the height at most; of their ink


def add_marks(images: tf.Tensor, widths: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Adds a horizontal rule to some lines and specks to others.

    Args:
        images: (B, H, W) float32, ink 255.
        widths: (B,) int32, the width of each line in pixels.
        draws: The draws of the lines.

    Returns:
        (B, H, W) float32.
    """
    height, width = tf.unstack(tf.cast(tf.shape(images)[1:], tf.float64))
    unit, ends = height / GLYPH_SIZE, tf.cast(widths, tf.float64)[:, None]
    chance, level, thickness, row = tf.split(draws.uniform("rules", 4), 4, axis=1)  # (B, 1)
    level = _level(chance, _RULE_SHARE * draws.strength_of("rules"), level)
    row = (0.4 + 0.6 * row) * height  # few are above the middle
    rows = level * _bump(row, _between(_RULE, thickness) * unit, height)
    images = _add(images, rows, tf.cast(tf.range(width, dtype=tf.float64) < ends, tf.float64))
    for numbers in tf.split(draws.uniform("specks", 5 * _SPECKS), _SPECKS, axis=1):
        chance, level, size, row, column = tf.split(numbers, 5, axis=1)
        level = _level(chance, _SPECK_SHARE * draws.strength_of("specks"), level)
        size = _between(_SPECK, size) * unit
        images = _add(images, level * _bump(row * height, size, height), _bump(column * ends, size, width))
    return images


def _level(chance: tf.Tensor, share: float, level: tf.Tensor) -> tf.Tensor:
    return tf.where(chance < share, _between((_FAINTEST, _STRONGEST), level), 0)


def _between(ends: tuple[float, float], share: tf.Tensor) -> tf.Tensor:
    return ends[0] + (ends[1] - ends[0]) * share


def _bump(middle: tf.Tensor, size: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """How much of each pixel is covered by a bar `size` px wide, with soft edges: (B, count) float64."""
    distance = tf.abs(tf.range(count, dtype=tf.float64) + 0.5 - middle)
    return tf.clip_by_value((size + 1) / 2 - distance, 0, 1)


def _add(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Adds a mark to each line: the product of a profile of its rows and one of its columns."""
    return tf.maximum(images, tf.cast(rows, tf.float32)[:, :, None] * tf.cast(columns, tf.float32)[:, None])


def add_neighbours(images: tf.Tensor, middles: tf.Tensor, reaches: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Adds ends of strokes at the edges of some lines, as from the lines above and below: ends of their own strokes.

    Args:
        images: (B, H, W) float32, ink 255.
        middles: (B,) float64, the middle row of the ink.
        reaches: (B,) float64, the height of the ink above and below its middle.
        draws: The draws of the lines.

    Returns:
        (B, H, W) float32.
    """
    first, last = (tf.cast(row + 1, tf.int32)[:, None] for row in (middles - reaches, middles + reaches))
    rows, levels = _draw_edges(first, last, tf.shape(images)[1], draws)
    ends = tf.gather(images, rows, batch_dims=1) * tf.cast(levels, tf.float32)[..., None]  # (B, 2 E, W)
    height, width = tf.unstack(tf.shape(images)[1:])
    ends = tf.pad(ends, [[0, 0], [0, 0], [height, 0]])[..., :width]  # not where the line itself has them
    above, below = tf.split(ends, 2, axis=1)
    nothing = tf.zeros_like(images[:, : height - tf.shape(ends)[1]])
    return tf.maximum(images, tf.concat([above, nothing, below], axis=1))


def _draw_edges(first: tf.Tensor, last: tf.Tensor, height: tf.Tensor, draws: LineDraws) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws what is seen in the E rows at each edge of the canvas.

    Args:
        first: (B, 1) int32, the first row with ink.
        last: (B, 1) int32, one past the last row with ink.
        height: () int32, the height of the canvas in pixels.
        draws: The draws of the lines.

    Returns:
        rows: (B, 2 E) int32, the rows of the line that are seen.
        levels: (B, 2 E) float64, how strong their ink is, from 0 to 1.
    """
    most = height // _EDGE
    chances, depths, levels = tf.split(draws.uniform("neighbours", 6), 3, axis=1)  # (B, 2), for both edges
    depths = tf.where(chances < _EDGE_SHARE * draws.strength_of("neighbours"), 1 + integers(depths, most), 0)
    above, below = tf.split(depths, 2, axis=1)
    edge = tf.range(most)
    rows = tf.concat([last - above + edge, first + below - most + edge], axis=1)
    seen = tf.concat([edge < above, edge >= most - below], axis=1)
    levels = tf.where(seen, tf.repeat(_between(_EDGE_INK, levels), most, axis=1), 0)
    return tf.clip_by_value(rows, 0, height - 1), levels
