from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rapidfuzz.distance import Levenshtein

from kerasrec.plots import edit_table
from kerasrec.plots.edit_table import edit_distances, shortest_path

MARK_PAPER, ERROR_PAPER = (255, 227, 199), (251, 220, 220)
texts = st.text("ab ", max_size=7)


def drawn(path: Path, truth: str, read: str) -> np.ndarray:
    edit_table(path, truth, read)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def cells(picture: np.ndarray, colour: tuple[int, int, int]) -> set[tuple[int, int]]:
    """Finds the rows and columns of the cells with a background of this colour."""
    found = np.argwhere((picture == colour).all(axis=-1)) - (58, 90)
    return {(row // 24, column // 34) for row, column in found.tolist()}


@given(texts, texts)
def test_the_last_distance_is_the_edit_distance(truth: str, read: str):
    assert edit_distances(truth, read)[-1, -1] == Levenshtein.distance(truth, read)


def test_each_cell_compares_two_prefixes():
    table = edit_distances("aba", "bab")
    for row, column in np.ndindex(4, 4):
        assert table[row, column] == Levenshtein.distance("aba"[:row], "bab"[:column])


@given(texts, texts)
def test_the_path_is_shortest_and_continuous_and_names_each_edit(truth: str, read: str):
    path = list(shortest_path(edit_distances(truth, read), truth, read))
    assert path[0][:2] == (len(truth), len(read)) and path[-1] == (0, 0, "")
    assert sum(bool(name) for _, _, name in path) == Levenshtein.distance(truth, read)
    steps = {(a[0] - b[0], a[1] - b[1]) for a, b in zip(path, path[1:], strict=False)}
    assert steps <= {(1, 1), (1, 0), (0, 1)}


@pytest.mark.parametrize(
    ("truth", "read", "names"),
    [
        ("the", "tne", ["h read as n"]),
        ("room", "rom", ["o missing"]),
        ("a b", "ab", ["␣ missing"]),
        ("ab", "aab", ["a invented"]),
        ("same", "same", []),
        ("", "x", ["x invented"]),
    ],
)
def test_the_edits_have_names(truth: str, read: str, names: list[str]):
    path = shortest_path(edit_distances(truth, read), truth, read)
    assert [name for _, _, name in path if name] == names


def test_the_path_is_marked_and_its_edits_are_red(tmp_path: Path):
    picture = drawn(tmp_path / "a.png", "cat", "at")
    assert cells(picture, MARK_PAPER) == {(0, 0), (2, 1), (3, 2)} and cells(picture, ERROR_PAPER) == {(1, 0)}


def test_the_image_grows_with_the_texts(tmp_path: Path):
    small, big = drawn(tmp_path / "a.png", "a", "b"), drawn(tmp_path / "a.png", "a$ 字", "b$")
    assert big.shape[0] == small.shape[0] + 3 * 24 and big.shape[1] == small.shape[1] + 34
