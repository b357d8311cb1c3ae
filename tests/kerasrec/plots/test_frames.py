from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Reading, greedy, to_reading
from kerasrec.plots import alignment

ALPHABET = Alphabet("ab $字")


def frames(text: str) -> np.ndarray:
    """Returns log-probabilities (2L + 1, K) with the characters in every second frame, between blanks."""
    ids = [0] + [i for character in text for i in (*ALPHABET.encode(character), 0)]
    probabilities = np.full((len(ids), len(ALPHABET)), 0.01)
    probabilities[np.arange(len(ids)), ids] = 1 - 0.01 * (len(ALPHABET) - 1)
    return np.log(probabilities).astype(np.float32)


def drawn(path: Path, text: str, width: int, ink: int = 0) -> tuple[np.ndarray, Reading]:
    log_probs = frames(text)
    centres = 7 + 14 * np.arange(len(log_probs))
    reading = to_reading(greedy(log_probs[None], np.array([len(log_probs)]))[0], ALPHABET, centres, width)
    alignment(path, np.full((28, width), ink, np.uint8), log_probs, reading, ALPHABET, centres)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")), reading


@pytest.mark.parametrize(
    ("text", "width", "size"),
    [("ab", 70, (360 + 16 * 3, 485)), ("abab ", 300, (360 + 16 * 4, 560)), ("", 14, (360 + 16, 485))],
)
def test_the_image_grows_with_the_line_and_its_characters(tmp_path: Path, text: str, width: int, size):
    picture, reading = drawn(tmp_path / "a.png", text, width)
    assert reading.text == text and picture.shape[:2] == size


def test_a_very_long_line_is_compressed(tmp_path: Path):
    assert drawn(tmp_path / "a.png", "a", 20_000)[0].shape[1] == 8000


def test_the_line_is_drawn_at_the_top(tmp_path: Path):
    dark, light = (drawn(tmp_path / "a.png", "ab", 280, ink)[0] for ink in (0, 255))
    rows = np.nonzero((dark != light).any(axis=(1, 2)))[0]
    assert 20 < np.ptp(rows) < 80 and rows.max() < 120


def test_each_character_read_adds_a_bright_cell_to_the_table(tmp_path: Path):
    brightest = (252, 253, 191)  # the top of the colour map
    few, many = (drawn(tmp_path / "a.png", text, 280)[0] for text in ("aaaa", "abab"))
    cells = [
        (picture[200:-110] > np.subtract(brightest, 25)).all(axis=-1) & (picture[200:-110, :, 2] < 240)
        for picture in (few, many)
    ]
    assert cells[1].any(axis=1).sum() > cells[0].any(axis=1).sum() + 8


def test_any_character_can_be_drawn(tmp_path: Path):
    assert drawn(tmp_path / "a.png", "a$ 字$", 200)[1].text == "a$ 字$"


def test_the_same_reading_results_in_the_same_file(tmp_path: Path):
    for name in "xy":
        drawn(tmp_path / f"{name}.png", "ab", 80)
    assert (tmp_path / "x.png").read_bytes() == (tmp_path / "y.png").read_bytes()
