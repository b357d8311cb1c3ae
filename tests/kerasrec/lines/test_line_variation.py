"""Tests the variation of whole lines on drawn strokes, whose places are known."""

import numpy as np
import pytest
import tensorflow as tf

from kerasrec.errors import UsageError
from kerasrec.lines.line_variation import LINE_VARIATIONS, vary_lines

SHAPE = ("slant", "stretch", "size", "place", "rotation", "curve", "elastic")
MARKS = ("noise", "rules", "specks")  # what blank paper has too
LINES = 60
MARGIN = 8


def writing(height=28, width=200, seed=0):
    """A line of upright strokes, (height, width) uint8, of which one is as high as the line, with an empty margin."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width), np.uint8)
    edge, pen = height // 14, 3 * height // 28
    for left in range(MARGIN, width - MARGIN - pen, 3 * pen):
        top, bottom = rng.integers(edge, height // 2), rng.integers(height // 2 + 3, height - edge)
        image[top:bottom, left : left + pen] = 255
    image[edge : height - edge, MARGIN : MARGIN + pen] = 255
    return image


def bar(height=28, width=200):
    """A line that is one bar."""
    image = np.zeros((height, width), np.uint8)
    image[height // 14 : -(height // 14), MARGIN:-MARGIN] = 255
    return image


def vary(images, indices=None, strength=1.0, kinds=LINE_VARIATIONS, seed=3):
    """Varies lines, a list of (height, width), as one batch; returns each at its own width, and the scales."""
    widths = np.array([image.shape[1] for image in images], np.int32)
    canvas = np.zeros((len(images), len(images[0]), max(widths)), np.uint8)
    for row, image in zip(canvas, images, strict=True):
        row[:, : image.shape[1]] = image
    indices = np.arange(len(images)) if indices is None else indices
    varied, widths, scales = vary_lines(tf.constant(canvas), tf.constant(widths), seed, indices, strength, kinds)
    return [line[:, :width] for line, width in zip(varied.numpy(), widths.numpy(), strict=True)], scales.numpy()


def with_only(kind, image):
    """One line with one kind of variation, sixty times, (60, H, W); no kind but "stretch" changes its width."""
    return np.stack(vary([image] * LINES, kinds=(kind,))[0])


def rows_of(image, columns=slice(None)):
    """The first row with ink, and one past the last, to parts of a pixel."""
    ink = image[:, columns].max(axis=1) / 255
    inked = np.flatnonzero(ink > 0.1)
    return inked[0] + 1 - ink[inked[0]], inked[-1] + ink[inked[-1]]


def middles(image):
    """The middle of the ink of each column that has some."""
    columns = image[:, image.max(axis=0) > 0].astype(float)
    return (columns * np.arange(len(image))[:, None]).sum(axis=0) / columns.sum(axis=0)


@pytest.mark.parametrize("height", [28, 40, 64])
def test_varied_lines_are_lines(height):
    images = np.stack([writing(height, 300, seed) for seed in range(4)])
    images[1:, :, 180:] = 0
    old = np.array([300, 180, 190, 300], np.int32)
    varied, widths, scales = vary_lines(tf.constant(images), tf.constant(old), 0, tf.range(4, dtype=tf.int64), 1.0)
    assert (varied.dtype, widths.dtype, scales.dtype) == (tf.uint8, tf.int32, tf.float64)
    assert varied.shape == (4, height, max(widths))
    assert ((scales >= 0.85) & (scales <= 1.15)).numpy().all() and len(set(scales.numpy())) == 4
    np.testing.assert_array_equal(widths, np.round(old * scales))
    for line, width in zip(varied.numpy(), widths.numpy(), strict=True):
        assert line[:, :width].max() > 150
        assert line[:, width:].max(initial=0) == 0


@pytest.mark.parametrize(("strength", "kinds"), [(0.0, LINE_VARIATIONS), (1.0, ())])
def test_lines_stay_as_they_are_without_strength_or_kinds(strength, kinds):
    noise = np.random.default_rng(0).integers(0, 256, (28, 150), np.uint8)
    images = [writing(), noise, writing(width=90), np.zeros((28, 40), np.uint8)]
    varied, scales = vary(images, strength=strength, kinds=kinds)
    for line, image in zip(varied, images, strict=True):
        np.testing.assert_array_equal(line, image)
    np.testing.assert_array_equal(scales, 1)


def test_a_line_varies_alike_in_every_batch_and_inside_tf_data():
    images = [writing(width=120 + 13 * (i % 17), seed=i) for i in range(24)]
    together, _ = vary(images)
    canvas = np.zeros((24, 28, 400), np.uint8)
    for row, image in zip(canvas, images, strict=True):
        row[:, : image.shape[1]] = image
    widths = np.array([image.shape[1] for image in images], np.int32)
    parts = tf.data.Dataset.from_tensor_slices((canvas, widths, np.arange(24))).batch(5)
    varied = tf.function(lambda *part: (*vary_lines(*part[:2], 3, part[2], 1.0), part[2]), autograph=False)
    for batch in parts.map(varied):
        for line, width, index in zip(batch[0].numpy(), batch[1].numpy(), batch[3].numpy(), strict=True):
            np.testing.assert_array_equal(line[:, :width], together[index])
    backwards, _ = vary(images[::-1], np.arange(24)[::-1])
    for line, other in zip(backwards[::-1], together, strict=True):
        np.testing.assert_array_equal(line, other)


def test_lines_differ_by_number_and_by_seed():
    one, other = vary([writing()] * 2)[0]
    assert one.shape != other.shape or (one != other).any()
    again = vary([writing()] * 2, seed=4)[0][0]
    assert again.shape != one.shape or (again != one).any()


@pytest.mark.parametrize("kind", LINE_VARIATIONS)
def test_every_kind_changes_lines_by_itself(kind):
    image = writing(width=400)
    varied, _ = vary([image] * LINES, kinds=(kind,))
    changed = sum(line.shape != image.shape or (line != image).any() for line in varied)
    low, high = {"weight": (20, 52), "blur": (15, 45), "noise": (8, 30), "rules": (1, 15), "specks": (5, 40)}.get(
        kind, (5, 35) if kind == "neighbours" else (LINES - 2, LINES)
    )
    assert low <= changed <= high


def test_half_the_strength_changes_less():
    image = writing()
    for kind in ("slant", "elastic", "ink", "curve"):
        change = [
            np.abs(np.stack(vary([image] * LINES, None, strength, (kind,))[0]).astype(int) - image).mean()
            for strength in (0.25, 1.0)
        ]
        assert 0 < change[0] < 0.6 * change[1]


def test_strokes_slant_to_both_sides():
    image = np.zeros((28, 60), np.uint8)
    image[2:26, 28:32] = 255
    slopes = []
    for line in with_only("slant", image):
        rows = line[4:24].astype(float)
        middle = (rows * np.arange(60)).sum(axis=1) / rows.sum(axis=1)
        slopes.append(np.polyfit(np.arange(4, 24), middle, 1)[0])
        assert middle.mean() == pytest.approx(29.5, abs=0.05)
    assert min(slopes) < -0.2 and max(slopes) > 0.2 and np.abs(slopes).max() < 0.41


def test_columns_are_found_again_by_the_scale():
    image = np.zeros((28, 300), np.uint8)
    places = np.array([20, 100, 180, 260])
    for place in places:
        image[4:24, place : place + 3] = 255
    varied, scales = vary([image] * LINES, kinds=("stretch",))
    assert scales.min() < 0.88 and scales.max() > 1.12
    for line, scale in zip(varied, scales, strict=True):
        assert line.shape[1] == round(300 * scale)
        ink = line[14].astype(float)
        for place in places:
            wanted = (place + 1.5) * scale - 0.5
            near = slice(round(wanted) - 15, round(wanted) + 16)
            assert np.average(np.arange(len(ink))[near], weights=ink[near]) == pytest.approx(wanted, abs=8)


def test_the_height_of_the_ink_varies_about_its_middle():
    heights = []
    for line in with_only("size", bar()):
        top, bottom = rows_of(line)
        heights.append((bottom - top) / 24)
        assert top + bottom == pytest.approx(28, abs=0.1)
    assert 0.78 < min(heights) < 0.84 and 1.01 < max(heights) < 1.07


def test_the_ink_moves_up_and_down_and_hardly_leaves_the_canvas():
    tops = [rows_of(line)[0] for line in with_only("place", bar())]
    assert 0 <= min(tops) < 0.5 and 3.5 < max(tops) < 5.1


def test_lines_turn_and_their_ink_stays_on_the_canvas():
    rises = []
    for line in with_only("rotation", bar()):
        heights = line.astype(float).sum(axis=0)[MARGIN + 2 : -MARGIN - 2] / 255
        assert np.ptp(heights) < 0.1
        slopes = np.diff(middles(line)[5:-5])
        assert slopes == pytest.approx(slopes.mean(), abs=0.02)
        rises.append(slopes.mean() * 200)
    assert min(rises) < -2.5 and max(rises) > 2.5 and np.abs(rises).max() < 4.1


def test_baselines_curve():
    bends = []
    for line in with_only("curve", bar(width=600)):
        middle = middles(line)[5:-5]
        bends.append(np.ptp(middle))
        assert np.abs(np.diff(middle)).max() < 0.1
    assert np.median(bends) > 1 and max(bends) < 12


def test_weight_makes_some_lines_bolder_and_some_thinner():
    image = writing()
    change = with_only("weight", image).mean(axis=(1, 2)) / image.mean()
    assert change.min() < 0.9 and change.max() > 1.1 and (change == 1).any()


def test_blur_keeps_the_ink_but_spreads_it():
    image = writing()
    varied = with_only("blur", image)
    assert varied.mean(axis=(1, 2)) == pytest.approx(image.mean(), rel=0.01)
    assert max((line > 20).sum() for line in varied) > 1.4 * (image > 20).sum()


def test_ink_fades_along_the_line_and_none_appears():
    varied = with_only("ink", writing(width=600)).astype(float)
    assert varied[:, writing(width=600) == 0].max() == 0
    along = varied.max(axis=1)[:, MARGIN::9][:, :60]
    assert 100 < along.min() < 200 and along.max() > 250 and np.ptp(along, axis=1).max() > 50


def test_middle_grey_becomes_darker_or_lighter():
    grey = np.full((28, 60), 128, np.uint8)
    lightest, darkest = np.quantile(with_only("ink", grey), [0.01, 0.99])
    assert lightest < 90 and 150 < darkest < 230


def test_noise_is_faint():
    blank = with_only("noise", np.zeros((28, 200), np.uint8))
    assert 15 < blank.max() <= 40 and (blank.max(axis=(1, 2)) == 0).sum() > 30


def test_few_lines_are_ruled():
    ruled = with_only("rules", np.zeros((28, 200), np.uint8))
    with_rule = ruled[ruled.max(axis=(1, 2)) > 0]
    assert 1 <= len(with_rule) <= 15
    for line in with_rule:
        rows = np.flatnonzero(line.max(axis=1))
        assert len(rows) <= 3 and (line[rows] == line[rows, :1]).all()


def test_specks_are_small():
    specks = with_only("specks", np.zeros((28, 200), np.uint8))
    inked = (specks > 0).sum(axis=(1, 2))
    assert inked.max() <= 2 * 16 and 5 < (inked > 0).sum() < 40


def test_ends_of_neighbouring_strokes_appear_at_the_edges_only():
    image = writing(width=400)
    image[:6] = image[22:] = 0
    changed = (with_only("neighbours", image) != image).any(axis=2)
    assert changed[:, :5].any() and changed[:, 23:].any() and not changed[:, 5:23].any()
    assert changed.any(axis=1).mean() < 0.6


@pytest.mark.parametrize("height", [28, 48])
def test_blank_paper_stays_blank_but_for_noise_and_marks(height):
    blank = [np.zeros((height, 150), np.uint8)] * LINES
    clean, _ = vary(blank, kinds=[kind for kind in LINE_VARIATIONS if kind not in MARKS])
    assert max(line.max() for line in clean) == 0
    assert np.mean([line.mean() for line in vary(blank)[0]]) < 5


@pytest.mark.parametrize("height", [28, 48, 64])
def test_lines_keep_their_ink(height):
    images = [writing(height, 500, seed) for seed in range(LINES)]
    before = np.array([image.mean() for image in images])
    after = np.array([line.mean() for line in vary(images)[0]])
    assert 0.6 < np.median(after / before) < 1.1
    assert 0.25 < (after / before).min() and (after / before).max() < 2


@pytest.mark.parametrize("height", [28, 48])
def test_text_is_not_cut_off(height):
    unit = height / 28
    for line in vary([bar(height, 400)] * LINES, kinds=[kind for kind in SHAPE if kind != "elastic"])[0]:
        heights = np.sort(line.astype(float).sum(axis=0) / 255)[::-1][: line.shape[1] - 2 * height]
        assert np.ptp(heights) < 1.5 * unit  # where a bar leaves the canvas, it is lower
    ends = np.concatenate([line[:, [0, -1]] for line in vary([bar(height, 400)] * LINES, kinds=SHAPE)[0]], axis=1)
    assert (ends.sum(axis=0) / 255).mean() < unit and (ends.sum(axis=0) / 255).max() < 8 * unit


def test_an_unknown_kind_is_refused():
    with pytest.raises(UsageError, match=r"must be one of slant, stretch, .*, neighbours, not 'slnt'"):
        vary([writing()], kinds=("slnt",))
