import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kerasrec.plots import Scores
from kerasrec.plots.search_marks import is_wide, mark_trials, set_cer_axis, write_legend, write_names

SCORES = Scores([0.06, 0.05, None, 0.9, 0.055, 0.058], 1, 0, frozenset({4}), frozenset({5}))


@pytest.fixture
def axes():
    figure = Figure((9, 4.6), 100, layout="constrained")
    FigureCanvasAgg(figure)
    return figure.subplots()


def test_each_trial_has_one_kind():
    assert SCORES.kinds == ["default", "best", "failed", "far worse", "too slow", "smaller budget"]
    assert Scores([0.05], 0, 0).kinds == ["best"]


def test_a_trial_that_failed_to_learn_does_not_extend_the_axis():
    assert SCORES.limits == (0.05, 0.06)
    assert Scores([0.05, 0.2, 0.35], 0).limits == (0.05, 0.2)


def test_the_axis_includes_the_best_the_default_and_half_of_all_trials():
    assert Scores([0.05, 0.9, 0.06], 0, 1).limits == (0.05, 0.9)
    assert Scores([0.01, 0.9, 0.95, 0.97], 0).limits == (0.01, 0.9)


def test_a_cer_of_zero_can_be_drawn(axes):
    scores = Scores([0.0, 0.02], 0)
    set_cer_axis(axes, scores)
    assert axes.get_ylim()[0] > 0 and scores.heights[0] == 1e-4


def test_the_axis_is_logarithmic_if_trials_differ_much(axes):
    for errors, scale in (([0.05, 0.06], "linear"), ([0.05, 0.2], "log")):
        scores = Scores(errors, 0)
        set_cer_axis(axes, scores)
        assert (axes.get_yscale(), is_wide(scores)) == (scale, scale == "log")
        low, high = axes.get_ylim()
        assert low < min(errors) and max(errors) < high
        axes.figure.canvas.draw()
        assert any(label.get_text() == ("10%" if scale == "log" else "5%") for label in axes.get_yticklabels())


@pytest.mark.parametrize("errors", [[0.05], [0.05, 0.0499], [0.05, 0.0401]])
def test_small_differences_look_small(axes, errors):
    set_cer_axis(axes, Scores(errors, 0))
    low, high = axes.get_ylim()
    assert high - low > 0.0099 and (low + high) / 2 == pytest.approx((min(errors) + max(errors)) / 2)
    axes.figure.canvas.draw()
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert len(ticks) == len(set(ticks))


def test_marks_are_at_their_cer_and_those_of_failed_trials_above(axes):
    set_cer_axis(axes, SCORES)
    mark_trials(axes, np.array([1.0, 2, 3, 4, 5, 6]), SCORES)
    marks = {each.get_label(): each.get_offsets().tolist() for each in axes.collections}
    assert marks["best"] == [[2, 0.05]] and marks["default"] == [[1, 0.06]]
    assert marks["too slow"] == [[5, 0.055]] and marks["smaller budget"] == [[6, 0.058]]
    assert marks["failed"][0] == pytest.approx([3, 1.03]) and marks["far worse"][0] == pytest.approx([4, 1.03])


def test_a_trial_without_a_position_is_left_out(axes):
    mark_trials(axes, np.array([1.0, np.nan, np.nan, 4, 5, 6]), SCORES)
    assert {"best", "failed"}.isdisjoint(each.get_label() for each in axes.collections)


def test_names_do_not_overlap_and_the_last_has_priority(axes):
    axes.set(xlim=(0, 10), ylim=(0, 1))
    positions = np.array([5.0, 5.0, 5.0, 1.0, 20.0, 2.0])
    heights = np.array([0.5, 0.5, 0.5, 0.2, 0.5, np.nan])
    write_names(axes, ["a", "b", "c", "d", "out", "none"], positions, heights)
    assert [text.get_text() for text in axes.texts] == ["d", "c", "b"]


@pytest.mark.parametrize(("width", "rows"), [(9.3, 1), (6.2, 2)])
def test_the_legend_has_as_many_rows_as_needed(width, rows):
    figure = Figure((width, 4.6), 100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    mark_trials(axes, np.arange(6), SCORES)
    axes.plot([0, 1], [0, 1], label="best so far")
    axes.plot([0, 1], [0, 1], label="unknown")
    write_legend(figure, [axes], "best so far")
    figure.canvas.draw()
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["too slow", "smaller budget", "default", "best", "far worse", "failed", "best so far"]
    assert len({round(text.get_window_extent().y0) for text in legend.get_texts()}) == rows
    assert legend.get_window_extent().x1 <= figure.bbox.width


def test_without_marks_there_is_no_legend(axes):
    write_legend(axes.figure, [axes])
    assert axes.figure.legends == []
