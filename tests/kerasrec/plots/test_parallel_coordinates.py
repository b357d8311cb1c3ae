from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from kerasrec.plots import Dimension, Scores, parallel_coordinates
from kerasrec.plots import parallel_coordinates as function

RATE = Dimension("learning_rate", [1e-4, 1e-3, 1e-2, 2e-3, 5e-4], log=True)
WIDTH = Dimension("width", [16, 32, 64, 32, None], (16, 32, 64))
SCORES = Scores([0.05, 0.04, 0.045, None, 0.9], best=1, default=0)


@pytest.fixture
def axes_of(monkeypatch):
    """Draws to axes instead of a file, and returns them."""
    figure = Figure((9, 4), 100)
    monkeypatch.setitem(function.__globals__, "write_figure", lambda path, width, height, draw: draw(figure))

    def draw(*args):
        parallel_coordinates(Path(), *args)
        return figure.axes[0]

    return draw


def test_a_line_passes_through_the_values_of_its_trial_to_its_cer(axes_of):
    axes = axes_of([RATE, WIDTH], SCORES)
    (best,) = [each for each in axes.lines if each.get_label() == "best"]
    across, heights = best.get_data()
    assert np.interp([0, 1, 2], across, heights) == pytest.approx([0.5, WIDTH.jittered[1], 0], abs=0.01)
    assert (np.diff(across) >= 0).all()


def test_failed_trials_are_left_out_and_the_best_is_on_top(axes_of):
    axes = axes_of([RATE], SCORES)
    assert len(axes.lines) == 4
    assert max(axes.lines, key=lambda each: each.get_zorder()).get_label() == "best"
    assert {"best", "default"} <= {each.get_label() for each in axes.lines}


def test_a_far_worse_trial_ends_at_the_top_and_is_faint(axes_of):
    (faint,) = [each for each in axes_of([RATE], SCORES).lines if (each.get_alpha() or 1) < 0.3]
    assert faint.get_ydata()[-1] == 1 and faint.get_ydata()[0] == pytest.approx(RATE.positions[4])


def test_a_trial_without_a_value_has_a_gap(axes_of):
    gaps = [np.isnan(each.get_ydata()).any() for each in axes_of([RATE, WIDTH], SCORES).lines]
    assert sorted(gaps) == [False, False, False, True]


def test_colours_follow_the_cer(axes_of):
    scores = Scores([0.05, 0.04, 0.045, 0.06, 0.055])
    colours = {each.get_ydata()[-1]: to_hex(each.get_color()) for each in axes_of([RATE], scores).lines}
    assert colours[0.0] == "#440154" and len(set(colours.values())) == 5


def test_axes_have_names_and_ticks(axes_of):
    texts = {text.get_text() for text in axes_of([RATE, WIDTH], SCORES).texts}
    assert {"learning_rate", "width", "CER in %", "16", "32", "64", "1e-4", "0.01", "4.5"} <= texts


@pytest.mark.parametrize(("count", "width"), [(1, 256), (8, 1012)])
def test_the_image_grows_with_the_hyperparameters_and_is_reproducible(tmp_path: Path, count: int, width: int):
    for name in "ab":
        parallel_coordinates(tmp_path / name, [RATE] * count, SCORES)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert np.asarray(Image.open(tmp_path / "a")).shape[:2] == (430, width)
