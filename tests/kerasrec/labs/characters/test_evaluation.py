import json

import numpy as np
import pytest
from PIL import Image

from kerasrec.errors import UsageError
from kerasrec.labs.characters.evaluation import CharacterEvaluation, ClassAccuracy, evaluate, write_report
from kerasrec.labs.characters.recognizer import CharacterRecognizer
from kerasrec.models.characters import CharacterMLP

CONFIDENCES = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.99, 0.7], np.float32)
EVALUATION = CharacterEvaluation("aaaabbcc", "aaxbbbxx", CONFIDENCES)


def test_the_accuracy_is_the_share_of_correct_predictions():
    assert EVALUATION.accuracy == 0.5
    low, high = EVALUATION.interval
    assert 0 <= low < 0.5 < high <= 1


def test_classes_are_sorted_by_accuracy():
    assert EVALUATION.by_class == {
        "c": ClassAccuracy(2, 0.0, {"x": 2}),
        "a": ClassAccuracy(4, 0.5, {"x": 1, "b": 1}),
        "b": ClassAccuracy(2, 1.0, {}),
    }
    assert list(EVALUATION.by_class) == ["c", "a", "b"]


def test_confusions_are_counted():
    assert EVALUATION.confusions == {("c", "x"): 2, ("a", "x"): 1, ("a", "b"): 1}


def test_the_worst_errors_are_the_most_confident():
    assert EVALUATION.worst(9).tolist() == [6, 2, 7, 3]
    assert EVALUATION.worst(1).tolist() == [6]


def test_json_has_the_same_measures():
    found = EVALUATION.to_json()
    assert (found["pictures"], found["accuracy"], found["interval"]) == (8, 0.5, list(EVALUATION.interval))
    assert found["by_class"]["c"] == {"pictures": 2, "accuracy": 0.0, "read_as": {"x": 2}}


def test_the_recognizer_reads_the_images(labelled, randomise):
    recognizer = CharacterRecognizer.build(CharacterMLP(8, 4), "abcd", 20)
    randomise(recognizer.model)
    pictures = labelled(12)
    found = evaluate(recognizer, pictures, "abcd")
    probabilities = recognizer.probabilities(pictures.images)
    assert found.truth == "abcd" * 3
    assert found.read == "".join("abcd"[k] for k in probabilities.argmax(axis=1))
    np.testing.assert_allclose(found.confidences, probabilities.max(axis=1))
    assert found.accuracy == pytest.approx(np.mean(probabilities.argmax(axis=1) == pictures.labels))


@pytest.mark.parametrize("classes", ["abc", "bcde"])
def test_images_of_other_classes_are_rejected(classes, labelled):
    recognizer = CharacterRecognizer.build(CharacterMLP(8, 4), "abcd", 20)
    with pytest.raises(
        UsageError, match=f"has the classes abcd, but the images have the classes {classes}. Give it the glyphs"
    ):
        evaluate(recognizer, labelled(6), classes)


IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)


def test_a_report_has_measures_and_plots(tmp_path):
    write_report(tmp_path / "new", IMAGES, CharacterEvaluation("abcd", "abxy", np.full(4, 0.5, np.float32)))
    assert json.loads((tmp_path / "new" / "metrics.json").read_text(encoding="utf-8"))["accuracy"] == 0.5
    assert '"c","x",1,1.0' in (tmp_path / "new" / "confusions.csv").read_text(encoding="utf-8")
    for name in ("confusions.png", "worst.png"):
        with Image.open(tmp_path / "new" / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 5
    with Image.open(tmp_path / "new" / "worst.png") as sheet:
        pixels = np.asarray(sheet.convert("L"))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (28, 28))
    assert all((windows == image).all(axis=(2, 3)).any() for image in IMAGES[2:])  # only the two errors
    assert not any((windows == image).all(axis=(2, 3)).any() for image in IMAGES[:2])


def test_without_errors_there_is_no_sheet_of_errors(tmp_path):
    (tmp_path / "worst.png").write_bytes(b"of an earlier evaluation")
    write_report(tmp_path, IMAGES, CharacterEvaluation("abcd", "abcd", np.full(4, 0.5, np.float32)))
    assert not (tmp_path / "worst.png").exists()
