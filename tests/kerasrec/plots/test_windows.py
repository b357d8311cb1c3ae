from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.plots import Mark, WindowedLine, windows

BAR, ERROR_PAPER, EDGE = (214, 230, 245), (251, 220, 220), (77, 163, 255)
LEFT, SCALE = 96, 2.75


def pixels(path: Path, *lines: WindowedLine) -> np.ndarray:
    windows(path, lines)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def line(width: int = 84, window: int = 28, stride: int = 28, count: int = 3, rows=()) -> WindowedLine:
    return WindowedLine("a line", np.zeros((28, width), np.uint8), window, stride, count, rows)


def runs(picture: np.ndarray, colour: tuple[int, int, int], row: int) -> list[tuple[float, float]]:
    """Finds the runs of a colour in a row, in pixels of the line."""
    columns = np.nonzero((picture[row] == colour).all(axis=-1))[0]
    breaks = np.flatnonzero(np.diff(columns) > 1)
    starts, ends = columns[[0, *(breaks + 1)]], columns[[*breaks, -1]]
    return [((start - LEFT) / SCALE, (end + 1 - LEFT) / SCALE) for start, end in zip(starts, ends, strict=True)]


def test_windows_are_drawn_at_their_columns(tmp_path: Path):
    picture = pixels(tmp_path / "a.png", line())
    found = runs(picture, BAR, 10 + 24 + 2)
    assert np.allclose(found, [(0, 28), (28, 56), (56, 84)], atol=1.2)


def test_overlapping_windows_alternate_between_rows(tmp_path: Path):
    picture = pixels(tmp_path / "a.png", line(stride=16, count=4))
    assert np.allclose(runs(picture, BAR, 10 + 24 + 2), [(0, 28), (32, 60)], atol=1.2)
    assert np.allclose(runs(picture, BAR, 10 + 24 + 17 + 2), [(16, 44), (48, 76)], atol=1.2)


@pytest.mark.parametrize(
    ("window", "stride", "levels"), [(28, 28, 1), (28, 16, 2), (28, 14, 2), (28, 12, 3), (24, 30, 1)]
)
def test_the_number_of_rows_of_windows(window: int, stride: int, levels: int):
    assert line(window=window, stride=stride).levels == levels


def test_windows_after_the_end_of_the_line_widen_the_image(tmp_path: Path):
    narrow, wide = pixels(tmp_path / "a.png", line()), pixels(tmp_path / "a.png", line(count=5))
    assert wide.shape[1] - narrow.shape[1] == pytest.approx(56 * SCALE, abs=1)
    assert (wide[:, -40:] == EDGE).all(axis=-1).any()  # the edges of windows after the end of the line


def test_only_wrong_marks_are_red(tmp_path: Path):
    right = [("row", [Mark(14, "a"), Mark(42, "")])]
    wrong = [("row", [Mark(14, "a"), Mark(42, "", wrong=True)])]
    assert not (pixels(tmp_path / "a.png", line(rows=right)) == ERROR_PAPER).all(axis=-1).any()
    columns = np.nonzero((pixels(tmp_path / "a.png", line(rows=wrong)) == ERROR_PAPER).all(axis=-1))[1]
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(LEFT + 42 * SCALE, abs=1)


def test_lines_are_below_each_other(tmp_path: Path):
    one, other = line(), line(width=200, rows=[("row", [Mark(10, "$ 字")])])
    picture = pixels(tmp_path / "a.png", one, other)
    assert picture.shape[0] == pytest.approx(one.height + other.height + 10, abs=1)
    assert picture.shape[1] == pytest.approx(LEFT + 200 * SCALE + 10, abs=1)
