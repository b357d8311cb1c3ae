from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import CannotWrite
from kerasrec.plots.canvas import Canvas, write_canvas


def drawn(path: Path, draw, width: int = 100, height: int = 60) -> np.ndarray:
    write_canvas(path, width, height, draw)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_an_empty_canvas_is_white_and_has_the_given_size(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", lambda canvas: None, 123, 45)
    assert picture.shape == (45, 123, 3) and (picture == 255).all()


def test_a_box_covers_its_pixels(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", lambda canvas: canvas.box(10, 20, 30, 15, "#102030"))
    rows, columns = np.nonzero((picture == (16, 32, 48)).all(axis=-1))
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (20, 35, 10, 40)


def test_an_image_is_scaled(tmp_path: Path):
    pixels = np.array([[0, 255], [255, 0]], np.uint8)
    picture = drawn(tmp_path / "a.png", lambda canvas: canvas.image(20, 10, pixels, 10))
    assert (picture[11:19, 21:29] == 0).all() and (picture[11:19, 31:39] == 255).all()
    assert (picture[21:29, 21:29] == 255).all() and (picture[21:29, 31:39] == 0).all()


def test_a_line_spans_its_ends(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", lambda canvas: canvas.line((10, 90), (30, 30), "#000000", 4))
    columns = np.nonzero((picture == 0).all(axis=-1).any(axis=0))[0]
    assert (columns.min(), columns.max() + 1) == (10, 90)


@pytest.mark.parametrize(("align", "side"), [("left", slice(50, None)), ("right", slice(0, 50))])
def test_a_text_is_aligned(tmp_path: Path, align: str, side: slice):
    picture = drawn(tmp_path / "a.png", lambda canvas: canvas.write(50, 30, "$abc$", align=align))
    dark = (picture < 128).all(axis=-1)
    assert dark.any() and dark[:, side].sum() >= dark.sum() - 2


def test_drawing_outside_the_canvas_does_not_move_the_rest(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        canvas.box(10, 20, 30, 15, "#102030")

    def draw_more(canvas: Canvas) -> None:
        draw(canvas)
        canvas.write(95, 50, "outside", align="left")
        canvas.box(-10, 40, 15, 10, "#000000")

    plain, more = drawn(tmp_path / "a.png", draw), drawn(tmp_path / "b.png", draw_more)
    assert (plain[:38] == more[:38]).all() and (plain != more).any()


def test_a_folder_that_is_a_file_raises(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="file"):
        write_canvas(tmp_path / "file" / "a.png", 10, 10, lambda canvas: None)
