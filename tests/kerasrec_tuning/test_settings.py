import dataclasses
import json

import pytest

from kerasrec.errors import UsageError
from kerasrec.training.settings import TrainSettings
from kerasrec_tuning.ranges import narrow
from kerasrec_tuning.settings import SearchSettings, differences
from kerasrec_tuning.space import SPACES


def settings(**changes):
    return SearchSettings(**{"train": TrainSettings(), "space": SPACES["line_resnet"], "lines": 30_000} | changes)


def test_settings_survive_json():
    made = settings(train=TrainSettings(model="line_cnn", augment=0.7), space=SPACES["line_cnn"], max_ms_per_line=2.5)
    assert SearchSettings.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_the_default_of_a_trial_is_the_default_of_train():
    made = settings(minutes=2.0, lines=None, weights_seed=42)
    trial = made.trial_settings(made.default)
    default = TrainSettings(epochs=None, minutes=2.0, patience=0)
    assert dataclasses.replace(trial, hyperparameters={}) == default
    assert trial.hyperparameters == {
        "width": 32,
        "context_dim": 256,
        "context_blocks": 3,
        "context_kernel": 5,
        "dropout": 0.1,
        "stride": 8,
    }


def test_a_point_sets_the_architecture_and_the_training():
    point = settings().default | {"width": 16, "learning_rate": 2e-3, "batch_size": 64, "schedule": "one_cycle"}
    trial = settings(weights_seed=7).trial_settings(point)
    assert trial.hyperparameters["width"] == 16
    assert (trial.learning_rate, trial.batch_size, trial.schedule, trial.seed) == (2e-3, 64, "one_cycle", 7)


@pytest.mark.parametrize("batch_size", [16, 32, 64, 128])
def test_all_batch_sizes_have_the_same_number_of_lines(batch_size):
    made = settings(lines=25_000)
    trial = made.trial_settings(made.default | {"batch_size": batch_size})
    lines = trial.epochs * trial.steps_per_epoch * batch_size
    assert abs(lines - 25_000) <= trial.epochs * batch_size / 2
    assert trial.epochs == 2


@pytest.mark.parametrize(
    ("lines", "share", "epochs", "epoch_lines"),
    [(640, 1.0, 1, 640), (90_000, 1 / 9, 1, 10_000), (90_000, 1 / 3, 3, 10_000)],
)
def test_a_budget_in_lines(lines, share, epochs, epoch_lines):
    trial = settings(lines=lines).trial_settings(settings().default, share)
    assert (trial.epochs, trial.epoch_lines, trial.minutes) == (epochs, epoch_lines, None)


def test_a_budget_in_minutes():
    trial = settings(lines=None, minutes=3.0).trial_settings(settings().default, 1 / 3)
    assert (trial.epochs, trial.minutes) == (None, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategy": "evolution"}, "strategy must be one of bayesian, random, hyperband, grid, but is 'evolution'"),
        ({"minutes": 2.0}, "either in minutes or in lines, but not minutes 2.0 and lines 30000"),
        ({"lines": None}, "but not minutes None and lines None"),
        ({"lines": 0}, "lines must be above 0, not 0"),
        ({"trials": 0}, "trials must be above 0"),
        ({"max_ms_per_line": -1.0}, "max_ms_per_line must be above 0, not -1.0"),
        ({"max_memory_mb": float("inf")}, "max_memory_mb must be above 0, not inf"),
        ({"weights_seed": -1}, "weights_seed must be at least 0"),
    ],
)
def test_invalid_settings_are_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        settings(**changes)


def test_differences_are_named():
    other = settings(
        train=TrainSettings(glyphs="emnist", augment=0.2),
        space=narrow("line_resnet", ["width=16"], ["lr=1e-4:1e-3"]),
        trials=12,
        lines=None,
        minutes=2.0,
    )
    assert differences(settings(), other) == [
        "lines is 30000 there and None here",
        "minutes is None there and 2.0 here",
        "the range of learning_rate differs",
        "the range of width differs",
        "augment is 0.5 there and 0.2 here",
        "glyphs is strokes there and emnist here",
    ]
    assert differences(other, other) == []
    assert differences(other, settings(**{**vars(other), "trials": 40})) == []  # a search may be continued with more


def test_differences_between_models_are_named():
    other = settings(train=TrainSettings(model="line_cnn"), space=SPACES["line_cnn"])
    found = differences(settings(), other)
    assert "model is line_resnet there and line_cnn here" in found
    assert "the range of conv_dim differs" in found


def test_another_model_than_that_of_the_search_is_refused():
    settings().check_model(None)
    settings().check_model("line_resnet")
    with pytest.raises(UsageError, match="The search is for line_resnet, not for line_cnn. Leave out line_cnn."):
        settings().check_model("line_cnn")
