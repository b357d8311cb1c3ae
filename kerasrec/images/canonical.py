"""From a grey image to the canonical line: the one way for reading, for own training lines and in exported graphs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kerasrec.backend import ops
from kerasrec.images.contrast import quantile
from kerasrec.images.ink import SMALL, Box, find_paper, find_polarity, find_stroke, flatten, shares, to_ink
from kerasrec.images.loading import MOST_COLUMNS
from kerasrec.images.resampling import Tensor, resample
from kerasrec.images.rows import (
    Band,
    curve_at,
    find_band,
    find_curve,
    remove_rules,
    remove_specks,
    straighten,
)
from kerasrec.spec import GLYPH_SIZE, INK, INKS

POLARITIES = {ink: number for number, ink in enumerate(INKS)}
"""The number of each of `spec.INKS` in a graph: whether ink is darker or lighter than its paper."""

AUTO, DARK, LIGHT = (POLARITIES[ink] for ink in ("auto", "dark", "light"))

_TIGHT_ROWS = 24.0  # of 28, as in EMNIST
_MARGIN = 8  # empty columns of a line of 28 rows kept on either side of the ink, as around glyphs: fewer cost accuracy
_WHOLE = Box(0.0, 1.0, 0.0, 1.0)
_LOOSE = 25.0  # rows of 32: a line that fills less has a margin
_CUT = 64  # rows of the canvas on which a line is cut out, whatever its height: on more, noise passes for ink
_BAND = 44.0  # rows of 64 that a line fills once it is cut out

_STRONG = 0.95  # of the pixels with ink: those above are 255
_LEAST_STROKES = 5.0  # the least height of a line, in thicknesses of its strokes: a dash is not enlarged


@dataclass(frozen=True, eq=False)
class CanonicalLine:
    """A line as recognizers see it, with the way back to the image it was made from.

    Attributes:
        pixels: (H, W) uint8, ink 255 on 0.
        offset: The columns of the scaled image that were cut off on the left; negative if some were added.
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


def tight_rows(height: int) -> float:
    """Returns how many rows the ink of a line of this height fills: 24 of 28, as in EMNIST.

    >>> tight_rows(28), tight_rows(56)
    (24.0, 48.0)
    """
    return height * _TIGHT_ROWS / GLYPH_SIZE


def to_line(grey: Tensor, polarity: Tensor = AUTO, height: int = GLYPH_SIZE) -> tuple[Tensor, Tensor, Tensor]:
    """Makes the canonical line of a grey image of any size.

    The line's rows are found, straightened and scaled so that its ink, 255 on 0, fills 24 rows of 28. Light that falls
    unevenly, the noise of the paper, rules, a scanner's frame and parts of other lines are removed, and so are empty
    columns on the left and on the right, all but eight of a line of 28 rows. A canonical line, or its negative, keeps
    its pixels. Runs eagerly and in a graph, with any static or dynamic shape.

    Args:
        grey: (H, W) uint8 or float32, 0..255.
        polarity: () int32, whether ink is dark or light; see `POLARITIES`.
        height: The height of the line in pixels.

    Returns:
        line: (height, W') uint8, ink 255 on 0; at least as wide as high, filled up with 0 on the right; all 0 for an
            image without ink.
        offset: () int32, the columns of the scaled image that were cut off on the left; negative if some were added.
        scale: () float32, columns of the scaled image per column of the input. Column x of the line lies at
            `(x + offset) / scale` in the input.
    """
    grey = ops.cast(grey, "float32")

    def find() -> tuple[Tensor, Tensor]:
        steps = find_line(grey, polarity, height)
        return steps.line, steps.scale

    line, scale = ops.cond(_is_canonical(grey, polarity, height), lambda: _keep(grey), find)
    margin = round(_MARGIN * height / GLYPH_SIZE)
    line = ops.pad(line, [(0, 0), (margin, margin)])
    left, right = _find_ink(ops.any(line >= INK, axis=0))
    left = ops.where(right > 0, ops.maximum(left - margin, 0), margin)
    line = line[:, left : right + margin]
    fill = ops.zeros((height, ops.maximum(height - ops.shape(line)[1], 0)))
    return ops.cast(ops.round(ops.concatenate([line, fill], axis=1)), "uint8"), left - margin, scale


def _is_canonical(grey: Tensor, polarity: Tensor, height: int) -> Tensor:
    """Whether an image (H, W) is a canonical line or its negative: of this height, and half of it pure paper."""
    rows = grey[:height]  # all of a canonical line, and few of a large image
    dark, light = (ops.mean(ops.cast(rows == value, "float32")) for value in (255, 0))
    is_pure = ops.logical_or(
        ops.logical_and(dark >= 0.5, ops.not_equal(polarity, LIGHT)),
        ops.logical_and(light >= 0.5, ops.not_equal(polarity, DARK)),
    )
    return ops.logical_and(ops.equal(ops.shape(grey)[0], height), is_pure)


def _keep(grey: Tensor) -> tuple[Tensor, Tensor]:
    negative = ops.mean(ops.cast(grey == 255, "float32")) >= 0.5
    return ops.where(negative, 255.0 - grey, grey), ops.ones(())


class Steps(NamedTuple):
    """The way from an image to its line; a canvas is the image, or a part of it, scaled to a fixed height.

    Attributes:
        is_dark: () bool, whether ink is darker than its paper; otherwise the negative is read.
        canvas: (32, W) float32, the grey values of the whole image, or of its negative.
        flat: (32, W) float32, the same in even light.
        ink: (32, W) float32, 0 to 255.
        curve: (5,) float32, the curve of the line on the canvas; see `curve_at`.
        top: () float32, the line's first row on the canvas.
        bottom: () float32, one past its last row.
        rows: (64, W') float32, the ink of these rows, straightened and with some paper around.
        line: (height, W") float32, the line.
        scale: () float32, columns of the line per column of the image.
    """

    is_dark: Tensor
    canvas: Tensor
    flat: Tensor
    ink: Tensor
    curve: Tensor
    top: Tensor
    bottom: Tensor
    rows: Tensor
    line: Tensor
    scale: Tensor


def find_line(grey: Tensor, polarity: Tensor = AUTO, height: int = GLYPH_SIZE) -> Steps:
    """Finds the line in an image that is not canonical; the arguments are those of `to_line`."""
    full_height, width = (ops.cast(size, "float32") for size in ops.shape(grey))
    canvas = _scale(grey, SMALL, _at_least_1(width * SMALL / full_height))
    paper = find_paper(canvas)
    places = shares(SMALL)[:, None], shares(ops.shape(canvas)[1])[None]
    is_dark = find_polarity(canvas, paper.covers(*places))
    is_dark = ops.where(ops.equal(polarity, AUTO), is_dark, ops.equal(polarity, DARK))
    canvas = _make_ink_dark(canvas, is_dark)
    paper = Box(*(ops.where(is_dark, *ends) for ends in zip(paper, _WHOLE, strict=True)))  # dark paper is no frame
    flat = flatten(canvas, paper)
    ink = to_ink(flat, paper.covers(*places))
    curve = find_curve(ink)
    band = _find_rows(straighten(ink, curve_at(curve, ops.shape(ink)[1]), SMALL))
    has_ink = ops.cast(ops.any(ink >= INK), "float32")
    rows = _cut_out(grey, paper, is_dark, curve, band) * has_ink  # in a part of blank paper, its noise would stand out
    line = _fit(rows, height)
    scale = ops.cast(ops.shape(line)[1], "float32") / width
    return Steps(is_dark, canvas, flat, ink, curve, band.top, band.bottom, rows, line, scale)


def _make_ink_dark(grey: Tensor, is_dark: Tensor) -> Tensor:
    return ops.where(is_dark, grey, 255.0 - grey)


def _find_rows(ink: Tensor) -> Band:
    """Finds the rows of a line on a canvas (32, W), where upright rules are as high as a line without a margin."""
    tight, loose = (find_band(remove_rules(ink, upright)) for upright in (False, True))
    is_loose = loose.bottom - loose.top < _LOOSE
    return Band(*(ops.where(is_loose, *rows) for rows in zip(loose, tight, strict=True)))


def _cut_out(grey: Tensor, paper: Box, is_dark: Tensor, curve: Tensor, band: Band) -> Tensor:
    """Cuts a line out of its image, straightens it and finds its ink again, now at its own size.

    Args:
        grey: (H, W) float32.
        paper: The part of the image that is paper.
        is_dark: () bool, whether ink is darker than its paper.
        curve: The curve of the line on the canvas, from `find_curve`.
        band: Its rows on the canvas.

    Returns:
        (64, W') float32, of which the line fills 44 rows.
    """
    height, width = (ops.cast(size, "float32") for size in ops.shape(grey))
    zoom = (band.bottom - band.top) / _BAND  # rows of the canvas per row of the result
    zoom = ops.maximum(zoom, width * SMALL / height / MOST_COLUMNS)  # a few rows of a wide image would need too much
    step = height / SMALL * zoom  # rows of the image per row of the result
    new_width = _at_least_1(width / step)
    middle = (band.top + band.bottom) / 2
    bend = curve_at(curve, new_width) / zoom
    reach = (_CUT / 2 + ops.max(ops.abs(bend)) + 1.0) * step
    centre = middle * height / SMALL
    first = ops.maximum(ops.cast(ops.floor(centre - reach), "int32"), 0)
    last = ops.minimum(ops.cast(ops.ceil(centre + reach), "int32"), ops.shape(grey)[0])
    count = _at_least_1(ops.cast(last - first, "float32") / step)
    start = (centre - ops.cast(first, "float32")) / step - _CUT / 2
    part = _make_ink_dark(resample(grey[first:last], count, new_width), is_dark)
    part = ops.reshape(straighten(part, start + bend, _CUT, beyond=True), (_CUT, -1))
    # What of it is paper, and not the frame, another line or beyond the image.
    rows = ops.arange(_CUT, dtype="float32")[:, None] + 0.5 - _CUT / 2
    on_canvas = rows * zoom + middle
    own = ops.cast(ops.logical_and(on_canvas > band.above, on_canvas < band.below), "float32")
    seen = own * paper.covers((on_canvas + bend * zoom) / SMALL, shares(new_width)[None])
    return remove_specks(remove_rules(to_ink(part, seen), upright=True))


def _fit(ink: Tensor, height: int) -> Tensor:
    """Scales the ink of a line (64, W) so that it fills 24 rows of 28: (height, W') float32."""
    top, bottom, *_ = find_band(ink)
    places = ops.arange(_CUT, dtype="float32")[:, None]
    ink = ops.where(ops.logical_and(places >= top, places < bottom), ink, 0.0)
    size = ops.maximum(bottom - top, _LEAST_STROKES * find_stroke(ink))
    factor = tight_rows(height) / size  # rows of the line per row of the canvas
    factor = ops.minimum(factor, MOST_COLUMNS * height / GLYPH_SIZE / ops.cast(ops.shape(ink)[1], "float32"))
    count = ops.cast(ops.round(height / factor), "int32")
    first = ops.cast(ops.round((top + bottom) / 2 - ops.cast(count, "float32") / 2), "int32") + _CUT
    ink = ops.pad(ink, [(_CUT, 2 * _CUT), (0, 0)])[first : first + count]
    line = _scale(ink, height, _at_least_1(ops.cast(ops.shape(ink)[1], "float32") * factor))
    levels = ops.reshape(ops.cast(ops.round(line), "int32"), (-1,))
    counts = ops.where(ops.arange(256) >= INK, ops.bincount(levels, minlength=256), 0)
    return ops.clip(line * (255.0 / ops.maximum(quantile(counts, _STRONG), float(INK))), 0.0, 255.0)


def _scale(image: Tensor, height: int, width: Tensor) -> Tensor:
    """`resample` to a height that is known."""
    return ops.reshape(resample(image, height, width), (height, -1))


def _at_least_1(size: Tensor) -> Tensor:
    return ops.maximum(ops.cast(ops.round(size), "int32"), 1)


def _find_ink(inked: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the first and one past the last inked position of (N,) bool, () int32 each; 0 and 0 if none is."""
    places = ops.arange(1, ops.shape(inked)[0] + 1, dtype="int32")
    end = ops.max(ops.where(inked, places, 0))
    return ops.where(end > 0, ops.cast(ops.argmax(inked), "int32"), 0), end
