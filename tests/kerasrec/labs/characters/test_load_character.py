import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.labs.characters.load_character import ink_sides, load_character


def source(array: np.ndarray) -> ImageSource:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return ImageSource("letter.png", file.getvalue())


def corner(height: int, width: int, top: int, left: int, size: int) -> np.ndarray:
    """A thick L of ink 255 on 0."""
    array = np.zeros((height, width), np.uint8)
    array[top : top + size, left : left + size // 4] = 255
    array[top + size - size // 4 : top + size, left : left + 2 * size // 3] = 255
    return array


EXPECTED = load_character(source(corner(120, 120, 30, 30, 60)), 23)


def test_the_ink_fills_its_box_in_the_middle():
    rows, columns = (np.flatnonzero((EXPECTED > 64).any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (2, 24)
    assert columns[-1] - columns[0] + 1 == pytest.approx(23 * 2 / 3, abs=1)
    assert columns[0] + columns[-1] == pytest.approx(27, abs=1)
    assert EXPECTED[5:20, columns[0] + 2].min() > 200
    assert EXPECTED[5:18, columns[-1] - 3].max() < 30


@pytest.mark.parametrize(
    "picture",
    [
        255 - corner(120, 120, 30, 30, 60),
        corner(400, 120, 200, 10, 60),
        corner(100, 500, 20, 400, 60),
        255 - corner(360, 360, 90, 90, 180),
        (230 - 0.7 * corner(120, 120, 30, 30, 60)).astype(np.uint8),
        (230 - 0.4 * corner(120, 120, 30, 30, 60) - np.linspace(0, 90, 120)[:, None]).astype(np.uint8),
    ],
    ids=["dark on light", "tall", "wide", "large", "faint", "lit from one side"],
)
def test_place_size_and_polarity_do_not_matter(picture):
    found = load_character(source(picture), 23).astype(float)
    assert np.corrcoef(found.ravel(), EXPECTED.ravel())[0, 1] > 0.93


def test_a_glyph_is_taken_as_it_lies():
    glyph = corner(28, 28, 3, 9, 18)
    np.testing.assert_array_equal(load_character(source(glyph), 23), glyph)
    np.testing.assert_array_equal(load_character(source(255 - glyph), 23), glyph)


@pytest.mark.parametrize("size", [28, 90])
def test_paper_alone_is_named(size):
    paper = np.random.default_rng(0).normal(200, 3, (size, size)).astype(np.uint8)
    with pytest.raises(BadImage, match=r"Expected a character in letter\.png, but there is no ink"):
        load_character(source(paper), 23)


@pytest.mark.parametrize(
    ("height", "width", "paper", "patch"), [(18, 196, 83, 249), (15, 3, 30, 223), (4, 31, 190, 128)]
)
def test_what_does_not_stand_out_in_its_own_place_is_no_character(height, width, paper, patch):
    picture = np.full((height, width), paper, np.uint8)
    picture[: height // 2, : width // 3] = patch
    with pytest.raises(BadImage, match="there is no ink"):
        load_character(source(picture), 23)


def test_a_file_that_is_no_image_is_named(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"text")
    with pytest.raises(BadImage, match=r"a\.png is not an image"):
        load_character(ImageSource("a.png", tmp_path / "a.png"), 23)


def test_the_longer_side_of_the_ink_is_measured():
    glyphs = np.zeros((3, 28, 28), np.uint8)
    glyphs[0, 4:9, 3:20] = 255
    glyphs[1, 0:28, 5] = 65
    glyphs[1, 5, 0:3] = 64
    assert ink_sides(glyphs).tolist() == [17, 28, 0]
