"""Sliding windows, compared with plain loops."""

import numpy as np
import pytest

from kerasrec.images import windows

IMAGE = np.random.default_rng(0).random((13, 22)).astype(np.float32)


def slide(rows: int, columns: int, choose) -> np.ndarray:
    return np.array(
        [
            [
                choose(
                    IMAGE[max(0, i - rows // 2) : i + rows // 2 + 1, max(0, j - columns // 2) : j + columns // 2 + 1]
                )
                for j in range(IMAGE.shape[1])
            ]
            for i in range(IMAGE.shape[0])
        ]
    )


@pytest.mark.parametrize(("name", "choose"), [("dilate", np.max), ("erode", np.min), ("blur", np.mean)])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 1), (1, 7), (25, 25)])
def test_windows_are_cut_off_at_the_edges(name, choose, size):
    np.testing.assert_allclose(getattr(windows, name)(IMAGE, *size), slide(*size, choose), rtol=1e-5)


def test_closing_fills_dark_details_and_opening_removes_bright_ones():
    image = np.full((9, 20), 5, np.float32)
    image[3:5, 4:6], image[3:5, 12:14] = 1, 9
    closed, opened = (np.asarray(function(image, 3, 3)) for function in (windows.close, windows.open))
    assert closed[:, :10].min() == 5 and closed.max() == 9
    assert opened[:, 10:].max() == 5 and opened.min() == 1


@pytest.mark.parametrize("shape", [(6, 8), (7, 9), (1, 3)])
def test_half_the_size_and_back(shape):
    image = np.random.default_rng(1).random(shape).astype(np.float32)
    half = np.asarray(windows.halve(image))
    assert half.shape == (-(-shape[0] // 2), -(-shape[1] // 2))
    assert half[0, 0] == pytest.approx(image[:2, :2].mean())
    back = np.asarray(windows.double(half, *shape))
    assert back.shape == shape
    assert back[-1, -1] == half[-1, -1]
