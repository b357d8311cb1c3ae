"""Lines of another height than 28 px show what those of 28 px show."""

import numpy as np
import pytest
from PIL import Image

from benchmarks import damage
from kerasrec.images.canonical import CanonicalLine
from kerasrec.images.compiled import compile_line_maker, make_line


def line_of(grey: np.ndarray, height: int) -> CanonicalLine:
    return make_line(np.ascontiguousarray(grey), height)


def strokes(width: int) -> np.ndarray:
    """A line of slanted strokes (28, width) uint8, ink 255 on 0, of which rows 2 to 25 have ink."""
    row, column = np.mgrid[:28, :width]
    inked = ((column + row // 2) % 20 < 3) & (row >= 2) & (row < 26) & (column > 20) & (column < width - 20)
    return (inked * 255).astype(np.uint8)


LINE = strokes(300)
PICTURE = damage.combined(LINE, strokes(260), seed=3)


@pytest.mark.parametrize("height", [48, 96])
def test_a_picture_becomes_a_line_of_the_height_that_shows_the_same(height):
    small, large = line_of(PICTURE, 28), line_of(PICTURE, height)
    assert large.pixels.shape[0] == height
    assert large.pixels.shape[1] == pytest.approx(small.pixels.shape[1] * height / 28, rel=0.02)
    shrunk = np.asarray(Image.fromarray(large.pixels).resize(small.pixels.shape[::-1]), float)
    assert np.corrcoef(shrunk.ravel(), small.pixels.ravel())[0, 1] > 0.9
    rows = np.flatnonzero((large.pixels > 64).any(axis=1))
    assert rows[-1] + 1 - rows[0] == pytest.approx(height * 24 / 28, rel=0.05)


def test_a_column_of_a_line_lies_where_it_lies_in_the_image_at_every_height():
    small, large = line_of(PICTURE, 28), line_of(PICTURE, 48)
    assert large.input_column(480) == pytest.approx(small.input_column(280), abs=8)  # px of a picture of 1,200 px
    assert large.input_column(14) == pytest.approx(small.input_column(8), abs=8)  # the first column with ink


def test_a_line_of_the_height_keeps_its_pixels():
    once = line_of(PICTURE, 48)
    again = line_of(255 - once.pixels, 48)
    assert (again.offset, again.scale) == (0, 1.0)
    np.testing.assert_array_equal(again.pixels, once.pixels)
    assert line_of(LINE, 48).scale != 1.0  # 28 px high: a picture like any other


def test_a_line_without_ink_is_as_wide_as_high():
    assert line_of(np.full((60, 20), 200, np.uint8), 48).pixels.shape == (48, 48)


def test_every_height_has_a_line_maker_of_its_own():
    assert compile_line_maker(48) is compile_line_maker(48) is not compile_line_maker(28)
