import io
from dataclasses import replace

import pytest

from kerasrec.errors import DataUnavailable, UsageError
from kerasrec.labs.reproduction import line_training
from kerasrec.labs.reproduction.line_training import open_or_create, reproduce_lines
from kerasrec.spec import LineSpec
from kerasrec.storage import write_json
from kerasrec.training.callbacks import StopWhen
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.progress import Progress
from kerasrec.training.run import Run


@pytest.fixture
def reproduce(small_settings, small_splits, tmp_path, monkeypatch):
    """Reproduces a run on tiny lines in a folder, without plots: `reproduce(epochs=1, minutes=None, done=None)`."""
    monkeypatch.setattr(ComposedSplits, "load", lambda settings, data_dir: small_splits(settings))
    monkeypatch.setattr(line_training, "TEST_LINES", 24)
    monkeypatch.setattr(line_training, "write_report", lambda folder, *others: write_json(folder / "metrics.json", 1))
    tiny = {"model": "line_cnn_simple", "hyperparameters": {"conv_dim": 4, "fc_dim": 8}}
    lines = LineSpec(max_length=6, max_overlap=0.0, fixed_width=True)

    def run(minutes=None, done=None, **changes):
        stream = io.StringIO()
        settings = small_settings(split="lab", schedule="constant", spec=lines, **tiny, **changes)
        training = reproduce_lines(settings, tmp_path / "lab", tmp_path, "command", minutes, stream, done)
        return training, stream.getvalue()

    return run


def test_a_run_is_trained_measured_and_continued(reproduce, tmp_path):
    first, shown = reproduce(epochs=1)
    assert (first.epochs, first.ended, first.best_epoch, first.examples) == (1, "epochs", 1, 64)
    assert (first.policy, first.command, first.settings["split"]) == ("float32", "command", "lab")
    assert (first.test["lines"], first.validation["lines"]) == (24, 16)
    assert 0 <= first.test["accuracy"] <= 1 and 0 < first.test["lab_accuracy"] <= 1
    assert first.intervals["lab_cer"][0] <= first.test["lab_cer"] <= first.intervals["lab_cer"][1]
    assert first.glyphs == {"train": 32, "validation": 32, "test": 16}
    assert "val CER" in shown
    assert (tmp_path / "lab" / "metrics.json").exists()

    again, shown = reproduce(epochs=1, done=first)
    assert again is first and shown == ""

    more, shown = reproduce(epochs=2, done=first)
    assert (more.epochs, more.examples) == (2, 128)
    assert "Continuing after epoch 1" in shown
    assert Run.open(tmp_path / "lab").settings().epochs == 2


def test_a_time_limit_stops_after_an_epoch_and_still_holds_later(reproduce):
    short, _ = reproduce(epochs=2, minutes=1e-9)
    assert (short.epochs, short.ended) == (1, "minutes")
    same, shown = reproduce(epochs=2, minutes=1e-9)
    assert (same.epochs, same.test, shown) == (1, short.test, "")


def test_a_stopped_training_is_kept(reproduce, tmp_path, monkeypatch):
    def stop(logs):
        raise KeyboardInterrupt

    monkeypatch.setattr(line_training, "stop_after", lambda minutes: StopWhen(stop))
    with pytest.raises(KeyboardInterrupt):
        reproduce(epochs=2)
    assert Run.open(tmp_path / "lab").checkpoint_file.exists()


def test_a_run_with_other_settings_is_rejected(small_settings, tmp_path):
    settings = small_settings()
    open_or_create(tmp_path / "lab", settings)
    assert open_or_create(tmp_path / "lab", replace(settings, epochs=5)).settings().epochs == 5
    with pytest.raises(UsageError, match="seed is 42, not 7"):
        open_or_create(tmp_path / "lab", replace(settings, seed=7))


def test_a_run_with_more_epochs_is_rejected(small_settings, tmp_path, monkeypatch):
    longer = small_settings(epochs=3)
    open_or_create(tmp_path / "lab", longer)
    history = [{"epoch": number} for number in (1, 2, 3)]
    monkeypatch.setattr(line_training, "_load_progress", lambda run, settings: Progress(settings, history=history))
    with pytest.raises(UsageError, match="holds 3 trained epochs, more than the 2 requested"):
        open_or_create(tmp_path / "lab", replace(longer, epochs=2))
    assert open_or_create(tmp_path / "lab", longer).settings() == longer


def test_a_run_without_its_data_leaves_nothing(small_settings, tmp_path, monkeypatch):
    def load(settings, data_dir):
        raise DataUnavailable("no EMNIST here")

    monkeypatch.setattr(ComposedSplits, "load", load)
    with pytest.raises(DataUnavailable, match="no EMNIST here"):
        reproduce_lines(small_settings(), tmp_path / "lab", tmp_path, "command", None, io.StringIO())
    assert not (tmp_path / "lab").exists()
