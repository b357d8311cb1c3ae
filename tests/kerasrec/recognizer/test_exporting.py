"""The data of a recognizer for its export: its parts in float32, the files of its run, and its samples."""

import json
import shutil

import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.images.files import ImageSource
from kerasrec.models import LineCNNLSTM
from kerasrec.recognizer import exporting
from kerasrec.recognizer.exporting import read_samples, to_parts
from kerasrec.recognizer.read_images import read_images
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec

LSTM = LineCNNLSTM(conv_dim=3, fc_dim=8, lstm_dim=6)
LINE = np.random.default_rng(0).integers(0, 256, (28, 100), np.uint8)


@pytest.fixture
def exported(monkeypatch):
    """Returns the arguments of `Recognizer.export` for the export, which is not run: (parts, samples, folder)."""
    monkeypatch.setattr(exporting, "export_saved_model", lambda *arguments: arguments)
    return lambda recognizer: recognizer.export("models")


def log_probs(parts):
    """Computes the log-probabilities of a line with the parts."""
    recognizer = Recognizer(parts.architecture, parts.alphabet, parts.spec, parts.model, parts.objective_name)
    return recognizer.log_probs(*recognizer.to_batch([LINE]))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float32"])
def test_the_exported_model_computes_in_float32_under_every_policy(policy, randomise, exported, tmp_path):
    recognizer = Recognizer.build(LSTM, Alphabet("ab"), LineSpec(), policy, "cross_entropy")
    randomise(recognizer.model)
    recognizer.save(tmp_path / "a.keras")
    parts, samples, folder = exported(recognizer)
    assert {layer.compute_dtype for layer in parts.model.layers if layer.weights} == {"float32"}
    assert (parts.objective_name, parts.architecture, folder.name) == ("cross_entropy", LSTM, "models")
    single = Recognizer.load(tmp_path / "a.keras")
    np.testing.assert_array_equal(single.log_probs(*single.to_batch([LINE])), log_probs(parts))
    assert samples.readings == read_samples(single).readings


def test_the_exported_weights_are_the_current_ones(randomise, exported):
    recognizer = Recognizer.build(LSTM, Alphabet("ab"), LineSpec())
    before = log_probs(exported(recognizer)[0])
    recognizer.read_lines([LINE])
    randomise(recognizer.model)
    after = log_probs(exported(recognizer)[0])
    assert np.abs(after - before).max() > 0.1
    logits = recognizer.model.predict_on_batch(recognizer.to_batch([LINE]))
    np.testing.assert_allclose(after, np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)), atol=1e-4)


def test_samples_are_read_like_files(trained):
    recognizer = trained.recognizer()
    samples = read_samples(recognizer)
    sources = [ImageSource("sample", picture) for picture in samples.pictures]
    assert samples.readings == [reading for _, reading in read_images(recognizer, sources)]
    assert (len(samples.readings), len(samples.log_probs)) == (32, 8)
    assert samples.images.shape == (8, 28, samples.widths.max(), 1)
    assert samples.frames.tolist() == [recognizer.architecture.frames(width) for width in samples.widths]


def test_the_parts_have_the_settings_and_metrics_of_the_run(trained, exported, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    parts = exported(Recognizer.load(run / "recognizer.keras"))[0]
    assert (parts.settings, parts.metrics) == (settings, None)
    (run / "metrics.json").write_text('{"cer": 0.5}')
    parts = exported(Recognizer.load(str(run / "recognizer.keras")))[0]
    assert (parts.settings, parts.metrics) == (settings, {"cer": 0.5})
    (run / "metrics.json").write_text("not JSON")
    assert to_parts(Recognizer.load(run / "recognizer.keras")).metrics is None


def test_another_file_in_the_folder_of_a_run_has_no_settings_and_metrics(trained, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    (run / "metrics.json").write_text('{"cer": 0.5}')
    parts = to_parts(Recognizer.load(shutil.copy(run / "recognizer.keras", run / "old.keras")))
    assert (parts.settings, parts.metrics) == (None, None)


def test_a_recognizer_that_was_not_loaded_has_no_settings_and_metrics():
    parts = to_parts(Recognizer.build(LSTM, Alphabet("ab"), LineSpec()))
    assert (parts.settings, parts.metrics) == (None, None)


def test_metrics_of_other_weights_are_left_out(trained, exported, randomise, tmp_path):
    run = shutil.copytree(trained.folder, tmp_path / "run")
    (run / "metrics.json").write_text('{"cer": 0.5}')
    recognizer = Recognizer.load(run / "recognizer.keras")
    assert exported(recognizer)[0].metrics == {"cer": 0.5}
    randomise(recognizer.model)
    assert exported(recognizer)[0].metrics is None
