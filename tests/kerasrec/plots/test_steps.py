"""Pictures, captions, curves and texts are drawn where the step says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.plots import Mark, Step, steps

MARGIN, HEAD = 16, 24


def draw(path: Path, *shown: Step) -> np.ndarray:
    steps(path, "line.png", shown)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_pictures_are_drawn_one_below_the_other_at_their_scale(tmp_path):
    first, second = np.zeros((30, 200)), np.full((20, 100), 128.0)
    picture = draw(tmp_path / "a.png", Step("first", first, 2.0), Step("second", second, 3.0))
    top = MARGIN + 2 * HEAD
    assert (picture[top + 5 : top + 55, MARGIN + 5 : MARGIN + 395] == 0).all()
    assert (picture[top + 5, MARGIN + 410] == 255).all()
    top += 60 + 10 + HEAD
    assert (abs(picture[top + 5 : top + 55, MARGIN + 5 : MARGIN + 295] - 128) <= 1).all()


def test_a_curve_is_drawn_at_its_rows(tmp_path):
    curve = np.linspace(5, 25, 200)
    picture = draw(tmp_path / "a.png", Step("a line", np.full((30, 200), 255.0), 2.0, [curve]))
    coloured = picture[..., 0] - picture[..., 2] > 60  # orange on white
    for column in (20, 100, 180):
        (rows,) = np.nonzero(coloured[:, MARGIN + 2 * column])
        assert (rows.mean() - MARGIN - 2 * HEAD) / 2 == pytest.approx(curve[column], abs=1)


def test_texts_are_drawn_below_their_columns(tmp_path):
    marks = [Mark(30, "l"), Mark(150, "l")]
    picture = draw(tmp_path / "a.png", Step("a line", np.full((30, 200), 255.0), 2.0, marks=marks))
    below = picture[MARGIN + 2 * HEAD + 63 : MARGIN + 2 * HEAD + 80]
    (columns,) = np.nonzero(below.min(axis=(0, 2)) < 128)
    assert sorted({round((column - MARGIN) / 2, -1) for column in columns.tolist()}) == [30, 150]


def test_a_long_caption_or_a_long_picture_fits(tmp_path):
    small = np.zeros((10, 10))
    assert draw(tmp_path / "a.png", Step("x" * 100, small, 1.0)).shape[1] > 700
    assert draw(tmp_path / "b.png", Step("a line", np.zeros((10, 30_000)), 2.0)).shape[1] == 8000 + 2 * MARGIN
