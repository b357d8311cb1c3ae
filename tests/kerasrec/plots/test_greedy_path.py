from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.plots import greedy_path

ALPHABET = Alphabet("ab $字")
CELL, ROW, GUTTER = 26, 20, 132
CHARACTER, BLANK, CHOSEN = (214, 230, 245), (236, 236, 236), (200, 90, 0)


def frames(path: str) -> np.ndarray:
    """Returns log-probabilities (T, K) whose best path is `path`; _ is the blank."""
    ids = [Alphabet.BLANK if token == "_" else ALPHABET.encode(token)[0] for token in path]
    probabilities = np.full((len(ids), len(ALPHABET)), 0.01)
    probabilities[np.arange(len(ids)), ids] = 1 - 0.01 * (len(ALPHABET) - 1)
    return np.log(probabilities).astype(np.float32)


def drawn(file: Path, path: str, stride: int = 13) -> np.ndarray:
    centres = stride // 2 + stride * np.arange(len(path))
    line = np.zeros((28, stride * len(path)), np.uint8)
    greedy_path(file, line, frames(path), ALPHABET, centres)
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))


def boxes(picture: np.ndarray, step: int) -> list[tuple[str, int, int]]:
    """Finds the boxes of one of the last three rows: their kind, the first frame and the number of frames."""
    top = picture.shape[0] - 10 - 3 * (ROW + 6) + step * (ROW + 6) + 2  # above the letters
    kinds = {CHARACTER: "character", BLANK: "blank"}
    row = [kinds.get(tuple(pixel), "") for pixel in picture[top, GUTTER:].tolist()]
    edges = [0, *(i for i in range(1, len(row)) if row[i] != row[i - 1]), len(row)]
    return [
        (row[start], round(start / CELL), round((end - start) / CELL))
        for start, end in zip(edges, edges[1:], strict=False)
        if row[start]
    ]


def test_the_steps_are_those_of_greedy_decoding(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", "aa_b_b")
    assert boxes(picture, 0) == [
        ("character", 0, 1), ("character", 1, 1), ("blank", 2, 1), ("character", 3, 1), ("blank", 4, 1),
        ("character", 5, 1),
    ]  # fmt: skip
    assert boxes(picture, 1) == [
        ("character", 0, 2), ("blank", 2, 1), ("character", 3, 1), ("blank", 4, 1), ("character", 5, 1)
    ]  # fmt: skip
    assert boxes(picture, 2) == [("character", 0, 2), ("character", 3, 1), ("character", 5, 1)]


def test_the_table_has_a_row_for_the_blank_and_each_token_of_the_path(tmp_path: Path):
    heights = [drawn(tmp_path / "a.png", path).shape[0] for path in ("aaa", "aba", "ab_")]
    assert heights[1] == heights[0] + ROW and heights[2] == heights[1]


def test_the_highest_probability_of_each_frame_is_marked(tmp_path: Path):
    marks = [(drawn(tmp_path / "a.png", path) == CHOSEN).all(axis=-1).sum() for path in ("ab", "abab")]
    assert marks[0] > 0 and marks[1] == 2 * marks[0]


@pytest.mark.parametrize("stride", [8, 16])
def test_frames_have_the_same_width_at_any_stride(tmp_path: Path, stride: int):
    picture = drawn(tmp_path / "a.png", "a_b_", stride)
    assert GUTTER + 4 * CELL + 10 <= picture.shape[1] <= GUTTER + 5 * CELL + 10
    assert boxes(picture, 2) == [("character", 0, 1), ("character", 2, 1)]


def test_the_line_is_aligned_with_its_frames(tmp_path: Path):
    line = np.zeros((28, 52), np.uint8)
    line[:, 13:26] = 255  # the columns of frame 1
    greedy_path(tmp_path / "a.png", line, frames("_a__"), ALPHABET, 6.5 + 13 * np.arange(4))
    with Image.open(tmp_path / "a.png") as file:
        row = np.asarray(file.convert("L"))[30]
    inside = row[GUTTER + 1 : GUTTER + 4 * CELL - 1]
    assert (inside[: CELL - 2] < 20).all() and (inside[CELL + 1 : 2 * CELL - 3] > 235).all()
    assert (inside[2 * CELL + 1 :] < 20).all()


@pytest.mark.parametrize("path", ["_", "a", "a$ 字$_"])
def test_any_path_can_be_drawn(tmp_path: Path, path: str):
    assert drawn(tmp_path / "a.png", path).shape[1] > GUTTER
