"""From a grey image to the canonical line: the one way for reading, for own training lines and in exported graphs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops

from kerasrec.images.contrast import to_ink
from kerasrec.images.resampling import Tensor, resample
from kerasrec.spec import GLYPH_SIZE, INK

_MARGIN = 8  # empty columns kept on either side of the ink, as around glyphs: fewer cost accuracy
_LOOSE_ROWS = 11  # rows of 28: if the ink fills no more than this, the margins above and below are cut off
_TIGHT_ROWS = 24  # rows of 28 that the ink fills after that, as in EMNIST
_LEAST_ROWS = 4  # the least height of ink in rows of 28: anything smaller is treated as a stain


@dataclass(frozen=True, eq=False)
class CanonicalLine:
    """A line as recognizers see it, with the way back to the image it was made from.

    Attributes:
        pixels: (28, W) uint8, ink 255 on 0.
        offset: The columns of the scaled image that were cut off on the left.
        scale: Columns of the scaled image per column of the input.
    """

    pixels: np.ndarray
    offset: int
    scale: float

    def input_column(self, column: float) -> float:
        """Returns the input column of a column of the line, both in px from the left.

        >>> CanonicalLine(np.zeros((28, 40), np.uint8), offset=10, scale=0.5).input_column(4)
        28.0
        """
        return (column + self.offset) / self.scale


def line_from_image(
    grey: np.ndarray, maker: Callable[[np.ndarray], tuple[Tensor, Tensor, Tensor]] | None = None
) -> CanonicalLine:
    """Makes the canonical line of a grey image, with NumPy arrays in and out.

    Args:
        grey: (H, W) uint8.
        maker: `to_line` compiled for the backend, which takes a tenth of the time. Its values may differ by 1, so
            use the same one for all images.
    """
    line, offset, scale = (maker or to_line)(grey)
    return CanonicalLine(ops.convert_to_numpy(line), int(offset), float(scale))


def to_line(grey: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Makes the canonical line of a grey image, dark on light or light on dark, of any size.

    Ink becomes 255 on 0, shading and the noise of the paper are removed, the image is scaled to a height of 28 px, and
    empty columns on the left and on the right are cut off, all but eight. Where the ink fills less than two fifths of
    the height, the empty rows are cut off before scaling. An image of 28 px height is not scaled, and pixels that are
    canonical already stay as they are. Runs eagerly and in a graph, with any static or dynamic shape.

    Args:
        grey: (H, W) uint8 or float32, 0..255.

    Returns:
        line: (28, W') uint8, ink 255 on 0; at least 28 px wide, filled up with 0 on the right; all 0 for an image
            without ink.
        offset: () int32, the columns of the scaled image that were cut off on the left.
        scale: () float32, columns of the scaled image per column of the input. Column x of the line lies at
            `(x + offset) / scale` in the input.
    """
    grey = ops.cast(grey, "float32")
    line = scale_to_ink(grey)
    top, bottom = _find_rows(line, ops.shape(grey)[0])
    loose = bottom - top < ops.shape(grey)[0]
    line = ops.cond(loose, lambda: scale_to_ink(grey[top:bottom]), lambda: line)
    scale = ops.cast(ops.shape(line)[1], "float32") / ops.cast(ops.shape(grey)[1], "float32")
    left, right = _find_ink(ops.any(line >= INK, axis=0))
    left = ops.maximum(left - _MARGIN, 0)
    line = line[:, left : right + _MARGIN]
    fill = ops.zeros((GLYPH_SIZE, ops.maximum(GLYPH_SIZE - ops.shape(line)[1], 0)))
    return ops.cast(ops.round(ops.concatenate([line, fill], axis=1)), "uint8"), left, scale


def scale_to_ink(grey: Tensor) -> Tensor:
    """Scales grey values (H, W) to a height of 28 px and turns them into ink: (28, W') float32, ink 255 on 0."""
    height, width = (ops.cast(size, "float32") for size in ops.shape(grey))
    new_width = ops.maximum(ops.cast(ops.round(width * GLYPH_SIZE / height), "int32"), 1)
    return to_ink(resample(grey, GLYPH_SIZE, new_width))


def _find_rows(line: Tensor, height: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the rows to keep of an image of this height, without margins, as start and exclusive end."""
    first, end = _find_ink(ops.any(line >= INK, axis=1))
    loose = ops.logical_and(end - first <= _LOOSE_ROWS, end > first)
    loose = ops.logical_and(loose, ops.not_equal(height, GLYPH_SIZE))
    half = ops.cast(ops.maximum(end - first, _LEAST_ROWS), "float32") * (GLYPH_SIZE / _TIGHT_ROWS / 2)
    middle, step = ops.cast(first + end, "float32") / 2, ops.cast(height, "float32") / GLYPH_SIZE
    top = ops.maximum(ops.cast(ops.floor((middle - half) * step), "int32"), 0)
    bottom = ops.minimum(ops.cast(ops.ceil((middle + half) * step), "int32"), height)
    return ops.where(loose, top, 0), ops.where(loose, bottom, height)


def _find_ink(inked: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the first and one past the last inked position of (N,) bool, () int32 each; 0 and 0 if none is."""
    places = ops.arange(1, ops.shape(inked)[0] + 1, dtype="int32")
    end = ops.max(ops.where(inked, places, 0))
    return ops.where(end > 0, ops.cast(ops.argmax(inked), "int32"), 0), end
