"""Compares scaling with Pillow's, which uses the same filter, and tests what must stay exactly the same."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kerasrec.images.resampling import resample


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width), np.uint8)


@pytest.mark.parametrize("old", [(28, 60), (64, 301), (9, 7), (300, 40), (1, 1), (4, 2000)])
@pytest.mark.parametrize("new", [(28, 60), (28, 1), (28, 131), (1, 1)])
def test_it_scales_as_pillow_does(old, new):
    image = noise(*old).astype(np.float32)
    expected = Image.fromarray(image).resize(new[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resample(image, *new), expected, atol=0.02)


@given(st.integers(1, 40), st.integers(1, 200))
def test_an_unchanged_size_keeps_every_value(height, width):
    image = noise(height, width)
    assert np.array_equal(resample(image, height, width), image)
    assert np.array_equal(np.asarray(resample(image, height + 1, width))[[0, -1]], image[[0, -1]])


def test_sizes_may_be_tensors_in_a_graph():
    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((), tf.int32)], autograph=False)
    def in_graph(image: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        return resample(image, 28, width)

    for old, width in (((50, 80), 45), ((28, 33), 33), ((20, 500), 700)):
        np.testing.assert_allclose(in_graph(noise(*old), width), resample(noise(*old), 28, width), atol=1e-3)
