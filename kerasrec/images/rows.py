"""Finds the rows of a line of text in its ink: how it is skewed, and where it begins and ends."""

from typing import NamedTuple

import numpy as np
from keras import ops

from kerasrec.images.ink import CANVAS
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.windows import blur, close, dilate, open

_STEEPEST = 0.078  # rows per column, 4.5 degrees
_CANDIDATES = 49
_STRIPS = 64
_RULE = 61  # px, longer than any stroke
_BODY = 17  # rows
_DEGREE = 4
_FITS = 3
_FARTHEST = 12  # rows
_NEARBY = 1.2  # heights of the line
_STIFF = 1.0


def find_slope(ink: Tensor) -> Tensor:
    """Finds the slope of the line, by which its rows stand out most clearly: rows per column, () float32.

    Args:
        ink: (64, W) float32.
    """
    width = ops.cast(ops.shape(ink)[1], "float32")
    strips = resample(ink, CANVAS, _STRIPS)
    reach = ops.minimum(_STEEPEST * width / 2, CANVAS / 2.0)  # rows at either end
    ends = reach * ops.linspace(-1.0, 1.0, _CANDIDATES)  # (K,)
    places = (ops.arange(_STRIPS, dtype="float32") + 0.5) * (2.0 / _STRIPS) - 1.0
    shifts = ops.cast(ops.round(ends[:, None] * places), "int32")  # (K, S)
    padded = ops.reshape(ops.transpose(ops.pad(strips, [(CANVAS, CANVAS), (0, 0)])), (-1,))
    first = ops.arange(_STRIPS, dtype="int32") * (3 * CANVAS) + CANVAS + shifts
    moved = ops.take(padded, first[..., None] + ops.arange(CANVAS, dtype="int32"))  # (K, S, 64)
    profile = ops.sum(moved, axis=1)
    score = ops.sum(profile * profile, axis=1)
    score = score * (1.0 - 0.03 * ops.square(ends / ops.maximum(reach, 1e-3)))
    return ends[ops.argmax(score)] * 2.0 / width


def find_curve(ink: Tensor, slope: Tensor) -> Tensor:
    """Finds the curve of the line: (5,) float32, the coefficients of `curve_at`.

    The profile of the rows around each strip is compared with that of all rows, and a polynomial is fitted to the
    shifts at which they are most alike.

    Args:
        ink: (64, W) float32.
        slope: Rows per column, () float32, from `find_slope`.
    """
    width = ops.cast(ops.shape(ink)[1], "float32")
    strips = resample(ink, CANVAS, _STRIPS) / 255.0
    curve = ops.one_hot(1, _DEGREE + 1) * slope * width / 2
    powers = _powers(_STRIPS)
    for _ in range(_FITS):
        straight = straighten(strips, ops.matmul(powers, curve), CANVAS)
        profiles = ops.transpose(blur(straight, 3, 1))  # (S, 64)
        everywhere = ops.mean(profiles, axis=0)
        height = ops.sum(everywhere) / ops.maximum(ops.max(everywhere), 1e-6)  # of the line, about
        apart = ops.cast(ops.arange(_STRIPS)[:, None] - ops.arange(_STRIPS)[None], "float32") * width / _STRIPS
        nearby = ops.matmul(ops.exp(-ops.square(apart / (_NEARBY * height)) / 2), profiles)
        shift, weight = _compare_profiles(nearby, everywhere)
        ridge = np.array([0, 0, 1, 1, 1], np.float32) * ops.square(_STIFF * height / width) + 1e-3
        weight = weight / ops.maximum(ops.sum(weight), 1e-6)
        weighted = ops.transpose(powers) * weight
        matrix = ops.matmul(weighted, powers) + ops.diag(ridge)
        curve = curve + ops.solve(matrix, ops.matmul(weighted, shift[:, None]))[:, 0]
    return curve


def curve_at(curve: Tensor, width: Tensor) -> Tensor:
    """Returns the rows by which a line of (W,) columns lies lower than in its middle, (W,) float32."""
    powers = _powers(width)
    return ops.matmul(powers, curve) - curve[0]


def _powers(count: Tensor) -> Tensor:
    """The powers 0 to 4 of `count` places from -1 to 1, (count, 5) float32."""
    places = (ops.arange(count, dtype="float32") + 0.5) * (2.0 / ops.cast(count, "float32")) - 1.0
    return ops.stack([places**power for power in range(_DEGREE + 1)], axis=1)


def _compare_profiles(profiles: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Returns how much lower each profile (S, 64) lies than the reference (64,), in rows (S,), and its weight (S,)."""
    shifts = ops.arange(-_FARTHEST, _FARTHEST + 1, dtype="int32")
    places = ops.arange(CANVAS, dtype="int32")[None] - shifts[:, None] + _FARTHEST
    moved = ops.take(ops.pad(reference, [(_FARTHEST, _FARTHEST)]), places)  # (25, 64)
    likeness = ops.matmul(profiles, ops.transpose(moved))  # (S, 25)
    likeness = likeness * (1.0 - 0.1 * ops.square(ops.cast(shifts, "float32") / _FARTHEST))
    best = ops.argmax(likeness, axis=1)
    return ops.cast(best, "float32") - _FARTHEST, ops.sum(profiles, axis=1)


def straighten(image: Tensor, shift: Tensor, rows: int) -> Tensor:
    """Moves each column up by its shift.

    Args:
        image: (H, W) float32.
        shift: (W,) float32, the row of the image that becomes row 0.
        rows: The rows to return.

    Returns:
        (rows, W) float32; 0 beyond the image.
    """
    height, width = ops.shape(image)[0], ops.shape(image)[1]
    flat = ops.reshape(ops.pad(image, [(1, 1), (0, 0)]), (-1,))
    columns = ops.arange(width, dtype="int32")
    low = ops.floor(shift)
    part = shift - low
    row = ops.cast(low, "int32")[None] + ops.arange(rows, dtype="int32")[:, None]  # (rows, W)

    def at(row: Tensor) -> Tensor:
        return ops.take(flat, (ops.clip(row, -1, height) + 1) * width + columns)

    return at(row) * (1.0 - part) + at(row + 1) * part


def remove_rules(ink: Tensor) -> Tensor:
    """Removes horizontal rules, longer than any stroke, from straight ink (64, W), and mends the strokes they cross."""
    rules = open(dilate(ink, 3, 1), 1, _RULE)
    without = ops.maximum(ink - dilate(rules, 3, 1), 0.0)
    return ops.where(rules > 0, close(without, 7, 1), ink)


class Band(NamedTuple):
    """The rows of a line, () float32 each.

    Attributes:
        top: The first row.
        bottom: One past the last.
        above: Rows above this one belong to another line.
        below: This row and those below it belong to another line.
    """

    top: Tensor
    bottom: Tensor
    above: Tensor
    below: Tensor


def find_band(ink: Tensor) -> Band:
    """Finds the rows of the line in straight ink (64, W)."""
    width = ops.cast(ops.shape(ink)[1], "float32")
    profile = ops.sum(blur(ink, 3, 1), axis=1) / 255.0  # (64,) px
    middle = ops.cast(ops.argmax(ops.sum(_windows(profile), axis=1)), "int32")
    top, above = _extent(ops.flip(profile), CANVAS - 1 - middle, width)
    bottom, below = _extent(profile, middle, width)
    return Band(*(ops.cast(row, "float32") for row in (CANVAS - top, bottom, CANVAS - above, below)))


def _windows(profile: Tensor) -> Tensor:
    """The rows around each row, (64, 17)."""
    places = ops.arange(CANVAS, dtype="int32")[:, None] + ops.arange(_BODY, dtype="int32")
    return ops.take(ops.pad(profile, [(_BODY // 2, _BODY // 2)]), places)


def _extent(profile: Tensor, middle: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Returns one past the last row of the line from its middle downwards, and where another line may begin."""
    rows = ops.arange(CANVAS, dtype="int32")
    peak = ops.max(profile)
    inked = profile > 1.0 + 0.006 * peak
    empty = ops.logical_and(rows >= middle, profile < 0.03 * peak)
    first = ops.min(ops.where(empty, rows, CANVAS))  # the first empty row below the middle
    after = ops.logical_and(rows > first, profile > 0.03 * peak)
    begins = ops.min(ops.where(after, rows, CANVAS))  # what comes after it
    is_large = ops.max(ops.where(rows >= begins, profile, 0.0)) > 0.15 * peak
    is_cut = profile[-1] > 0.5 * ops.max(ops.where(rows >= begins, profile, 0.0))
    is_other = ops.logical_and(begins < CANVAS, ops.logical_or(is_large, is_cut))
    is_other = ops.logical_and(is_other, width > 3.0 * ops.cast(first - middle, "float32"))
    between = ops.logical_and(rows >= first, rows < begins)
    valley = ops.cast(ops.argmin(ops.where(between, profile, 1e9)), "int32")
    limit = ops.where(is_other, valley, CANVAS)
    kept = ops.logical_and(ops.logical_and(rows >= middle, inked), rows < limit)
    return ops.max(ops.where(kept, rows + 1, middle + 1)), limit
