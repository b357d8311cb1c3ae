import json

import pytest

from kerasrec.errors import UsageError
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.models.characters import CharacterResNet


def test_the_defaults_are_the_labs():
    settings = CharacterSettings()
    assert (settings.epochs, settings.batch_size, settings.learning_rate, settings.seed) == (5, 128, 1e-3, 42)


def test_settings_survive_being_saved():
    settings = CharacterSettings("character_resnet", {"blocks": 4}, glyphs="mnist", overfit_batches=2)
    assert CharacterSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_the_architecture_follows_the_settings():
    assert CharacterSettings("character_resnet", {"blocks": 4}).architecture() == CharacterResNet(blocks=4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs must be above 0, not 0"),
        ({"batch_size": -1}, "batch_size must be above 0, not -1"),
        ({"learning_rate": float("inf")}, "learning_rate must be above 0, not inf"),
        ({"overfit_batches": -2}, "overfit_batches must be at least 0, not -2"),
        ({"seed": 2**32}, r"seed must be at least 0 and below 2\^32, not 4294967296"),
        ({"precision": "int8"}, "precision must be one of auto, float32, bfloat16, float16, not 'int8'"),
    ],
)
def test_an_invalid_value_is_rejected(settings, message):
    with pytest.raises(UsageError, match=message):
        CharacterSettings(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "line_cnn"}, "no model 'line_cnn'. Choose one of character_mlp, character_cnn, character_resnet"),
        (
            {"model": "character_cnn", "hyperparameters": {"blocks": 2}},
            "character_cnn has no hyperparameter 'blocks'; it has conv_dim, fc_dim, dropout",
        ),
        ({"model": "character_resnet", "hyperparameters": {"blocks": 0}}, "blocks must be at least 1, not 0"),
    ],
)
def test_an_invalid_architecture_is_rejected(settings, message):
    with pytest.raises(UsageError, match=message):
        CharacterSettings(**settings).architecture()
