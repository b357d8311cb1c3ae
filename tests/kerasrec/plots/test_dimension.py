import numpy as np
import pytest

from kerasrec.plots import Dimension


def test_numbers_lie_on_their_scale():
    assert Dimension("dropout", (0.1, 0.3, 0.2)).places == pytest.approx([0, 1, 0.5])
    assert Dimension("rate", (1e-4, 1e-2, 1e-3), log=True).places == pytest.approx([0, 1, 0.5])


def test_choices_lie_equally_far_apart_tried_or_not():
    dimension = Dimension("width", (16, 128, 16), choices=(16, 32, 128))
    assert dimension.places == pytest.approx([1 / 6, 5 / 6, 1 / 6])
    assert [text for _, text in dimension.ticks] == ["16", "32", "128"]
    assert [place for place, _ in dimension.ticks] == pytest.approx([1 / 6, 3 / 6, 5 / 6])


def test_a_missing_value_has_no_place():
    for choices in ((), (1, 2)):
        places = Dimension("layers", (1, None, 2), choices=choices).jittered
        assert np.isnan(places).tolist() == [False, True, False]


def test_only_trials_that_share_choices_are_moved_aside_and_none_into_the_next_choice():
    values = ["cosine", "one_cycle"] * 30
    dimension = Dimension("schedule", values, choices=("cosine", "one_cycle"))
    aside = dimension.jittered - dimension.places
    assert len(set(aside.round(6))) == 60
    assert aside[0] == 0 and 0.1 < np.abs(aside).max() <= 0.125
    assert (dimension.jittered == Dimension("schedule", values, ("cosine", "one_cycle")).jittered).all()
    numbers = Dimension("dropout", [0.1, 0.2] * 30)
    assert (numbers.jittered == numbers.places).all()


def test_few_numbers_are_the_ticks_and_many_get_round_ones():
    assert Dimension("dropout", (0.13, 0.4, 0.13)).ticks == [(0.0, "0.13"), (1.0, "0.4")]
    ticks = Dimension("dropout", np.linspace(0.03, 0.47, 20).tolist()).ticks
    assert [text for _, text in ticks] == ["0.1", "0.2", "0.3", "0.4"]
    assert [place for place, _ in ticks] == pytest.approx([(value - 0.03) / 0.44 for value in (0.1, 0.2, 0.3, 0.4)])
    ticks = Dimension("rate", np.geomspace(9e-5, 4e-3, 20).tolist(), log=True).ticks
    assert [text for _, text in ticks] == ["1e-4", "3e-4", "0.001", "0.003"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("low", [1e-4, 1.1e-3, 0.97, 3.7, 48.5])
@pytest.mark.parametrize("ratio", [1.01, 1.5, 4, 19, 21, 300])
def test_every_scale_has_ticks(low: float, ratio: float, log: bool):
    places = [place for place, _ in Dimension("x", np.linspace(low, low * ratio, 20).tolist(), log=log).ticks]
    assert 2 <= len(places) <= 10
    assert min(places) >= 0 and max(places) <= 1


def test_ticks_do_not_run_into_each_other():
    ticks = Dimension("units", (100, 101, 102, 1000)).ticks
    assert [text for _, text in ticks] == ["100", "1000"]


def test_a_value_that_never_changes_lies_in_the_middle():
    dimension = Dimension("dropout", (0.2, 0.2))
    assert dimension.places.tolist() == [0.5, 0.5]
    assert dimension.ticks == [(0.5, "0.2")]
