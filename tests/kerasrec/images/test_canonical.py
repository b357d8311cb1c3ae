"""The canonical line: identity on clean lines, the way back to the input, any size, with NumPy and in a graph."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kerasrec.images import canonical
from kerasrec.images.canonical import CanonicalLine, to_line
from kerasrec.images.loading import load_image

in_graph = tf.function(to_line, input_signature=[tf.TensorSpec((None, None), tf.uint8)], autograph=False)


def line_from_image(image: np.ndarray) -> CanonicalLine:
    line, offset, scale = in_graph(image)
    return CanonicalLine(line.numpy(), int(offset), float(scale))


def clean_line(width: int = 300, left: int = 40, right: int = 220) -> np.ndarray:
    """Ink of 255 and 100 in columns left..right, on 0; (28, width) uint8."""
    line = np.zeros((28, width), np.uint8)
    for column in range(left, right, 15):
        line[4:24, column : column + 3] = 255
        line[4:8, column : min(column + 9, right)] = 255
        line[8, column : min(column + 9, right)] = np.maximum(line[8, column : min(column + 9, right)], 100)
    line[12:15, right - 3 : right] = 255
    return line


def enlarge(line: np.ndarray, factor: float) -> np.ndarray:
    size = round(line.shape[1] * factor), round(line.shape[0] * factor)
    return np.asarray(Image.fromarray(line).resize(size, Image.Resampling.BICUBIC))


def photograph(line: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 10, line.shape)
    return (200 - 120 * (line / 255.0) + noise).astype(np.uint8)


def test_a_clean_line_keeps_its_pixels_and_loses_its_empty_columns():
    line = line_from_image(clean_line())
    assert line.pixels.dtype == np.uint8
    assert (line.offset, line.scale) == (32, 1.0)
    assert np.array_equal(line.pixels, clean_line()[:, 32:228])


def test_a_canonical_line_stays_as_it_is():
    once = line_from_image(photograph(enlarge(clean_line(), 3)))
    twice = line_from_image(once.pixels)
    assert twice.offset == 0
    np.testing.assert_allclose(twice.pixels.astype(int), once.pixels, atol=2)


@pytest.mark.parametrize("factor", [0.75, 1.5, 3, 8])
def test_an_enlarged_line_fills_24_rows_again(factor):
    line = line_from_image(255 - enlarge(clean_line(), factor))
    assert line.scale == pytest.approx(24 / 20 / factor, rel=0.08)  # its ink filled 20 rows
    rows = np.flatnonzero((line.pixels >= 64).any(axis=1))
    assert (rows[0], rows[-1] + 1) == pytest.approx((2, 26), abs=1)
    same = enlarge(clean_line()[4:24, 40:220], 24 / 20)
    inked = np.flatnonzero((line.pixels >= 64).any(axis=0))
    size = inked[-1] + 1 - inked[0], rows[-1] + 1 - rows[0]
    ink = line.pixels[rows[0] : rows[-1] + 1, inked[0] : inked[-1] + 1]
    same = np.asarray(Image.fromarray(same).resize(size))
    assert np.corrcoef(ink.ravel(), same.ravel())[0, 1] > (0.75 if factor < 1 else 0.9)


@pytest.mark.parametrize("make", [lambda line: enlarge(line, 2.5), lambda line: photograph(enlarge(line, 3))])
@pytest.mark.parametrize(("left", "right"), [(5, 290), (100, 140)])
def test_positions_map_back_to_the_input(make, left, right):
    image = make(clean_line(300, left, right))
    line = line_from_image(image)
    factor = image.shape[1] / 300
    inked = np.flatnonzero((line.pixels >= 128).any(axis=0))
    assert line.input_column(inked[0]) == pytest.approx(left * factor, abs=factor)
    assert line.input_column(inked[-1] + 1) == pytest.approx(right * factor, abs=factor)


def test_margins_above_and_below_are_cut_off():
    padded = np.pad(enlarge(clean_line(), 3), ((150, 60), (90, 20)))
    line = line_from_image(photograph(padded))
    inked = np.flatnonzero((line.pixels >= 128).any(axis=1))
    assert 18 <= len(inked) <= 25  # of 28; they were 6
    columns = np.flatnonzero((line.pixels >= 128).any(axis=0))
    assert line.input_column(columns[0]) == pytest.approx(90 + 40 * 3, abs=3)
    assert line.input_column(columns[-1] + 1) == pytest.approx(90 + 220 * 3, abs=3)


def test_a_line_of_28_px_is_never_scaled():
    line = np.zeros((28, 60), np.uint8)
    line[20:23, 30:33] = 255
    made = line_from_image(line)
    assert (made.offset, made.scale) == (22, 1.0)
    assert np.array_equal(made.pixels, np.pad(line[:, 22:41], ((0, 0), (0, 9))))


@pytest.mark.parametrize("shape", [(28, 300), (64, 500), (4, 1), (1000, 3)])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_blank_image_is_an_empty_line_of_one_glyph(shape, value):
    line = line_from_image(np.full(shape, value, np.uint8))
    assert np.array_equal(line.pixels, np.zeros((28, 28), np.uint8))
    assert line.offset == 0


def test_blank_noisy_paper_is_an_empty_line():
    assert line_from_image(photograph(np.zeros((64, 500), np.uint8))).pixels.max() == 0


GRAPH_CASES = [
    clean_line(),
    255 - clean_line(),
    clean_line(896, 10, 100),
    enlarge(clean_line(), 2),
    photograph(clean_line()),
    photograph(enlarge(clean_line(), 3)),
    photograph(np.pad(enlarge(clean_line(), 2), ((90, 90), (0, 0)))),
    np.full((50, 200), 9, np.uint8),
]


@pytest.mark.parametrize("image", GRAPH_CASES)
def test_a_graph_gives_the_same_as_numpy(image):
    line, offset, scale = in_graph(image)
    plain = canonical.line_from_image(image)
    assert line.dtype == tf.uint8
    np.testing.assert_allclose(line.numpy().astype(int), plain.pixels, atol=1)  # sums run in another order
    assert (int(offset), float(scale)) == (plain.offset, pytest.approx(plain.scale))
    if image.shape[0] == 28 and set(np.unique(image)) <= {0, 100, 155, 255}:
        assert np.array_equal(line, plain.pixels)


def test_it_runs_in_a_tf_data_map():
    images = tf.data.Dataset.from_generator(lambda: iter(GRAPH_CASES), output_signature=in_graph.input_signature[0])
    for (line, offset, _), image in zip(images.map(in_graph), GRAPH_CASES, strict=True):
        assert int(offset) == line_from_image(image).offset
        assert line.shape == line_from_image(image).pixels.shape


@settings(max_examples=60)
@given(
    st.integers(4, 120),
    st.integers(1, 400),
    st.sampled_from(["uniform", "sparse", "constant", "gradient"]),
    st.integers(0, 2**32 - 1),
)
def test_every_image_becomes_a_line(height, width, kind, seed):
    random = np.random.default_rng(seed)
    image = {
        "uniform": random.integers(0, 256, (height, width)),
        "sparse": (random.random((height, width)) < 0.05) * 255,
        "constant": np.full((height, width), random.integers(256)),
        "gradient": np.add.outer(np.arange(height), np.arange(width)) % 256,
    }[kind].astype(np.uint8)
    line, offset, scale = in_graph(image)
    assert line.shape[0] == 28
    assert line.shape[1] >= 28
    scaled = round(float(scale) * width)
    assert -8 <= int(offset) < max(scaled, 1)
    assert line.shape[1] <= max(scaled - int(offset) + 8, 28)


@pytest.mark.parametrize(("collection", "light"), list(itertools.product(["stanford1905", "uw3"], [False, True])))
def test_real_lines_become_ink_on_empty_paper(shared_data, collection, light):
    for path in sorted((shared_data / "lines" / collection).glob("*.png"))[:6]:
        grey = load_image(path)
        line = line_from_image(255 - grey if light else grey).pixels
        assert 0.02 < (line > 128).mean() < 0.45  # ink is a small part
        assert (line < 32).mean() > 0.5  # and most is empty
        assert line.max() == 255


def test_no_line_is_wider_than_the_greatest_width():
    image = np.full((28, 16_384), 255, np.uint8)
    image[12:16, [0, -1]] = 0
    assert line_from_image(image).pixels.shape == (28, canonical.greatest_width(28))
