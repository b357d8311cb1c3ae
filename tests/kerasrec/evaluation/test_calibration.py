import numpy as np
import pytest

from kerasrec.evaluation import CalibrationBin, calibrate


def test_bins_and_error():
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


def test_a_confidence_slightly_above_one_is_in_the_last_bin():
    assert calibrate([1.0000001], [True]).bins[0].high == 1.0


def test_the_error_of_calibrated_and_overconfident_confidences():
    rng = np.random.default_rng(0)
    confidences = rng.random(20_000)
    calibrated = calibrate(confidences.tolist(), (rng.random(20_000) < confidences).tolist())
    overconfident = calibrate(confidences.tolist(), (rng.random(20_000) < confidences / 2).tolist())
    assert calibrated.error < 0.02 and overconfident.error == pytest.approx(0.25, abs=0.02)
    assert sum(each.lines for each in calibrated.bins) == 20_000 and len(calibrated.bins) == 10
