"""Files saved by version 0.1.0 still load: a run, its recognizer, its export, a search, a run on single characters.

`tests/saved/0.1.0.zip` was made with that version. Its recognizer reads the digits 0 to 3; `readings.jsonl` is the
output of `kerasrec read` for `lines/`.
"""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ARCHIVE = Path(__file__).resolve().parents[1] / "saved" / "0.1.0.zip"


@pytest.fixture
def saved(tmp_path, monkeypatch) -> Path:
    """The folder of the saved files, which is the working directory: the run has a relative path to its text file."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def expected(saved) -> list[dict]:
    return [json.loads(line) for line in (saved / "readings.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("recognizer", ["run", "run/recognizer.keras"])
def test_a_run_and_its_recognizer_read_as_they_did(kerasrec, saved, expected, recognizer):
    result = kerasrec("read", recognizer, *(line["path"] for line in expected), "--format", "jsonl")
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == [line["text"] for line in expected]


def test_the_weights_compute_what_they_did(saved, expected):
    from kerasrec.recognizer.recognizer import Recognizer

    recognizer = Recognizer.load(saved / "run" / "recognizer.keras")
    for then in expected:
        with Image.open(then["path"]) as image:
            pixels = np.asarray(image)
        inked = np.flatnonzero((pixels >= 64).any(axis=0))
        left = max(inked[0] - 8, 0)  # empty columns were cut off, but none were added then
        strong = np.quantile(pixels[pixels > 16], 0.9)  # and ink of less than the full range was made stronger
        if pixels.max() < 250:
            pixels = (pixels * (255 / strong)).clip(0, 255).round().astype(np.uint8)
        line = pixels[:, left : inked[-1] + 9]
        (now,) = recognizer.read_lines([line])
        assert now.text == then["text"]
        batch = recognizer.to_batch([line])
        log_probs = recognizer.log_probs(*batch)
        frames = recognizer.outputs(log_probs, batch[1])[0]
        path = np.exp(log_probs[0, :frames].max(axis=1).sum())  # the confidence was that of the most probable path then
        assert path == pytest.approx(then["confidence"], abs=0.01)
        assert path < now.confidence < 1.0001
        starts = [each["start"] for each in then["characters"]]
        assert [each.start + left for each in now.characters] == pytest.approx(starts, abs=0.2)


def test_a_run_continues_from_its_checkpoint(saved):
    from kerasrec.training.composed_splits import ComposedSplits
    from kerasrec.training.loop import fit
    from kerasrec.training.run import Run

    run = Run.open(saved / "run")
    progress = fit(run.settings(), run, ComposedSplits.load(run.settings(), saved), resume=True)
    assert (progress.step, len(progress.history), progress.best_epoch) == (750, 3, 2)


def test_an_export_reads_as_its_recognizer_did(saved, expected):
    import tensorflow as tf

    signature = tf.saved_model.load(str(saved / "export" / "1")).signatures["serving_default"]
    answer = signature(image_bytes=tf.constant([Path(line["path"]).read_bytes() for line in expected]))
    assert [text.decode() for text in answer["text"].numpy()] == [line["text"] for line in expected]


def test_a_search_is_shown_with_its_best_trial(kerasrec, saved):
    result = kerasrec("tune", "show", "search")
    assert result.exit_code == 0, result.output
    assert "95.77%" in result.stdout


# KerasTuner 1.4 calls `threading.currentThread`, which Python names differently today.
@pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated")
def test_a_search_continues(kerasrec, saved):
    result = kerasrec("tune", "search", "--out", "search", "--resume", "--trials", 3)
    assert result.exit_code == 0, result.output
    assert "The best of 3 trials" in result.stdout


def test_the_best_trial_of_a_search_can_be_trained(kerasrec, saved):
    arguments = ("--text", "digits.txt", "--characters", "0123 ", "--max-length", 8, "--epochs", 1, "--epoch-lines", 32)
    result = kerasrec("train", "--hyperparameters", "search/best.json", *arguments, "--out", "new")
    assert result.exit_code == 0, result.output
    settings = json.loads((saved / "new" / "settings.json").read_text(encoding="utf-8"))
    assert settings["hyperparameters"]["context_dim"] == 16


def test_a_run_on_single_characters_reads(saved):
    from kerasrec.labs.characters.run import CharacterRun

    run = CharacterRun.open(saved / "characters")
    glyphs = np.zeros((3, 28, 28), np.uint8)
    glyphs[0, 4:24, 10:14] = glyphs[1, 4:10, 6:22] = glyphs[2, 18:24, 6:22] = 200
    assert run.settings().model == "character_mlp"
    assert [best.character for (best,) in run.recognizer().read(glyphs, count=1)] == ["a", "b", "c"]
