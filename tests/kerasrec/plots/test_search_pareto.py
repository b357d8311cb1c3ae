from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kerasrec.plots import Scores, search_pareto
from kerasrec.plots import search_pareto as function

NAMES = ["0", "1", "2", "3", "4"]
TIMES = [3.0, 5.0, None, 1.0, 6.0]
SCORES = Scores([0.05, 0.04, None, 0.09, 0.06], best=1, default=0)


@pytest.fixture
def axes_of(monkeypatch):
    """Draws to axes instead of a file, and returns them."""
    figure = Figure((7, 5), 100)
    monkeypatch.setitem(function.__globals__, "write_figure", lambda path, width, height, draw: draw(figure))

    def draw(*args):
        search_pareto(Path(), *args)
        return figure.axes[0]

    return draw


def test_the_front_is_a_step_curve_and_its_trials_are_named(axes_of):
    axes = axes_of(NAMES, TIMES, SCORES, [0, 1, 3])
    (steps,) = axes.lines
    assert steps.get_drawstyle() == "steps-post"
    assert steps.get_xdata().tolist() == [1, 3, 5] and steps.get_ydata().tolist() == [0.09, 0.05, 0.04]
    assert {text.get_text() for text in axes.texts} == {"0", "1", "3"}


def test_trials_off_the_front_are_drawn_except_those_without_a_time(axes_of):
    marks = {each.get_label(): each.get_offsets().tolist() for each in axes_of(NAMES, TIMES, SCORES, [3]).collections}
    assert marks["trial"] == [[1, 0.09], [6, 0.06]]
    assert "failed" not in marks


def test_the_axis_includes_the_limit(axes_of):
    axes = axes_of(NAMES, TIMES, SCORES, [1], 20.0)
    (limit,) = [each for each in axes.lines if each.get_label() == "limit"]
    assert limit.get_xdata() == [20, 20] and axes.get_xlim()[1] > 20


def test_the_plot_is_reproducible(tmp_path: Path):
    for name in "ab":
        search_pareto(tmp_path / name, NAMES, TIMES, SCORES, [0, 1, 3], 4.0)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert np.asarray(Image.open(tmp_path / "a")).shape[:2] == (480, 720)
