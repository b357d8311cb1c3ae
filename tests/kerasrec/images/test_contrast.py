"""Ink from grey values: clean lines stay as they are, photos of all kinds become clean lines."""

import numpy as np
import pytest

from kerasrec.images.contrast import to_ink


def written(width: int = 200) -> np.ndarray:
    """A clean line (28, width) uint8: strokes of 255, four pixels wide with blurred edges, on 0."""
    line = np.zeros((28, width), np.uint8)
    for left in range(10, width - 20, 22):
        line[5:23, left : left + 4] = 255
        line[9:12, left : left + 14] = 255
        line[5:23, left - 1] = 90
        line[12, left + 4 : left + 14] = 3
    return line


def photographed(line: np.ndarray, paper: float = 200, ink: float = 80, noise: float = 10) -> np.ndarray:
    grey = paper + (ink - paper) * (line / 255.0) + np.random.default_rng(0).normal(0, noise, line.shape)
    return grey.clip(0, 255).astype(np.uint8)


def ink_of(grey: np.ndarray) -> np.ndarray:
    return np.asarray(to_ink(grey.astype(np.float32)))


def assert_clean(ink: np.ndarray) -> None:
    """Strokes near 255, and next to nothing elsewhere: at most one pixel in 200 of the paper shows."""
    strokes, paper = ink[written() == 255], ink[written() == 0]
    assert strokes.mean() > 220
    assert np.percentile(strokes, 5) > 150
    assert (paper > 64).mean() < 0.005
    assert paper.mean() < 5


@pytest.mark.parametrize("width", [30, 200, 900])
def test_a_clean_line_stays_as_it_is_and_its_negative_becomes_it(width):
    assert np.array_equal(ink_of(written(width)), written(width))
    assert np.array_equal(ink_of(255 - written(width)), written(width))


def test_little_ink_decides_the_polarity_too():
    line = np.zeros((28, 900), np.uint8)
    line[20:23, 400:403] = 255
    assert np.array_equal(ink_of(line), line)
    assert np.array_equal(ink_of(255 - line), line)
    dot = ink_of(photographed(line))
    assert dot[21, 401] > 200
    assert (dot > 64).sum() == 9


@pytest.mark.parametrize(("paper", "ink"), [(200, 80), (80, 200), (250, 10), (20, 230), (210, 150)])
def test_photos_become_clean_lines(paper, ink):
    assert_clean(ink_of(photographed(written(), paper, ink, noise=min(abs(paper - ink) / 12, 10))))


def test_faint_ink_becomes_strong():
    assert_clean(ink_of(photographed(written(), 210, 185, noise=1)))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("negative", [False, True])
def test_shading_is_removed(axis, negative):
    light = np.expand_dims(np.linspace(0.6, 1, written().shape[axis]), 1 - axis)
    grey = (photographed(written(), 220, 60, 3) * light).astype(np.uint8)
    ink = ink_of(255 - grey if negative else grey)
    assert (ink[written() == 0] > 64).mean() < 0.01
    assert ink[written() == 255].min() > 64


@pytest.mark.parametrize("paper", [0, 128, 255])
@pytest.mark.parametrize("noise", [0, 2, 10])
def test_paper_without_ink_is_empty(paper, noise):
    assert ink_of(photographed(np.zeros((28, 300)), paper, 0, noise)).max() == 0


def test_contrast_below_sixteen_levels_is_no_ink():
    assert ink_of(written() // 255 * 15).max() == 0
    assert ink_of(written() // 255 * 20).max() == 255
