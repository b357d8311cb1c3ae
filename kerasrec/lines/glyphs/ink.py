"""The ink of pictures of single characters, found as that of lines is."""

import numpy as np
from PIL import Image

from kerasrec.spec import GLYPH_SIZE, INK

_MOST_SIDE = 256  # pixels of a picture that are looked at; a larger one is shrunk
_FITS = 6  # rounds in which the shading of the paper is found
_NEAR = 4.0  # grey values between pixels and a fit, of which less does not make it better
_UNEVEN = 16.0  # grey values by which paper may vary,
_UNEVEN_SHARE = 0.2  # or as much of the contrast of the ink
_MARGIN = 0.8  # of the border of a picture is paper at least, where it shows what the paper is like

_AXIS = np.linspace(-1, 1, GLYPH_SIZE, dtype=np.float32)
_ROWS, _COLUMNS = np.meshgrid(_AXIS, _AXIS, indexing="ij")
_TERMS = np.stack([np.ones_like(_ROWS), _ROWS, _COLUMNS, _ROWS**2, _COLUMNS**2, _ROWS * _COLUMNS])
"""Of the parabola that shading is taken for: (6, 28, 28)."""

_FLATNESS = np.diag([0, 1, 1, 1, 1, 1]).astype(np.float32) / 1000  # how much a fit prefers even paper


def find_ink(greys: list[np.ndarray]) -> list[np.ndarray]:
    """Finds the ink of pictures of single characters, many at a time, which takes less than half the time.

    What tells ink from paper is found at the size of a glyph, and applied at that of the picture.

    Args:
        greys: Each (H, W) uint8, dark on light or light on dark.

    Returns:
        For each (H, W) uint8, at most 256 px high and wide, ink 255 on 0.
    """
    large = [_shrink(grey).astype(np.float32) for grey in greys]
    small = np.array([_resize(grey, (GLYPH_SIZE, GLYPH_SIZE)) for grey in large])  # (B, 28, 28)
    levels = _find_levels(small)
    inks = []
    for grey, less, *level in zip(large, small, *levels, strict=True):
        ink = _apply(grey, *level)
        if grey.shape != less.shape:  # single pixels are noisier than those in which noise was measured and averaged
            ink = np.where(_resize(_apply(less, *level), grey.shape) > INK / 2, ink, 0)
        inks.append(ink.round().astype(np.uint8))
    return inks


def _apply(grey: np.ndarray, sign: float, ground: np.ndarray, gain: float) -> np.ndarray:
    """Turns grey values (H, W) float32 into ink, likewise, by the levels of one picture."""
    return ((sign * grey - _resize(ground, grey.shape)) * gain).clip(0, 255)


def _find_levels(small: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds the levels of pictures (B, 28, 28) float32, 0..255, whose ink is `(sign * small - ground) * gain`.

    Returns:
        sign: (B, 1, 1) float32, -1 where ink is dark.
        ground: (B, 28, 28) float32.
        gain: (B, 1, 1) float32, 0 where there is no ink.
    """
    from kerasrec.images.compiled import compile_level_finder  # loads TensorFlow, which a kept bank does without

    shading = _find_shading(small)
    sign = _find_sign(small - shading)
    negative = np.where(sign < 0, np.float32(255), 0)  # dark ink is turned round
    light = sign * (small - shading) + negative
    paper, floor, gain = (values.numpy() for values in compile_level_finder()(light.clip(0, 255)))
    return sign, paper + floor + sign * shading - negative, gain


def _find_sign(even: np.ndarray) -> np.ndarray:
    """Whether ink is lighter or darker than its paper, in values (B, 28, 28): 1 or -1, (B, 1, 1) float32.

    Ink covers less than half of a line, which tells it from the paper there. A bold character, or one without a margin,
    may cover more of its picture; but most of the border is paper all the same.
    """
    deviation = even - np.median(_border(even), axis=-1)[:, None, None]
    moment = np.sum(deviation * deviation * deviation, axis=(1, 2), keepdims=True)
    return np.where(moment < 0, np.float32(-1), 1)


def _find_shading(small: np.ndarray) -> np.ndarray:
    """How much brighter the paper is than the median of the border: (B, 28, 28) float32, from values likewise.

    `find_levels` removes shading too, but within a window that is as large as a picture of one character. This is a
    parabola through most of the border; or 0, where too much of the border is ink.
    """
    border, terms = _border(small), _border(_TERMS)  # (B, 112) and (6, 112)
    weights = np.ones_like(border)
    for _ in range(_FITS):  # of least squares, weighted so that they become least absolutes, which ink does not draw
        weighted = (weights / weights.sum(axis=1, keepdims=True))[:, None] * terms  # (B, 6, 112)
        factors = np.linalg.solve(weighted @ terms.T + _FLATNESS, weighted @ border[..., None])[..., 0]  # (B, 6)
        weights = 1 / np.maximum(np.abs(border - factors @ terms), _NEAR)
    shading = np.tensordot(factors, _TERMS, 1) - np.median(factors @ terms, axis=1)[:, None, None]
    return np.where(_border_is_paper(small - shading), shading, 0)


def _border_is_paper(even: np.ndarray) -> np.ndarray:
    """Whether little of the border of values (B, 28, 28) is ink: (B, 1, 1) bool."""
    border = _border(even)
    paper = np.median(border, axis=1, keepdims=True)
    contrast = np.abs(even - paper[..., None]).max(axis=(1, 2))[:, None]
    near = np.abs(border - paper) <= np.maximum(_UNEVEN, _UNEVEN_SHARE * contrast)
    return np.mean(near, axis=1)[:, None, None] >= _MARGIN


def _border(values: np.ndarray) -> np.ndarray:
    """The values (B, 28, 28) at the border: (B, 112)."""
    return np.concatenate([values[:, 0], values[:, -1], values[:, :, 0], values[:, :, -1]], axis=1)


def _shrink(grey: np.ndarray) -> np.ndarray:
    if max(grey.shape) <= _MOST_SIDE:
        return grey
    height, width = (min(side, _MOST_SIDE) for side in grey.shape)
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BOX))


def _resize(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR))
