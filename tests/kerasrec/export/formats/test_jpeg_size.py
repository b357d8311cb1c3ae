"""The size stands behind segments of any length."""

import struct

import pytest
import tensorflow as tf

from kerasrec.export.formats.jpeg_size import read_size


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def frame(marker: int = 0xC0, height: int = 28, width: int = 700) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")


START = b"\xff\xd8"
TABLE = segment(0xDB, bytes(65))
THUMBNAIL = segment(0xE1, b"Exif\0\0" + START + frame(height=9, width=9))


@pytest.mark.parametrize(
    "data",
    [
        START + frame(),
        START + TABLE + THUMBNAIL + segment(0xC4, bytes(20)) + segment(0xFE, b"a word") + frame(),
        START + segment(0xE2, bytes(65_533)) * 3 + frame(),
        START + b"\xff\xff\xff" + frame(),
        *(START + frame(marker) for marker in (0xC1, 0xC2, 0xC3, 0xC9, 0xCF)),
    ],
)
def test_the_first_frame_says_the_size(data):
    assert read_size(tf.constant(data)).numpy().tolist() == [28, 700]
    assert tf.function(read_size)(tf.constant(data)).numpy().tolist() == [28, 700]


@pytest.mark.parametrize(
    "data",
    [
        START,
        START + TABLE,
        START + b"junk" + frame(),
        START + TABLE[:30],
        START + b"\xff\xd9" + frame(),
        START + segment(0xDA, b"123456") + frame(),
        START + b"\xff\xd0" + frame(),
        START + frame(0xC8),
        START + segment(0xFE, b"") * 501 + frame(),
        START + frame()[:6],
    ],
)
def test_without_a_frame_the_size_is_0(data):
    assert 0 in read_size(tf.constant(data)).numpy().tolist()
