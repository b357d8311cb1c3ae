"""Reading test lines with a small recognizer of random weights, and the report of it."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.errors import CannotWrite
from kerasrec.evaluation import evaluate, report
from kerasrec.evaluation.report import SHEET_LINES, read_source, write_report
from kerasrec.models import LineResNet
from kerasrec.recognizer.recognizer import Recognizer

HISTORY = [
    {"epoch": i, "step": 8 * i, "loss": 9.0 / i, "val_loss": 9.5 / i, "val_cer": 1 / i, "val_lab_cer": 1 / i}
    | {"learning_rate": 1e-3, "lines": 64 * i, "seconds": 1.0 * i, "lines_per_s": 64.0, "infeasible": 0.0}
    for i in (1, 2)
]


@pytest.fixture(scope="module")
def recognizer(randomise, small_settings):
    recognizer = Recognizer.build(LineResNet(8, 16, 1), Alphabet("abcd "), small_settings().spec)
    randomise(recognizer.model)
    return recognizer


@pytest.fixture(scope="module")
def splits(small_settings, small_splits):
    return small_splits(small_settings())


@pytest.fixture(scope="module")
def readings(recognizer, splits):
    return read_source(recognizer, splits.test(), 40)


@pytest.fixture(scope="module")
def written(recognizer, readings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run" / "evaluation"
    write_report(folder, recognizer, readings, evaluate(readings), HISTORY)
    return folder


def test_test_lines_are_the_first_of_the_test_split(readings, splits):
    batch = {name: tensor.numpy() for name, tensor in splits.test()(np.arange(40)).items()}
    drawn = {
        (text, image[:, :width, 0].tobytes())
        for text, image, width in zip(
            splits.test().texts(batch["labels"]), batch["images"], batch["widths"], strict=True
        )
    }
    read = zip(readings.references, readings.lines, strict=True)
    assert {(text, line.tobytes()) for text, line in read} == drawn
    assert len(readings) == 40
    assert set("".join(readings.references)) <= set("".join(splits.corpus.test))


def test_lines_read_the_same_alone_and_in_batches(readings, recognizer):
    for i in (0, 17, 39):
        (alone,) = recognizer.read_lines([readings.lines[i]])
        assert alone.text == readings.texts[i]
    assert any(readings.texts)


def test_a_beam_reads_the_same_lines(readings, recognizer, splits):
    beam = read_source(recognizer, splits.test(), 40, beam_width=4)
    assert beam.references == readings.references
    assert beam.texts != readings.texts


def test_a_report_is_complete(written):
    assert sorted(file.name for file in written.iterdir()) == [
        *("alignment.png", "confidence.png", "confusions.csv", "confusions.png", "curves.png", "lines.png"),
        *("metrics.json", "worst.png"),
    ]
    for picture in written.glob("*.png"):
        with Image.open(picture) as image:
            assert np.asarray(image.convert("L")).std() > 0, picture


def test_the_metrics_are_those_of_the_evaluation(written, readings):
    metrics = json.loads((written / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == json.loads(json.dumps(evaluate(readings).to_json()))


def test_the_confusions_are_those_of_the_evaluation(written, readings):
    with (written / "confusions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counted = {(row["truth"], row["read"]): int(row["count"]) for row in rows}
    assert counted == dict(evaluate(readings).confusions)


def test_the_sheets_show_lines_of_all_widths_and_the_worst_lines(readings, recognizer, tmp_path, monkeypatch):
    shown = {}
    monkeypatch.setattr(report, "line_sheet", lambda path, lines, captions: shown.update({path.name: captions}))
    write_report(tmp_path, recognizer, readings, evaluate(readings))
    assert len(shown["lines.png"]) == len(shown["worst.png"]) == SHEET_LINES
    assert (shown["lines.png"][0], shown["lines.png"][-1]) == (readings.captions[0], readings.captions[-1])
    assert shown["worst.png"] == readings.worst(SHEET_LINES).captions


def test_there_are_no_curves_without_a_history_and_no_worst_lines_without_errors(readings, recognizer, tmp_path):
    few = readings.select(range(3))
    write_report(tmp_path, recognizer, few, evaluate(few))
    assert {"worst.png", "lines.png"} <= {file.name for file in tmp_path.iterdir()}
    assert not (tmp_path / "curves.png").exists()
    right = [replace(read, text=true) for read, true in zip(few.readings, few.references, strict=True)]
    perfect = replace(few, readings=right, boxes=None)
    write_report(tmp_path, recognizer, perfect, evaluate(perfect))
    assert not (tmp_path / "worst.png").exists()
    assert json.loads((tmp_path / "metrics.json").read_text())["cer"] == 0


def test_one_line_is_enough(readings, recognizer, tmp_path):
    one = readings.select([0])
    write_report(tmp_path, recognizer, one, evaluate(one))
    assert (tmp_path / "alignment.png").exists()


def test_a_folder_that_cannot_be_created_raises(readings, recognizer, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"file/metrics\.json could not be written: "):
        write_report(tmp_path / "file", recognizer, readings, evaluate(readings))
