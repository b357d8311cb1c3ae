import numpy as np
import pytest

from kerasrec.evaluation import CalibrationBin, calibrate


def test_bins_by_hand():
    calibration = calibrate([0.05, 0.91, 0.99, 1.0, 0.5], [False, True, True, False, True])
    assert [(each.low, each.high, each.lines) for each in calibration.bins] == [
        (0.0, pytest.approx(0.1), 1),
        (0.5, pytest.approx(0.6), 1),
        (pytest.approx(0.9), 1.0, 3),
    ]
    assert calibration.bins[2] == CalibrationBin(
        pytest.approx(0.9), 1.0, 3, pytest.approx(2.9 / 3), pytest.approx(2 / 3)
    )
    assert calibration.error == pytest.approx((0.05 + 0.5 + 3 * (2.9 - 2) / 3) / 5)


def test_a_confidence_a_little_above_one_is_in_the_last_bin():
    assert calibrate([1.0000001], [True]).bins[0].high == 1.0


def test_honest_confidences_have_little_error_and_boasts_have_much():
    rng = np.random.default_rng(0)
    said = rng.random(20_000)
    honest = calibrate(said.tolist(), (rng.random(20_000) < said).tolist())
    boast = calibrate(said.tolist(), (rng.random(20_000) < said / 2).tolist())
    assert honest.error < 0.02 and boast.error == pytest.approx(0.25, abs=0.02)
    assert sum(each.lines for each in honest.bins) == 20_000 and len(honest.bins) == 10
