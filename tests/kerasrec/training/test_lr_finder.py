import os

import numpy as np
import pytest

from kerasrec.errors import InfeasibleLine
from kerasrec.spec import LineSpec
from kerasrec.training.lr_finder import EXPLOSION, LearningRates, find_learning_rate


def test_a_sweep_ends_when_the_loss_explodes(small_settings, small_splits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings, watched = small_settings(), []
    found = find_learning_rate(
        settings, small_splits(settings), 1e-4, 1e4, 60, watch=lambda rate, loss: watched.append((rate, loss))
    )
    assert 20 < len(found.rates) < 60
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 1e4, 60)[: len(found.rates)])
    assert watched == list(zip(found.rates.tolist(), found.losses.tolist(), strict=True))
    assert np.isfinite(found.losses).all()
    assert found.losses.max() <= EXPLOSION * found.losses.min() or found.losses.argmax() < found.losses.argmin()
    assert found.suggestion == found.rates[found.losses.argmin()] / 10
    assert 1e-4 < found.suggestion < 1e-1
    assert found.losses.min() < 0.9 * found.losses[:5].mean()
    assert os.listdir(tmp_path) == []


def test_a_loss_that_is_a_mean_of_terms_is_used_unchanged(small_settings, small_splits, monkeypatch):
    tiny = {"conv_dim": 4, "fc_dim": 8, "dim": 8, "layers": 1, "heads": 2, "feed_forward": 8}
    settings = small_settings(model="line_cnn_transformer", hyperparameters=tiny)
    found = find_learning_rate(settings, small_splits(settings), 1e-9, 1e-8, 5)  # too low to learn anything
    np.testing.assert_allclose(found.losses, found.losses[0], rtol=0.1)


def test_the_result_prints_the_suggested_rate():
    found = LearningRates(np.array([1e-6, 1e-3, 1e-2]), np.array([4.0, 2.5, 3.0]), 1e-4)
    assert str(found) == (
        "--learning-rate 1.0e-04: a tenth of 1.0e-03, where the loss was lowest (2.500) "
        "of 3 steps from 1.0e-06 to 1.0e-02."
    )


def test_lines_with_too_few_frames_are_rejected(small_settings, small_splits):
    settings = small_settings(spec=LineSpec(max_length=6, min_overlap=0.99, max_overlap=0.99))
    with pytest.raises(InfeasibleLine, match="the model has"):
        find_learning_rate(settings, small_splits(settings))
