"""Pictures of a line with every kind of damage become the line that the clean picture becomes."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageFilter

from benchmarks import damage
from kerasrec.images.canonical import DARK, LIGHT, find_line, line_from_image, to_line
from kerasrec.images.compiled import make_line

FONT = {
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "h": "10000 10000 10110 11001 10001 10001 10001",
    "e": "00000 00000 01110 10001 11111 10000 01110",
    "p": "00000 00000 11110 10001 11110 10000 10000",
    "l": "00100 00100 00100 00100 00100 00100 00110",
    "a": "00000 01110 00001 01111 10001 10001 01111",
    "n": "00000 00000 10110 11001 10001 10001 10001",
    " ": " ".join(["00000"] * 7),
}


def draw(text: str) -> np.ndarray:
    """A line (28, W) uint8 of letters 5 x 7, three times enlarged, ink 255 on 0."""
    letters = [np.array([[int(bit) for bit in row] for row in FONT[each].split()], np.uint8) for each in text]
    pixels = np.concatenate([np.pad(letter, ((0, 0), (1, 1))) for letter in letters], axis=1)
    large = Image.fromarray(pixels * 255).resize((pixels.shape[1] * 3, 21), Image.Resampling.BICUBIC)
    return np.pad(np.asarray(large), ((4, 3), (6, 6)))


LINE, OTHER = draw("The plane lap hen pale"), draw("planT a heap The lane an")


def line_of(picture: np.ndarray) -> np.ndarray:
    grey = picture if picture.ndim == 2 else np.asarray(Image.fromarray(picture).convert("L"))
    return make_line(np.ascontiguousarray(grey), 28).pixels


CLEAN = line_of(255 - np.asarray(Image.fromarray(LINE).resize((LINE.shape[1] * 4, 112), Image.Resampling.BICUBIC)))


def alike(line: np.ndarray) -> float:
    """The correlation of a line with the clean one, both cut to their ink and a little blurred: shapes, not pixels."""

    def ink(pixels: np.ndarray) -> np.ndarray:
        rows, columns = (np.flatnonzero((pixels > 128).any(axis=axis)) for axis in (1, 0))
        if not rows.size:
            return np.zeros((24, 400))
        box = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return np.asarray(Image.fromarray(box).resize((400, 24)).filter(ImageFilter.GaussianBlur(1)), float)

    return float(np.corrcoef(ink(line).ravel() + np.arange(9600) * 1e-9, ink(CLEAN).ravel())[0, 1])


# Kinds that change the strokes themselves are alike in what they say, not pixel by pixel.
CHANGED = ("slant", "bold")
CASES = [(kind, strength) for kind, (_, strengths) in damage.KINDS.items() for strength in strengths]


@pytest.mark.parametrize(("kind", "strength"), CASES)
def test_the_line_is_that_of_the_clean_picture(kind, strength):
    paint, _ = damage.KINDS[kind]
    likeness = alike(line_of(paint(LINE, OTHER, strength, 0)))
    assert likeness > (0.4 if kind.startswith(CHANGED) else 0.8)


def test_all_kinds_combined_at_random():
    likeness = [alike(line_of(damage.combined(LINE, OTHER, seed))) for seed in range(40)]
    assert np.median(likeness) > 0.85
    assert np.mean(np.array(likeness) > 0.6) >= 0.85


@pytest.mark.parametrize("seed", range(20))
def test_numpy_and_the_graph_agree_within_a_grey_value(seed):
    picture = damage.combined(LINE, OTHER, 100 + seed)
    plain, compiled = line_from_image(picture), make_line(picture, 28)
    assert plain.pixels.shape == compiled.pixels.shape
    assert (plain.offset, plain.scale) == (compiled.offset, pytest.approx(compiled.scale))
    np.testing.assert_allclose(plain.pixels.astype(int), compiled.pixels, atol=1)


def test_who_knows_better_may_choose_the_polarity():
    picture = damage.KINDS["margin on all sides, %"][0](LINE, OTHER, 40, 0)
    assert bool(find_line(picture.astype(np.float32)).is_dark)
    dark, light = (np.asarray(to_line(picture, polarity)[0]) for polarity in (DARK, LIGHT))
    assert alike(dark) > 0.9 > 0.5 > alike(light)


@pytest.mark.parametrize("shape", [(3000, 4000), (40, 1), (5, 900)])
def test_pictures_of_any_shape_have_a_line(shape):
    picture = np.asarray(Image.fromarray(255 - LINE).resize(shape[::-1]))
    line, _, scale = tf.function(to_line, autograph=False)(picture)
    assert line.shape[0] == 28 and line.shape[1] >= 28
    assert float(scale) > 0
