"""Pixels are made square as `images.geometry` makes them."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasrec.export.resolution import square_height, stretch_rows
from kerasrec.images import geometry


@pytest.mark.parametrize("height", [1, 2, 5, 9, 10, 11, 20, 23, 50])
def test_rows_are_repeated_or_averaged(height):
    grey = np.random.default_rng(height).integers(0, 256, (10, 7), np.uint8)
    stretched = stretch_rows(tf.constant(grey, tf.float32), tf.constant(height, tf.int64)).numpy()
    assert stretched.shape == (height, 7)
    np.testing.assert_array_equal(stretched, geometry.stretch_rows(grey, height))
    assert abs(stretched.mean() - grey.mean()) < 30 / min(height, 10)


@pytest.mark.parametrize(
    ("across", "down", "height"),
    [
        (204, 98, 83),
        (98, 204, 19),
        (204, 204, 40),
        (300, 251, 40),
        (300, 250, 48),
        (500, 100, 200),
        (501, 100, 40),
        (0, 0, 40),
        (204, 0, 40),
        (0, 98, 40),
    ],
)
def test_only_plausible_resolutions_are_corrected(across, down, height):
    numbers = (tf.constant(each, tf.int64) for each in (40, across, down))
    assert int(square_height(*numbers)) == height
    image = Image.new("L", (9, 40))
    image.info["dpi"] = (across, down)
    assert round(40 * geometry.read_stretch(image, 1)) == height
    image.info["dpi"] = (down, across)
    assert round(40 * geometry.read_stretch(image, 6)) == height
