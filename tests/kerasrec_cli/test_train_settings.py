"""The precedence of options, hyperparameters of a search, --lab and defaults."""

import json

import pytest
import typer

from kerasrec.errors import UsageError
from kerasrec.labs.settings import LAB_LINES, LAB_TRAINING
from kerasrec_cli.main import app
from kerasrec_cli.train_settings import make_settings


def settings_of(*arguments):
    train = typer.main.get_command(app).commands["train"]
    context = train.make_context("train", [str(each) for each in arguments])
    return make_settings(context, dict(context.params))


def test_without_options_a_run_has_ten_epochs():
    settings = settings_of()
    assert (settings.model, settings.epochs, settings.minutes, settings.split) == ("line_resnet", 10, None, "disjoint")


def test_minutes_replace_epochs():
    assert (settings_of("--minutes", 3).epochs, settings_of("--minutes", 3).minutes) == (None, 3)
    assert settings_of("--minutes", 3, "--lab").epochs is None
    with pytest.raises(UsageError, match=r"not both \(2 and 3\)"):
        settings_of("--minutes", 3, "--epochs", 2)


def test_lab_sets_all_settings_of_the_labs():
    settings = settings_of("line_cnn", "--lab")
    assert {name: getattr(settings, name) for name in LAB_TRAINING} == LAB_TRAINING
    assert {name: getattr(settings.spec, name) for name in LAB_LINES} == LAB_LINES


def test_options_take_precedence_over_lab():
    settings = settings_of("line_cnn", "--lab", "--glyphs", "strokes", "--batch-size", 16, "--glyph-per", "occurrence")
    assert (settings.glyphs, settings.batch_size, settings.spec.glyph_per) == ("strokes", 16, "occurrence")
    assert settings.same_lines


@pytest.fixture
def found(tmp_path):
    values = {"conv_dim": 16, "dropout": 0.3, "learning_rate": 3e-3, "batch_size": 64, "precision": "float32"}
    file = tmp_path / "best.json"
    file.write_text(json.dumps({"model": "line_cnn", "hyperparameters": values}))
    return file


def test_hyperparameters_of_a_search_come_between_options_and_lab(found):
    settings = settings_of("--lab", "--hyperparameters", found, "--batch-size", 8, "--set", "dropout=0.5")
    assert (settings.model, settings.learning_rate, settings.batch_size) == ("line_cnn", 3e-3, 8)
    assert settings.hyperparameters == {"conv_dim": 16, "dropout": 0.5}
    assert settings.same_lines


def test_cross_entropy_needs_lines_of_one_width():
    assert not settings_of("line_resnet").spec.fixed_width
    assert settings_of("line_resnet", "--objective", "cross_entropy").spec.fixed_width
    assert settings_of("line_cnn").spec.fixed_width
