import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.decoding import Decoding, Span, to_reading
from kerasrec.export.graph_places import find_places


def test_the_boundary_of_neighbours_is_half_way():
    start, end = find_places(tf.constant([[12.0, 32.0, 42.0]]), tf.constant([3]), tf.constant([48.0]))
    assert start.numpy().tolist() == [[2, 22, 37]]
    assert end.numpy().tolist() == [[22, 37, 47]]


def test_outer_characters_stay_within_the_line():
    start, end = find_places(tf.constant([[4.0, 44.0]]), tf.constant([2]), tf.constant([50.0]))
    assert (start.numpy()[0, 0], end.numpy()[0, 1]) == (0, 50)


def test_a_single_character_takes_the_whole_width():
    start, end = find_places(tf.constant([[12.0, 0.0], [4.0, 8.0]]), tf.constant([1, 2]), tf.constant([60.0, 30.0]))
    assert (start.numpy()[0, 0], end.numpy()[0, 0]) == (0, 60)


def test_no_characters_have_no_positions():
    start, end = find_places(tf.zeros((2, 0)), tf.constant([0, 0]), tf.constant([10.0, 20.0]))
    assert start.shape == end.shape == (2, 0)


@pytest.mark.parametrize("seed", range(10))
def test_positions_match_to_reading(seed):
    rng = np.random.default_rng(seed)
    counts, width, centres = np.array([0, 1, 2, 7, 12], np.int32), 330.0, np.arange(40) * 8
    firsts = np.zeros((5, 12), int)
    for row, count in zip(firsts, counts, strict=True):
        row[:count] = np.sort(rng.choice(40, count, replace=False))
    find = tf.function(find_places, autograph=False)
    start, end = find(tf.constant(firsts * 8.0, tf.float32), tf.constant(counts), tf.fill([5], width))
    for i, count in enumerate(counts):
        spans = tuple(Span(40, 0.5, int(first), int(first)) for first in firsts[i, :count])
        characters = to_reading(Decoding(0.5, spans), Alphabet(), centres, width).characters
        np.testing.assert_allclose(start[i, :count], [character.start for character in characters], atol=1e-4)
        np.testing.assert_allclose(end[i, :count], [character.end for character in characters], atol=1e-4)
