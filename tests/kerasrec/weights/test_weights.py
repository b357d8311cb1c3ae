"""The recognizers of the package."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import kerasrec
from kerasrec.errors import BadRun
from kerasrec.evaluation.metrics import score
from kerasrec.recognizer.packaging import halve_onnx, store
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.training.train import make_settings
from kerasrec.weights import find_file, list_names

TEXTS = ("The quick brown fox jumps", "over 13 lazy dogs, twice", "Ça m'étonne: être là")


def write(text: str, font: str = "DejaVuSans-Oblique") -> Image.Image:
    """Writes a line in a font that no recognizer was trained on."""
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    image = Image.new("L", (900, 90), 230)
    ImageDraw.Draw(image).text((30, 15), text, fill=40, font=ImageFont.truetype(file, 48))
    return image


def test_handwriting_comes_with_the_package_and_is_small():
    assert list_names() == ["handwriting"]
    assert 2**20 < find_file(Path("handwriting")).stat().st_size < 12e6


def test_a_folder_of_that_name_is_preferred(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_file(Path("handwriting")) is not None and find_file(Path("./runs/handwriting")) is None
    (tmp_path / "handwriting").mkdir()
    assert find_file(Path("handwriting")) is None
    with pytest.raises(BadRun, match="handwriting holds no settings.json"):
        kerasrec.load("handwriting")


def test_handwriting_reads_what_it_never_saw():
    readings = [kerasrec.load("handwriting").read(write(text)).text for text in TEXTS]
    assert score(readings, TEXTS).cer < 0.3, readings


def test_stored_weights_are_halves_of_those_of_the_run(trained, tmp_path):
    store(trained.recognizer_file, tmp_path / "half.keras")
    whole, half = trained.recognizer(), kerasrec.load(tmp_path / "half.keras")
    assert (tmp_path / "half.keras").stat().st_size < trained.recognizer_file.stat().st_size
    assert (half.alphabet, half.spec, half.architecture) == (whole.alphabet, whole.spec, whole.architecture)
    for a, b in zip(whole.model.get_weights(), half.model.get_weights(), strict=True):
        assert b.dtype == np.float32
        np.testing.assert_array_equal(b, a.astype(np.float16).astype(np.float32))


def test_a_halved_onnx_file_reads_the_same(trained, tmp_path):
    file = trained.recognizer().export_onnx(tmp_path / "a.onnx").file
    whole, size = PortableRecognizer.load(file), file.stat().st_size
    halve_onnx(file)
    batch = whole.to_batch([np.uint8(np.random.default_rng(0).random((28, 200)) < 0.2) * 255])
    np.testing.assert_allclose(PortableRecognizer.load(file).log_probs(*batch), whole.log_probs(*batch), atol=0.02)
    assert file.stat().st_size < 0.8 * size


def test_training_starts_from_it_by_name(tmp_path, write_lines):
    lines = write_lines(tmp_path / "lines", {f"l{i}": "abc ☂" for i in range(20)})
    settings = make_settings(lines=str(lines), start_from="handwriting")
    assert settings.start_from == str(find_file(Path("handwriting"))) and settings.spec.height == 40
    assert settings.hyperparameters["stride"] == 4 and settings.learning_rate == 3e-4
    assert set("aé☂") < set(settings.characters)
