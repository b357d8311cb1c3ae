"""From grey values to ink: the paper is estimated around every pixel, then the polarity, then the strength of the ink.

Functions take a canvas, (H, W) float32: an image scaled to a height of 32 or 64 px, so that windows are shares of it.
"""

from typing import NamedTuple

import numpy as np

from kerasrec.backend import ops
from kerasrec.images.contrast import NOISE_CLEARED, NOISE_EXCEEDED, find_paper_level, quantile
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.windows import blur, dilate, double, erode, halve, open

SMALL = 32
"""The height in pixels of the canvas on which paper is estimated."""

WINDOW = 11
"""Pixels of 32, more than the thickness of a stroke."""

_AROUND = (15, 31)  # px of 32, in which ink and paper are compared
_THICKNESSES = (3, 5, 7)  # px of 32
_DARKEST = 24.0  # grey values: darker paper shows no relative differences
_GRID = (16, 48)  # points to which the light is fitted
_LEAST_LIGHT = 8.0  # grey values
_FITS = 6  # iterations of the fit of the light
_BLACK = 0.3  # of the brightest: a frame is darker
_LEAP = 2.2  # times, by which paper is brighter than a frame beside it
_NEAR = 0.03  # of the light: residuals below this do not improve the fit
_Y, _X = np.meshgrid(*((np.arange(size) + 0.5) * 2 / size - 1 for size in _GRID), indexing="ij")
_Y, _X = _Y.astype(np.float32), _X.astype(np.float32)
_TERMS = np.stack([np.ones_like(_Y), _Y, _X, _Y**2, _X**2, _Y * _X]).reshape(6, -1).astype(np.float32)
_FLATNESS = np.diag([1e-3, 1, 1, 1, 1, 1]).astype(np.float32) / 1000  # regularizes towards even light
_LEAST = 0.07  # of the paper's brightness that ink takes away
_MOST_NOISE = 0.08  # of the paper's brightness
_TOE = 0.15  # of the ink's strength: less is an edge, or the writing on the back
_FULL = 1.3  # of the mean strength of ink, from which ink is 255


def find_polarity(canvas: Tensor, paper: Tensor) -> Tensor:
    """Whether ink is darker than its paper, () bool.

    Around every pixel, the middle between the brightest and the darkest divides bright from dark. Paper is what has the
    thicker parts, whole columns of its own, more of the edge and more of the area.

    Args:
        canvas: (32, W) float32 grey values.
        paper: (32, W) float32, 0 where the image is not paper, such as the frame of a scanner.
    """
    high, low = dilate(canvas, *_AROUND), erode(canvas, *_AROUND)
    least = ops.maximum(ops.max((high - low) * paper) * 0.25, 8.0)
    sure = ops.cast(high - low > least, "float32") * paper
    bright = ops.cast(2 * canvas > high + low, "float32") * sure
    parts = bright, sure - bright
    gap = ops.zeros((canvas.shape[0], _AROUND[1]))
    apart, middle = ops.concatenate([parts[0], gap, parts[1]], axis=1), ops.shape(canvas)[1] + _AROUND[1]
    by_thickness = []
    for size in _THICKNESSES:  # both at once, side by side
        columns = ops.sum(open(apart, size, size), axis=0)
        by_thickness.append(_compare(*(ops.sum(half) for half in (columns[:middle], columns[middle:]))))
    has = [ops.max(part, axis=0) for part in parts]
    by_column = _compare(ops.sum(has[0] * (1 - has[1])), ops.sum(has[1] * (1 - has[0])))
    by_area = _compare(*(ops.sum(part) for part in parts))
    by_edge = _compare(*(ops.sum(part[0]) + ops.sum(part[-1]) for part in parts))
    return sum(by_thickness) / len(_THICKNESSES) + by_column + 0.3 * by_edge + 0.3 * by_area >= 0


def to_ink(canvas: Tensor, valid: Tensor) -> Tensor:
    """Turns dark ink on light paper into ink.

    Args:
        canvas: (32, W) or (64, W) float32 grey values, in even light.
        valid: Of the same shape, 0 where the image is not paper.

    Returns:
        Of the same shape, ink 255 on 0; all 0 where nothing differs enough from the paper to be ink.
    """
    is_small = canvas.shape[0] == SMALL
    canvas = ops.where(valid > 0, canvas, _find_bright(canvas, valid))  # a frame would darken the paper beside it
    paper = dilate(blur(canvas, 3, 3) if is_small else halve(canvas), WINDOW, WINDOW)
    paper = erode(paper, WINDOW + 2, WINDOW + 2)  # a closing, and a little darker beside the edge of a shadow
    paper = paper if is_small else double(paper, *ops.shape(canvas))
    ink = valid * (paper - canvas) / ops.maximum(paper, _DARKEST)  # as a share of the paper's brightness
    floor, least = _find_noise(ink)
    found = ops.any(blur(ink, 3, 3) > least)
    ink = ops.maximum(ink - floor, 0.0)
    strength = _find_strength(ink)
    return ops.where(found, ops.clip((ink / strength - _TOE) * (255.0 / (_FULL - _TOE)), 0.0, 255.0), 0.0)


def _find_bright(canvas: Tensor, valid: Tensor) -> Tensor:
    """Returns a grey value that is surely that of paper, () float32."""
    levels = ops.where(valid > 0, ops.cast(ops.round(canvas), "int32"), 256)
    counts = ops.bincount(ops.reshape(levels, (-1,)), minlength=257)[:256]
    return quantile(counts, 0.8)


def find_stroke(ink: Tensor) -> Tensor:
    """Returns the thickness of the strokes in ink (H, W), in px, () float32: twice its area over its outline."""
    across = ops.sum(ops.abs(ink[:, 1:] - ink[:, :-1])) + ops.sum(ops.abs(ink[1:] - ink[:-1]))
    return 2.0 * ops.sum(ink) / ops.maximum(across, 255.0)


def _find_noise(ink: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the level up to which ink is the noise of the paper, and the least level of strokes, () float32."""
    levels = ops.clip(ops.cast(ops.round(ink * 255.0), "int32"), -255, 255) + 255
    counts = ops.bincount(ops.reshape(levels, (-1,)), minlength=511)
    paper, spread = (value / 255.0 for value in find_paper_level(counts))
    spread = ops.minimum(spread, _MOST_NOISE)  # where ink is dense, paper may be taken for darker than it is
    return paper + NOISE_CLEARED * spread, paper + ops.maximum(NOISE_EXCEEDED * spread, _LEAST)


def _find_strength(ink: Tensor) -> Tensor:
    """Returns the strength of the ink around each column, (1, W) float32."""
    mass, power = ops.sum(ink, axis=0), ops.sum(ink * ink, axis=0)
    everywhere = ops.sum(power) / ops.maximum(ops.sum(mass), 1e-6)
    around = 2 * ink.shape[0]
    here = _total(power, around) / ops.maximum(_total(mass, around), 1e-6)
    return ops.maximum(ops.clip(here, 0.7 * everywhere, 1.3 * everywhere), 1e-3)[None]


def _total(values: Tensor, around: int) -> Tensor:
    """The sum of values (N,) over the `around` places, an even number, on both sides of each and itself: (N,)."""
    sums = ops.cumsum(ops.pad(values, [(around // 2 + 1, around // 2)]))
    return sums[around + 1 :] - sums[: -around - 1]


class Box(NamedTuple):
    """A part of an image, as shares of its height and width from 0 to 1, () float32 each."""

    top: Tensor
    bottom: Tensor
    left: Tensor
    right: Tensor

    def covers(self, rows: Tensor, columns: Tensor) -> Tensor:
        """1 where shares of the height and of the width lie inside, 0 elsewhere, float32."""
        inside = ops.logical_and(rows > self.top, rows < self.bottom)
        return ops.cast(ops.logical_and(inside, ops.logical_and(columns > self.left, columns < self.right)), "float32")


def find_paper(canvas: Tensor) -> Box:
    """Finds what is not the black of a scanner's lid: all but the black rows and columns along the edges.

    They are black only if the brightness leaps where they end; light may also fall off slowly.
    """
    light = ops.cast(canvas > _BLACK * ops.max(canvas), "float32")
    ends = []
    for axis in (1, 0):
        has_light, brightness = ops.mean(light, axis=axis) > 0.01, ops.mean(canvas, axis=axis)
        ends.append(_count_black(has_light, brightness))
        ends.append(1.0 - _count_black(ops.flip(has_light), ops.flip(brightness)))
    return Box(*ends)


def _count_black(has_light: Tensor, brightness: Tensor) -> Tensor:
    """The share of (N,) positions at the start that belong to a frame and its blurred edge, () float32."""
    first, last = ops.argmax(has_light), ops.shape(has_light)[0] - 1
    before, behind = (ops.take(brightness, ops.clip(first + step, 0, last)) for step in (-2, 2))
    is_frame = ops.logical_and(first > 0, behind > _LEAP * before)
    return ops.where(is_frame, ops.cast(first + 1, "float32") / ops.cast(last + 1, "float32"), 0.0)


def shares(count: Tensor) -> Tensor:
    """The middles of `count` pixels as shares of their number, (count,) float32."""
    return (ops.arange(count, dtype="float32") + 0.5) / ops.cast(count, "float32")


def flatten(canvas: Tensor, paper: Box) -> Tensor:
    """Evens out light that falls off slowly: divides by the exponential of a paraboloid that fits most of the paper.

    Args:
        canvas: (H, W) float32 grey values, H known, ink darker than its paper.
        paper: The part of the canvas that is paper.

    Returns:
        (H, W) float32, 0 to 255.
    """
    window = canvas.shape[0] // 6 * 2 + 1  # fits into no stroke, so that its brightest is paper
    y, x = (2 * shares(size) - 1 for size in ops.shape(canvas))
    y, x = y[:, None], x[None]
    inside = paper.covers((y + 1) / 2, (x + 1) / 2)
    brightest = resample(dilate(blur(canvas * inside, 3, 3), window, window), *_GRID)
    values = ops.reshape(ops.log(ops.maximum(brightest, _LEAST_LIGHT)), (-1, 1))
    used = ops.reshape(paper.covers((_Y + 1) / 2, (_X + 1) / 2), (1, -1))

    def fit(weights: Tensor) -> Tensor:
        weighted = weights * _TERMS / ops.maximum(ops.sum(weights), 1e-3)  # (6, N)
        return ops.solve(ops.matmul(weighted, _TERMS.T) + _FLATNESS, ops.matmul(weighted, values))

    def reweight(_: Tensor, weights: Tensor) -> Tensor:  # to least absolute deviations, which ignore the minority
        residual = ops.transpose(values - ops.matmul(_TERMS.T, fit(weights)))
        return used / ops.maximum(ops.abs(residual), _NEAR)

    factors = fit(ops.fori_loop(1, _FITS, reweight, used))
    constant, down, across, down_2, across_2, both = ops.unstack(factors[:, 0])
    light = ops.exp(constant + y * (down + down_2 * y) + x * (across + across_2 * x) + both * y * x)
    return ops.clip(canvas * (ops.max(light * inside) / light), 0.0, 255.0)


def _compare(first: Tensor, second: Tensor) -> Tensor:
    return (first - second) / (first + second + 4.0)
