from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.plots.comparison import Comparison, comparison


def drawn(path: Path, *runs: Comparison) -> np.ndarray:
    comparison(path, [("lab accuracy", runs)])
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def blues(picture: np.ndarray) -> np.ndarray:
    """Finds the pixels (row, column) of the measured values, below the legend."""
    below = picture[60:]
    return np.argwhere((below[..., 2] - below[..., 0] > 80) & (below[..., 0] < 80)) + (60, 0)


def test_each_run_is_a_row_and_each_fraction_a_position(tmp_path):
    frame = Comparison("all", [(0.0001, 1.0), None], [None, None])
    low, high = (Comparison("it", [(0.4, 0.9), None], [share, None]) for share in (0.5, 0.8))
    first = blues(drawn(tmp_path / "a.png", frame, low, high)).mean(axis=0)
    left = blues(drawn(tmp_path / "b.png", low, low))
    right = blues(drawn(tmp_path / "c.png", high, low))
    assert first[0] > 60
    assert np.ptp(left[:, 1]) < 15 < np.ptp(left[:, 0])  # one above the other
    assert np.ptp(right[:, 1]) > 200  # 0.5 and 0.8 on an axis from 0.4 to 0.9


@pytest.mark.parametrize("published", [[None, None], [(0.0, 0.6), None], [(0.8, 0.9), (0.53, 0.53)]])
def test_a_range_is_a_bar_and_a_single_value_is_not(tmp_path, published):
    picture = drawn(tmp_path / "a.png", Comparison("it", published, [0.5, 0.7]))
    grey = (abs(picture - 209).max(axis=-1) < 3)[60:].sum()
    assert bool(grey > 200) is any(span is not None and span[0] < span[1] for span in published)


def test_panels_are_below_each_other(tmp_path):
    run = Comparison("it", [(0.2, 0.2), None], [0.3, 0.4])
    comparison(tmp_path / "one.png", [("a", [run])])
    comparison(tmp_path / "two.png", [("a", [run]), ("b", [run, run])])
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "two.png") as two:
        assert one.width == two.width == 900
        assert two.height - one.height == 2 * 26 + 66


def test_zero_can_be_drawn_on_a_logarithmic_axis(tmp_path):
    picture = drawn(tmp_path / "a.png", Comparison("it", [(0.5, 0.5), None], [0.0, 0.02]))
    assert len(blues(picture))
