"""Moves the ink of whole lines at random: slant, stretch, size, place, rotation, curve and elastic displacement.

All of them are one resampling. Each column of the result is a straight segment of the line, and curves along the line
tell where the middle of the segment is, how it leans and how long it is.
"""

from typing import NamedTuple

import tensorflow as tf

from kerasrec.lines.line_draws import LineDraws, count_nodes, smooth_curve
from kerasrec.spec import GLYPH_SIZE, INK

# At strength 1, in px of a line 28 px high.
_SLANT, _MOST_SLANT = 0.2, 0.4  # px per px: standard deviation and limit
_STRETCH = 0.15
_SMALLER, _LARGER = 0.2, 0.05
_BEYOND = 1.0  # rows of ink that may be cut off
_SLOPE, _RISE = 0.02, 3.0  # px per px, and the most between the middle of a line and its end
_CURVE, _CURVE_SPACING = 0.03, (60.0, 250.0)  # the height of a wave in distances between its nodes
_WAVE, _WAVE_SPACING = 0.08, (40.0, 120.0)
_FIXED = 40.0  # px at the ends of a line that move less, so that they stay on the canvas
_ELASTIC, _ELASTIC_SPACING = 4.0, 17.0


class Warp(NamedTuple):
    """Where the pixels of varied lines come from.

    Attributes:
        columns: (B, W') float64, the column of the line at the middle of each column of the result.
        leans: (B, W') float64, columns of the line per row of the result.
        rows: (B, W') float64, the row of the line at the middle of each column of the result.
        steps: (B, W') float64, rows of the line per row of the result.
        middles: (B,) float64, the row of the result at which these middles are.
        reaches: (B,) float64, the height of the ink above and below the middle, in rows of the result.
    """

    columns: tf.Tensor
    leans: tf.Tensor
    rows: tf.Tensor
    steps: tf.Tensor
    middles: tf.Tensor
    reaches: tf.Tensor


def draw_scales(draws: LineDraws) -> tf.Tensor:
    """Draws the scale of the columns of each line: (B,) float64."""
    return 1 + _STRETCH * draws.strength_of("stretch") * draws.signed("stretch", 1)[:, 0]


def draw_warp(images: tf.Tensor, widths: tf.Tensor, scales: tf.Tensor, draws: LineDraws) -> Warp:
    """Draws where the ink of each line moves to. Not more than a few rows of it leave the canvas.

    Args:
        images: (B, H, W) float32, ink 255.
        widths: (B,) int32, the new width of each line in pixels.
        scales: (B,) float64, the scale of the columns of each line.
        draws: The draws of the lines.
    """
    height = tf.cast(tf.shape(images)[1], tf.float64)
    unit = height / GLYPH_SIZE
    last = tf.cast(widths, tf.float64)[:, None] - 1
    columns = tf.minimum(tf.range(tf.reduce_max(last) + 1, dtype=tf.float64), last)  # (B, W')
    elastic = _draw_elastic(columns / unit, draws) * unit
    drift = _draw_slope(columns, last, unit, draws) + _draw_curve(columns / unit, draws) * unit + elastic[..., 0]
    least, most = tf.reduce_min(drift, axis=1), tf.reduce_max(drift, axis=1)
    top, bottom = _find_rows(images)
    middle = (top + bottom - 1) / 2
    zooms, middles, reaches = _draw_place(middle, bottom - top + most - least, height, draws)
    sideways = _draw_wave(columns / unit, last / unit, draws) * unit + elastic[..., 1]
    return Warp(
        columns=(columns + 0.5) / scales[:, None] - 0.5 + sideways,
        leans=_draw_slant(draws)[:, None] + elastic[..., 2] / (height / 2),
        rows=drift + (middle - (least + most) / 2)[:, None],
        steps=1 / zooms[:, None] + elastic[..., 3] / (height / 2),
        middles=middles,
        reaches=reaches,
    )


def _find_rows(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The first row with ink and the one after the last: (B,) float64; all rows of a line without ink."""
    height = tf.shape(images)[1]
    rows = tf.range(height)
    inked = tf.reduce_max(images, axis=2) >= INK  # (B, H)
    inked |= ~tf.reduce_any(inked, axis=1, keepdims=True)
    top = tf.reduce_min(tf.where(inked, rows, height), axis=1)
    bottom = tf.reduce_max(tf.where(inked, rows + 1, 0), axis=1)
    return tf.cast(top, tf.float64), tf.cast(bottom, tf.float64)


def _draw_place(
    middle: tf.Tensor, ink: tf.Tensor, height: tf.Tensor, draws: LineDraws
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Draws the scale of the rows of lines whose ink has this middle and this height, its new middle and its reach."""
    size = (_SMALLER + _LARGER) * draws.uniform("size", 1)[:, 0] - _SMALLER
    zooms = tf.minimum(1 + draws.strength_of("size") * size, height / ink)
    reaches = zooms * ink / 2
    place = draws.strength_of("place") * draws.signed("place", 1)[:, 0]
    beyond = _BEYOND * height / GLYPH_SIZE
    moved = middle + place * (height / 2 - reaches + beyond)
    room = reaches - 0.5 - beyond * tf.abs(place)
    return zooms, tf.maximum(tf.minimum(moved, height - 1 - room), room), reaches


def _draw_slant(draws: LineDraws) -> tf.Tensor:
    three = draws.signed("slant", 3)
    slant = _SLANT * (three[:, 0] + three[:, 1] + three[:, 2])  # nearly normally distributed
    return draws.strength_of("slant") * tf.clip_by_value(slant, -_MOST_SLANT, _MOST_SLANT)


def _draw_slope(columns: tf.Tensor, last: tf.Tensor, unit: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    most = tf.minimum(_RISE * unit / (last / 2 + 1), _SLOPE)
    return draws.strength_of("rotation") * draws.signed("rotation", 1) * most * (columns - last / 2)


def _draw_curve(at: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    wave, spacing = draws.wave("curve", at, _CURVE_SPACING, skip=1)
    return draws.strength_of("curve") * draws.uniform("curve", 1) * _CURVE * spacing * wave


def _draw_wave(at: tf.Tensor, last: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    wave, spacing = draws.wave("stretch", at, _WAVE_SPACING, skip=2)
    inside = tf.minimum(tf.minimum(at, last - at) / _FIXED, 1)
    return draws.strength_of("stretch") * draws.uniform("stretch", 2)[:, 1:] * _WAVE * spacing * wave * inside


def _draw_elastic(at: tf.Tensor, draws: LineDraws) -> tf.Tensor:
    """Draws four curves (B, W', 4): for the rows and columns, and for what they differ at the edges of the canvas."""
    at = at / _ELASTIC_SPACING
    nodes = count_nodes(at, 1)
    values = tf.reshape(draws.signed("elastic", 1 + 4 * nodes)[:, 1:], (-1, nodes, 4))
    strength = draws.strength_of("elastic") * draws.uniform("elastic", 1)
    return _ELASTIC * strength[..., None] * smooth_curve(values, at)


def resample(images: tf.Tensor, warp: Warp) -> tf.Tensor:
    """Takes each pixel of the result from its place in the line, with bilinear interpolation.

    Args:
        images: (B, H, W) float32.
        warp: Where the pixels come from.

    Returns:
        (B, H, W') float32; 0 where there is no line.
    """
    lines, height, width = tf.unstack(tf.shape(images))
    rows = tf.range(tf.cast(height, tf.float64), dtype=tf.float64) - warp.middles[:, None]  # (B, H)
    rows = tf.cast(rows, tf.float32)[..., None]
    curves = (tf.cast(curve, tf.float32)[:, None] for curve in warp[:4])
    columns, leans, middles, steps = curves  # (B, 1, W')
    y = tf.clip_by_value(rows * steps + (middles + 1), 0, tf.cast(height + 1, tf.float32))  # (B, H, W')
    x = tf.clip_by_value(rows * leans + (columns + 1), 0, tf.cast(width + 1, tf.float32))
    above, left = tf.floor(y), tf.floor(x)
    down, right = y - above, x - left
    stride = width + 3
    start = tf.range(lines)[:, None, None] * ((height + 3) * stride)
    place = tf.cast(above, tf.int32) * stride + (tf.cast(left, tf.int32) + start)
    flat = tf.reshape(tf.pad(images, [[0, 0], [1, 2], [1, 2]]), [-1])
    pairs = tf.complex(flat[:-stride], flat[stride:])  # two pixels, one below the other, are gathered at once
    first, second = tf.gather(pairs, place), tf.gather(pairs[1:], place)
    upper, lower = (part(first) + right * (part(second) - part(first)) for part in (tf.math.real, tf.math.imag))
    return upper + down * (lower - upper)
