"""Grey values match those of Pillow and of `images.loading` for every number of channels."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from kerasrec.export.grey import lay_on_paper, luminance, scale_range, to_grey
from kerasrec.images import colours, paper


def noise(channels: int, seed: int = 0, size: tuple[int, int] = (30, 60)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, channels), np.uint8)


def both(function, *arguments) -> np.ndarray:
    """Returns a function's result, after checking that a graph with unknown sizes gives the same."""
    eager = function(*map(tf.constant, arguments)).numpy()
    signature = [tf.TensorSpec([None] * each.ndim, each.dtype) for each in arguments]
    graph = tf.function(function, input_signature=signature, autograph=False)
    np.testing.assert_array_equal(graph(*arguments), eager)
    return eager


def test_luminance_matches_pillow_for_every_colour():
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(len(levels), -1, 3)
    np.testing.assert_array_equal(both(luminance, colours), np.asarray(Image.fromarray(colours).convert("L")))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_grey_values_match_load_image(channels):
    pixels = noise(channels)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)
    grey = both(to_grey, pixels)
    assert grey.dtype == np.float32
    np.testing.assert_array_equal(grey, colours.to_grey(image, "noise"))


def stroke(level: int) -> np.ndarray:
    grey = np.full((30, 60), 99, np.float32)
    grey[10:20, 20:40] = level
    return grey


@pytest.mark.parametrize(
    ("grey", "opacity"),
    [
        (stroke(0), (stroke(0) == 0) * 255),
        (stroke(255), (stroke(255) == 255) * 255),
        (stroke(255), (stroke(255) == 255) * 60),
        (stroke(0), np.where(stroke(0) == 0, 255, 128)),
        (stroke(0), np.full((30, 60), 254)),
        (stroke(0), np.full((30, 60), 255)),
        (stroke(0), np.zeros((30, 60))),
        (stroke(0), np.pad(np.full((20, 50), 255), 5)),
        (noise(1)[..., 0].astype(np.float32), noise(1, 1)[..., 0]),
        (noise(1)[:5, :7, 0].astype(np.float32), np.pad(np.full((3, 4), 9), ((1, 1), (2, 1)))),
    ],
    ids=["black", "white", "faint", "half", "nearly", "opaque", "nothing", "margin", "noise", "few"],
)
def test_the_paper_matches_load_image(grey, opacity):
    opacity = opacity.astype(np.uint8)
    expected = paper.lay_on_paper(grey.astype(np.uint8), opacity)
    np.testing.assert_array_equal(both(lay_on_paper, grey, opacity), expected)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 9, 128, 250])),
    st.sampled_from([0, 5, 128, 255]),
    st.integers(0, 2**32),
)
def test_any_paper_matches_load_image(grey, most, seed):
    opacity = np.random.default_rng(seed).choice([0, most], grey.shape).astype(np.uint8)
    expected = paper.lay_on_paper(grey, opacity)
    np.testing.assert_array_equal(lay_on_paper(tf.constant(grey, tf.float32), tf.constant(opacity)), expected)


def test_rounding_of_ties_matches_load_image():
    """If the paper is the mean of two greys, some values fall half-way between two integers."""
    for seed in range(20):
        pixels = noise(2, seed, (6, 9))
        expected = paper.lay_on_paper(pixels[..., 0], pixels[..., 1])
        np.testing.assert_array_equal(to_grey(tf.constant(pixels)), expected)


@pytest.mark.parametrize("values", [[300, 40_000, 65_000], [7, 7, 7], [0, 65_535, 1], [5, 6, 7]])
def test_deep_values_are_scaled_from_their_range(values):
    deep = np.uint16([values] * 2)
    expected = colours.values_to_grey(deep, "deep")
    np.testing.assert_array_equal(both(scale_range, deep), expected)
