from types import SimpleNamespace

import pytest

from benchmarks.plan import Plan
from benchmarks.ramp import Ramp, Step, preparation, speed_until, steady_speed

STEPS = [Step(8.0, 32, 96), Step(9.0, 32, 96), Step(15.0, 32, 128), Step(17.0, 32, 96), Step(18.0, 32, 128)]


def test_lines_until_a_moment_include_the_finished_share_of_a_step():
    assert speed_until(STEPS, 9.0) == pytest.approx(64 / 9)
    assert speed_until(STEPS, 12.0) == pytest.approx((64 + 16) / 12)
    assert speed_until(STEPS, 4.0) == pytest.approx(16 / 4)


def test_the_steady_speed_is_that_of_widths_seen_before():
    assert steady_speed(STEPS) == pytest.approx(96 / 4)
    assert steady_speed(STEPS[:1]) == 0.0


def test_the_preparation_is_what_new_widths_took_beyond_the_steady_speed():
    assert preparation(STEPS, steady=24.0) == pytest.approx((8 + 6) - 64 / 24)


def test_without_a_repeated_width_there_is_no_steady_speed_to_compare_with(monkeypatch):
    monkeypatch.setattr("benchmarks.ramp.automatic", lambda: "float32")
    monkeypatch.setattr(Ramp, "_train", lambda _: STEPS[:1])
    ramp = Ramp(SimpleNamespace(), Plan(ramp_seconds=10))
    ramp.round()
    assert [(row.ours, row.peer, row.ratio) for row in ramp.rows()] == [(3.2, None, None), (8.0, None, None)]


def test_the_rows_compare_each_moment_with_the_steady_speed(monkeypatch):
    monkeypatch.setattr("benchmarks.ramp.automatic", lambda: "float32")
    monkeypatch.setattr(Ramp, "_train", lambda _: STEPS)
    ramp = Ramp(SimpleNamespace(), Plan(ramp_seconds=12))
    ramp.round()
    speed, preparing = ramp.rows()
    assert speed.what == "training line_resnet, own width, first 10 s"
    assert (speed.ours, speed.peer) == (pytest.approx((64 + 32 / 6) / 10), 24.0)
    assert (speed.ours_name, speed.peer_name) == ("TensorFlow float32", "prepared, TensorFlow float32")
    assert (preparing.what, preparing.unit) == ("preparing 2 widths in that time", "s")
