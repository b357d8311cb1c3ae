"""Turns images upright and makes their pixels square, from what their files say about them."""

import numpy as np
from PIL import Image

LEAST_STRETCH, MOST_STRETCH = 1.2, 5.0
"""The ratios of horizontal to vertical resolution, or the reverse, that are corrected; others are damage."""

_ORIENTATION = 0x0112


def read_orientation(image: Image.Image) -> int:
    """Reads the orientation, 1..8, from EXIF or XMP."""
    orientation = image.getexif().get(_ORIENTATION, 1)
    return orientation if orientation in range(1, 9) else 1


def read_stretch(image: Image.Image, orientation: int) -> float:
    """Returns the factor for the height of the upright image that makes its pixels square; 1 if they are."""
    info = image.info
    # In a JPEG, "dpi" may come from EXIF data, where it is often wrong.
    keys = (key for key in ("jfif_density", "dpi", "aspect", "resolution") if key in info)
    across, down = map(float, info.get(next(keys, ""), (0, 0)))
    if not (across > 0 and down > 0):
        return 1.0
    stretch = down / across if is_turned(orientation) else across / down
    return stretch if LEAST_STRETCH <= max(stretch, 1 / stretch) <= MOST_STRETCH else 1.0


def is_turned(orientation: int) -> bool:
    """Whether turning swaps height and width."""
    return orientation >= 5


def turn_upright(grey: np.ndarray, orientation: int) -> np.ndarray:
    """Turns and mirrors grey values (H, W) so that they are upright.

    >>> turn_upright(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    turned = grey.T if is_turned(orientation) else grey
    down = -1 if orientation in (3, 4, 7, 8) else 1
    across = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(turned[::down, ::across])


def stretch_rows(grey: np.ndarray, height: int) -> np.ndarray:
    """Gives grey values (H, W) uint8 another height, (height, W): rows are repeated, or averaged if there are more.

    >>> stretch_rows(np.uint8([[0], [10], [20], [30]]), 2).tolist()
    [[5], [25]]
    """
    rows = len(grey)
    if height == rows:
        return grey
    if height > rows:
        return grey[(2 * np.arange(height) + 1) * rows // (2 * height)]
    starts = -(np.arange(height) * -rows // height)  # rounded up
    sums = np.add.reduceat(grey.astype(np.float32), starts, axis=0)
    counts = np.diff(np.append(starts, rows)).astype(np.float32)
    averages: np.ndarray = (sums / counts[:, None]).round()
    return averages.astype(np.uint8)
