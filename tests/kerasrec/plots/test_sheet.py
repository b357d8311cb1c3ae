from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import CannotWrite
from kerasrec.plots import line_sheet
from kerasrec.plots.font import load_font

PALE_RED, ORANGE = (251, 220, 220), (224, 112, 0)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def sheet(path: Path, *args, **options) -> np.ndarray:
    line_sheet(path, *args, **options)
    return pixels(path)


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == colour).all(axis=-1).sum())


def line(width: int, ink: int = 100) -> np.ndarray:
    return np.full((28, width), ink, np.uint8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheet.png"


def test_a_line_is_drawn_unchanged(path: Path):
    drawn = np.random.default_rng(0).integers(0, 256, (28, 300), np.uint8)
    picture = sheet(path, [drawn], [("text", None, None)])
    assert picture.shape == (16 + 6 + 28 + 21 + 16, 16 + 56 + 300 + 16, 3)
    assert (picture[22:50, 72:372] == drawn[..., None]).all()


def test_a_reading_takes_one_more_row_than_a_text(path: Path):
    alone = sheet(path, [line(300)], [("text", None, None)])
    read = sheet(path, [line(300)], [("text", "text", 0.5)])
    assert read.shape[0] == alone.shape[0] + 21 and read.shape[1] == alone.shape[1]
    assert (read[: alone.shape[0] - 16] == alone[:-16]).all()


def test_columns_are_as_wide_as_their_widest_line(path: Path):
    lines = [line(500), line(300), line(28), line(400), line(100)]
    captions = [("a", None, None)] * 5
    one, two = sheet(path, lines, captions), sheet(path, lines, captions, columns=2)
    assert one.shape[:2] == (16 + 5 * 71, 16 + 56 + 500 + 16)
    assert two.shape[:2] == (16 + 3 * 71, 16 + (56 + 500 + 16) + (56 + 400 + 16))
    assert count(one, (100,) * 3) >= 28 * 1328 and count(two, (100,) * 3) >= 28 * 1328


def test_there_are_no_more_columns_than_lines(path: Path):
    assert sheet(path, [line(300)], [("a", None, None)], columns=4).shape[1] == 16 + 56 + 300 + 16


def test_a_text_that_is_longer_than_its_line_widens_the_sheet(path: Path):
    assert sheet(path, [line(28)], [("m" * 50, "m" * 50, 0.25)]).shape[1] == 16 + 56 + 9 * (50 + 2 + 3) + 16


@pytest.mark.parametrize(
    ("truth", "read", "cells"),
    [
        ("text", "text", 0),
        ("text", "tent", 1),
        ("text", "txt", 1),
        ("text", "texts", 1),
        ("a b", "acb", 1),
        ("", "", 0),
    ],
)
def test_an_error_has_a_red_background_in_both_rows(path: Path, truth: str, read: str, cells: int):
    picture = sheet(path, [line(200)], [(truth, read, 0.5)])
    background = (picture[50:] == PALE_RED).all(axis=-1)
    columns = background.any(axis=0).sum()
    assert columns == 9 * cells
    if cells:
        assert background[:21].any() and background[21:42].any()


def test_only_the_wrong_character_is_red(path: Path):
    picture = sheet(path, [line(200)], [("text", "tent", 0.5)]).astype(int)
    red = (picture[..., 0] - picture[..., 1] > 100) & (picture[..., 0] > 150)
    assert red[50:71, 90:99].any() and red[71:92, 90:99].any()
    assert not red[:, :90].any() and not red[:, 99:].any()


def test_a_wrong_space_differs_from_a_missed_character(path: Path):
    space, missed = (sheet(path, [line(200)], [("abc", read, 0.5)]) for read in ("a c", "ac"))
    assert (space != missed).any(axis=-1).sum() > 5


def test_ticks_are_above_the_line_at_their_columns(path: Path):
    picture = sheet(path, [line(200)], [("ab", None, None)], ticks=[[0, 14.0, 150]])
    rows, columns = np.nonzero((picture == ORANGE).all(axis=-1))
    assert sorted(set(columns.tolist())) == [72, 86, 222] and rows.max() < 22


def test_a_very_long_line_is_cut_off(path: Path):
    picture = sheet(path, [line(50_000)], [("m" * 9000, "m" * 9000, 0.5)])
    assert picture.shape[1] == 16 + 2400 + 16
    assert (picture[:, -16:] == 255).all()


def test_characters_that_the_font_lacks_can_be_drawn(path: Path):
    assert count(sheet(path, [line(100)], [("字", "字", 0.5)]), (255, 255, 255)) > 0


def test_a_character_of_the_font_is_nine_pixels_wide():
    assert 8 < load_font(15).getlength("m") == load_font(15).getlength(" ") <= 9.5


def test_the_same_lines_result_in_the_same_file(path: Path, tmp_path: Path):
    arguments = [line(80), line(90)], [("ab", "ac", 0.9), ("x", "x", 1.0)]
    line_sheet(path, *arguments)
    line_sheet(tmp_path / "again.png", *arguments)
    assert path.read_bytes() == (tmp_path / "again.png").read_bytes()


def test_a_missing_caption_raises(path: Path):
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        line_sheet(path, [line(80), line(90)], [("ab", None, None)])
    assert not path.exists()


def test_a_folder_that_is_a_file_raises(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file/sheet.png could not be written"):
        line_sheet(tmp_path / "file" / "sheet.png", [line(80)], [("ab", None, None)])
