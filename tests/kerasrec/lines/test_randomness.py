"""Compares the numbers with SplitMix64 in plain Python, and tests their statistics."""

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.lines import randomness
from kerasrec.lines.randomness import integers, uniform

GOLDEN = 0x9E3779B97F4A7C15


def mix(x: int) -> int:
    """The finaliser of SplitMix64."""
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    return x ^ x >> 31


def plain_uniform(seed: int, stream: int, index: int, draws: int) -> list[float]:
    """The numbers of one line."""
    line = mix(mix(index % 2**64) ^ mix((seed * GOLDEN + stream + 1) % 2**64))
    return [(mix((line + draw * GOLDEN) % 2**64) >> 11) / 2**53 for draw in range(1, draws + 1)]


def numbers(seed: int = 42, stream: int = 0, first: int = 0, lines: int = 20_000, draws: int = 1) -> np.ndarray:
    """Numbers (B, D) of successive lines."""
    return uniform(seed, stream, tf.range(first, first + lines, dtype=tf.int64), draws).numpy()


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_the_hash_returns_the_published_numbers_of_splitmix64():
    # The first outputs of the generator for the states 0 and 1234567.
    states = tf.constant([GOLDEN, 1234567 + GOLDEN, (1234567 + 2 * GOLDEN) % 2**64], tf.uint64)
    assert randomness._mix(states).numpy().tolist() == [
        0xE220A8397B1DCDAF,
        6457827717110365317,
        3203168211198807973,
    ]


@pytest.mark.parametrize(("seed", "stream"), [(0, 0), (42, 3), (-7, 1), (2**70 + 5, 6)])
def test_numbers_equal_those_of_plain_python(seed, stream):
    indices = [0, 1, 2, 10**9, 2**62]
    found = uniform(seed, stream, tf.constant(indices, tf.int64), 5).numpy()
    assert found.tolist() == [plain_uniform(seed, stream, i, 5) for i in indices]


def test_a_number_depends_on_neither_the_batch_nor_the_number_of_draws():
    indices = np.array([5, 0, 3, 3, 1])
    some = uniform(1, 2, tf.constant(indices), 3).numpy()
    np.testing.assert_array_equal(some, numbers(1, 2, lines=6, draws=7)[indices, :3])
    assert uniform(1, 2, tf.zeros((0,), tf.int64), 3).shape == (0, 3)


def test_numbers_are_the_same_inside_a_graph():
    lines = tf.data.Dataset.range(8).batch(4).map(lambda i: uniform(3, 1, i, 2), num_parallel_calls=2)
    np.testing.assert_array_equal(np.concatenate(list(lines.as_numpy_iterator())), numbers(3, 1, lines=8, draws=2))


def test_numbers_are_uniform():
    sample = numbers(draws=5).ravel()  # 100,000; the bounds are 5 standard deviations
    assert sample.min() >= 0 and sample.max() < 1
    assert abs(sample.mean() - 1 / 2) < 5 * (1 / 12 / len(sample)) ** 0.5
    assert abs(sample.var() - 1 / 12) < 5 * (1 / 180 / len(sample)) ** 0.5
    counts, _ = np.histogram(sample, 64, (0, 1))
    expected = len(sample) / 64
    assert np.sum((counts - expected) ** 2 / expected) < 63 + 5 * (2 * 63) ** 0.5
    low_bits = (sample * 2**53).astype(np.int64) % 16
    counts = np.bincount(low_bits, minlength=16)
    assert np.sum((counts - len(sample) / 16) ** 2 / (len(sample) / 16)) < 15 + 5 * 30**0.5


@pytest.mark.parametrize(
    "other",
    [
        {"stream": 1},
        {"seed": 43},
        {"seed": 43, "first": 1},
        {"seed": -42},
        {"first": 1},
        {"first": 20_000},
        {"first": 2**40},
    ],
    ids=str,
)
def test_other_streams_seeds_and_lines_are_independent(other):
    first, second = numbers(draws=3), numbers(**other, draws=3)
    limit = 5 / first.size**0.5
    assert abs(correlation(first, second)) < limit
    assert abs(correlation(first[:, 0], second[:, 1])) < 5 / len(first) ** 0.5
    assert not np.any(first == second)


def test_the_draws_of_a_line_are_independent():
    sample = numbers(draws=6)
    correlations = np.corrcoef(sample.T) - np.eye(6)
    assert np.abs(correlations).max() < 5 / len(sample) ** 0.5


def test_integers_are_below_their_bounds_and_equally_frequent():
    bounds = np.array([1, 2, 3, 7, 1000], np.int32)
    drawn = integers(numbers(draws=5), bounds).numpy()
    assert drawn.dtype == np.int32
    assert drawn.min(axis=0).tolist() == [0] * 5
    assert drawn.max(axis=0).tolist() == (bounds - 1).tolist()
    for column, bound in zip(drawn.T[:4], bounds, strict=False):
        counts = np.bincount(column, minlength=bound)
        assert np.abs(counts - len(column) / bound).max() < 5 * (len(column) / bound) ** 0.5


def test_integers_of_the_least_and_the_greatest_number_stay_within_the_bounds():
    bounds = np.concatenate([np.arange(1, 70_000), [2**24 + 1, 2**31 - 1]]).astype(np.int32)
    greatest = np.nextafter(1.0, 0.0)  # 1 - 2^-53, the greatest number that `uniform` can return
    np.testing.assert_array_equal(integers(np.full(len(bounds), greatest), bounds).numpy(), bounds - 1)
    np.testing.assert_array_equal(integers(np.zeros(len(bounds)), bounds).numpy(), 0)
