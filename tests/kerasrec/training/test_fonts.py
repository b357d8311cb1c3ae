"""Training on lines that are written with fonts or glyphs, alone and mixed with one's own."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
import tensorflow as tf

from kerasrec.errors import UsageError
from kerasrec.lines.fonts import FontLines
from kerasrec.training.run import Run
from kerasrec.training.settings import TrainSettings
from kerasrec.training.splits import load_splits
from kerasrec.training.train import make_settings, train_and_test

SMALL = {
    "hyperparameters": {"width": 8, "context_dim": 16, "context_blocks": 1},
    "characters": "abcdef ",
    "max_length": 8,
    "batch_size": 8,
    "epoch_lines": 32,
    "validation_lines": 8,
    "epochs": 1,
    "precision": "float32",
}
WORDS = "fab bad cab dead deaf face fade feed bead decade ace add".split()


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("text") / "words.txt"
    file.write_text("\n".join(f"{a} {b}" for a in WORDS for b in WORDS))
    return file


def train(folder: Path, **settings) -> tuple[Run, str]:
    run, stream = Run.create(folder, make_settings(**settings)), io.StringIO()
    train_and_test(run, folder, test_lines=8, stream=stream)
    return run, stream.getvalue()


def test_the_defaults_are_those_of_written_lines(fonts):
    for settings in (make_settings(glyphs=f"fonts:{fonts}"), make_settings(lines=f"fonts:{fonts}")):
        assert (settings.spec.height, settings.spec.max_length, settings.batch_size) == (40, 60, 16)
        assert settings.hyperparameters == {"stride": 4} and settings.glyphs == f"fonts:{fonts}" and not settings.lines
    chosen = make_settings(glyphs="fonts", height=48, batch_size=4, hyperparameters={"stride": 8, "width": 24})
    assert (chosen.spec.height, chosen.batch_size, chosen.hyperparameters["stride"]) == (48, 4, 8)


def test_the_defaults_of_written_glyphs_are_the_same():
    written, fonts = (make_settings(glyphs=source) for source in ("written:emnist", "fonts"))
    assert replace(written, glyphs="fonts") == fonts and written.glyphs == "written:emnist"
    assert TrainSettings.from_json(written.to_json()) == written
    assert make_settings(lines="written:strokes").glyphs == "written:strokes"
    assert make_settings(glyphs="emnist").spec.height == 28


@pytest.mark.parametrize("source", ["written:emnits", "written:", "written"])
def test_glyphs_that_cannot_be_written_are_refused(source, text, tmp_path):
    settings = make_settings(glyphs=source, text=str(text), **SMALL)
    with pytest.raises(UsageError, match="one of emnist, mnist, strokes or an existing folder, but are"):
        load_splits(settings, tmp_path)


def test_a_folder_is_found_from_any_other(fonts, monkeypatch):
    monkeypatch.chdir(fonts.parent)
    for kind in ("fonts", "written"):
        assert make_settings(glyphs=f"{kind}:{fonts.name}").glyphs == f"{kind}:{fonts}"


def test_a_run_is_trained_and_tested_on_fonts_that_share_no_family(fonts, text, tmp_path):
    run, told = train(tmp_path / "run", glyphs=f"fonts:{fonts}", text=str(text), **SMALL)
    assert "line_resnet on fonts and" in told and "left out: broken.ttf, which cannot be read as a font" in told
    assert "glyphs and sentences it never saw" not in told and "fonts and sentences it never saw" in told
    bank = load_splits(run.settings(), tmp_path).bank
    names = [set(pool.names) for pool in bank.pools.values()]
    assert not names[0] & names[1] and not names[0] & names[2] and not names[1] & names[2]
    assert run.recognizer().spec.height == 40


def test_written_lines_are_mixed_with_ones_own(fonts, text, tmp_path, write_lines):
    own = write_lines(tmp_path / "lines", {f"w{i}": "abcd"[: 1 + i % 4] for i in range(20)})
    lines = {f"fonts:{fonts}": 0.75, str(own): 0.25}
    _, told = train(tmp_path / "run", lines=lines, text=str(text), **{**SMALL, "height": 28})
    assert "2 fonts" in told or "3 fonts" in told or "1 fonts" in told
    assert "75.0% of the lines" in told and "25.0% of the lines" in told


def test_kinds_of_variation_are_left_out(fonts, text):
    settings = make_settings(glyphs=f"fonts:{fonts}", text=str(text), without=("slant",), **SMALL)
    source = load_splits(settings, Path()).train()
    assert "slant" not in source.kinds and "stretch" in source.kinds


def test_a_run_on_written_glyphs_is_trained_and_resumed(text, tmp_path):
    run, told = train(tmp_path / "run", glyphs="written:strokes", text=str(text), **SMALL)
    assert "line_resnet on written-strokes hands and" in told and "240 hands" in told
    assert "hands and sentences it never saw" in told
    source = load_splits(run.settings(), tmp_path).test()
    assert isinstance(source, FontLines) and source(tf.range(8, dtype=tf.int64))["images"].shape[1] == 40
    stream = io.StringIO()
    train_and_test(run, tmp_path, resume=True, test_lines=8, stream=stream)
    assert "This run ended after epoch 1" in stream.getvalue()


def test_written_glyphs_are_mixed_with_ones_own(text, tmp_path, write_lines):
    own = write_lines(tmp_path / "lines", {f"w{i}": "abcd"[: 1 + i % 4] for i in range(20)})
    lines = {"written:strokes": 0.75, str(own): 0.25}
    splits = load_splits(make_settings(lines=lines, text=str(text), **SMALL), tmp_path)
    assert any("240 hands" in line and "written:strokes  75.0% of the lines" in line for line in splits.describe())
    assert splits.train()(tf.range(8, dtype=tf.int64))["images"].shape[:2] == (8, 40)
