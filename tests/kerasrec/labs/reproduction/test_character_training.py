import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kerasrec.errors import DataUnavailable, UsageError
from kerasrec.labs.characters.data import CharacterData, Labelled
from kerasrec.labs.characters.run import CharacterRun
from kerasrec.labs.characters.settings import CharacterSettings
from kerasrec.labs.reproduction import character_training
from kerasrec.labs.reproduction.character_training import reproduce_characters
from kerasrec.labs.reproduction.result import Training
from kerasrec.labs.reproduction.runs import CharacterPlan

PLAN = CharacterPlan("character_mlp", "mnist", epochs=2, seed=3)
Reproduce = Callable[..., tuple[Training, str]]


def squares(count: int, seed: int) -> Labelled:
    """Makes images of two classes: ink at the top or at the bottom."""
    images = np.random.default_rng(seed).integers(0, 60, (count, 28, 28), np.uint8)
    labels = np.arange(count, dtype=np.int32) % 2
    for image, label in zip(images, labels, strict=True):
        image[14 * label : 14 * label + 14] += 180
    return Labelled(images, labels)


@pytest.fixture(scope="module", autouse=True)
def data() -> Iterator[None]:
    """Tiny data."""
    data = CharacterData("squares", "ab", squares(512, 0), squares(20, 1), squares(40, 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(character_training, "load_characters", lambda source, data_dir, seed: data)
        yield


def reproduce_in(folder: Path) -> Reproduce:
    """Reproduces a run in `folder / "lab"`: `reproduce(plan, minutes=None, done=None)`."""

    def run(plan=PLAN, minutes=None, done=None):
        stream = io.StringIO()
        training = reproduce_characters(plan, folder / "lab", folder, "command", minutes, stream, done)
        return training, stream.getvalue()

    return run


@pytest.fixture
def reproduce(tmp_path: Path) -> Reproduce:
    return reproduce_in(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Training, str]:
    """The folder of a finished run, which must not be changed, its result and what was shown."""
    folder = tmp_path_factory.mktemp("first")
    return folder / "lab", *reproduce_in(folder)()


@pytest.fixture
def done(first: tuple[Path, Training, str], tmp_path: Path) -> Training:
    """The result of a finished run, of which the test has a copy."""
    shutil.copytree(first[0], tmp_path / "lab")
    return first[1]


def test_a_model_is_trained_and_measured_and_the_result_is_kept(reproduce, first, done, tmp_path):
    _, training, shown = first
    assert (training.epochs, training.ended, training.examples) == (2, "epochs", 1024)
    assert training.best_epoch in (1, 2)
    assert training.settings == CharacterSettings("character_mlp", glyphs="mnist", epochs=2, seed=3).to_json()
    assert training.glyphs == {"train": 512, "validation": 20, "test": 40}
    assert training.test == {"character_accuracy": training.test["character_accuracy"], "glyphs": 40}
    low, high = training.intervals["character_accuracy"]
    assert 0.9 < low <= training.test["character_accuracy"] <= high <= 1.0
    assert "val accuracy" in shown
    assert (tmp_path / "lab" / "metrics.json").exists()
    again, shown = reproduce(done=done)
    assert again is training and shown == ""


def test_a_stopped_run_starts_again_and_has_a_time_limit(reproduce, tmp_path):
    CharacterRun.create(tmp_path / "lab", CharacterSettings("character_mlp", glyphs="mnist", epochs=9, seed=3))
    training, _ = reproduce(minutes=1e-9)
    assert (training.epochs, training.ended) == (1, "minutes")


def test_a_longer_run_is_not_lost(reproduce, done):
    with pytest.raises(UsageError, match="lab holds 2 trained epochs, more than the 1 requested. Choose another --out"):
        reproduce(replace(PLAN, epochs=1), done=done)
    again, shown = reproduce(minutes=1e-9, done=done)
    assert again is done and shown == ""


def test_the_result_of_a_replaced_run_is_not_returned(reproduce, done, monkeypatch, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(character_training, "train", stop)
        with pytest.raises(KeyboardInterrupt):
            reproduce(replace(PLAN, epochs=3), done=done)
    again, shown = reproduce(done=done)
    assert again is not done and "val accuracy" in shown
    assert CharacterRun(tmp_path / "lab").settings().epochs == 2


def test_a_result_is_kept_if_the_data_cannot_be_loaded(reproduce, done, monkeypatch):
    def load(source, data_dir, seed):
        raise DataUnavailable(f"no {source} here")

    with monkeypatch.context() as patch:
        patch.setattr(character_training, "load_characters", load)
        with pytest.raises(DataUnavailable, match="no mnist here"):
            reproduce(replace(PLAN, epochs=3), done=done)
    assert reproduce(done=done)[0] is done


def test_a_file_in_place_of_the_folder_is_rejected(reproduce, tmp_path):
    (tmp_path / "lab").touch()
    with pytest.raises(UsageError, match="lab is a file, and a run needs a folder"):
        reproduce()


def test_a_run_with_other_settings_is_rejected(reproduce, tmp_path):
    CharacterRun.create(tmp_path / "lab", CharacterSettings("character_cnn", glyphs="mnist", seed=3))
    with pytest.raises(UsageError, match="model is 'character_cnn', not 'character_mlp'"):
        reproduce()


def test_a_run_without_its_data_leaves_nothing(reproduce, monkeypatch, tmp_path):
    def load(source, data_dir, seed):
        raise DataUnavailable(f"no {source} here")

    monkeypatch.setattr(character_training, "load_characters", load)
    with pytest.raises(DataUnavailable, match="no mnist here"):
        reproduce()
    assert not (tmp_path / "lab").exists()
