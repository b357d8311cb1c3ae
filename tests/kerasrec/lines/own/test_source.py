"""Own lines in batches, alone and mixed."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.errors import UnknownCharacter
from kerasrec.lines.batches import TrainingLines, evaluation_batches
from kerasrec.lines.mixed import MixedLines
from kerasrec.lines.own import OwnLines, find_lines, prepare
from kerasrec.spec import LineSpec

TEXTS = {"a": "abc", "b": "b", "c": "cabba", "d": "dad", "e": "abcd"}
ALPHABET, SPEC = Alphabet("abcd"), LineSpec(max_length=6)


@pytest.fixture
def lines(tmp_path: Path, write_lines):
    return prepare(find_lines(write_lines(tmp_path / "lines", TEXTS))[0])[0]


def texts(source, indices) -> list[str]:
    return source.texts(source(tf.constant(indices, tf.int64))["labels"].numpy())


def test_a_batch_has_the_pictures_and_the_labels_of_its_lines(lines, draw_bars):
    batch = OwnLines(lines, ALPHABET, SPEC)(tf.constant([1, 2], tf.int64))
    assert batch["images"].shape == (2, 28, 90, 1) and batch["images"].dtype == tf.uint8
    assert batch["widths"].numpy().tolist() == [28, 90] and batch["lengths"].numpy().tolist() == [1, 5]
    np.testing.assert_array_equal(batch["images"][0, :, :28, 0], draw_bars("b"))
    assert not batch["images"][0, :, 28:].numpy().any()
    np.testing.assert_array_equal(batch["images"][1, ..., 0], draw_bars("cabba"))
    assert [ALPHABET.decode(row) for row in batch["labels"].numpy().tolist()] == ["b", "cabba"]


def test_every_round_has_all_lines_in_another_order(lines):
    source = OwnLines(lines, ALPHABET, SPEC, seed=1, is_shuffled=True)
    rounds = [texts(source, range(5 * i, 5 * i + 5)) for i in range(6)]
    assert all(sorted(each) == sorted(TEXTS.values()) for each in rounds)
    assert len({tuple(each) for each in rounds}) > 2
    assert texts(source, [7, 3, 21]) == [rounds[1][2], rounds[0][3], rounds[4][1]]
    assert texts(OwnLines(lines, ALPHABET, SPEC), range(7)) == [*TEXTS.values(), "abc", "b"]


def test_labels_agree_with_the_batch(lines):
    source = OwnLines(lines, ALPHABET, SPEC, is_shuffled=True)
    indices = tf.range(12, dtype=tf.int64)
    batch = source(indices)
    for name, values in zip(("labels", "lengths", "widths"), source.labels(indices), strict=True):
        np.testing.assert_array_equal(batch[name], values)


def test_a_character_outside_the_alphabet_is_refused(lines):
    with pytest.raises(UnknownCharacter, match="'d'"):
        OwnLines(lines, Alphabet("abc"), SPEC)


def test_a_stream_continues_at_any_batch(lines):
    stream = TrainingLines(OwnLines(lines, ALPHABET, SPEC, is_shuffled=True), 3, margin=8)
    full = [batch["labels"].numpy().tolist() for batch in stream.open().take(40)]
    assert [batch["labels"].numpy().tolist() for batch in stream.open(23).take(17)] == full[23:]


def test_an_evaluation_has_every_line_once(lines):
    source = OwnLines(lines, ALPHABET, SPEC)
    batches = list(evaluation_batches(source, source.count, 2))
    assert sorted(text for batch in batches for text in source.texts(batch["labels"].numpy())) == sorted(TEXTS.values())
    assert [batch["images"].shape[2] for batch in batches] == [64, 96, 96]


def test_sources_are_mixed_by_their_shares_and_each_in_its_order(lines):
    one = OwnLines(lines.select([0, 1]), ALPHABET, SPEC)
    other = OwnLines(lines.select([2, 3, 4]), ALPHABET, SPEC)
    mixed = MixedLines([one, other], [0.25, 0.75])
    drawn = texts(mixed, range(2000))
    assert [text for text in drawn if text in ("abc", "b")] == ["abc", "b"] * 250
    assert [text for text in drawn if text not in ("abc", "b")] == ["cabba", "dad", "abcd"] * 500
    assert all(sum(text in ("abc", "b") for text in drawn[i : i + 4]) in (0, 1, 2) for i in range(1000))


def test_a_mixed_line_does_not_depend_on_its_batch(lines, draw_bars):
    mixed = MixedLines([OwnLines(lines.select([n]), ALPHABET, SPEC) for n in range(5)], [1, 1, 1, 1, 1])
    alone = [mixed(tf.constant([i], tf.int64)) for i in range(5)]
    together = mixed(tf.constant([3, 0, 4, 2, 1], tf.int64))
    for row, number in enumerate([3, 0, 4, 2, 1]):
        width = int(alone[number]["widths"][0])
        assert int(together["widths"][row]) == width
        np.testing.assert_array_equal(together["images"][row, :, :width], alone[number]["images"][0, :, :width])
        assert not together["images"][row, :, width:].numpy().any()
        np.testing.assert_array_equal(together["labels"][row], alone[number]["labels"][0])
    for name, values in zip(("labels", "lengths", "widths"), mixed.labels(tf.range(5, dtype=tf.int64)), strict=True):
        np.testing.assert_array_equal(values, tf.concat([batch[name] for batch in alone], axis=0))
