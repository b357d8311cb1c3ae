"""From a grey image to the canonical line: the one way for reading, for own training lines and in exported graphs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from keras import ops

from kerasrec.images.ink import CANVAS, find_polarity, find_stroke, find_valid, flatten, to_ink
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.rows import Band, curve_at, find_band, find_curve, find_slope, remove_rules, straighten
from kerasrec.spec import GLYPH_SIZE, INK

AUTO, DARK, LIGHT = range(3)
POLARITIES = {"auto": AUTO, "dark": DARK, "light": LIGHT}
"""Whether ink is darker or lighter than its paper; "auto" finds out."""

TIGHT_ROWS = 24.0
"""The rows of 28 that the ink of a line fills, as in EMNIST."""

_MARGIN = 8  # empty columns kept on either side of the ink, as around glyphs: fewer cost accuracy
_BAND = 44.0  # rows of 64 that a line fills once it is cut out

_LEAST_STROKES = 5.0  # the least height of a line, in thicknesses of its strokes: a dash is not enlarged


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


def to_line(grey: Tensor, polarity: Tensor = AUTO) -> tuple[Tensor, Tensor, Tensor]:
    """Makes the canonical line of a grey image of any size.

    The line's rows are found, straightened and scaled so that its ink, 255 on 0, fills 24 of 28 rows. Light that falls
    unevenly, the noise of the paper, rules, a scanner's frame and parts of other lines are removed, and so are empty
    columns on the left and on the right, all but eight. A canonical line, or its negative, keeps its pixels. Runs
    eagerly and in a graph, with any static or dynamic shape.

    Args:
        grey: (H, W) uint8 or float32, 0..255.
        polarity: () int32, whether ink is dark or light; see `POLARITIES`.

    Returns:
        line: (28, W') uint8, ink 255 on 0; at least 28 px wide, filled up with 0 on the right; all 0 for an image
            without ink.
        offset: () int32, the columns of the scaled image that were cut off on the left.
        scale: () float32, columns of the scaled image per column of the input. Column x of the line lies at
            `(x + offset) / scale` in the input.
    """
    grey = ops.cast(grey, "float32")

    def find() -> tuple[Tensor, Tensor]:
        steps = find_line(grey, polarity)
        return steps.line, steps.scale

    line, scale = ops.cond(_is_canonical(grey, polarity), lambda: _keep(grey), find)
    left, right = _find_ink(ops.any(line >= INK, axis=0))
    left = ops.maximum(left - _MARGIN, 0)
    line = line[:, left : right + _MARGIN]
    fill = ops.zeros((GLYPH_SIZE, ops.maximum(GLYPH_SIZE - ops.shape(line)[1], 0)))
    return ops.cast(ops.round(ops.concatenate([line, fill], axis=1)), "uint8"), left, scale


def _is_canonical(grey: Tensor, polarity: Tensor) -> Tensor:
    """Whether an image (H, W) is a canonical line or its negative: 28 px high, and half of it pure paper."""
    dark, light = (ops.mean(ops.cast(grey == value, "float32")) for value in (255, 0))
    is_pure = ops.logical_or(
        ops.logical_and(dark >= 0.5, ops.not_equal(polarity, LIGHT)),
        ops.logical_and(light >= 0.5, ops.not_equal(polarity, DARK)),
    )
    return ops.logical_and(ops.equal(ops.shape(grey)[0], GLYPH_SIZE), is_pure)


def _keep(grey: Tensor) -> tuple[Tensor, Tensor]:
    negative = ops.mean(ops.cast(grey == 255, "float32")) >= 0.5
    return ops.where(negative, 255.0 - grey, grey), ops.ones(())


class Steps(NamedTuple):
    """The way from an image to its line; a canvas is the image, or a part of it, scaled to a height of 64 px.

    Attributes:
        canvas: (64, W) float32, the grey values of the whole image.
        flat: (64, W) float32, in even light.
        is_dark: () bool, whether ink is darker than its paper.
        ink: (64, W) float32, 0 to 255.
        curve: (5,) float32, the curve of the line on the canvas; see `curve_at`.
        top: () float32, the line's first row on the canvas.
        bottom: () float32, one past its last row.
        rows: (64, W') float32, the ink of these rows, straightened and with some paper around.
        line: (28, W") float32, the line.
        scale: () float32, columns of the line per column of the image.
    """

    canvas: Tensor
    flat: Tensor
    is_dark: Tensor
    ink: Tensor
    curve: Tensor
    top: Tensor
    bottom: Tensor
    rows: Tensor
    line: Tensor
    scale: Tensor


def find_line(grey: Tensor, polarity: Tensor = AUTO) -> Steps:
    """Finds the line in an image that is not canonical; the arguments are those of `to_line`."""
    height, width = (ops.cast(size, "float32") for size in ops.shape(grey))
    canvas = resample(grey, CANVAS, _at_least_1(width * CANVAS / height))
    valid = find_valid(canvas)
    flat = flatten(canvas, valid)
    is_dark = ops.where(ops.equal(polarity, AUTO), find_polarity(flat, valid), ops.equal(polarity, DARK))
    ink = to_ink(flat, is_dark, valid)
    curve = find_curve(ink, find_slope(ink))
    band = find_band(remove_rules(straighten(ink, curve_at(curve, ops.shape(ink)[1]), CANVAS)))
    rows = _cut_out(grey, valid, is_dark, curve, band)
    line = _fit(rows)
    scale = ops.cast(ops.shape(line)[1], "float32") / width
    return Steps(canvas, flat, is_dark, ink, curve, band.top, band.bottom, rows, line, scale)


def _fit(ink: Tensor) -> Tensor:
    """Scales the ink of a line (64, W) so that it fills 24 of 28 rows: (28, W') float32."""
    top, bottom, *_ = find_band(ink)
    places = ops.arange(CANVAS, dtype="float32")[:, None]
    ink = ops.where(ops.logical_and(places >= top, places < bottom), ink, 0.0)
    size = ops.maximum(bottom - top, _LEAST_STROKES * find_stroke(ink))
    factor = TIGHT_ROWS / size  # rows of the line per row of the canvas
    count = ops.cast(ops.round(GLYPH_SIZE / factor), "int32")
    first = ops.cast(ops.round((top + bottom) / 2 - ops.cast(count, "float32") / 2), "int32") + CANVAS
    ink = ops.pad(ink, [(CANVAS, 2 * CANVAS), (0, 0)])[first : first + count]
    return resample(ink, GLYPH_SIZE, _at_least_1(ops.cast(ops.shape(ink)[1], "float32") * factor))


def _cut_out(grey: Tensor, valid: Tensor, is_dark: Tensor, curve: Tensor, band: Band) -> Tensor:
    """Cuts a line out of its image, straightens it and finds its ink again, now at its own size.

    Args:
        grey: (H, W) float32.
        valid: (64, W') float32, what of the image is paper.
        is_dark: () bool.
        curve: The curve of the line on the canvas, from `find_curve`.
        band: Its rows on the canvas.

    Returns:
        (64, W") float32, of which the line fills 44 rows.
    """
    height, width = (ops.cast(size, "float32") for size in ops.shape(grey))
    zoom = (band.bottom - band.top) / _BAND  # rows of the canvas per row of the result
    step = height / CANVAS * zoom  # rows of the image per row of the result
    new_width = _at_least_1(width / step)
    middle = (band.top + band.bottom) / 2
    shift = curve_at(curve, new_width) / zoom
    reach = (CANVAS / 2 + ops.max(ops.abs(shift)) + 1.0) * step
    centre = middle * height / CANVAS
    first = ops.maximum(ops.cast(ops.floor(centre - reach), "int32"), 0)
    last = ops.minimum(ops.cast(ops.ceil(centre + reach), "int32"), ops.shape(grey)[0])
    count = _at_least_1(ops.cast(last - first, "float32") / step)
    shift = (centre - ops.cast(first, "float32")) / step - CANVAS / 2 + shift
    part = straighten(resample(grey[first:last], count, new_width), shift, CANVAS)
    # The same rows of the paper, without what belongs to other lines.
    rows = (ops.cast(first, "float32") + (ops.arange(count, dtype="float32") + 0.5) * step) * (CANVAS / height)
    columns = (ops.arange(new_width, dtype="float32") + 0.5) * zoom
    seen = straighten(_take(_take(valid, rows, 0), columns, 1), shift, CANVAS)
    rows = (ops.arange(CANVAS, dtype="float32") + 0.5 - CANVAS / 2) * zoom + middle
    own = ops.logical_and(rows > band.above, rows < band.below)[:, None]
    seen = ops.cast(ops.logical_and(seen > 0.99, own), "float32")
    return remove_rules(to_ink(flatten(part, seen), is_dark, seen))


def _take(values: Tensor, places: Tensor, axis: int) -> Tensor:
    """Takes rows (axis 0) or columns (axis 1), those beyond the edge from the edge."""
    last = ops.shape(values)[axis] - 1
    return ops.take(values, ops.clip(ops.cast(places, "int32"), 0, last), axis=axis)


def _at_least_1(size: Tensor) -> Tensor:
    return ops.maximum(ops.cast(ops.round(size), "int32"), 1)


def _find_ink(inked: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the first and one past the last inked position of (N,) bool, () int32 each; 0 and 0 if none is."""
    places = ops.arange(1, ops.shape(inked)[0] + 1, dtype="int32")
    end = ops.max(ops.where(inked, places, 0))
    return ops.where(end > 0, ops.cast(ops.argmax(inked), "int32"), 0), end
