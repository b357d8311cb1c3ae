"""Converts an image of a character, of any size and polarity, to a glyph, for training and reading alike."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.loading import ImageLike, load_grey
from kerasrec.lines.glyphs.ink import find_ink
from kerasrec.spec import GLYPH_SIZE, INK

_INK_BOX = 20  # pixels of the ink's longer side, as in MNIST
_TOGETHER = 64  # images in a batch
_PAPER_AROUND = 0.25  # paper kept around the ink, as a share of its longer side
_FAR = 0.25  # of an image's area: a smaller character is cropped and processed again


def load_glyph(source: ImageLike, ink_box: int = _INK_BOX, name: str | None = None) -> np.ndarray:
    """Opens an image of one character, dark on light or light on dark, and makes a glyph of it.

    An image of exactly 28x28 pixels keeps its size and position. Any other is cropped to its ink, scaled to a box and
    centred, which loses the size and position that distinguish a comma from an apostrophe.

    Args:
        source: The image; see `ImageLike`.
        ink_box: The length in pixels of the ink's longer side, at most 28.
        name: The name of the image in an error; the path if not given.

    Returns:
        (28, 28) uint8, ink 255 on 0.

    Raises:
        BadImage: The file is not an image, or is damaged, too large or blank.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "the image")
    return _make_glyphs([load_grey(source, name)], [name], ink_box)[0]


def load_each(files: Sequence[Path]) -> Iterator[np.ndarray]:
    """Opens images of one character each, as `load_glyph` does, but more than twice as fast as separate calls."""
    for start in range(0, len(files), _TOGETHER):
        some = files[start : start + _TOGETHER]
        yield from _make_glyphs(list(map(load_grey, some)), list(map(str, some)), _INK_BOX)


def _make_glyphs(greys: list[np.ndarray], names: list[str], box: int) -> list[np.ndarray]:
    glyphs = []
    for grey, ink, name in zip(greys, find_ink(greys), names, strict=True):
        _check_ink(ink, name)
        is_glyph = grey.shape == (GLYPH_SIZE, GLYPH_SIZE)
        glyphs.append(ink if is_glyph else _centre(*_cut_out(grey, ink, name), box))
    return glyphs


def _check_ink(ink: np.ndarray, name: str) -> None:
    if not (ink > INK).any():
        raise BadImage(
            f"Expected a character in {name}, but there is no ink that stands out from its paper. Leave a margin "
            "around it, crop the image if the character is small, or scan it with more contrast."
        )


def _cut_out(grey: np.ndarray, ink: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Crops the ink; if it is small in the image, finds it again in the crop.

    Args:
        grey: (H, W) uint8.
        ink: The ink of `grey`, (h, w) uint8, at most as large.
        name: The name of the image.

    Returns:
        The ink (h', w') uint8, and its height and width in pixels of the image.
    """
    step = np.divide(grey.shape, ink.shape)
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
    first, end = np.array([rows[0], columns[0]]), np.array([rows[-1], columns[-1]]) + 1
    sides = (end - first) * step
    around = _PAPER_AROUND * sides.max() + np.divide(grey.shape, GLYPH_SIZE)
    top, left = np.maximum(first * step - around, 0).astype(int)
    bottom, right = np.ceil(end * step + around).astype(int)
    near = grey[top:bottom, left:right]
    if near.size < _FAR * grey.size:
        (ink,) = find_ink([near])
        _check_ink(ink, name)  # it stood out from the whole image, but not from its surroundings
        return _cut_out(near, ink, name)
    return ink[first[0] : end[0], first[1] : end[1]], sides


def _centre(ink: np.ndarray, sides: np.ndarray, box: int) -> np.ndarray:
    """Scales cropped ink so that its longer side has `box` pixels, and centres it.

    Args:
        ink: (h, w) uint8, ink 255 on 0.
        sides: Its true height and width, in any unit.
        box: At most 28.

    Returns:
        (28, 28) uint8, its strongest ink 255.
    """
    height, width = np.maximum(np.round(sides * (box / sides.max())), 1).astype(int)
    scaled = np.asarray(Image.fromarray(ink).resize((width, height)), np.float32)
    glyph = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    top, left = (GLYPH_SIZE - height) // 2, (GLYPH_SIZE - width) // 2
    glyph[top : top + height, left : left + width] = (scaled * (255 / scaled.max())).round()  # thin strokes fade
    return glyph
