"""The ink of pictures of single characters, found as that of lines is."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from kerasrec.spec import GLYPH_SIZE, INK

_MOST_SIDE = 256  # pixels of a picture that are looked at; a larger one is shrunk
_FITS = 6  # rounds in which the shading of the paper is found
_NEAR = 4.0  # grey values between pixels and a fit, of which less does not make it better
_UNEVEN = 16.0  # grey values by which paper may vary,
_UNEVEN_SHARE = 0.2  # or as much of the contrast of the ink
_MARGIN = 0.8  # of the border of a picture is paper at least, where it shows what the paper is like


def _border(values: np.ndarray) -> np.ndarray:
    """The values (28, 28, ...) at the border: (112, ...)."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


_AXIS = np.linspace(-1, 1, GLYPH_SIZE, dtype=np.float32)
_ROWS, _COLUMNS = np.meshgrid(_AXIS, _AXIS, indexing="ij")
_TERMS = np.stack([np.ones_like(_ROWS), _ROWS, _COLUMNS, _ROWS**2, _COLUMNS**2, _ROWS * _COLUMNS], axis=-1)
"""Of the parabola that shading is taken for: (28, 28, 6)."""

_BORDER_TERMS = _border(_TERMS)  # (112, 6)
_FLATNESS = np.diag([0, 1, 1, 1, 1, 1]).astype(np.float32) / 1000  # how much a fit prefers even paper


def find_ink(greys: list[np.ndarray]) -> list[np.ndarray]:
    """Finds the ink of grey values (H, W) uint8: as many (H, W) uint8, 256 px at most, ink 255 on 0."""
    large = [_shrink(grey).astype(np.float32) for grey in greys]
    small = [_resize(grey, (GLYPH_SIZE, GLYPH_SIZE)) for grey in large]
    inks = []
    for grey, less, levels in zip(large, small, _find_levels(small), strict=True):
        ink = levels.find_ink(grey)
        if grey.shape != less.shape:  # single pixels are noisier than those in which noise was measured and averaged
            ink = np.where(_resize(levels.find_ink(less), grey.shape) > INK / 2, ink, 0)
        inks.append(ink.round().astype(np.uint8))
    return inks


@dataclass(frozen=True, eq=False)
class _Levels:
    """What turns the grey values of a picture into ink: see `find_levels`; maps are (28, 28) float32."""

    shading: np.ndarray
    dark_ink: bool
    paper: np.ndarray
    floor: float
    gain: float

    def find_ink(self, grey: np.ndarray) -> np.ndarray:
        """Turns the picture (H, W) float32, at any size, into ink, likewise."""
        shading, paper = (_resize(values, grey.shape) for values in (self.shading, self.paper))
        light = _make_ink_light(grey, shading, self.dark_ink)
        return ((light - paper - self.floor) * self.gain).clip(0, 255)


def _find_levels(small: list[np.ndarray]) -> list[_Levels]:
    """Finds the levels of pictures (28, 28) float32, 0..255."""
    from kerasrec.images.compiled import compile_level_finder  # loads TensorFlow, which a kept bank does without

    shading = [_find_shading(grey) for grey in small]
    dark_ink = [_has_dark_ink(grey - shade) for grey, shade in zip(small, shading, strict=True)]
    light = np.array(list(map(_make_ink_light, small, shading, dark_ink))).clip(0, 255)
    levels = (values.numpy() for values in compile_level_finder()(light))
    return list(map(_Levels, shading, dark_ink, *levels))


def _make_ink_light(grey: np.ndarray, shading: np.ndarray, dark_ink: bool) -> np.ndarray:
    even = grey - shading
    return 255 - even if dark_ink else even


def _shrink(grey: np.ndarray) -> np.ndarray:
    if max(grey.shape) <= _MOST_SIDE:
        return grey
    height, width = (min(side, _MOST_SIDE) for side in grey.shape)
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BOX))


def _resize(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR))


def _has_dark_ink(even: np.ndarray) -> bool:
    """Whether ink is darker than its paper in values (28, 28).

    Ink covers less than half of a line, which tells it from the paper there. A bold character, or one without a margin,
    may cover more of its picture; but most of the border is paper all the same.
    """
    deviation = even - np.median(_border(even))
    return bool(np.sum(deviation * deviation * deviation) < 0)


def _find_shading(grey: np.ndarray) -> np.ndarray:
    """How much brighter the paper is than the median of the border: (28, 28) float32, from values likewise.

    `find_levels` removes shading too, but within a window that is as large as a picture of one character. This is a
    parabola through most of the border; or 0, where too much of the border is ink.
    """
    border = _border(grey)
    weights = np.ones(len(border), np.float32)
    for _ in range(_FITS):  # of least squares, weighted so that they become least absolutes, which ink does not draw
        weighted = _BORDER_TERMS.T * (weights / weights.sum())
        factors = np.linalg.solve(weighted @ _BORDER_TERMS + _FLATNESS, weighted @ border)
        weights = 1 / np.maximum(np.abs(border - _BORDER_TERMS @ factors), _NEAR)
    shading: np.ndarray = _TERMS @ factors - np.median(_BORDER_TERMS @ factors)
    return shading if _border_is_paper(grey - shading) else np.zeros_like(grey)


def _border_is_paper(even: np.ndarray) -> bool:
    border = _border(even)
    paper = np.median(border)
    tolerance = max(_UNEVEN, max(even.max() - paper, paper - even.min()) * _UNEVEN_SHARE)
    return bool(np.mean(np.abs(border - paper) <= tolerance) >= _MARGIN)
