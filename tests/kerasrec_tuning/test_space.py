import dataclasses
import json

import keras_tuner
import pytest

from kerasrec.errors import UsageError
from kerasrec.models import MODELS, LineResNet
from kerasrec.training.architecture import build_architecture
from kerasrec.training.settings import TrainSettings
from kerasrec_tuning.ranges import narrow
from kerasrec_tuning.space import (
    SPACES,
    TRAINING_NAMES,
    Choice,
    Span,
    as_grid,
    default_point,
    model_space,
    space_from_json,
    space_to_json,
    suggest,
    tidy,
)


@pytest.mark.parametrize("model", MODELS)
def test_the_defaults_are_those_of_the_model_and_of_the_training(model):
    of_model = {field.name: field.default for field in dataclasses.fields(MODELS[model])}
    of_training = {name: getattr(TrainSettings(), name) for name in TRAINING_NAMES}
    default = default_point(SPACES[model])
    assert default == {name: (of_model | of_training)[name] for name in default}
    of_lines = {"height", "max_length", "start_end_tokens"}
    assert set(of_model) - set(default) == set(of_model) & of_lines  # all others are in the space


@pytest.mark.parametrize("model", MODELS)
def test_all_values_are_valid(model):
    for name, each in SPACES[model].items():
        if name not in TRAINING_NAMES:
            for value in each.values:
                build_architecture(TrainSettings(model=model, hyperparameters={name: value}))


@pytest.mark.parametrize("space", SPACES.values(), ids=list(SPACES))
def test_a_default_is_among_the_values(space):
    for each in space.values():
        is_inside = each.low <= each.default <= each.high if isinstance(each, Span) else each.default in each.values
        assert is_inside


def test_a_suggestion_is_a_pure_function_of_hp():
    hp = keras_tuner.HyperParameters()
    assert suggest(hp, SPACES["line_cnn"]) == default_point(SPACES["line_cnn"])
    assert [each.name for each in hp.space] == list(SPACES["line_cnn"])
    hp.values["conv_dim"], hp.values["learning_rate"] = 16, 2e-3
    chosen = suggest(hp, SPACES["line_cnn"])
    assert (chosen["conv_dim"], chosen["learning_rate"], chosen["fc_dim"]) == (16, 2e-3, 512)
    assert suggest(hp, SPACES["line_cnn"]) == chosen


def test_random_points_stay_in_the_space():
    hp, space = keras_tuner.HyperParameters(), SPACES["line_resnet"]
    suggest(hp, space)
    rates = set()
    for seed in range(50):
        point = tidy(space, {each.name: each.random_sample(seed) for each in hp.space})
        assert all(point[name] in each.values for name, each in space.items() if isinstance(each, Choice))
        assert 2e-4 <= point["learning_rate"] <= 5e-3
        rates.add(point["learning_rate"])
    assert len(rates) > 40


def test_rounded_numbers_are_restored():
    space = {
        "dropout": Choice(0.1, (0.1, 0.2)),
        "learning_rate": Span(1e-3, 1e-4, 3e-3),
        "schedule": Choice("a", ("a",)),
    }
    rounded = {"dropout": 0.20000000298023224, "learning_rate": 0.00299999998, "schedule": "a"}  # as float32 has them
    assert tidy(space, rounded) == {"dropout": 0.2, "learning_rate": 0.003, "schedule": "a"}
    assert tidy(space, rounded | {"learning_rate": 0.0030001})["learning_rate"] == 3e-3


def test_a_grid_has_a_few_values_the_default_first():
    grid = as_grid({"learning_rate": Span(1e-3, 1e-4, 1e-2), "width": Choice(32, (16, 32))})
    assert grid["learning_rate"].values == (1e-3, 1e-4, 3.16e-4, 3.16e-3, 1e-2)
    assert grid["width"].values == (32, 16)


@pytest.mark.parametrize("space", SPACES.values(), ids=list(SPACES))
def test_a_space_survives_json(space):
    assert space_from_json(json.loads(json.dumps(space_to_json(space)))) == space


def test_an_own_architecture_varies_in_its_training_unless_ranges_are_given(monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Own(LineResNet):
        depth: int = 3

    monkeypatch.setitem(MODELS, "own", Own)
    space = model_space("own")
    assert space["depth"] == Choice(3, (3,))
    assert "height" not in space
    assert space["learning_rate"] == SPACES["line_resnet"]["learning_rate"]
    assert narrow("own", [], ["depth=2:4"])["depth"] == Choice(3, (2, 3, 4))
    with pytest.raises(UsageError, match="There is no model 'none'. Choose one of line_cnn_simple, "):
        model_space("none")
