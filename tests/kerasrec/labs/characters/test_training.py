import csv

import keras
import numpy as np
import pytest

from kerasrec.errors import DivergedTraining
from kerasrec.labs.characters.data import CharacterData, Labelled
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.labs.characters.training import train

SETTINGS = {
    "model": "character_mlp",
    "hyperparameters": {"fc1_dim": 16, "fc2_dim": 8, "dropout": 0.0},
    "batch_size": 8,
    "learning_rate": 1e-2,
    "precision": "float32",
}


@pytest.fixture
def run(tmp_path):
    return CharacterRun.create(tmp_path / "run", CharacterSettings(**SETTINGS))


def accuracy(run, pictures):
    return np.mean(run.recognizer().probabilities(pictures.images).argmax(axis=1) == pictures.labels)


def test_training_learns_and_saves_its_results(data, run):
    history = train(CharacterSettings(**SETTINGS, epochs=4), run, data)
    assert accuracy(run, data.test) > 0.9
    assert run.recognizer().ink_box == 20
    with run.history_file.open(encoding="utf-8") as file:
        written = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert written == history
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["loss"] < history[0]["loss"]
    assert {"accuracy", "val_loss", "val_accuracy", "seconds", "best"} <= set(history[0])


def test_the_same_seed_trains_the_same_way(data, tmp_path):
    weights = []
    for number, seed in enumerate((1, 1, 2)):
        settings = CharacterSettings(**SETTINGS, epochs=1, seed=seed)
        run = CharacterRun.create(tmp_path / str(number), settings)
        train(settings, run, data)
        weights.append(run.recognizer().model.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.any(weights[0] != weights[2])


def test_the_recognizer_of_the_best_epoch_is_kept(data, run, monkeypatch):
    saved = []
    monkeypatch.setattr(CharacterRecognizer, "save", lambda self, path: saved.append(path))
    history = train(CharacterSettings(**SETTINGS, epochs=6), run, data)
    reached = [row["val_accuracy"] for row in history]
    best = [float(value > max(reached[:number], default=-1)) for number, value in enumerate(reached)]
    assert [row["best"] for row in history] == best
    assert len(saved) == sum(best) < 6


@pytest.mark.parametrize(
    ("model", "hyperparameters"),
    [
        ("character_mlp", {"fc1_dim": 64, "fc2_dim": 32, "dropout": 0.0}),
        ("character_cnn", {"conv_dim": 4, "fc_dim": 32, "dropout": 0.0}),
        ("character_resnet", {"conv_dim": 4, "fc_dim": 16, "dropout": 0.0}),
    ],
)
def test_two_batches_can_be_overfitted(model, hyperparameters, run):
    rng = np.random.default_rng(5)
    noise = Labelled(rng.integers(0, 256, (256, 28, 28), np.uint8), rng.integers(0, 4, 256, np.int32))
    changes = {"model": model, "hyperparameters": hyperparameters, "epochs": 5, "overfit_batches": 2}
    steps = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    data = CharacterData("noise", "abcd", noise, noise, noise)
    history = train(CharacterSettings(**{**SETTINGS, **changes}), run, data, [count])
    assert max(row["val_accuracy"] for row in history) == 1.0
    assert len(steps) == 5 * 256 / 8  # the number of steps per epoch does not change
    assert accuracy(run, noise) < 0.6  # it cannot classify images that it was not trained on


def test_callbacks_are_ended_after_an_error(data, run):
    ended = []
    spy = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: 1 / 0, on_train_end=lambda logs=None: ended.append(1)
    )
    with pytest.raises(ZeroDivisionError):
        train(CharacterSettings(**SETTINGS), run, data, [spy])
    assert ended == [1]


def test_a_loss_that_is_not_finite_stops_training(data, run):
    with pytest.raises(DivergedTraining, match=r"The loss became (nan|inf) in epoch 1\. Train again with a lower"):
        train(CharacterSettings(**{**SETTINGS, "learning_rate": 1e30}, epochs=2), run, data)
    assert not run.has_started()
