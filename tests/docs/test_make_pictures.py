"""The lines and frames that docs/make_pictures.py draws; people check the pictures themselves."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from kerasrec.alphabet import Alphabet
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.glyphs.bank import GlyphPool
from kerasrec.models import LineCNN
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec

FILE = Path(__file__).resolve().parents[2] / "docs" / "make_pictures.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_pictures"] = module  # dataclasses look it up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_pictures"]


@pytest.fixture(scope="module")
def composer() -> LineComposer:
    images = np.arange(1, 5, dtype=np.uint8)[:, None, None] * np.full((4, 28, 28), 50, np.uint8)
    pool = GlyphPool.from_labelled(images, "abcd")
    spec = LineSpec(max_length=8, min_overlap=0.25, max_overlap=0.25)
    return LineComposer(pool, ["ab cd", "dab"], Alphabet("abcd "), spec, fit_rows=False)


def test_a_line_is_found_by_its_text(script: ModuleType, composer: LineComposer):
    line = script.Line.draw(composer, "ab cd")
    assert line.text == "ab cd" and line.pixels.shape == (28, 28 + 4 * 21)
    assert line.starts.tolist() == [0, 21, 42, 63, 84]
    assert line.pixels[0, [0, 35, 80, 100]].tolist() == [50, 100, 150, 200]


def test_an_unknown_text_is_an_error(script: ModuleType, composer: LineComposer):
    with pytest.raises(ValueError, match="in list"):
        script.Line.draw(composer, "abba")


def test_the_nearest_glyph_has_the_nearest_middle(script: ModuleType):
    line = script.Line("ab", np.zeros((28, 49), np.uint8), np.array([0, 21]))
    assert [line.character_at(x) for x in (1, 14, 24, 25, 48, 49, 80)] == ["a", "a", "a", "b", "b", "", ""]


def test_frames_beyond_the_line_are_left_out(script: ModuleType):
    spec = LineSpec(max_length=8, fixed_width=True)
    keras.utils.set_random_seed(0)
    recognizer = Recognizer.build(LineCNN(conv_dim=2, fc_dim=4), Alphabet("abcd "), spec)
    frames = script.Frames.of(recognizer, np.full((28, 60), 200, np.uint8))
    assert frames.centres.tolist() == [8, 24, 40, 56] and frames.log_probs.shape == (4, 9)
    assert np.allclose(np.exp(frames.log_probs).sum(axis=1), 1, atol=1e-5)


def test_windows_are_marked_where_the_nearest_glyph_differs_from_the_label(script: ModuleType):
    reading = script.Reading("abcd", 1.0, ())
    line = script.Line("abcd", np.zeros((28, 85), np.uint8), np.array([0, 19, 38, 57]))
    rows = dict(script._under_positions(line, 0.33, reading).rows)
    assert [(mark.text, mark.wrong) for mark in rows["label"]] == [("a", False), ("b", False), ("c", True), ("d", True)]
    assert [mark.text for mark in rows["nearest"]] == ["a", "b", "d", ""]
