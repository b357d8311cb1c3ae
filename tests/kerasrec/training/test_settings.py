import json

import pytest

from kerasrec.errors import UsageError
from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings


def test_settings_survive_json():
    settings = TrainSettings(
        model="line_cnn", hyperparameters={"conv_dim": 16}, spec=LineSpec(max_length=8), epochs=None, minutes=1.5
    )
    assert TrainSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_the_defaults_are_valid():
    settings = TrainSettings()
    assert (settings.epochs, settings.minutes) == (10, None)


@pytest.mark.parametrize(
    ("epoch_lines", "batch_size", "steps"),
    [(10_000, 64, 156), (10_000, 32, 312), (64, 64, 1), (5, 64, 1), (100, 8, 12)],
)
def test_an_epoch_has_about_the_requested_number_of_lines(epoch_lines, batch_size, steps):
    assert TrainSettings(epoch_lines=epoch_lines, batch_size=batch_size).steps_per_epoch == steps


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": None}, "budget either in epochs or in minutes, not None and None"),
        ({"minutes": 5.0}, "budget either in epochs or in minutes, not 10 and 5.0"),
        ({"epochs": 0}, "epochs must be above 0, not 0"),
        ({"epochs": None, "minutes": -1.0}, "minutes must be above 0, not -1.0"),
        ({"epochs": None, "minutes": float("nan")}, "minutes must be above 0, not nan"),
        ({"optimizer": "sgd"}, "optimizer must be one of adamw, adam, not 'sgd'"),
        ({"schedule": "step"}, "schedule must be one of constant, cosine, one_cycle, not 'step'"),
        ({"precision": "int8"}, "precision must be one of auto, float32, bfloat16, float16, not 'int8'"),
        ({"batch_size": 0}, "batch_size must be above 0, not 0"),
        ({"epoch_lines": -5}, "epoch_lines must be above 0, not -5"),
        ({"validation_lines": 0}, "validation_lines must be above 0, not 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"learning_rate": float("inf")}, "learning_rate must be above 0, not inf"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0, not -0.1"),
        ({"clip_norm": float("nan")}, "clip_norm must be at least 0, not nan"),
        ({"patience": -1}, "patience must be at least 0, not -1"),
        ({"overfit_batches": -1}, "overfit_batches must be at least 0, not -1"),
        ({"augment": -1.0}, "augment must be at least 0, not -1.0"),
        ({"warmup": 1.0}, "warmup must be a share of the budget, at least 0 and below 1, not 1.0"),
        ({"warmup": -0.1}, "warmup must be a share .* not -0.1"),
        ({"seed": -1}, r"seed must be at least 0 and below 2\^32, not -1"),
        ({"seed": 2**32}, r"seed must be at least 0 and below 2\^32, not 4294967296"),
    ],
)
def test_an_invalid_value_is_rejected(changes, message):
    with pytest.raises(UsageError, match=message):
        TrainSettings(**changes)
