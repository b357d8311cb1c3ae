"""The rows of a line: skew, curve, rules, specks, and what belongs to other lines."""

import numpy as np
import pytest

from kerasrec.images.rows import (
    curve_at,
    find_band,
    find_curve,
    find_slope,
    find_strips,
    remove_rules,
    remove_specks,
    straighten,
)


def written(top: int = 20, bottom: int = 44, width: int = 640, height: int = 64) -> np.ndarray:
    """Letters of strokes 4 px wide, with ascenders and descenders: (height, width) float32."""
    ink = np.zeros((height, width), np.float32)
    for number, left in enumerate(range(20, width - 30, 18)):
        above, below = (number % 5 == 1) * 6, (number % 7 == 3) * 6
        ink[top + 6 - above : bottom - 6 + below, left : left + 4] = 255
        ink[bottom - 10 : bottom - 6, left : left + 12] = 255
    return ink


def bend(ink: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Moves each column down by its shift in whole rows."""
    return np.stack([np.roll(ink[:, i], round(shift[i])) for i in range(ink.shape[1])], axis=1)


@pytest.mark.parametrize("degrees", [-3, -1, 0, 2, 3])
def test_the_slope_is_found(degrees):
    slope = np.tan(np.radians(degrees))
    ink = bend(written(height=128, top=52, bottom=76), slope * (np.arange(640) - 320))[32:96]
    assert float(find_slope(find_strips(ink), 640.0)) == pytest.approx(slope, abs=0.005)


@pytest.mark.parametrize("depth", [-5, 5])
def test_a_curve_is_straightened(depth):
    x = np.linspace(-1, 1, 640)
    shift = depth * (1 - x * x)
    ink = bend(written(height=32, top=6, bottom=26), shift)
    curve = find_curve(ink)
    found = np.asarray(curve_at(curve, 640))
    wanted = shift - shift[320]
    assert np.abs(found - found.mean() - wanted + wanted.mean()).max() < 1.5


def test_straightening_moves_columns_by_parts_of_rows():
    image = np.zeros((8, 3), np.float32)
    image[4] = 1
    moved = np.asarray(straighten(image, np.array([0, 1, 1.5], np.float32), 8))
    assert moved[:, 0].tolist() == image[:, 0].tolist()
    assert np.argmax(moved[:, 1]) == 3
    assert moved[2:4, 2].tolist() == [0.5, 0.5]


def test_beyond_the_image_there_is_nothing_or_its_edge():
    image = np.full((4, 1), 7, np.float32)
    shift = np.array([-2], np.float32)
    assert np.asarray(straighten(image, shift, 4))[:, 0].tolist() == [0, 0, 7, 7]
    assert np.asarray(straighten(image, shift, 4, beyond=True))[:, 0].tolist() == [7, 7, 7, 7]


def test_the_band_is_all_of_the_line_with_its_ascenders_and_descenders():
    band = find_band(written(20, 44))
    assert float(band.top) == pytest.approx(20, abs=1)
    assert float(band.bottom) == pytest.approx(44, abs=1)
    assert (float(band.above), float(band.below)) == (0, 64)


def test_parts_of_other_lines_are_told_from_the_line():
    ink = written(20, 44)
    ink[:5, 30:600:40] = 255  # descenders of the line above
    ink[:5, 31:601:40] = 255
    ink[55:, 100:500] = written(20, 44)[20:29, 100:500]
    band = find_band(ink)
    assert float(band.top) == pytest.approx(20, abs=1)
    assert float(band.bottom) == pytest.approx(44, abs=1)
    assert 5 <= float(band.above) <= 18
    assert 45 <= float(band.below) <= 56


def test_dots_above_the_line_belong_to_it():
    ink = written(24, 48)
    ink[24:30] = 0  # no ascenders
    ink[22:25, 100:104] = ink[22:25, 300:304] = 255
    assert float(find_band(ink).top) == pytest.approx(22, abs=1)


def test_rules_are_removed_and_the_strokes_that_they_cross_are_mended():
    ink = written()
    ruled = ink.copy()
    ruled[40:42] = np.maximum(ruled[40:42], 140)
    ruled[8:10] = 140
    without = np.asarray(remove_rules(ruled, upright=False))
    assert without[(ink == 0)].mean() < 2
    assert without[ink > 0].mean() > 235


def test_upright_rules_are_removed_on_demand():
    ink = written()
    squared = ink.copy()
    squared[:, 50:52] = np.maximum(squared[:, 50:52], 140)
    squared[:, 210:212] = np.maximum(squared[:, 210:212], 140)
    without = np.asarray(remove_rules(squared, upright=True))
    assert without[ink == 0].mean() < 2
    assert without[ink > 0].mean() > 235
    assert np.asarray(remove_rules(squared, upright=False))[:10, 50:52].min() == 140


def test_specks_are_removed_but_dots_stay():
    ink = np.zeros((64, 200), np.float32)
    ink[30, 50] = ink[10:12, 90] = 255
    ink[40:44, 120:124] = 255
    assert np.flatnonzero(np.asarray(remove_specks(ink)).any(axis=0)).tolist() == [120, 121, 122, 123]
