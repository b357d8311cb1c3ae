"""From grey values to ink: the paper is estimated around every pixel, then the polarity, then the strength of the ink.

All functions take a canvas: an image scaled to a height of 64 px, so that windows have a fixed size.
"""

import numpy as np
from keras import ops

from kerasrec.images.contrast import quantile
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.windows import blur, close, dilate, erode, open

CANVAS = 64
"""The height in pixels at which ink and rows are found."""

_WINDOW = 21  # px, more than the thickness of a stroke
_THICK = 13  # px: paper is thicker than this somewhere, strokes are not
_DARKEST = 24.0  # grey values: darker paper shows no relative differences
_GRID = (16, 48)  # points to which the light is fitted
_LEAST_LIGHT = 8.0  # grey values
_FITS = 6  # iterations of the fit of the light
_LEAP = 2.2  # times, by which paper is brighter than a frame beside it
_NEAR = 0.03  # of the light: residuals below this do not improve the fit
_FLATNESS = np.diag([1e-3, 1, 1, 1, 1, 1]).astype(np.float32) / 1000  # regularizes towards even light
_LEAST = 0.07  # of the paper's brightness that ink takes away
_NOISE_CLEARED, _NOISE_EXCEEDED = 3.0, 6.0  # of the spread of the paper's noise
_TOE = 0.2  # of the ink's strength: less is an edge, or the writing on the back
_FULL = 0.85  # of the mean strength of ink, from which ink is 255


def find_polarity(canvas: Tensor, valid: Tensor) -> Tensor:
    """Whether ink is darker than its paper, () bool.

    Args:
        canvas: (64, W) float32 grey values.
        valid: (64, W) float32, 0 where the picture is not paper, such as the frame of a scanner.
    """
    evidence = _polarity_evidence(canvas, valid)
    return evidence[0] + evidence[1] + 0.3 * evidence[2] + 0.3 * evidence[3] >= 0


def _polarity_evidence(canvas: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    smooth = blur(canvas, 3, 3)
    high, low = dilate(smooth, 31, 63), erode(smooth, 31, 63)
    reach = ops.max((high - low) * valid) * 0.25
    sure = ops.cast(ops.logical_and(high - low > ops.maximum(reach, 8.0), valid > 0), "float32")
    bright = ops.cast(2 * smooth > high + low, "float32") * sure
    dark = sure - bright
    parts = bright, dark
    by_thickness = sum(_compare(*(ops.sum(open(part, size, size)) for part in parts)) for size in (5, 9, 15)) / 3
    inked = [ops.max(part, axis=0) for part in parts]
    by_column = _compare(ops.sum(inked[0] * (1 - inked[1])), ops.sum(inked[1] * (1 - inked[0])))
    by_area = _compare(*(ops.sum(part) for part in parts))
    by_edge = _compare(*(ops.sum(part[0]) + ops.sum(part[-1]) for part in parts))
    return by_thickness, by_column, by_edge, by_area


def to_ink(canvas: Tensor, is_dark: Tensor, valid: Tensor) -> Tensor:
    """Turns grey values into ink: (64, W) float32, ink 255 on 0; the arguments are those of `find_polarity`."""
    dark = ops.where(is_dark, canvas, 255.0 - canvas)
    paper = close(blur(dark, 3, 3), _WINDOW, _WINDOW)
    ink = valid * (paper - dark) / ops.maximum(paper, _DARKEST)  # as a share of the paper's brightness
    floor, least = _find_noise(ink)
    found = ops.any(blur(ink, 3, 3) > least)
    ink = ops.maximum(ink - floor, 0.0)
    strength = _find_strength(ink)
    return ops.where(found, ops.clip((ink / strength - _TOE) * (255.0 / (_FULL - _TOE)), 0.0, 255.0), 0.0)


def find_stroke(ink: Tensor) -> Tensor:
    """Returns the thickness of the strokes in ink (64, W), in px, () float32: twice its area over its outline."""
    across = ops.sum(ops.abs(ink[:, 1:] - ink[:, :-1])) + ops.sum(ops.abs(ink[1:] - ink[:-1]))
    return 2.0 * ops.sum(ink) / ops.maximum(across, 255.0)


def _find_noise(ink: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the level up to which ink is the noise of the paper, and the least level of strokes, () float32."""
    levels = ops.cast(ops.round(ink * 255.0), "int32") + 255
    counts = ops.bincount(ops.reshape(ops.clip(levels, 0, 510), (1, -1)), minlength=511)
    paper = quantile(counts, 0.25)[0, 0, 0] / 255.0
    spread = paper - quantile(counts, 0.05)[0, 0, 0] / 255.0
    return paper + _NOISE_CLEARED * spread, paper + ops.maximum(_NOISE_EXCEEDED * spread, _LEAST)


def _find_strength(ink: Tensor) -> Tensor:
    """Returns the strength of the ink around each column, (1, W) float32."""
    mass, power = ops.sum(ink, axis=0, keepdims=True), ops.sum(ink * ink, axis=0, keepdims=True)
    everywhere = ops.sum(power) / ops.maximum(ops.sum(mass), 1e-6)
    here = blur(power, 1, 129) / ops.maximum(blur(mass, 1, 129), 1e-6)
    return ops.maximum(ops.clip(here, 0.7 * everywhere, 1.3 * everywhere), 1e-3)


def find_valid(canvas: Tensor) -> Tensor:
    """Finds what is not the black of a scanner's lid: (64, W) float32, 0 in dark rows and columns along the edges."""
    smooth = blur(canvas, 3, 3)
    light = ops.cast(smooth > 0.3 * ops.max(smooth), "float32")
    sides = [_inside(ops.mean(light, axis=axis) > 0.01, ops.mean(smooth, axis=axis)) for axis in (1, 0)]
    return erode(sides[0][:, None] * sides[1][None], 5, 5)  # without the blurred edge


def flatten(canvas: Tensor, valid: Tensor) -> Tensor:
    """Evens out light that falls off slowly: divides by a paraboloid that fits most of the canvas.

    Args:
        canvas: (64, W) float32 grey values.
        valid: (64, W) float32, 0 where the picture is not paper.

    Returns:
        (64, W) float32, 0 to 255.
    """
    width = ops.shape(canvas)[1]
    grid = ops.log(ops.maximum(resample(canvas, *_GRID), _LEAST_LIGHT))
    used = ops.cast(resample(valid, *_GRID) > 0.99, "float32")
    values, used = ops.reshape(grid, (-1, 1)), ops.reshape(used, (1, -1))
    terms = ops.convert_to_tensor(_terms(*_GRID))  # (6, N)
    weights = used
    for _ in range(_FITS):  # reweighted to least absolute deviations, which ignore the minority
        weighted = weights * terms / ops.maximum(ops.sum(weights), 1e-3)
        factors = ops.solve(ops.matmul(weighted, ops.transpose(terms)) + _FLATNESS, ops.matmul(weighted, values))
        residual = ops.transpose(values - ops.matmul(ops.transpose(terms), factors))
        weights = used / ops.maximum(ops.abs(residual), _NEAR)
    light = ops.exp(ops.reshape(ops.matmul(ops.transpose(_terms(CANVAS, width)), factors), (CANVAS, width)))
    flat = canvas / light
    return ops.clip(flat * (255.0 / ops.maximum(ops.max(flat * valid), 1e-3)), 0.0, 255.0)


def _terms(height: Tensor, width: Tensor) -> Tensor:
    """The terms of a paraboloid at the pixels of an image: (6, H * W) float32."""
    y, x = (
        (ops.arange(size, dtype="float32") + 0.5) * (2.0 / ops.cast(size, "float32")) - 1.0 for size in (height, width)
    )
    y, x = ops.broadcast_to(y[:, None], (height, width)), ops.broadcast_to(x[None], (height, width))
    return ops.reshape(ops.stack([ops.ones_like(y), y, x, y * y, x * x, y * x]), (6, -1))


def _inside(light: Tensor, brightness: Tensor) -> Tensor:
    """1 between the dark ends of (N,) bool, 0 in them: ends are dark if the brightness (N,) leaps where they end."""
    return _after(light, brightness) * ops.flip(_after(ops.flip(light), ops.flip(brightness)))


def _after(light: Tensor, brightness: Tensor) -> Tensor:
    first, last = ops.argmax(light), ops.shape(light)[0] - 1
    before, behind = (ops.take(brightness, ops.clip(first + step, 0, last)) for step in (-3, 3))
    starts = ops.where(behind > _LEAP * before, first, 0)
    return ops.cast(ops.arange(last + 1) >= starts, "float32")


def _compare(first: Tensor, second: Tensor) -> Tensor:
    return (first - second) / (first + second + 4.0)
