import json
from types import SimpleNamespace

import pytest

from kerasrec.training import train as training
from kerasrec.training.run import Run

FOUND = {
    "width": 8,
    "context_dim": 16,
    "context_blocks": 1,
    "context_kernel": 3,
    "dropout": 0.2,
    "learning_rate": 0.004,
    "schedule": "one_cycle",
    "batch_size": 8,
    "weight_decay": 0.02,
    "warmup": 0.1,
    "clip_norm": 2.0,
    "precision": "float32",
}


@pytest.fixture
def found(tmp_path):
    file = tmp_path / "best.json"
    file.write_text(json.dumps({"model": "line_resnet", "hyperparameters": FOUND}), encoding="utf-8")
    return file


@pytest.fixture
def settings(kerasrec, own_data, tmp_path, monkeypatch):
    """Creates a run with further options, and returns its settings; it is not trained."""
    monkeypatch.setattr(training, "train_and_test", lambda *_, **options: SimpleNamespace(stopped=False))

    def train(*arguments):
        done = kerasrec("train", *arguments, *own_data, "--max-length", 4, "--out", tmp_path / "run")
        assert done.exit_code == 0, done.stderr
        return Run.open(tmp_path / "run").settings()

    return train


def test_training_uses_the_hyperparameters_of_a_search(settings, found):
    taken = settings("line_resnet", "--hyperparameters", found)
    assert taken.hyperparameters == {name: FOUND[name] for name in list(FOUND)[:5]}
    trained = {**dict(list(FOUND.items())[5:]), "precision": "auto"}  # it depends on the machine
    assert {name: getattr(taken, name) for name in trained} == trained


def test_the_file_selects_the_model(settings, found):
    found.write_text(
        json.dumps({"model": "line_cnn", "hyperparameters": {"conv_dim": 4, "fc_dim": 8}}), encoding="utf-8"
    )
    taken = settings("--hyperparameters", found, "--batch-size", 8)
    assert (taken.model, taken.hyperparameters) == ("line_cnn", {"conv_dim": 4, "fc_dim": 8})
    assert taken.spec.fixed_width  # that model needs it


def test_options_take_precedence(settings, found):
    taken = settings("--hyperparameters", found, "--learning-rate", "0.001", "--set", "width=4", "--schedule", "cosine")
    assert (taken.learning_rate, taken.schedule, taken.batch_size) == (
        0.001,
        "cosine",
        8,
    )  # equal to the defaults, but given
    assert (taken.hyperparameters["width"], taken.hyperparameters["context_dim"]) == (4, 16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["line_cnn"], "has hyperparameters for line_resnet, not for line_cnn. Leave out line_cnn."),
        (["--resume"], "A resumed run keeps its settings: leave out --hyperparameters"),
    ],
)
def test_contradictory_options_are_refused(kerasrec, found, tmp_path, arguments, message):
    done = kerasrec("train", *arguments, "--hyperparameters", found, "--out", tmp_path / "run")
    assert (done.exit_code, message in done.stderr) == (2, True)


def test_missing_hyperparameters_are_reported(kerasrec, tmp_path):
    done = kerasrec("train", "--hyperparameters", "nothing", "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert "There is no file 'nothing', and no hyperparameters of that name. Give " in done.stderr
    assert not (tmp_path / "run").exists()
