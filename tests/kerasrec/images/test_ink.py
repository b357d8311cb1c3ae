"""Paper, light, polarity and ink of a canvas."""

import numpy as np
import pytest
from PIL import Image

from kerasrec.images.ink import Box, find_paper, find_polarity, find_stroke, flatten, shares, to_ink

WHOLE = np.ones((64, 456), np.float32)


def written(height: int = 64) -> np.ndarray:
    """Strokes of 1, a tenth of the height wide with soft edges, on 0: (height, about 7 * height) float32."""
    line = np.zeros((28, 200), np.uint8)
    for left in range(10, 180, 22):
        line[5:23, left : left + 4] = 255
        line[9:12, left : left + 14] = 255
    size = round(200 * height / 28 / 8) * 8, height
    return np.asarray(Image.fromarray(line).resize(size, Image.Resampling.BICUBIC), np.float32) / 255


def photographed(paper: float = 200, ink: float = 80, noise: float = 0, height: int = 64) -> np.ndarray:
    grey = paper + (ink - paper) * written(height)
    return (grey + np.random.default_rng(0).normal(0, noise, grey.shape)).clip(0, 255).astype(np.float32)


def ink_of(canvas: np.ndarray) -> np.ndarray:
    return np.asarray(to_ink(flatten(canvas, Box(0.0, 1.0, 0.0, 1.0)), WHOLE))


def assert_clean(ink: np.ndarray) -> None:
    """Strokes are strong, and at most one pixel in 200 of the paper shows."""
    strokes, paper = ink[written() > 0.9], ink[written() < 0.05]
    assert strokes.mean() > 180
    assert np.percentile(strokes, 5) > 120
    assert (paper > 64).mean() < 0.005
    assert paper.mean() < 5


@pytest.mark.parametrize(
    ("paper", "ink", "noise"), [(255, 0, 0), (200, 80, 10), (250, 10, 10), (210, 150, 4), (210, 185, 1)]
)
def test_photos_become_clean_ink(paper, ink, noise):
    assert_clean(ink_of(photographed(paper, ink, noise)))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("least", [0.6, 0.2])
def test_light_that_falls_off_is_evened_out(axis, least):
    light = np.expand_dims(np.linspace(1, least, WHOLE.shape[axis]), 1 - axis)
    assert_clean(ink_of((photographed(220, 40, 1) * light).astype(np.float32)))


def test_a_vignette_is_evened_out():
    y, x = np.meshgrid(*(np.linspace(-1, 1, size) for size in WHOLE.shape), indexing="ij")
    assert_clean(ink_of((photographed(240, 40, 1) * (1 - 0.3 * (x * x + y * y))).astype(np.float32)))


@pytest.mark.parametrize("darkness", [0.3, 0.7])
def test_a_shadow_with_a_hard_edge_leaves_no_ink(darkness):
    light = np.where(np.arange(456) + np.arange(64)[:, None] // 4 < 230, 1 - darkness, 1)
    ink = ink_of((photographed(250, 30) * light).astype(np.float32))
    assert (ink[written() < 0.05] > 64).mean() < 0.005
    assert ink[written() > 0.9].mean() > 150


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("noise", [0, 2, 10])
def test_paper_without_ink_is_empty(grey, noise):
    canvas = np.random.default_rng(0).normal(grey, noise, WHOLE.shape).clip(0, 255).astype(np.float32)
    assert ink_of(canvas).max() == 0


def test_contrast_below_seven_in_a_hundred_is_no_ink():
    assert ink_of(photographed(200, 190)).max() == 0
    assert ink_of(photographed(200, 170)).max() > 200


def polarity_of(canvas: np.ndarray) -> bool:
    return bool(find_polarity(canvas.astype(np.float32), np.ones_like(canvas, np.float32)))


@pytest.mark.parametrize("margin", [0, 4, 10])
@pytest.mark.parametrize("noise", [0, 8])
def test_dark_and_light_ink_are_told_apart(margin, noise):
    canvas = photographed(200, 60, noise, height=32 - 2 * margin)
    canvas = np.pad(canvas, margin, mode="edge")
    assert polarity_of(canvas)
    assert not polarity_of(255 - canvas)


def test_strokes_that_cover_most_of_a_tight_crop_are_still_ink():
    bold = np.zeros((32, 300), np.float32)
    for left in range(4, 296, 16):
        bold[2:30, left : left + 8] = 1
        bold[4:13, left + 8 : left + 14] = bold[17:26, left + 8 : left + 14] = 1
    assert bold.mean() > 0.6
    assert polarity_of(255 - 220 * bold)
    assert not polarity_of(220 * bold)


def test_a_shadow_does_not_turn_the_polarity():
    canvas = photographed(240, 30, height=32)
    assert polarity_of(canvas * np.where(np.arange(canvas.shape[1]) < 120, 0.3, 1))


def test_a_black_frame_is_no_paper():
    canvas = np.full((32, 200), 230, np.float32)
    canvas[:5] = canvas[:, -20:] = 10
    box = [float(value) for value in find_paper(canvas)]
    assert box == pytest.approx([6 / 32, 1, 0, 1 - 21 / 200], abs=0.03)


@pytest.mark.parametrize("axis", [0, 1])
def test_light_that_falls_off_to_black_is_no_frame(axis):
    canvas = np.broadcast_to(np.expand_dims(np.linspace(240, 20, (32, 200)[axis]), 1 - axis), (32, 200))
    assert [float(value) for value in find_paper(canvas.astype(np.float32))] == [0, 1, 0, 1]


def test_a_box_covers_shares_of_an_image():
    box = Box(0.0, 0.5, 0.25, 1.0)
    covered = np.asarray(box.covers(shares(4)[:, None], shares(4)[None]))
    assert covered.tolist() == [[0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("thickness", [3, 6])
def test_the_thickness_of_strokes(thickness):
    ink = np.zeros((64, 300), np.float32)
    ink[30 : 30 + thickness, 20:280] = 255
    assert float(find_stroke(ink)) == pytest.approx(thickness, rel=0.1)
    assert float(find_stroke(np.zeros((64, 300), np.float32))) == 0
