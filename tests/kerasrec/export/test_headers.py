"""Numbers are read from the places where formats keep them, whatever the string."""

import pytest
import tensorflow as tf

from kerasrec.export.headers import big, little, read_bytes, read_numbers, split


@pytest.mark.parametrize(
    ("start", "expected"),
    [(0, [1, 2, 250]), (1, [2, 250, 4]), (2, [250, 4, 0]), (4, [0, 0, 0]), (9, [0, 0, 0]), (2**31 - 1, [0, 0, 0])],
)
def test_bytes_past_the_end_are_0(start, expected):
    for read in (read_bytes, tf.function(read_bytes)):
        values = read(tf.constant(b"\1\2\xfa\4"), start, 3)
        assert (values.dtype, values.numpy().tolist()) == (tf.int64, expected)


def test_an_empty_string_reads_as_zeros():
    assert read_bytes(tf.constant(b"")).numpy().tolist() == [0] * 32


def test_numbers_are_read_in_either_byte_order():
    values = tf.constant([1, 2, 3, 4, 255, 255, 255, 255], tf.int64)
    numbers = read_numbers(values, big(0, 2), little(0, 2), little(1, 1), big(0, 4), little(4, 4), big(2, 3))
    assert [int(number) for number in numbers] == [258, 513, 2, 16909060, 2**32 - 1, 3 * 65536 + 4 * 256 + 255]
    assert {number.dtype for number in numbers} == {tf.int64}


def test_a_string_is_split_at_a_marker():
    for cut in (split, tf.function(split)):
        assert cut(tf.constant(b"a--b-c--"), b"--", 9).numpy().tolist() == [b"a", b"b-c", b""]
        assert cut(tf.constant(b"a--b--c"), b"--", 1).numpy().tolist() == [b"a", b"b--c"]
        assert cut(tf.constant(b""), b"--", 1).numpy().tolist() == [b""]
