"""A recognizer of lines 48 px high with frames of 4 px: trained, saved, evaluated, exported."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

import kerasrec
from kerasrec.errors import BadImage
from kerasrec.evaluation import evaluate
from kerasrec.evaluation.report import read_source
from kerasrec.lines.line_files import write_labelled
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.serving import wire
from kerasrec.spec import LineSpec
from kerasrec.training.loop import fit
from kerasrec.training.run import Run


@pytest.fixture(scope="module")
def splits(small_settings, small_splits):
    network = {"width": 8, "context_dim": 16, "context_blocks": 1, "stride": 4}
    spec = LineSpec(height=48, max_length=6, max_overlap=0.1)
    budget = {"batch_size": 4, "epoch_lines": 160, "epochs": 5, "learning_rate": 1e-2}
    return small_splits(small_settings(spec=spec, hyperparameters=network, **budget))


@pytest.fixture(scope="module")
def recognizer(splits, tmp_path_factory) -> Recognizer:
    run = Run.create(tmp_path_factory.mktemp("high") / "run", splits.settings)
    fit(splits.settings, run, splits)
    return run.recognizer()


def pictures(splits, lines: int, zoom: int = 1) -> Iterator[tuple[bytes, str]]:
    """Yields lines as PNG, dark on light, with their texts."""
    batch = splits.test()(np.arange(lines))
    texts = splits.test().texts(batch["labels"])
    for image, width, text in zip(batch["images"].numpy(), batch["widths"].numpy(), texts, strict=True):
        file = io.BytesIO()
        Image.fromarray(255 - image[:, :width, 0]).resize((zoom * width, zoom * 48)).save(file, "PNG")
        yield file.getvalue(), text


def test_it_learns_and_finds_the_places_of_characters(recognizer, splits):
    evaluation = evaluate(read_source(recognizer, splits.test(), 40))
    assert evaluation.cer < 0.1
    assert evaluation.places.iou > 0.5
    assert recognizer.architecture.stride == 4


def test_it_reads_pictures_as_they_are_read_once_it_is_saved_and_loaded(recognizer, splits, tmp_path):
    recognizer.save(tmp_path / "high.keras")
    loaded = kerasrec.load(tmp_path / "high.keras")
    assert (loaded.spec, loaded.architecture) == (recognizer.spec, recognizer.architecture)
    for picture, text in pictures(splits, 4):
        reading = loaded.read(picture)
        assert reading == recognizer.read(picture)
        assert len(reading.text) == pytest.approx(len(text), abs=1)


def test_lines_of_another_height_are_refused(recognizer):
    with pytest.raises(BadImage, match=r"Expected lines of shape \(48, width\).* but received \(28, 90\)"):
        recognizer.read_lines([np.zeros((28, 90), np.uint8)])


def test_it_is_evaluated_on_own_lines(recognizer, splits, tmp_path):
    labelled = ((np.asarray(Image.open(io.BytesIO(picture))), text) for picture, text in pictures(splits, 6))
    write_labelled(tmp_path / "own", labelled, 6)
    assert kerasrec.evaluate(recognizer, tmp_path / "own").cer < 0.2


def test_its_export_reads_what_it_reads(recognizer, splits, load, tmp_path):
    version = recognizer.export(tmp_path / "lines").version  # compares 32 samples and 8 lines
    sent = [picture for picture, _ in pictures(splits, 4, zoom=2)]
    outputs = load(version)(wire.SERVING_DEFAULT, image_bytes=sent)
    readings = [recognizer.read(picture) for picture in sent]
    assert [text.decode() for text in outputs[wire.TEXT]] == [reading.text for reading in readings]
    for starts, reading in zip(outputs[wire.CHARACTER_START], readings, strict=True):
        found = [character.start for character in reading.characters]
        np.testing.assert_allclose(starts[: len(found)], found, atol=0.5)
    assert '"float32 (B, 48, W, 1)' in (version / "model_card.json").read_text(encoding="utf-8")
