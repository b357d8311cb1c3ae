"""`kerasrec train` as a user calls it: a tiny training from end to end, and wrong usage."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import CannotWrite
from kerasrec.lines.glyphs.folder import load_folder
from kerasrec.training.run import Run
from kerasrec.training.settings import find_source

SMALL_MODEL = ["--set", "width=8", "--set", "context_dim=16", "--set", "context_blocks=1", "--precision", "float32"]
SMALL_LINES = ["--characters", "ab ", "--max-length", "6", "--augment", "0", "--test-lines", "24"]
SMALL_BUDGET = ["--batch-size", "8", "--epoch-lines", "64", "--validation-lines", "16", "--learning-rate", "5e-3"]
SMALL = [*SMALL_MODEL, *SMALL_LINES, *SMALL_BUDGET]


@pytest.fixture
def train(kerasrec, own_data, tmp_path):
    """Trains with small settings into the folder `run`: `train("--epochs", 1)`."""
    return lambda *arguments: kerasrec("train", *own_data, *SMALL, "--out", tmp_path / "run", *arguments)


@pytest.fixture(scope="module")
def done(kerasrec, own_data, tmp_path_factory):
    """The folder of a finished run of two epochs, which must not be changed, and the result of its command."""
    folder = tmp_path_factory.mktemp("done") / "run"
    return folder, kerasrec("train", *own_data, *SMALL, "--epochs", 2, "--out", folder)


def history(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def state(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_training_shows_its_progress_and_the_test(done, own_data):
    folder, result = done
    assert (result.exit_code, result.stderr) == (0, "")
    printed = result.stdout.splitlines()
    assert printed[0].startswith("line_resnet on folder glyphs and ")
    pools = load_folder(Path(own_data[1])).pools
    assert [line.split()[:2] for line in printed[1:4]] == [[name, f"{len(pool)}"] for name, pool in pools.items()]
    missing = "which is not in the alphabet (--characters), and --glyphs has no glyphs for it"
    assert f"  left out: 1 x 'é' (U+00E9), {missing}" in printed
    header = next(i for i, line in enumerate(printed) if line.split()[:1] == ["epoch"])
    assert [line.split()[:2] for line in printed[header + 1 : header + 3]] == [["1", "64"], ["2", "128"]]
    best = 1 + int(np.argmin([float(row["val_cer"]) for row in history(folder)]))
    assert f"The best recognizer, of epoch {best}, on glyphs and sentences it never saw:" in printed
    assert any(line.startswith("24 lines, ") for line in printed)
    assert printed[-1] == f"The run is in {folder}: recognizer.keras, metrics.json, history.csv, pictures and tables."


def test_the_run_has_all_its_files(done):
    folder, _ = done
    pictures = {"curves.png", "lines.png", "confusions.png", "confidence.png", "alignment.png", "worst.png"}
    tables = {"settings.json", "history.csv", "metrics.json", "confusions.csv"}
    assert {file.name for file in folder.iterdir()} == pictures | tables | {
        *("recognizer.keras", "recognizer.onnx", "checkpoint.npz", "sources.json", "lock")
    }
    for picture in pictures:
        with Image.open(folder / picture) as image:
            assert np.asarray(image.convert("L")).std() > 0, picture
    assert [row["step"] for row in history(folder)] == ["8", "16"]
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["lines"] == 24
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["hyperparameters"] == {"width": 8, "context_dim": 16, "context_blocks": 1}
    assert (settings["epochs"], settings["minutes"], settings["spec"]["max_length"]) == (2, None, 6)


def test_from_training_to_reading(kerasrec, own_data, done, tmp_path):
    folder, _ = done
    lines = tmp_path / "lines"
    drawn = kerasrec("data", "preview", *own_data, "--max-length", 6, "--lines", 3, "--out", lines)
    assert (drawn.exit_code, drawn.stderr) == (0, "")

    read = kerasrec("read", folder, lines, "--format", "jsonl", "--precision", "float32")
    assert (read.exit_code, read.stderr) == (0, "")
    readings = [json.loads(line) for line in read.stdout.splitlines()]
    assert [reading["path"] for reading in readings] == [str(lines / f"line{i}.png") for i in (1, 2, 3)]
    assert all(set(reading["text"]) <= set("ab ") and 0 < reading["confidence"] <= 1 for reading in readings)

    evaluated = kerasrec("evaluate", folder, "--lines", 24, "--json", "--precision", "float32", "--out", tmp_path / "e")
    assert evaluated.exit_code == 0
    assert json.loads(evaluated.stdout)["cer"] == json.loads((folder / "metrics.json").read_text())["cer"]


@pytest.fixture(scope="module")
def litert(kerasrec, done, tmp_path_factory):
    """A LiteRT file of that run, and the result of the command that wrote it."""
    file = tmp_path_factory.mktemp("litert") / "a b.tflite"
    return file, kerasrec("export", done[0], file)


@pytest.fixture(params=("recognizer.onnx", "litert"))
def portable(request, done, litert):
    """What reads without TensorFlow: the folder of that run, as it has an ONNX file, and its LiteRT file."""
    return litert[0] if request.param == "litert" else done[0]


def test_a_run_reads_without_tensorflow(kerasrec, own_data, done, portable, tmp_path):
    folder, _ = done
    lines = tmp_path / "lines"
    kerasrec("data", "preview", *own_data, "--max-length", 6, "--lines", 3, "--out", lines)
    arguments = ["read", str(portable), str(lines), "--format", "jsonl"]
    code = f"import sys; sys.argv = ['kerasrec', *{arguments}]; from kerasrec_cli.main import run; run()"
    report = "import atexit, sys; atexit.register(lambda: print(sorted({'keras', 'tensorflow'} & set(sys.modules))))\n"
    process = subprocess.run([sys.executable, "-c", report + code], capture_output=True, text=True, check=True)
    *readings, loaded = process.stdout.splitlines()
    assert loaded == "[]" and "INFO" not in process.stderr
    same = kerasrec("read", folder, lines, "--format", "jsonl", "--engine", "tensorflow").stdout.splitlines()
    assert [json.loads(each)["text"] for each in readings] == [json.loads(each)["text"] for each in same]


def test_a_portable_file_is_evaluated_on_own_lines(kerasrec, own_data, done, litert, tmp_path):
    folder, _ = done
    lines = tmp_path / "lines"
    kerasrec("data", "preview", *own_data, "--max-length", 6, "--lines", 5, "--out", lines)
    rates = []
    for file in (folder / "recognizer.onnx", litert[0], folder / "recognizer.keras"):
        options = ("--own", lines, "--json", "--precision", "float32", "--out", tmp_path / file.suffix)
        rates.append(json.loads(kerasrec("evaluate", file, *options).stdout)["cer"])
    assert rates[0] == rates[1] == rates[2]


def test_a_run_is_exported_to_a_litert_file(kerasrec, done, litert, tmp_path):
    file, result = litert
    assert (result.exit_code, result.stderr) == (0, "") and file.is_file()
    assert "checked with LiteRT: 32 lines, the same texts" in result.stdout
    assert result.stdout.splitlines()[-1] == f"Read with it: kerasrec read '{file}' line.png"
    small = kerasrec("export", done[0], tmp_path / "small.tflite", "--int8")
    assert re.search(r"32 lines, \d\.\d\d% of \d+ characters are read otherwise than in float32", small.stdout)
    result = kerasrec("export", done[0], tmp_path / "model", "--int8")
    assert result.exit_code == 2 and "--int8 is for an ONNX or LiteRT file" in " ".join(result.stderr.split())
    Image.new("L", (100, 40), 255).save(tmp_path / "line.png")
    result = kerasrec("read", file, tmp_path / "line.png", "--engine", "onnx")
    assert result.exit_code == 2 and "is computed by LiteRT" in " ".join(result.stderr.split())


def test_what_an_onnx_file_cannot_do_is_explained(kerasrec, done, tmp_path):
    folder, _ = done
    picture = tmp_path / "line.png"
    Image.new("L", (100, 40), 255).save(picture)
    for options, message in (
        (("--precision", "bfloat16"), "is computed by ONNX Runtime in float32. Leave out --precision bfloat16"),
        (("--engine", "tensorflow"), "Leave out --engine tensorflow, or give the run instead"),
    ):
        result = kerasrec("read", folder / "recognizer.onnx", picture, *options)
        assert result.exit_code == 2 and message in " ".join(result.stderr.split())
    result = kerasrec("read", folder / "recognizer.keras", picture, "--engine", "onnx")
    assert result.exit_code == 2 and "has no ONNX file. Make it with: kerasrec export" in " ".join(
        result.stderr.split()
    )


def test_a_run_is_exported_to_an_onnx_file(kerasrec, done, tmp_path):
    folder, _ = done
    file = tmp_path / "a b.onnx"
    result = kerasrec("export", folder, file)
    assert (result.exit_code, result.stderr) == (0, "") and file.is_file()
    assert "checked with ONNX Runtime: 32 lines, the same texts" in result.stdout
    assert result.stdout.splitlines()[-1] == f"Read with it: kerasrec read '{file}' line.png"
    result = kerasrec("export", folder, file, "--serving-config", tmp_path / "deploy")
    assert result.exit_code == 2 and "--serving-config is for a SavedModel" in result.stderr


def test_a_finished_run_is_tested_again(kerasrec, done):
    folder, first = done
    before = state(folder)
    again = kerasrec("train", "--out", folder, "--resume")  # tests as many lines as before
    assert (again.exit_code, again.stderr) == (0, "")
    assert "This run ended after epoch 2. Its best recognizer is tested again.\n" in again.stdout
    assert again.stdout.splitlines()[-20:] == first.stdout.splitlines()[-20:]
    assert state(folder) == before


@pytest.mark.slow
def test_ctrl_c_keeps_the_work_and_resume_continues(kerasrec, start, own_data, tmp_path):
    folder = tmp_path / "a run"
    process = start("train", *own_data, *SMALL, "--epochs", 20, "--patience", 0, "--out", folder)
    process.wait_for(lambda: any(line.split()[:2] == ["1", "64"] for line in process.output().splitlines()))
    process.send_signal(signal.SIGINT)
    assert process.end() == 130, process.output()
    expected = f"Stopped. Continue with: kerasrec train --out '{folder}' --resume"
    assert process.output().splitlines()[-1] == expected
    assert "Traceback" not in process.output()
    kept = history(folder)
    assert 1 <= len(kept) < 20

    result = kerasrec("train", "--out", folder, "--resume", "--test-lines", 8)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Continuing after epoch {len(kept)}, step {8 * len(kept)}." in result.stdout
    assert len(history(folder)) == 20
    assert history(folder)[: len(kept)] == kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", 0], "epochs must be above 0, not 0."),
        (["--epochs", 1, "--minutes", 2], "Give --epochs or --minutes, not both (1 and 2)."),
        (["--minutes", 0], "minutes must be above 0, not 0.0."),
        (["--batch-size", 0], "batch_size must be above 0, not 0."),
        (["--validation-lines", 0], "validation_lines must be above 0, not 0."),
        (["--seed", -1], "seed must be at least 0 and below 2^32, not -1."),
        (["--learning-rate", "nan"], "learning_rate must be above 0, not nan."),
        (["--max-overlap", 1.5], "max_overlap must be at least 0 and below 1, but is 1.5."),
        (["--min-overlap", -0.1], "min_overlap must be at least 0 and below 1, but is -0.1."),
        (["--min-overlap", 0.5, "--max-overlap", 0.2], "min_overlap (0.5) is above max_overlap (0.2): swap the two."),
        (["--max-length", 0], "A line needs room for at least 1 character, but max_length is 0."),
        (["--characters", "aab"], "An alphabet needs one or more distinct characters, but it repeats 'a'."),
        (
            ["--glyphs", "emnits"],
            "The glyphs must be one of emnist, mnist, strokes or an existing folder, but are 'emnits'.",
        ),
        (["--text", "bronw"], "The text must be one of brown, offline or an existing file, but is 'bronw'."),
        (["--set", "width"], "--set takes NAME=VALUE, such as conv_dim=64, but got 'width'."),
        (["--set", "width=abc"], "--set width needs a number, or true or false, but got 'abc'."),
        (["--set", "width=1.5"], "width must be a number like 32, not 1.5."),
        (["--set", "width=true"], "width must be a number like 32, not True."),
        (["--set", "width=[1]"], "width must be a number like 32, not [1]."),
        (["--set", "width=0"], "width must be at least 1, not 0."),
        (["--set", "dropout=2"], "dropout must be at least 0 and below 1, not 2."),
        (["--set", "window=4"], "line_resnet has no hyperparameter 'window'; it has width, context_dim, "),
        (["--set", "stride=16"], "stride must be 8 or 4 px, not 16."),
        (["--height", 8], "height must be a whole number of pixels from 16 to 128, but is 8."),
        (["--set", "height=56"], "height is 28 in the line spec, not 56. Leave it out."),
        (["--test-lines", 0], "'--test-lines': Input should be greater than or equal to 1"),
        (["--schedule", "linear"], "'linear' is not one of 'cosine'"),
    ],
)
def test_an_invalid_value_is_refused_before_anything_is_created(train, tmp_path, arguments, message):
    result = train(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["line_foo"], "There is no model 'line_foo'. Choose one of line_cnn_simple, line_cnn, line_cnn_lstm, "),
        (["line_cnn", "--set", "window_stride=4"], "window_stride must be at least 8 px, the size of a frame, not 4."),
        (
            ["line_cnn", "--set", "window_width=2000"],
            "The model reads windows of 2000 px, but the widest line has only 168 px. Lower the",
        ),
    ],
)
def test_a_model_that_cannot_work_is_refused(kerasrec, own_data, tmp_path, arguments, message):
    out = ["--out", tmp_path / "run"]
    result = kerasrec("train", *arguments, *own_data, *SMALL_LINES, *SMALL_BUDGET, *out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_line_too_long_for_its_frames_is_reported_and_leaves_no_run(train, tmp_path):
    result = train("--min-overlap", 0.9, "--max-overlap", 0.9)
    assert result.exit_code == 1
    assert re.search(r"Line \d+, '[ab ]+', needs \d+ frames \(one per character, one more between", result.stderr)
    assert "Lower --max-overlap" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_cannot_be_used_leaves_no_run(train, tmp_path):
    text = tmp_path / "latin.txt"
    text.write_bytes("ein Satz\nnaïv\n".encode("latin1"))
    result = train("--text", text)
    assert result.exit_code == 1
    assert "latin.txt is not UTF-8 text: byte 11 (in line 2) is 0xef" in result.stderr
    text.write_text("\n".join("東京" * i for i in range(1, 200)), encoding="utf-8")
    result = train("--text", text)
    assert result.exit_code == 1
    assert f"No sentence of {text} can be drawn with the 3 characters 'ab '" in result.stderr
    assert list(tmp_path.iterdir()) == [text]


def test_a_training_that_diverges_at_once_leaves_no_folder(train, tmp_path):
    result = train("--learning-rate", 1e30, "--clip-norm", 0, "--warmup", 0, "--epochs", 3)
    assert result.exit_code == 1
    assert "in epoch 1. No epoch had ended before. Train again with a lower --learning-rate than 1e+30, or with " in (
        result.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_does_not_lose_earlier_epochs(train, kerasrec, tmp_path, monkeypatch):
    from kerasrec.training import loop as training

    save = training.save_checkpoint

    def save_once(path, model, state):
        if state["step"] > 8:
            raise CannotWrite(f"{path} could not be written: No space left on device.")
        save(path, model, state)

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(training, "save_checkpoint", save_once)
        result = train("--epochs", 2)
    assert result.exit_code == 1
    assert (
        f"No space left on device. What was trained before is kept. Continue with: kerasrec train --out {folder}"
        in (result.stderr)
    )
    result = kerasrec("train", "--out", folder, "--resume", "--test-lines", 8)
    assert result.exit_code == 0
    assert "Continuing after epoch 1, step 8." in result.stdout
    assert [row["epoch"] for row in history(folder)] == ["1", "2"]


def test_a_folder_in_use_is_not_overwritten(train, done, tmp_path, kerasrec, own_data):
    folder, _ = done
    before = state(folder)
    result = train("--out", folder)
    assert result.exit_code == 2
    assert "already holds a run. Choose another --out, or continue the run with --resume." in result.stderr
    assert state(folder) == before
    (tmp_path / "file").touch()
    result = train("--out", tmp_path / "file")
    assert (result.exit_code, "is a file, and a run needs a folder" in result.stderr) == (2, True)
    result = train("--out", tmp_path / "file" / "run")
    assert (result.exit_code, "settings.json could not be written: Not a directory" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", 5], "A resumed run keeps its settings: leave out --epochs, or start a new run."),
        (["--set", "width=9", "--seed", 42], "leave out --set, --seed, or start a new run."),
        (["--find-learning-rate"], "leave out --find-learning-rate, or start a new run."),
        (["line_cnn"], "The run to resume trains line_resnet, not line_cnn. Leave out line_cnn."),
    ],
)
def test_a_resumed_run_keeps_its_settings(kerasrec, done, arguments, message):
    folder, _ = done
    before = state(folder)
    result = kerasrec("train", *arguments, "--out", folder, "--resume")
    assert result.exit_code == 2
    assert message in result.stderr
    assert state(folder) == before


def test_options_that_do_not_change_a_run_are_allowed_with_resume(kerasrec, done, tmp_path):
    folder, _ = done
    arguments = ["line_resnet", "--test-lines", 24, "--data-dir", tmp_path, "--tensorboard"]
    result = kerasrec("train", *arguments, "--out", folder, "--resume")
    assert (result.exit_code, result.stderr) == (0, "")


def test_there_must_be_a_run_to_resume(kerasrec, tmp_path):
    result = kerasrec("train", "--out", tmp_path / "nowhere", "--resume")
    assert result.exit_code == 1
    assert "nowhere is not a folder, so it is not a run. Give the --out folder of `kerasrec train`." in result.stderr


def test_a_learning_rate_is_suggested_and_no_run_is_created(train, tmp_path, monkeypatch):
    from kerasrec.training import lr_finder

    def find(settings, splits):
        assert (settings.batch_size, splits.settings) == (8, settings)
        return lr_finder.LearningRates(np.geomspace(1e-6, 1, 9), np.array([9, 8, 7, 6, 5, 4, 3, 4, 5.0]), 3e-3)

    monkeypatch.setattr(lr_finder, "find_learning_rate", find)
    result = train("--find-learning-rate")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "--learning-rate 3.0e-03: a tenth of 3.2e-02, where the loss was lowest (3.000) of 9 steps" in result.stdout
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["learning_rates.png"]


def test_paths_of_glyphs_and_text_are_made_absolute(tmp_path, monkeypatch):
    (tmp_path / "glyphs").mkdir()
    (tmp_path / "emnist").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_source("glyphs", ["emnist"]) == str(tmp_path / "glyphs")
    assert find_source("emnist", ["emnist"]) == "emnist"
    assert find_source("emnits", ["emnist"]) == "emnits"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_reported(train, tmp_path):
    tmp_path.chmod(0o500)
    result = train()
    tmp_path.chmod(0o700)
    assert result.exit_code == 1
    assert "settings.json could not be written: Permission denied. Check" in result.stderr


def test_only_a_run_without_epochs_is_discarded(done, tmp_path):
    run = Run.create(tmp_path / "new", Run.open(done[0]).settings())
    run.discard_if_empty()
    assert not (tmp_path / "new").exists()
    before = state(done[0])
    Run.open(done[0]).discard_if_empty()
    assert state(done[0]) == before
