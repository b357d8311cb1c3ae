"""From a picture of a character, of any size and polarity, to a glyph."""

from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.loading import load_grey
from kerasrec.spec import GLYPH_SIZE

INK = 64
"""Ink, of 255, above which a pixel belongs to the character and not to its blurred edge."""

_INK_BOX = 20  # pixels that the ink may fill, as in MNIST
_LEAST_CONTRAST = 24.0


def load_glyph(path: Path) -> np.ndarray:
    """Reads a picture of one character, dark on light or light on dark.

    A picture of exactly 28x28 pixels is taken as it lies; any other is cropped to its ink and centred with the ink
    scaled to 20 pixels: what tells a comma from an apostrophe, its size and its place, is lost then.

    Returns:
        (28, 28) uint8, ink 255 on 0.

    Raises:
        BadImage: The file is no image, is damaged, too large or blank; it is named.
    """
    ink = _find_ink(load_grey(path).astype(np.float32), path)
    return ink if ink.shape == (GLYPH_SIZE, GLYPH_SIZE) else centre_ink(ink, _INK_BOX)


def _find_ink(grey: np.ndarray, path: Path) -> np.ndarray:
    """What differs from the background, the median of the border, stretched to 0..255: (H, W) uint8."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = float(np.median(border))
    lighter, darker = float(grey.max()) - background, background - float(grey.min())
    contrast = max(lighter, darker)
    if contrast < _LEAST_CONTRAST:
        raise BadImage(
            f"Expected ink in {path}, but its grey values differ by {contrast:.0f} of 255 from the background. "
            "Leave a margin around the character, or remove the picture."
        )
    ink = (grey - background) if lighter >= darker else (background - grey)
    stretched: np.ndarray = np.clip(ink * (255 / contrast), 0, 255)
    return stretched.round().astype(np.uint8)


def centre_ink(ink: np.ndarray, box: int) -> np.ndarray:
    """Crops to the ink, scales it so that its longer side fills a box of so many pixels, and centres it.

    Args:
        ink: (H, W) uint8, ink 255 on 0; some of it above `INK`.
        box: At most 28.

    Returns:
        (28, 28) uint8.
    """
    rows, columns = np.flatnonzero((ink > INK).any(1)), np.flatnonzero((ink > INK).any(0))
    cropped = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = box / max(cropped.size)
    width, height = (max(1, round(side * scale)) for side in cropped.size)
    glyph = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    top, left = (GLYPH_SIZE - height) // 2, (GLYPH_SIZE - width) // 2
    glyph[top : top + height, left : left + width] = np.asarray(cropped.resize((width, height)))
    return glyph
