import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kerasrec.plots import Scores, search_progress
from kerasrec.plots import search_progress as function

NAMES = ["0", "1", "2", "3", "4"]
MINUTES = [2.0, 4.0, 6.0, 8.0, 10.0]
SCORES = Scores([0.08, 0.06, None, 0.03, 0.05], best=4, default=0, too_slow=frozenset({3}))


@pytest.fixture
def axes_of(monkeypatch):
    """Draws to axes instead of a file, and returns them."""
    figure = Figure()
    monkeypatch.setitem(function.__globals__, "write_figure", lambda path, width, height, draw: draw(figure))

    def draw(*args):
        search_progress(Path(), *args)
        return figure.axes[0]

    return draw


def line(axes, label):
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return found


def test_the_best_so_far_falls_with_each_record_and_extends_to_the_end(axes_of):
    steps = line(axes_of(NAMES, MINUTES, SCORES), "best so far")
    assert steps.get_drawstyle() == "steps-post"
    assert steps.get_xdata().tolist() == [2, 4, 10, 10]
    assert steps.get_ydata().tolist() == [0.08, 0.06, 0.05, 0.05]


def test_records_are_in_the_order_of_time(axes_of):
    steps = line(axes_of(["0", "1"], [5.0, 3.0], Scores([0.04, 0.06], 0)), "best so far")
    assert steps.get_ydata().tolist() == [0.06, 0.04, 0.04]


def test_a_trial_with_a_smaller_budget_is_not_a_record(axes_of):
    steps = line(axes_of(["0", "1"], [1.0, 3.0], Scores([0.06, 0.04], 0, smaller=frozenset({1}))), "best so far")
    assert steps.get_ydata().tolist() == [0.06, 0.06]


def test_the_default_and_the_best_are_marked(axes_of):
    axes = axes_of(NAMES, MINUTES, SCORES)
    assert line(axes, "CER of the default").get_ydata() == [0.08, 0.08]
    assert axes.get_title("right") == "best: 5.00% CER, trial 4"
    assert {text.get_text() for text in axes.texts} == {"0", "1", "3", "4"}


def test_only_records_are_named_if_there_are_many_trials(axes_of):
    errors = [0.09, *[0.1] * 20, 0.05]
    axes = axes_of([str(number) for number in range(22)], list(map(float, range(22))), Scores(errors, 21))
    assert sorted(text.get_text() for text in axes.texts) == ["0", "21"]


def test_the_axis_of_a_long_search_is_in_hours(axes_of):
    axes = axes_of(["0", "1"], [60.0, 600.0], Scores([0.06, 0.04], 1))
    assert axes.get_xlabel() == "hours of search"
    assert line(axes, "best so far").get_xdata().tolist() == [1, 10, 10]


def test_a_search_without_a_best_trial_can_be_drawn(axes_of):
    axes = axes_of(["0"], [2.0], Scores([0.05], too_slow=frozenset({0})))
    assert [each.get_label() for each in axes.lines] == [] and axes.get_title("right") == ""


@pytest.mark.parametrize("count", [1, 60])
def test_the_plot_is_reproducible(tmp_path: Path, count: int):
    errors = [None if number % 7 == 3 else 0.05 + 0.9 / (number + 1) for number in range(count)]
    for name in "ab":
        scores = Scores(errors, max(0, count - 2), 0)
        minutes = [math.nan if number == 3 else 2.0 * number for number in range(count)]
        search_progress(tmp_path / name, [f"{number:03d}" for number in range(count)], minutes, scores)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert np.asarray(Image.open(tmp_path / "a")).shape[:2] == (460, 900)
