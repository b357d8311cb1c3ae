"""Tests the values of varied glyphs and ink, eagerly and inside tf.data."""

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.variation import GLYPH_DRAWS, vary_glyphs, vary_ink
from kerasrec.spec import LineSpec

LEAN, TURN, HEIGHT, WIDTH, UP, ACROSS = range(GLYPH_DRAWS)
MIDDLE = 13.5


def vary(glyphs, draws, slants=None, strength=1.0):
    """Varies glyphs (N, 28, 28), upright in and out, by draws (N, 6) and their lines' slants (N,)."""
    slants = np.full(len(glyphs), 0.5) if slants is None else slants
    columns = vary_glyphs(tf.constant(glyphs.transpose(0, 2, 1)), tf.constant(draws), tf.constant(slants), strength)
    return columns.numpy().transpose(0, 2, 1)


def draws(number=None, value=0.5):
    """The draws of a glyph that does not change, or changes only by the draw `number`."""
    values = np.full((1, GLYPH_DRAWS), 0.5)
    if number is not None:
        values[0, number] = value
    return values


def box(top, bottom, left, right):
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, top:bottom, left:right] = 200
    return image


def centre(image):
    """Row and column of the ink's centre, in pixels."""
    rows, columns = np.nonzero(image > 0)
    ink = image[rows, columns].astype(float)
    return np.average(rows, weights=ink), np.average(columns, weights=ink)


def spread(image):
    """How far the ink reaches from its centre, down and across, as a standard deviation in pixels."""
    rows, columns = np.nonzero(image > 0)
    ink = image[rows, columns].astype(float)
    down, across = centre(image)
    return np.average((rows - down) ** 2, weights=ink) ** 0.5, np.average((columns - across) ** 2, weights=ink) ** 0.5


@pytest.fixture
def glyphs(random_pool):
    return random_pool("ab", each=20).images


def test_strength_0_changes_nothing(glyphs):
    rng = np.random.default_rng(0)
    varied = vary(glyphs, rng.random((len(glyphs), GLYPH_DRAWS)), rng.random(len(glyphs)), strength=0.0)
    np.testing.assert_array_equal(varied, glyphs)
    np.testing.assert_array_equal(vary_ink(tf.constant(glyphs), tf.constant(rng.random(len(glyphs))), 0.0), glyphs)


def test_middling_draws_change_nothing(glyphs):
    np.testing.assert_array_equal(vary(glyphs, np.full((len(glyphs), GLYPH_DRAWS), 0.5)), glyphs)


@pytest.mark.parametrize(("number", "axis"), [(UP, 0), (ACROSS, 1)])
def test_the_position_shifts_by_up_to_2_px(number, axis):
    image = box(10, 18, 8, 20)
    moved = vary(image, draws(number, 0.0))[0]
    np.testing.assert_array_equal(moved, np.roll(image[0], 2, axis))
    half = vary(image, draws(number, 0.0), strength=0.5)[0]
    np.testing.assert_array_equal(half, np.roll(image[0], 1, axis))


@pytest.mark.parametrize(("number", "axis"), [(HEIGHT, 0), (WIDTH, 1)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_size_changes_by_up_to_15_percent_about_the_middle(number, axis, value):
    image = box(6, 22, 6, 22)
    varied = vary(image, draws(number, value))[0]
    scale = np.exp(-0.15 * (2 * value - 1))
    assert spread(varied)[axis] == pytest.approx(scale * spread(image[0])[axis], rel=0.02)
    assert spread(varied)[1 - axis] == pytest.approx(spread(image[0])[1 - axis], rel=0.01)
    assert centre(varied) == pytest.approx((MIDDLE, MIDDLE), abs=0.01)


def slope(image):
    """The number of columns that the ink moves from one row to the next."""
    rows, columns = np.nonzero(image > 0)
    return np.polyfit(rows, columns, 1, w=image[rows, columns].astype(float))[0]


@pytest.mark.parametrize(
    ("changed", "slant", "expected"),
    [
        (draws(LEAN, 1.0), 0.5, 0.15),
        (draws(LEAN, 0.0), 0.5, 0.15),
        (draws(), 1.0, 0.25),
        (draws(), 0.0, 0.25),
        (draws(LEAN, 1.0), 1.0, 0.4),
    ],
)
def test_a_stroke_slants_by_the_slant_of_the_glyph_plus_that_of_the_line(changed, slant, expected):
    slanted = vary(box(4, 24, 12, 16), changed, np.array([slant]))[0]
    assert abs(slope(slanted)) == pytest.approx(expected, rel=0.1)
    assert np.sign(slope(slanted)) == (-1 if max(changed[0, LEAN], slant) > 0.5 else 1)


def test_a_glyph_turns_by_up_to_015_radians():
    upright, lying = box(4, 24, 12, 16), box(12, 16, 4, 24)
    for value in (0.0, 1.0):
        turned = vary(upright, draws(TURN, value))[0]
        assert abs(slope(turned)) == pytest.approx(np.tan(0.15), rel=0.1)
        laid = vary(lying, draws(TURN, value))[0]
        assert slope(laid.T) == pytest.approx(-slope(turned), rel=0.02)
        assert centre(turned) == pytest.approx((MIDDLE, MIDDLE), abs=0.01)


def test_ink_moves_no_further_than_the_parameters_allow():
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 28, (2, 300))
    images = np.zeros((300, 28, 28), np.uint8)
    images[np.arange(300), rows, columns] = 255
    varied = vary(images, rng.random((300, GLYPH_DRAWS)), rng.random(300))
    reach = 15  # from the middle
    furthest = 2 + reach * (np.exp(0.15) - 1) + reach * (np.sin(0.15) + 0.4 * np.exp(0.15)) + 1
    seen = 0
    for image, row, column in zip(varied, rows, columns, strict=True):
        for y, x in np.argwhere(image):
            seen += 1
            assert abs(y - row) < furthest and abs(x - column) < furthest
    assert seen > 300


def test_each_glyph_varies_by_its_own_draws(glyphs):
    rng = np.random.default_rng(2)
    numbers, slants = rng.random((len(glyphs), GLYPH_DRAWS)), rng.random(len(glyphs))
    together = vary(glyphs, numbers, slants)
    for i in (0, 7, 39):
        np.testing.assert_array_equal(vary(glyphs[i : i + 1], numbers[i : i + 1], slants[i : i + 1])[0], together[i])
    assert all(np.any(one != other) for one, other in zip(together, glyphs, strict=True))


@pytest.mark.parametrize("draw", [0.0, 0.3, 0.75, 1.0])
def test_ink_is_raised_to_a_power(draw):
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    varied = vary_ink(tf.constant(ramp), tf.constant([draw]), 1.0).numpy()
    expected = np.floor(255 * (ramp / 255.0) ** 2.0 ** (2 * draw - 1) + 0.5)
    np.testing.assert_array_equal(varied, expected)
    assert (varied[0, 0, 0], varied[0, -1, -1]) == (0, 255)
    assert np.all(np.diff(varied.ravel().astype(int)) >= 0)


def test_ink_becomes_heavier_below_the_middle_and_lighter_above():
    grey = np.full((3, 28, 5), 64, np.uint8)
    varied = vary_ink(tf.constant(grey), tf.constant([0.0, 0.5, 1.0]), 1.0).numpy()
    assert [np.unique(image).tolist() for image in varied] == [[128], [64], [16]]
    weaker = vary_ink(tf.constant(grey), tf.constant([0.0, 0.5, 1.0]), 0.5).numpy()
    assert 64 < weaker[0, 0, 0] < 128 and weaker[1, 0, 0] == 64 and 16 < weaker[2, 0, 0] < 64


def test_variation_is_the_same_inside_tf_data(glyphs):
    rng = np.random.default_rng(3)
    numbers, slants = rng.random((len(glyphs), GLYPH_DRAWS)), rng.random(len(glyphs))
    parts = tf.data.Dataset.from_tensor_slices((glyphs, numbers, slants)).batch(7)
    varied = parts.map(lambda image, shape, slant: vary_ink(vary_glyphs(image, shape, slant, 1.0), slant, 1.0))
    inside = np.concatenate(list(varied.as_numpy_iterator()))
    eager = vary_ink(vary_glyphs(tf.constant(glyphs), tf.constant(numbers), tf.constant(slants), 1.0), slants, 1.0)
    np.testing.assert_array_equal(inside, eager)


def test_a_varied_line_is_the_same_in_batches_of_every_size(random_pool):
    composer = LineComposer(random_pool("abcde"), ["abba cab", "dad e"], Alphabet(), LineSpec(max_length=9), 5, 1.0)

    def lines(size):
        images, widths = [], []
        for batch in tf.data.Dataset.range(30).batch(size).map(composer, num_parallel_calls=2).as_numpy_iterator():
            images += [image[:, :width, 0] for image, width in zip(batch["images"], batch["widths"], strict=True)]
            widths += batch["widths"].tolist()
        return images

    whole = lines(30)
    for size in (1, 7, 16):
        for one, other in zip(lines(size), whole, strict=True):
            np.testing.assert_array_equal(one, other)
