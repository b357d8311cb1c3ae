"""Compares the statistics of a survey with counts made line by line."""

import dataclasses
import json

import numpy as np
import pytest

from kerasrec.models import LineCNN, LineResNet
from kerasrec.spec import LineSpec
from kerasrec.training import survey as module
from kerasrec.training.survey import survey

LINES = 200


@pytest.fixture(scope="module", autouse=True)
def short_timing():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TIMED_SECONDS", 0.01)
        yield


@pytest.fixture(scope="module")
def splits(small_settings, small_splits):
    return small_splits(small_settings())


@pytest.fixture(scope="module")
def found(short_timing, splits):
    return survey(splits, LINES)


@pytest.fixture(scope="module")
def texts(splits):
    composer = splits.train()
    return composer.texts(composer.labels(np.arange(LINES))[0])


def test_glyphs_and_sentences_are_counted_by_split(found):
    assert found.glyphs == {"train": 16, "validation": 16, "test": 16}
    assert found.glyphs_per_character == {c: {"train": 4, "validation": 4, "test": 4} for c in "abcd"}
    assert found.sentences == {"train": 4, "validation": 2, "test": 2}


def test_the_statistics_of_the_lines_are_correct(found, texts):
    joined = "".join(texts)
    assert (found.lines, found.example, found.classes) == (LINES, texts[0], 4 + 5)
    assert found.mean_length == pytest.approx(len(joined) / LINES)
    assert found.repeats == pytest.approx(np.mean(["bb" in text for text in texts]))
    assert 0 < found.repeats < 1
    assert found.frequencies == pytest.approx({c: joined.count(c) / len(joined) for c in set(joined)})
    assert list(found.frequencies.values()) == sorted(found.frequencies.values(), reverse=True)


def test_a_batch_is_described_as_the_reference_does(found, splits):
    batch = splits.train()(np.arange(128))
    images = batch["images"].numpy()
    assert found.images == {
        "shape": list(images.shape),
        "dtype": "uint8",
        "min": 0.0,
        "mean": round(float(images.mean()), 2),
        "std": round(float(images.std()), 2),
        "max": float(images.max()),
    }
    assert found.labels == {"shape": [128, 6], "dtype": "int32", "min": 3.0, "max": 8.0}


def test_lines_with_too_few_frames_are_counted_for_each_model(small_settings, small_splits):
    splits = small_splits(small_settings(spec=LineSpec(max_length=6, min_overlap=0.99, max_overlap=0.99)))
    found = survey(splits, LINES)
    composer = splits.train()
    labels, lengths, widths = (tensor.numpy() for tensor in composer.labels(np.arange(LINES)))
    needed = np.array([len(text) + ("bb" in text) for text in composer.texts(labels)])
    assert found.infeasible["line_resnet"] == np.mean(needed > LineResNet().frames(widths))
    assert found.infeasible["line_cnn"] == np.mean(needed > LineCNN().frames(6 * 28))  # its lines have a fixed width
    assert 0 < found.infeasible["line_resnet"] < 1


def test_dropped_text_is_described(small_settings, small_splits):
    splits = small_splits(small_settings(spec=LineSpec(max_length=3)))
    corpus = dataclasses.replace(splits.corpus, dropped={"punctuation marks": 1200})
    found = survey(dataclasses.replace(splits, corpus=corpus), LINES)
    assert found.dropped == ["1,200 punctuation marks"]
    assert found.long_words == 1  # abba


def test_composing_is_timed(found):
    assert found.lines_per_second > 1


def test_a_survey_is_plain_json(found):
    assert json.loads(json.dumps(found.to_json())) == found.to_json()
