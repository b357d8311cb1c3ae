"""Images are turned as Pillow turns them."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from kerasrec.export.orientation import is_turned, read_orientation, turn_upright

# A TIFF header, and a directory of one entry: tag 0x0112, kind 3, count 1.
LITTLE = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x12\x01\3\0\1\0\0\0%c\0\0\0" + bytes(4)
BIG = b"MM\0*\0\0\0\x08" + b"\0\x01" + b"\x01\x12\0\3\0\0\0\1\0%c\0\0" + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_pillow_turns_them(orientation):
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    for turn in (turn_upright, tf.function(turn_upright, autograph=False)):
        turned = turn(tf.constant(np.asarray(image), tf.float32), tf.constant(orientation))
        np.testing.assert_array_equal(turned, expected)
    assert bool(is_turned(tf.constant(orientation))) == (expected.shape == (4, 3))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("data", [LITTLE, BIG], ids=["little", "big"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_the_orientation_is_read_in_either_byte_order_after_a_marker(data, prefix, orientation):
    contents = tf.constant(b"pixels HERE" + b"12345" + prefix + data % orientation + b"more")
    for read in (read_orientation, tf.function(read_orientation, autograph=False)):
        assert int(read(contents, b"HERE", b"THERE", 5)) == orientation


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HERE",
        b"HERE" + LITTLE % 0,
        b"HERE" + LITTLE % 9,
        b"HERE" + LITTLE % 255,
        b"HERE" + (LITTLE % 6)[:18],
        b"HERE" + (LITTLE % 6).replace(b"II*\0", b"II+\0"),
        b"HERE" + (LITTLE % 6).replace(b"\x08\0\0\0", b"\xff\xff\xff\xff", 1),
        b"HERE" + (LITTLE % 6).replace(b"\x01\0", b"\0\0", 1),
        b"HERE" + (LITTLE % 6).replace(b"\x12\x01\3\0", b"\x12\x01\1\0", 1),
        b"HERE" + (LITTLE % 6).replace(b"\1\0\0\0", b"\2\0\0\0", 1),
        b"HERE" + (LITTLE % 6).replace(b"\x12\x01", b"\x12\x02", 1),
    ],
)
def test_other_data_means_no_orientation(data):
    assert int(read_orientation(tf.constant(data), b"HERE", b"THERE")) == 1
