"""Composed lines fill the rows that lines fill in pictures."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasrec.alphabet import Alphabet
from kerasrec.lines.composer import LineComposer
from kerasrec.lines.fitting import FIT_DRAWS, LEAST_ROWS, fit_rows
from kerasrec.spec import LineSpec

MIDDLE = np.full((2, FIT_DRAWS), 0.5)


def lines(*spans: tuple[int, int], width: int = 100) -> np.ndarray:
    """Lines whose ink fills rows from the first to before the second of each span: (B, 28, width) uint8."""
    images = np.zeros((len(spans), 28, width), np.uint8)
    for image, (top, bottom) in zip(images, spans, strict=True):
        image[top:bottom, 10:20] = image[top:bottom, 60:66] = 255
    return images


def fit(
    images: np.ndarray, draws: np.ndarray = MIDDLE, strength: float = 0.0, height: int = 28
) -> tuple[np.ndarray, ...]:
    widths = np.full(len(images), images.shape[2], np.int32)
    return tuple(value.numpy() for value in fit_rows(tf.constant(images), widths, draws, strength, height))


def rows_of(image: np.ndarray) -> tuple[int, int]:
    rows = np.flatnonzero((image > 128).any(axis=1))
    return rows[0], rows[-1] + 1


def test_the_ink_of_every_line_fills_24_rows():
    images, widths, scales = fit(lines((0, 28), (8, 20)))
    assert [rows_of(image) for image in images] == [(2, 26), (2, 26)]
    assert scales == pytest.approx([24 / 28, 2])
    assert widths.tolist() == [86, 200]
    assert images.shape == (2, 28, 200)
    assert np.flatnonzero(images[1].any(axis=0))[[0, -1]] == pytest.approx([20, 132], abs=1)
    assert images[0, :, 86:].max() == 0


def test_the_ink_fills_as_large_a_share_of_every_height():
    images, widths, scales = fit(lines((0, 28), (8, 20)), height=56)
    assert [rows_of(image) for image in images] == [(4, 52), (4, 52)]
    assert scales == pytest.approx([48 / 28, 4])
    assert widths.tolist() == [171, 400]
    (low,), *_ = fit(lines((4, 24)), np.array([[0.5, 0]]), 1.0, height=56)
    assert rows_of(low) == pytest.approx((0, 44), abs=1)  # a seventh of the height above its place


def test_a_line_that_fills_24_rows_already_keeps_its_pixels():
    images, widths, _ = fit(lines((2, 26), (2, 26)))
    assert np.array_equal(images, lines((2, 26), (2, 26)))
    assert widths.tolist() == [100, 100]


def test_dots_and_dashes_are_not_blown_up():
    images, _, scales = fit(lines((20, 23), (3, 5)))
    assert scales == pytest.approx([24 / LEAST_ROWS] * 2)
    assert [rows_of(image)[1] - rows_of(image)[0] for image in images] == pytest.approx([7, 5], abs=1)


def test_a_line_without_ink_stays_empty():
    images, widths, _ = fit(np.zeros((2, 28, 30), np.uint8))
    assert images.max() == 0 and (widths > 0).all()


def test_training_lines_vary_in_height_and_position():
    spans = lines((4, 24), (4, 24))
    small, _, _ = fit(spans, np.array([[0, 0.5], [0, 1]]), 1.0)
    assert rows_of(small[0]) == pytest.approx((5, 23), abs=1)
    assert rows_of(small[1]) == pytest.approx((9, 27), abs=1)
    large, _, _ = fit(spans, np.array([[1, 0.5], [1, 0.5]]), 1.0)
    assert rows_of(large[0]) == (0, 28)


def test_a_line_does_not_depend_on_those_beside_it():
    images, *_ = fit(lines((3, 25), (8, 20)))
    alone, widths, _ = fit(lines((3, 25)), MIDDLE[:1])
    assert np.array_equal(images[0, :, : widths[0]], alone[0])


@pytest.mark.parametrize("fitted", [True, False])
def test_composed_lines_look_the_same_at_every_height(random_pool, fitted):
    def compose(height: int) -> dict[str, np.ndarray]:
        spec = LineSpec(height=height, max_length=6)
        composer = LineComposer(random_pool("ab"), ["ab ba", "abab"], Alphabet(), spec, fit_rows=fitted)
        found = {name: value.numpy() for name, value in composer(tf.range(8, dtype=tf.int64)).items()}
        return found | {"labelled": composer.labels(tf.range(8, dtype=tf.int64))[2].numpy()}

    small, large = compose(28), compose(56)
    assert large["images"].shape[1] == 56
    for name in ("widths", "starts", "ends", "labelled"):
        assert large[name] == pytest.approx(2 * small[name], abs=2)
    assert np.array_equal(large["labels"], small["labels"])
    for i, width in enumerate(small["widths"]):
        shrunk = Image.fromarray(large["images"][i, :, : large["widths"][i], 0]).resize((width, 28))
        assert (
            np.corrcoef(np.ravel(shrunk), small["images"][i, :, :width].ravel())[0, 1] > 0.85
        )  # noise, so that 1 px aside would be 0


def test_lines_of_a_fixed_width_are_as_wide_as_the_canvas_at_every_height(random_pool):
    spec = LineSpec(height=40, max_length=6, fixed_width=True)
    composer = LineComposer(random_pool("ab"), ["ab ba", "abab"], Alphabet(), spec)
    lines = composer(tf.range(3, dtype=tf.int64))
    assert lines["images"].shape == (3, 40, 240, 1)
    assert set(lines["widths"].numpy()) == set(composer.labels(tf.range(3, dtype=tf.int64))[2].numpy()) == {240}


def test_composed_lines_are_fitted_with_the_places_of_their_characters(random_pool):
    parts = random_pool("ab"), ["ab ba", "abab"], Alphabet(), LineSpec(max_length=6)
    numbers = tf.range(8, dtype=tf.int64)
    fitted, drawn = (LineComposer(*parts, fit_rows=choice)(numbers) for choice in (True, False))
    scales = fitted["widths"].numpy() / drawn["widths"].numpy()
    used = tf.sequence_mask(fitted["lengths"], 6).numpy()
    for name in ("starts", "ends"):
        wanted = drawn[name].numpy() * scales[:, None] * used
        assert fitted[name].numpy() == pytest.approx(wanted, abs=1)
    assert (fitted["ends"].numpy() <= fitted["widths"].numpy()[:, None]).all()
