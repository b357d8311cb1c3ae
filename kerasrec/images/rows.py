"""Finds the rows of a line of text in its ink: how it is skewed, and where it begins and ends."""

from typing import NamedTuple

import numpy as np

from kerasrec.images import ops
from kerasrec.images.ink import shares
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.windows import blur, close, dilate, erode
from kerasrec.spec import INK

_STEEPEST = 0.078  # rows per column, 4.5 degrees
_CANDIDATES = 33  # slopes
_STRIPS = 32  # into which the width is divided
_DEGREE = 4  # of the polynomial
_FITS = 3
_FARTHEST = 6  # rows
_APART = np.subtract.outer(np.arange(_STRIPS), np.arange(_STRIPS)).astype(np.float32) / _STRIPS  # strips, of the width
_CURVED = np.array([0, 0, 1, 1, 1], np.float32)  # the coefficients of a polynomial that make it curved
_NEARBY = 1.5  # heights of the line
_STIFF = 2.0  # the more, the longer a line must be to be curved
_PLACES = ((2 * np.arange(_STRIPS) + 1) / _STRIPS - 1).astype(np.float32)  # of the strips, from -1 to 1
_POWERS = np.stack([_PLACES**power for power in range(_DEGREE + 1)], axis=1)
_GAIN = 1.04  # times, by which a curve must make rows stand out more clearly
_NEAR = 0.1  # of the canvas's height, around a speck
_FILLED = 0.12  # of that area, by the end of a thin stroke
_LONG = 0.95  # of the canvas's height, longer than any stroke
_HIGH = 0.9  # of the canvas's height, higher than a line that does not fill it
_MENDED = 0.1  # of the canvas's height
_BODY = 0.27  # of the canvas's height


def find_strips(ink: Tensor) -> Tensor:
    """Averages ink (H, W), H known, over 32 strips of its width: (H, 32) float32, 0 to 1."""
    return ops.reshape(resample(ink, ink.shape[0], _STRIPS), (ink.shape[0], _STRIPS)) / 255.0


def find_slope(strips: Tensor, width: Tensor) -> Tensor:
    """Finds the slope of the line, by which its rows stand out most clearly: rows per column, () float32.

    Args:
        strips: (H, 32) float32, from `find_strips`.
        width: The columns of the ink, () float32.
    """
    height = strips.shape[0]
    reach = ops.minimum(_STEEPEST * width / 2, height / 2.0)  # rows at either end
    ends = reach * ops.linspace(-1.0, 1.0, _CANDIDATES)  # (K,)
    shifts = ops.cast(ops.round(ends[:, None] * (2.0 * shares(_STRIPS) - 1.0)), "int32")  # (K, S)
    padded = ops.reshape(ops.transpose(ops.pad(strips, [(height, height), (0, 0)])), (-1,))
    first = ops.arange(_STRIPS, dtype="int32") * (3 * height) + height + shifts
    moved = ops.take(padded, first[..., None] + ops.arange(height, dtype="int32"))  # (K, S, H)
    profile = ops.sum(moved, axis=1)
    score = ops.sum(profile * profile, axis=1) * (1.0 - 0.03 * ops.square(ends / ops.maximum(reach, 1e-3)))
    return ops.take(ends, ops.argmax(score)) * 2.0 / width


def find_curve(ink: Tensor) -> Tensor:
    """Finds the slope of the line and its curve: (5,) float32, the coefficients of `curve_at`.

    The profile of the rows around each strip is compared with that of all rows, and a polynomial is fitted to the
    shifts at which they are most alike.

    Args:
        ink: (H, W) float32, H known.
    """
    strips, width = find_strips(ink), ops.cast(ops.shape(ink)[1], "float32")
    straight = ops.stack([0.0, find_slope(strips, width) * width / 2, 0.0, 0.0, 0.0])

    def fit(_: Tensor, curve: Tensor) -> Tensor:
        profiles = ops.transpose(blur(_straighten_strips(strips, curve), 3, 1))  # (S, H)
        everywhere = ops.mean(profiles, axis=0)
        height = ops.maximum(ops.sum(everywhere) / ops.maximum(ops.max(everywhere), 1e-6), 1.0)  # of the line, about
        nearby = ops.matmul(ops.exp(-ops.square(_APART * width / (_NEARBY * height)) / 2), profiles)
        shift, weight = _compare_profiles(nearby, everywhere)
        ridge = ops.diag(_CURVED * ops.square(_STIFF * height / width) + 1e-3)
        weighted = _POWERS.T * (weight / ops.maximum(ops.sum(weight), 1e-6))
        return curve + ops.solve(ops.matmul(weighted, _POWERS) + ridge, ops.matmul(weighted, shift[:, None]))[:, 0]

    curve = ops.fori_loop(0, _FITS, fit, straight)
    is_better = _sharpness(strips, curve) > _GAIN * _sharpness(strips, straight)
    return ops.where(is_better, curve, straight)


def _straighten_strips(strips: Tensor, curve: Tensor) -> Tensor:
    return straighten(strips, ops.matmul(_POWERS, curve), strips.shape[0])


def _sharpness(strips: Tensor, curve: Tensor) -> Tensor:
    """How clearly rows (H, S) stand out once they are straightened, () float32."""
    profile = ops.sum(_straighten_strips(strips, curve), axis=1)
    return ops.sum(profile * profile)


def curve_at(curve: Tensor, width: Tensor) -> Tensor:
    """Returns the rows by which a line of (W,) columns lies lower than in its middle, (W,) float32."""
    powers = _powers(width)
    return ops.matmul(powers, curve) - curve[0]


def _powers(count: Tensor) -> Tensor:
    """The powers 0 to 4 of `count` places from -1 to 1, (count, 5) float32."""
    places = 2.0 * shares(count) - 1.0
    return ops.stack([places**power for power in range(_DEGREE + 1)], axis=1)


def _compare_profiles(profiles: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Returns how much lower each profile (S, H) lies than the reference (H,), in rows (S,), and its weight (S,)."""
    shifts = np.arange(-_FARTHEST, _FARTHEST + 1)
    places = np.arange(profiles.shape[1]) - shifts[:, None] + _FARTHEST
    moved = ops.take(ops.pad(reference, [(_FARTHEST, _FARTHEST)]), places.astype(np.int32))  # (K, H)
    nearer = (1.0 - 0.1 * (shifts / _FARTHEST) ** 2).astype(np.float32)
    likeness = ops.matmul(profiles, ops.transpose(moved)) * nearer  # (S, K)
    best = ops.argmax(likeness, axis=1)
    return ops.cast(best, "float32") - _FARTHEST, ops.sum(profiles, axis=1)


def straighten(image: Tensor, shift: Tensor, rows: int, beyond: bool = False) -> Tensor:
    """Moves each column up by its shift.

    Args:
        image: (H, W) float32.
        shift: (W,) float32, the row of the image that becomes row 0.
        rows: The rows to return.
        beyond: Whether the image's edge continues beyond it; otherwise there is 0.

    Returns:
        (rows, W) float32.
    """
    height, width = ops.shape(image)[0], ops.shape(image)[1]
    flat = ops.reshape(ops.pad(image, [(1, 1), (0, 0)]), (-1,))
    columns = ops.arange(width, dtype="int32")
    low = ops.floor(shift)
    part = shift - low
    row = ops.cast(low, "int32")[None] + ops.arange(rows + 1, dtype="int32")[:, None]  # (rows + 1, W)
    row = ops.clip(row, 0, height - 1) if beyond else ops.clip(row, -1, height)
    values = ops.take(flat, (row + 1) * width + columns)
    return values[:-1] * (1.0 - part) + values[1:] * part


def remove_rules(ink: Tensor, upright: bool) -> Tensor:
    """Removes rules, which are longer than any stroke, and mends the strokes that they cross.

    Args:
        ink: (H, W) float32, straight, H known.
        upright: Whether to remove vertical rules too. They are as high as the canvas, which a line must not fill.

    Returns:
        (H, W) float32.
    """
    without = _remove(ink, ink, 1, _odd(_LONG, ink))
    return _remove(without, ink, _odd(_HIGH, ink), 1) if upright else without


def _remove(ink: Tensor, source: Tensor, rows: int, columns: int) -> Tensor:
    """Removes from ink the rules of the source, as high as `rows` or as long as `columns`."""
    across = (3, 1) if rows == 1 else (1, 3)
    cores = erode(dilate(source, *across), rows, columns)

    def mend() -> Tensor:
        rules = dilate(dilate(cores, rows, columns), *across)
        mended = _odd(_MENDED, ink)
        closed = close(ops.maximum(ink - rules, 0.0), *(mended if size == 3 else 1 for size in across))
        return ops.where(rules > 0, closed, ink)

    return ops.cond(ops.any(cores > 0), mend, lambda: ink)


def remove_specks(ink: Tensor) -> Tensor:
    """Removes specks, around which there is less ink (H, W) than around the end of a stroke."""
    size = _odd(_NEAR, ink)
    filled = blur(ops.cast(ink > INK, "float32"), size, size)
    return ops.where(dilate(filled, size, size) > _FILLED, ink, 0.0)


def _odd(share: float, ink: Tensor) -> int:
    return int(share * ink.shape[0]) // 2 * 2 + 1


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
    """Finds the rows of the line in straight ink (H, W)."""
    height, width = ink.shape[0], ops.cast(ops.shape(ink)[1], "float32")
    strong = ops.maximum(ink - INK, 0.0) / (255.0 - INK)
    profile = blur(ops.sum(strong, axis=1, keepdims=True), 3, 1)[:, 0]  # (H,) px
    body = _odd(_BODY, ink)
    around = ops.arange(height, dtype="int32")[:, None] + ops.arange(body, dtype="int32")
    mass = ops.sum(ops.take(ops.pad(profile, [(body // 2, body // 2)]), around), axis=1)
    middle = ops.cast(ops.argmax(mass), "int32")
    both = ops.stack([ops.flip(profile), profile])  # (2, H), upwards and downwards
    ends, limits = _extents(both, ops.stack([height - 1 - middle, middle])[:, None], width)
    rows = (height - ends[0], ends[1], height - limits[0], limits[1])
    return Band(*(ops.cast(row, "float32") for row in rows))


def _extents(profiles: Tensor, middles: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """Returns one past the last row of the line from its middle onwards, and where another line may begin.

    Args:
        profiles: (N, H) float32, H known.
        middles: (N, 1) int32.
        width: () float32.

    Returns:
        (N,) int32 each.
    """
    height = profiles.shape[1]
    rows = ops.arange(height, dtype="int32")
    peak = ops.max(profiles, axis=1, keepdims=True)
    inked = profiles > 1.0 + 0.006 * peak
    empty = ops.logical_and(rows >= middles, profiles < 0.03 * peak)
    first = ops.min(ops.where(empty, rows, height), axis=1, keepdims=True)  # the first empty row after the middle
    after = ops.logical_and(rows > first, profiles > 0.03 * peak)
    begins = ops.min(ops.where(after, rows, height), axis=1, keepdims=True)  # what comes after it
    other = ops.max(ops.where(rows >= begins, profiles, 0.0), axis=1, keepdims=True)
    is_large, is_cut = other > 0.15 * peak, profiles[:, -1:] > 0.5 * other
    is_other = ops.logical_and(begins < height, ops.logical_or(is_large, is_cut))
    is_other = ops.logical_and(is_other, width > 3.0 * ops.cast(first - middles, "float32"))
    limits = ops.where(is_other, (first + begins + 1) // 2, height)
    kept = ops.logical_and(ops.logical_and(rows >= middles, inked), rows < limits)
    return ops.max(ops.where(kept, rows + 1, middles + 1), axis=1), limits[:, 0]
