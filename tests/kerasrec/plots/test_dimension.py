import numpy as np
import pytest

from kerasrec.plots import Dimension


def test_numbers_are_positioned_on_their_scale():
    assert Dimension("dropout", (0.1, 0.3, 0.2)).positions == pytest.approx([0, 1, 0.5])
    assert Dimension("rate", (1e-4, 1e-2, 1e-3), log=True).positions == pytest.approx([0, 1, 0.5])


def test_choices_are_spaced_evenly_whether_tried_or_not():
    dimension = Dimension("width", (16, 128, 16), choices=(16, 32, 128))
    assert dimension.positions == pytest.approx([1 / 6, 5 / 6, 1 / 6])
    assert [text for _, text in dimension.ticks] == ["16", "32", "128"]
    assert [position for position, _ in dimension.ticks] == pytest.approx([1 / 6, 3 / 6, 5 / 6])


def test_a_missing_value_has_no_position():
    for choices in ((), (1, 2)):
        positions = Dimension("layers", (1, None, 2), choices=choices).jittered
        assert np.isnan(positions).tolist() == [False, True, False]


def test_only_choices_are_jittered_and_do_not_reach_the_next_choice():
    values = ["cosine", "one_cycle"] * 30
    dimension = Dimension("schedule", values, choices=("cosine", "one_cycle"))
    jitter = dimension.jittered - dimension.positions
    assert len(set(jitter.round(6))) == 60
    assert jitter[0] == 0 and 0.1 < np.abs(jitter).max() <= 0.125
    assert (dimension.jittered == Dimension("schedule", values, ("cosine", "one_cycle")).jittered).all()
    numbers = Dimension("dropout", [0.1, 0.2] * 30)
    assert (numbers.jittered == numbers.positions).all()


def test_few_numbers_are_the_ticks_and_many_have_round_ticks():
    assert Dimension("dropout", (0.13, 0.4, 0.13)).ticks == [(0.0, "0.13"), (1.0, "0.4")]
    ticks = Dimension("dropout", np.linspace(0.03, 0.47, 20).tolist()).ticks
    assert [text for _, text in ticks] == ["0.1", "0.2", "0.3", "0.4"]
    assert [position for position, _ in ticks] == pytest.approx(
        [(value - 0.03) / 0.44 for value in (0.1, 0.2, 0.3, 0.4)]
    )
    ticks = Dimension("rate", np.geomspace(9e-5, 4e-3, 20).tolist(), log=True).ticks
    assert [text for _, text in ticks] == ["1e-4", "3e-4", "0.001", "0.003"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("low", [1e-4, 1.1e-3, 0.97, 3.7, 48.5])
@pytest.mark.parametrize("ratio", [1.01, 1.5, 4, 19, 21, 300])
def test_every_scale_has_ticks(low: float, ratio: float, log: bool):
    positions = [position for position, _ in Dimension("x", np.linspace(low, low * ratio, 20).tolist(), log=log).ticks]
    assert 2 <= len(positions) <= 10
    assert min(positions) >= 0 and max(positions) <= 1


def test_ticks_do_not_overlap():
    ticks = Dimension("units", (100, 101, 102, 1000)).ticks
    assert [text for _, text in ticks] == ["100", "1000"]


def test_a_constant_value_is_in_the_middle():
    dimension = Dimension("dropout", (0.2, 0.2))
    assert dimension.positions.tolist() == [0.5, 0.5]
    assert dimension.ticks == [(0.5, "0.2")]
