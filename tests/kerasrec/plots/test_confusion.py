import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.evaluation.metrics import confusions
from kerasrec.plots import confusion_picture, confusion_table

REFERENCES = ["oboe", "so so", "lo"]  # 5 times o
FOUND = Counter({("o", "0"): 2, (" ", ""): 1, ("o", ""): 1, ("", '"'): 1, ("l", ","): 1})
BLUE, RED, ORANGE = (31, 119, 180), (214, 39, 40), (255, 127, 14)


def drawn(path: Path, *args, **options) -> np.ndarray:
    confusion_picture(path, *args, **options)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def bar_width(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Returns the length of the longest bar of a colour in pixels."""
    rows = ("".join("#" if pixel else " " for pixel in row) for row in (picture == colour).all(axis=-1))
    return max((len(run) for row in rows for run in row.split()), default=0)


def test_the_table_is_sorted_and_has_the_share_of_each_character(tmp_path: Path):
    confusion_table(tmp_path / "c.csv", FOUND, REFERENCES)
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["truth", "read", "count", "share"],
        ["o", "0", "2", "0.4"],
        ["", '"', "1", ""],
        [" ", "", "1", "1.0"],
        ["l", ",", "1", "1.0"],
        ["o", "", "1", "0.2"],
    ]


def test_the_table_quotes_spaces(tmp_path: Path):
    confusion_table(tmp_path / "c.csv", FOUND, REFERENCES)
    assert b'" ","",1,1.0\n' in (tmp_path / "c.csv").read_bytes()


def test_the_table_accepts_the_confusions_of_the_metrics(tmp_path: Path):
    confusion_table(tmp_path / "c.csv", confusions(["kitten"], ["sitting"]), ["sitting"])
    table = '"truth","read","count","share"\n"g","",1,1.0\n"i","e",1,0.5\n"s","k",1,1.0\n'
    assert (tmp_path / "c.csv").read_text(encoding="utf-8") == table


def test_bars_are_as_long_as_counts_and_coloured_by_kind(tmp_path: Path):
    picture = drawn(tmp_path / "c.png", {("o", "0"): 20, ("e", ""): 10, ("", "e"): 5}, ["oe" * 50])
    assert picture.shape == (90 + 3 * 22, 800, 3)
    other, missed, invented = (bar_width(picture, colour) for colour in (BLUE, RED, ORANGE))
    assert other > 300
    assert missed / other == pytest.approx(1 / 2, abs=0.02) and invented / other == pytest.approx(1 / 4, abs=0.02)


def test_the_number_of_bars_is_limited(tmp_path: Path):
    found = {(chr(65 + i // 26), chr(97 + i % 26)): 100 - i for i in range(60)}
    references = ["".join(map(chr, range(65, 91))) * 10]
    assert drawn(tmp_path / "c.png", found, references).shape[0] == 90 + 25 * 22
    assert drawn(tmp_path / "c.png", found, references, count=3).shape[0] == 90 + 3 * 22


def test_no_confusions_can_be_drawn(tmp_path: Path):
    picture = drawn(tmp_path / "c.png", {}, REFERENCES)
    assert picture.shape == (112, 800, 3) and bar_width(picture, BLUE) == 0


def test_any_character_can_be_drawn(tmp_path: Path):
    odd = "$^_\\{}%字\t\U0001f600 &"
    found = dict.fromkeys(pairwise(odd), 3) | {("$", ""): 2, ("", "$"): 1}
    assert drawn(tmp_path / "c.png", found, [odd * 3]).shape[0] == 90 + len(found) * 22
