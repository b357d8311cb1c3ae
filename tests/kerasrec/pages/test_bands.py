"""Lines of which only the baseline is known: their direction, and a band as high as the distance to the next one."""

import numpy as np
import pytest

from kerasrec.pages.bands import find_axes, find_bands


def level(y, left=0, right=100):
    return np.array([[left, y], [right, y]], float)


@pytest.mark.parametrize(
    ("end", "along", "down"),
    [
        ((100, 0), (1, 0), (0, 1)),
        ((100, 0.5), (1, 0), (0, 1)),  # is not worth resampling
        ((-100, 0), (1, 0), (0, 1)),  # drawn from the right
        ((0, 100), (0, 1), (-1, 0)),  # downwards
        ((0, -100), (0, -1), (1, 0)),  # upwards
        ((80, 60), (0.8, 0.6), (-0.6, 0.8)),
    ],
)
def test_the_directions_of_a_line(end, along, down):
    assert np.allclose(find_axes(np.array([(0, 0), end], float)), [along, down])


def test_a_line_without_a_baseline_is_level():
    assert find_axes(None).tolist() == [[1, 0], [0, 1]]


def test_a_band_is_as_high_as_the_distance_to_the_nearest_neighbour():
    first, second, third = find_bands([level(100), level(140), level(200)])
    assert first.tolist() == [[0, 72], [100, 72], [100, 110], [0, 110]]  # 0.7 of 40 px above, 0.25 below
    assert second.tolist() == [[0, 112], [100, 112], [100, 150], [0, 150]]
    assert np.ptp(third[:, 1]) == pytest.approx(0.95 * 60)  # at most 1.5 times the usual 40


def test_a_line_before_a_gap_is_little_higher_than_the_others():
    *_, last = find_bands([level(100), level(140), level(180), level(900)])
    assert np.ptp(last[:, 1]) == pytest.approx(0.95 * 60)


def test_a_line_beside_others_has_the_usual_height():
    *_, beside = find_bands([level(100), level(140), level(500, 200, 300)])
    assert np.ptp(beside[:, 1]) == pytest.approx(0.95 * 40)


def test_a_single_line_has_no_height():
    assert find_bands([level(100)]) == [None]


def test_a_sloping_line_gets_a_sloping_band():
    lines = [np.array([[0, 0], [80, 60]]) + [0, shift] for shift in (0.0, 50.0)]
    band = find_bands(lines)[0]
    assert np.allclose(band - np.array([[0, 0], [80, 60], [80, 60], [0, 0]]), [[16.8, -22.4]] * 2 + [[-6, 8]] * 2)
