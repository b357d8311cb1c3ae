"""Numbers are read where formats keep them, from any string, and formats are known by their first bytes."""

import pytest
import tensorflow as tf

from kerasrec.export.headers import FORMATS, big, find_format, little, read_bytes, read_numbers, split


@pytest.mark.parametrize(
    ("start", "expected"),
    [(0, [1, 2, 250]), (1, [2, 250, 4]), (2, [250, 4, 0]), (4, [0, 0, 0]), (9, [0, 0, 0]), (2**31 - 1, [0, 0, 0])],
)
def test_bytes_beyond_the_end_are_0(start, expected):
    for read in (read_bytes, tf.function(read_bytes)):
        values = read(tf.constant(b"\1\2\xfa\4"), start, 3)
        assert (values.dtype, values.numpy().tolist()) == (tf.int64, expected)


def test_an_empty_string_is_all_0():
    assert read_bytes(tf.constant(b"")).numpy().tolist() == [0] * 80


def test_numbers_of_either_order():
    values = tf.constant([1, 2, 3, 4, 255, 255, 255, 255], tf.int64)
    numbers = read_numbers(values, big(0, 2), little(0, 2), little(1, 1), big(0, 4), little(4, 4), big(2, 3))
    assert [int(number) for number in numbers] == [258, 513, 2, 16909060, 2**32 - 1, 3 * 65536 + 4 * 256 + 255]
    assert {number.dtype for number in numbers} == {tf.int64}


def test_a_string_is_split_where_a_mark_stands():
    for cut in (split, tf.function(split)):
        assert cut(tf.constant(b"a--b-c--"), b"--", 9).numpy().tolist() == [b"a", b"b-c", b""]
        assert cut(tf.constant(b"a--b--c"), b"--", 1).numpy().tolist() == [b"a", b"b--c"]
        assert cut(tf.constant(b""), b"--", 1).numpy().tolist() == [b""]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"BM", "BMP"),
        (b"GIF87a", "GIF"),
        (b"GIF89a more", "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
    ],
)
def test_a_format_is_known_by_its_first_bytes(data, name):
    assert FORMATS[find_format(read_bytes(tf.constant(data)))] == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"B",
        b"GIF88a",
        b"\x89PNG\n\n\x1a\n",
        b"\xff\xd8",
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"II*\0",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"RIFF\0\0\0\0\xff\x0a",
    ],
    ids=repr,
)
def test_anything_else_is_none(data):
    assert int(find_format(read_bytes(tf.constant(data)))) == len(FORMATS)
