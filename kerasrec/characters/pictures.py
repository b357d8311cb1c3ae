"""From a user's picture of a character to a glyph like those of the training."""

import numpy as np
from keras import ops

from kerasrec.errors import BadImage
from kerasrec.files import ImageSource
from kerasrec.glyphs.picture import INK, centre_ink
from kerasrec.images.canonical import line_from_image
from kerasrec.images.contrast import to_ink
from kerasrec.images.loading import load_image
from kerasrec.line_maker import compile_line_maker
from kerasrec.spec import GLYPH_SIZE


def load_character(source: ImageSource, ink_box: int) -> np.ndarray:
    """Opens a picture of one character, dark on light or light on dark, and makes a glyph of it.

    Ink and paper are told apart as in lines; the ink is then scaled to a box and centred. A picture of exactly 28x28
    pixels is taken as it lies.

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
        return np.asarray(ops.round(to_ink(grey.astype(np.float32)))).astype(np.uint8)
    ink = line_from_image(grey, compile_line_maker()).pixels
    if not (ink > INK).any():
        raise BadImage(f"Expected a character in {source.name}, but there is no ink on its paper. Scan it anew.")
    return centre_ink(ink, ink_box)


def ink_sides(glyphs: np.ndarray) -> np.ndarray:
    """The longer side of the ink of glyphs (N, 28, 28) uint8, in pixels: (N,) int64, 0 where there is none."""
    inked = glyphs > INK
    return np.maximum(_extent(np.any(inked, axis=2)), _extent(np.any(inked, axis=1)))


def _extent(inked: np.ndarray) -> np.ndarray:
    """From the first to the last place that is inked in each row of (N, 28) bool."""
    first, behind = inked.argmax(axis=1), GLYPH_SIZE - inked[:, ::-1].argmax(axis=1)
    extent: np.ndarray = np.where(inked.any(axis=1), behind - first, 0)
    return extent
