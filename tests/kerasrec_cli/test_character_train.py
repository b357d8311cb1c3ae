"""`kerasrec character train` as a user calls it, on a few images of two characters."""

import json
from pathlib import Path

import pytest

from kerasrec.labs.characters.run import CharacterRun
from kerasrec.lines.glyphs.folder import load_folder


@pytest.fixture
def train(kerasrec, own_data, tmp_path):
    _, glyphs, *_ = own_data
    options = ("--glyphs", glyphs, "--precision", "float32", "--out", tmp_path / "run")
    return lambda *arguments: kerasrec("character", "train", *arguments, *options)


def test_a_training_is_shown_tested_and_saved(train, own_data, tmp_path):
    result = train("character_mlp", "--epochs", 3, "--batch-size", 8, "--seed", 7)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    counts = {name: len(pool) for name, pool in load_folder(Path(own_data[1]), 7).pools.items()}
    assert lines[0] == "character_mlp on folder: 2 classes"
    assert [line.split() for line in lines[1:4]] == [[name, f"{count}", "images"] for name, count in counts.items()]
    assert lines[4].split() == ["epoch", "loss", "accuracy", "val", "loss", "val", "accuracy", "elapsed"]
    assert [line.split()[0] for line in lines[5:8]] == ["1", "2", "3"]
    assert "The best recognizer on the held-out test images:" in lines
    assert any(line.startswith("accuracy ") and line.endswith(f" on {counts['test']} images") for line in lines)
    run = CharacterRun.open(tmp_path / "run")
    assert (run.settings().epochs, run.settings().batch_size, run.settings().seed) == (3, 8, 7)
    assert run.recognizer().classes == "ab"
    found = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert found["pictures"] == counts["test"]
    assert {"history.csv", "confusions.png", "confusions.csv"} <= {file.name for file in run.folder.iterdir()}


def test_two_batches_can_be_overfitted(train):
    result = train("character_mlp", "--overfit-batches", 2, "--batch-size", 4, "--epochs", 30)
    assert result.exit_code == 0, result.output
    assert any(line.split()[4:5] == ["1.0000"] for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["character_cn"], "no model 'character_cn'. Choose one of character_mlp, character_cnn, character_resnet"),
        (["character_cnn", "--blocks", 4], "character_cnn has no hyperparameter 'blocks'"),
        (["character_resnet", "--blocks", 0], "blocks must be at least 1, not 0"),
        (["--epochs", 0], "epochs must be above 0, not 0"),
        (["--overfit-batches", -1], "overfit_batches must be at least 0, not -1"),
    ],
)
def test_wrong_usage_is_explained_before_anything_is_created(train, tmp_path, arguments, text):
    result = train(*arguments)
    assert (result.exit_code, text in result.stderr) == (2, True)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_a_run_is_refused(train, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "settings.json").write_text("{}", encoding="utf-8")
    result = train()
    assert (result.exit_code, "already holds a run. Choose another --out." in result.stderr) == (2, True)


def test_missing_data_leaves_no_folder(kerasrec, tmp_path):
    result = kerasrec("character", "train", "--glyphs", "mnist", "--data-dir", tmp_path, "--out", tmp_path / "run")
    assert (
        result.exit_code,
        "Place MNIST's t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz, train-images" in result.stderr,
    ) == (1, True)
    assert not (tmp_path / "run").exists()
