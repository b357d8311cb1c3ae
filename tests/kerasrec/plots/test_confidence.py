from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.plots import confidence_picture

COVERAGE = [(0.5, 0.8, 0.0), (1.0, 0.1, 0.2)]


def columns_of(path: Path, red: int, green: int, blue: int) -> np.ndarray:
    """The columns with pixels of about this colour."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert pixels.shape == (420, 900, 3)
    return np.flatnonzero((np.abs(pixels - (red, green, blue)).max(axis=2) < 30).any(axis=0))


def test_reliability_is_on_the_left_and_coverage_on_the_right(tmp_path: Path) -> None:
    confidence_picture(tmp_path / "a.png", [(10, 0.1, 0.2), (90, 0.9, 0.8)], COVERAGE)
    blue, orange = columns_of(tmp_path / "a.png", 31, 119, 180), columns_of(tmp_path / "a.png", 255, 127, 14)
    assert len(blue) and len(orange)
    assert blue.max() < 450 < orange.min()


def test_one_bin_and_one_share_are_enough(tmp_path: Path) -> None:
    confidence_picture(tmp_path / "a.png", [(1, 1.0, 1.0)], [(1.0, 1.0, 0.0)])
    assert len(columns_of(tmp_path / "a.png", 255, 127, 14))
