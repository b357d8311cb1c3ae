from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kerasrec.plots import Dimension, Scores, search_effects
from kerasrec.plots import search_effects as function

SCORES = Scores([0.04, 0.06, 0.10, None, 0.05], best=0, default=1, smaller=frozenset({4}))
SCHEDULE = Dimension("schedule", ["cosine", "cosine", "one_cycle", "cosine", "cosine"], ("cosine", "one_cycle"))
RATE = Dimension("learning_rate", [1e-4, 1e-3, 1e-2, 2e-3, 3e-3], log=True)


@pytest.fixture
def panels_of(monkeypatch):
    """Draws to panels instead of a file, and returns them."""
    figure = Figure((9, 6), 100)
    monkeypatch.setitem(function.__globals__, "write_figure", lambda path, width, height, draw: draw(figure))

    def draw(*args):
        search_effects(Path(), *args)
        return [axes for axes in figure.axes if axes.get_visible()]

    return draw


def test_each_hyperparameter_has_a_panel(panels_of):
    panels = panels_of([SCHEDULE, RATE], SCORES)
    assert [axes.get_xlabel() for axes in panels] == ["schedule", "learning_rate"]
    assert [axes.get_ylabel() for axes in panels] == ["CER of validation", ""]
    assert [tick.get_text() for tick in panels[0].get_xticklabels()] == ["cosine", "one_cycle"]


def test_trials_are_drawn_at_their_values(panels_of):
    _, axes = panels_of([SCHEDULE, RATE], SCORES)
    marks = {each.get_label(): each.get_offsets().tolist() for each in axes.collections}
    assert marks["best"][0] == pytest.approx([0, 0.04])
    assert marks["trial"][0] == pytest.approx([1, 0.10])
    assert marks["failed"][0] == pytest.approx([(np.log10(2e-3) + 4) / 2, 1.03])


def test_the_median_of_trials_with_the_same_choice_is_drawn(panels_of):
    schedule, rate = panels_of([SCHEDULE, RATE], SCORES)
    lines = [each for each in schedule.collections if each.get_label() == "median"]
    ((begin, end),) = [each.get_segments()[0].tolist() for each in lines]
    assert begin[1] == end[1] == pytest.approx(0.05)  # of 0.04 and 0.06, without the smaller budget
    assert (begin[0] + end[0]) / 2 == pytest.approx(0.25)
    assert not [each for each in rate.collections if each.get_label() == "median"]


def test_long_labels_are_rotated(panels_of):
    words = ("constant", "cosine", "one_cycle")
    (axes,) = panels_of([Dimension("schedule", ["cosine"] * 5, words)], SCORES)
    assert {tick.get_rotation() for tick in axes.get_xticklabels()} == {15}


@pytest.mark.parametrize(("count", "size"), [(1, (285, 620)), (3, (285, 930)), (7, (755, 930))])
def test_the_image_grows_with_the_hyperparameters_and_is_reproducible(tmp_path: Path, count: int, size):
    for name in "ab":
        search_effects(tmp_path / name, [RATE] * count, SCORES)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert np.asarray(Image.open(tmp_path / "a")).shape[:2] == size


def test_any_name_can_be_drawn(tmp_path: Path):
    search_effects(tmp_path / "a.png", [Dimension("a$^_b", ["$x_", "\\y"], ("$x_", "\\y"))], Scores([0.1, 0.2], 0))
    assert (tmp_path / "a.png").stat().st_size > 1000
