"""ONNX and LiteRT files read what their recognizers read, and need neither TensorFlow nor Keras for it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import kerasrec
from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, BadRun, ExportFailed, UsageError
from kerasrec.export import litert_model
from kerasrec.export.portable_format import CARD, CARD_FILE, FRAMES
from kerasrec.models import LineCNN, LineCNNLSTM, LineCNNTransformer, LineResNet
from kerasrec.models.lstm_kernels import standard
from kerasrec.recognizer import engines
from kerasrec.recognizer.exporting_portable import ExportedFile
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec
from kerasrec.weights import PORTABLE

ALPHABET = Alphabet("abcdé ")
KINDS = {
    "line_resnet": (LineResNet(width=8, context_dim=16, context_blocks=1, stride=4, height=40), LineSpec(height=40)),
    "line_cnn": (LineCNN(conv_dim=8, fc_dim=16), LineSpec()),
    "line_cnn_lstm": (LineCNNLSTM(conv_dim=8, fc_dim=16, lstm_dim=8), LineSpec()),
}


def build(name, randomise, objective=None, **spec) -> Recognizer:
    architecture, line_spec = KINDS[name]
    if spec:
        line_spec = LineSpec(**spec)
    recognizer = Recognizer.build(architecture, ALPHABET, line_spec, objective=objective)
    randomise(recognizer.model)
    recognizer.temperature = 1.2
    return recognizer


def export(recognizer: Recognizer, file: Path, int8: bool = False) -> ExportedFile:
    return (recognizer.export_onnx if file.suffix == ".onnx" else recognizer.export_litert)(file, int8)


@pytest.fixture(scope="module", params=PORTABLE)
def pair(request, randomise, tmp_path_factory) -> tuple[Recognizer, PortableRecognizer]:
    """A recognizer and its ONNX or LiteRT file, opened."""
    recognizer = build("line_resnet", randomise)
    file = tmp_path_factory.mktemp("portable") / f"model{request.param}"
    exported = export(recognizer, file)
    assert exported.file == file and exported.lines == 32 and exported.difference < 1e-4 and exported.cer == 0
    return recognizer, PortableRecognizer.load(file)


def lines(height: int, *widths: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [(random.random((height, width)) < 0.2).astype(np.uint8) * 255 for width in widths]


def test_lines_of_all_widths_are_read_as_by_the_recognizer(pair):
    recognizer, reader = pair
    many = lines(40, 1, 7, 8, 40, 41, 123, 500, 1203)
    for width in (1, 8, 500):
        assert reader.architecture.frames(width) == recognizer.architecture.frames(width)
    batch = recognizer.to_batch(many)
    assert (
        reader.compute(*batch)[FRAMES].tolist() == recognizer.outputs(recognizer.log_probs(*batch), batch[1]).tolist()
    )
    for batch_size in (1, 8):
        found, expected = (each.read_lines(many, batch_size) for each in (reader, recognizer))
        for one, other in zip(found, expected, strict=True):
            assert one.text == other.text
            assert one.confidence == pytest.approx(other.confidence, rel=1e-3)
            assert [each.start for each in one.characters] == [each.start for each in other.characters]


@pytest.mark.parametrize("beam_width", [0, 4])
def test_a_picture_is_read_as_by_the_recognizer(pair, tmp_path, beam_width):
    recognizer, reader = pair
    picture = np.full((90, 500), 230, np.uint8)
    for column in range(50, 450, 30):
        picture[20 + column % 7 : 70, column : column + 6] = 30
    Image.fromarray(picture).save(tmp_path / "line.png")
    found, expected = (each.read(tmp_path / "line.png", beam_width) for each in (reader, recognizer))
    assert found.text == expected.text
    assert kerasrec.load(reader.file).read(tmp_path / "line.png", beam_width) == found


@pytest.mark.parametrize("suffix", PORTABLE)
@pytest.mark.parametrize(
    ("name", "objective", "spec"),
    [("line_cnn", None, {}), ("line_cnn_lstm", None, {}), ("line_cnn", "cross_entropy", {"fixed_width": True})],
)
def test_other_models_become_files_too(name, objective, spec, suffix, randomise, tmp_path):
    recognizer = build(name, randomise, objective, **spec)
    export(recognizer, tmp_path / f"a{suffix}")
    reader = PortableRecognizer.load(tmp_path / f"a{suffix}")
    some = lines(28, 60, 200)
    assert [each.text for each in reader.read_lines(some)] == [each.text for each in recognizer.read_lines(some)]


@pytest.mark.parametrize("suffix", PORTABLE)
def test_a_model_that_predicts_characters_one_by_one_is_refused(suffix, tmp_path):
    recognizer = Recognizer.build(LineCNNTransformer(layers=1, dim=16, heads=2), ALPHABET, LineSpec(fixed_width=True))
    with pytest.raises(ExportFailed, match="trained with autoregressive .* Export it as a SavedModel"):
        export(recognizer, tmp_path / f"a{suffix}")
    assert not any(tmp_path.iterdir())


def test_a_model_that_litert_cannot_run_is_refused(randomise, tmp_path, monkeypatch):
    monkeypatch.setattr(litert_model, "looped", standard)  # Keras's own LSTM has operations that it lacks
    recognizer = build("line_cnn_lstm", randomise)
    with pytest.raises(ExportFailed, match="^line_cnn_lstm has operations that LiteRT does not have. Export it to an"):
        recognizer.export_litert(tmp_path / "a.tflite")
    assert not any(tmp_path.iterdir())


def test_a_file_that_reads_otherwise_is_not_written(pair, tmp_path, monkeypatch):
    recognizer, reader = pair
    file, compute = tmp_path / f"a{reader.file.suffix}", Recognizer.log_probs
    with monkeypatch.context() as patch:
        patch.setattr(Recognizer, "log_probs", lambda self, *batch: compute(self, *batch) + 0.01)
        with pytest.raises(ExportFailed, match="other log-probabilities than the recognizer"):
            export(recognizer, file)
    monkeypatch.setattr(Recognizer, "decode", lambda self, logits, widths: [Reading("other", 1.0, ())] * len(widths))
    with pytest.raises(ExportFailed, match="reads '.*' where the recognizer reads 'other'"):
        export(recognizer, file)
    assert not any(tmp_path.iterdir())


def test_int8_says_what_it_reads_otherwise(pair, tmp_path):
    recognizer, reader = pair
    exported = export(recognizer, tmp_path / reader.file.name, int8=True)
    small = kerasrec.load(exported.file)
    assert small.card["int8"] == {
        name: getattr(exported, name) for name in ("lines", "difference", "characters", "cer")
    }
    assert exported.difference > 1e-4 and 0 <= exported.cer <= 0.1
    assert "int8" not in reader.card
    assert exported.file.stat().st_size < reader.file.stat().st_size


def test_a_name_with_another_ending_is_refused(pair, tmp_path):
    recognizer, _ = pair
    for write, ending in ((recognizer.export_onnx, ".onnx"), (recognizer.export_litert, ".tflite")):
        with pytest.raises(UsageError, match=f"must end with {ending}, but is 'a.bin'"):
            write(tmp_path / "a.bin")


def test_a_missing_library_is_named(pair, tmp_path, monkeypatch):
    recognizer, reader = pair
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    package = {".onnx": "onnxruntime", ".tflite": "ai-edge-litert"}[reader.file.suffix]
    message = f"is read with {package}. Install it with: pip install {package}"
    with pytest.raises(BadRun, match=message):
        kerasrec.load(reader.file)
    with pytest.raises(BadRun, match=message):
        export(recognizer, tmp_path / reader.file.name)
    assert not any(tmp_path.iterdir())


def test_a_line_that_is_too_wide_is_named(pair):
    _, reader = pair
    with pytest.raises(BadImage, match=r"narrower than 46,811 px, but has 50,\d\d\d px"):
        reader.architecture.frames(np.array([100, 50_001]))


def test_damaged_and_foreign_files_are_named(pair, tmp_path):
    _, reader = pair
    suffix, content = reader.file.suffix, reader.file.read_bytes()
    cut, text, foreign, future = (tmp_path / f"{name}{suffix}" for name in ("cut", "text", "foreign", "future"))
    cut.write_bytes(content[: len(content) // 2])
    text.write_text("no model")
    write_other_cards(reader, foreign, future)
    for file in (cut, text, foreign, tmp_path / f"missing{suffix}"):
        with pytest.raises(BadRun, match=rf"{file.name} is not an? .* file of kerasrec, or is damaged"):
            PortableRecognizer.load(file)
    with pytest.raises(BadRun, match=rf"future{suffix} has format 9"):
        PortableRecognizer.load(future)


def write_other_cards(reader: PortableRecognizer, foreign: Path, future: Path) -> None:
    """Writes the model of a file without a card, and with one of another format."""
    if foreign.suffix == ".onnx":
        model = onnx.load(reader.file)
        (card,) = (entry for entry in model.metadata_props if entry.key == CARD)
        card.value = card.value.replace('"format": 1', '"format": 9')
        onnx.save(model, future)
        del model.metadata_props[:]
        onnx.save(model, foreign)
        return
    with zipfile.ZipFile(reader.file) as archive:
        start = archive.getinfo(CARD_FILE).header_offset
    foreign.write_bytes(reader.file.read_bytes()[:start])
    future.write_bytes(foreign.read_bytes())
    with zipfile.ZipFile(future, "a") as archive:
        archive.writestr(CARD_FILE, json.dumps({**reader.card, "format": 9}))


def test_it_only_reads(pair):
    _, reader = pair
    from kerasrec.training.run import open_recognizer

    with pytest.raises(BadRun, match="only reads lines. Give the run that it was made from"):
        open_recognizer(reader.file)


def test_reading_loads_neither_tensorflow_nor_keras(pair, tmp_path):
    _, reader = pair
    Image.fromarray(255 - np.pad(lines(40, 300)[0], 20)).save(tmp_path / "line.png")
    code = f"import kerasrec, sys; kerasrec.load({str(reader.file)!r}).read({str(tmp_path / 'line.png')!r})"
    report = "; print(*(name for name in ('tensorflow', 'keras', 'matplotlib') if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
