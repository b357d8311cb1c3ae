"""How large the ink of glyphs is."""

import numpy as np

from kerasrec.spec import GLYPH_SIZE, INK


def ink_sides(glyphs: np.ndarray) -> np.ndarray:
    """The longer side of the ink of glyphs (N, 28, 28) uint8, in pixels: (N,) int64, 0 where there is none."""
    inked = glyphs > INK
    return np.maximum(_extent(np.any(inked, axis=2)), _extent(np.any(inked, axis=1)))


def _extent(inked: np.ndarray) -> np.ndarray:
    """From the first to the last place that is inked in each row of (N, 28) bool."""
    first, behind = inked.argmax(axis=1), GLYPH_SIZE - inked[:, ::-1].argmax(axis=1)
    extent: np.ndarray = np.where(inked.any(axis=1), behind - first, 0)
    return extent
