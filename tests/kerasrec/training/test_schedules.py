import numpy as np
import pytest

from kerasrec.training.schedules import SCHEDULES, constant, cosine, one_cycle


def test_the_schedules_by_name():
    assert SCHEDULES == {"constant": constant, "cosine": cosine, "one_cycle": one_cycle}


@pytest.mark.parametrize("schedule", SCHEDULES.values())
@pytest.mark.parametrize("warmup", [0.0, 0.03, 0.5, 0.9])
def test_a_schedule_reaches_its_peak_and_is_never_negative(schedule, warmup):
    rates = np.array([schedule(progress, warmup) for progress in np.linspace(0, 1, 1001)])
    assert rates.max() == pytest.approx(1)
    assert rates.min() >= 0
    top = int(rates.argmax())
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    assert np.abs(np.diff(rates)).max() < 0.1, "it jumps"


@pytest.mark.parametrize(
    ("schedule", "warmup", "rates"),
    [
        (constant, 0.0, [1, 1, 1, 1, 1]),
        (constant, 0.5, [0, 0.5, 1, 1, 1]),
        (cosine, 0.0, [1, 0.853553, 0.5, 0.146447, 0]),
        (cosine, 0.5, [0, 0.5, 1, 0.5, 0]),
        (one_cycle, 0.5, [0.04, 0.52, 1, 0.5, 0]),
    ],
)
def test_the_rates_at_the_quarters(schedule, warmup, rates):
    quarters = [schedule(progress, warmup) for progress in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(quarters, rates, atol=1e-6)


def test_one_cycle_rises_for_at_least_30_percent():
    assert one_cycle(0.3, 0.0) == one_cycle(0.3, 0.1) == 1
    assert one_cycle(0.3, 0.6) == pytest.approx(0.52)
