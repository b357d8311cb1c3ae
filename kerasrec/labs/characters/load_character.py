"""From a user's picture of a character to a glyph like those of the training."""

import numpy as np
from keras import ops

from kerasrec.errors import BadImage
from kerasrec.images.canonical import scale_to_ink
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.lines.glyphs.picture import INK, centre_ink
from kerasrec.spec import GLYPH_SIZE

_MARGIN = 1 / 6  # of the ink's longer side, of paper around it


def load_character(source: ImageSource, ink_box: int) -> np.ndarray:
    """Opens a picture of one character, dark on light or light on dark, and makes a glyph of it.

    Ink and paper are told apart as in lines, first to find the character, then to see it at its own size; the ink is
    scaled to a box and centred. A picture of exactly 28x28 pixels is taken as it lies.

    Args:
        source: The picture.
        ink_box: Pixels that the longer side of the ink is to fill.

    Returns:
        (28, 28) uint8, ink 255 on 0.

    Raises:
        BadImage: It cannot be opened, is no image, is damaged, or shows nothing; it is named.
    """
    grey = load_image(source.content, source.name)
    if grey.shape == (GLYPH_SIZE, GLYPH_SIZE):
        return _refuse_blank(_find_ink(grey), source.name)
    grey = _level(grey)
    found = _refuse_blank(_find_ink(grey), source.name)
    ink = _find_ink(_cut_out(grey, found))  # may be blank: paper that stood out from the whole, not from what is near
    return centre_ink(_refuse_blank(ink, source.name), ink_box)


def _refuse_blank(ink: np.ndarray, name: str) -> np.ndarray:
    if not (ink > INK).any():
        raise BadImage(f"Expected a character in {name}, but there is no ink on its paper. Scan it anew.")
    return ink


def _level(grey: np.ndarray) -> np.ndarray:
    """Takes the slope out of grey values (H, W): a page that is lit from one side becomes equally bright."""
    height, width = grey.shape
    rows, columns = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    slope = 3 * (np.mean(grey * rows) * rows + np.mean(grey * columns) * columns)  # least squares; 1/3 is their square
    levelled: np.ndarray = np.clip(grey - slope, 0, 255).round().astype(np.uint8)
    return levelled


def _find_ink(grey: np.ndarray) -> np.ndarray:
    """The ink of grey values (H, W), scaled to a height of 28 px: (28, W') uint8."""
    ink: np.ndarray = np.round(ops.convert_to_numpy(scale_to_ink(grey))).astype(np.uint8)
    return ink


def _cut_out(grey: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """The part of grey values (H, W) that the ink in them (28, W') lies in, with some paper around."""
    step = len(grey) / len(ink)
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) * step for axis in (1, 0))
    margin = step + _MARGIN * max(np.ptp(rows), np.ptp(columns))
    top, left = (max(0, int(places[0] - margin)) for places in (rows, columns))
    return grey[top : int(rows[-1] + step + margin), left : int(columns[-1] + step + margin)]


def ink_sides(glyphs: np.ndarray) -> np.ndarray:
    """The longer side of the ink of glyphs (N, 28, 28) uint8, in pixels: (N,) int64, 0 where there is none."""
    inked = glyphs > INK
    return np.maximum(_extent(np.any(inked, axis=2)), _extent(np.any(inked, axis=1)))


def _extent(inked: np.ndarray) -> np.ndarray:
    """From the first to the last place that is inked in each row of (N, 28) bool."""
    first, behind = inked.argmax(axis=1), GLYPH_SIZE - inked[:, ::-1].argmax(axis=1)
    extent: np.ndarray = np.where(inked.any(axis=1), behind - first, 0)
    return extent
