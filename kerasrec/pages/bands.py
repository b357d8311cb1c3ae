"""The outline of a line of which only the baseline is known: a band as high as the distance to its neighbours."""

from collections.abc import Sequence

import numpy as np

_ABOVE, _BELOW = 0.7, 0.25  # of the distance between baselines
_FARTHEST = 1.5  # of the usual distance on the page: a line before a gap is no higher
_LEVEL = 0.01  # pixels up or down per pixel along: less than that is left to the line maker


def find_axes(baseline: np.ndarray | None) -> np.ndarray:
    """Finds the directions along a line and down from it: (2, 2) float, unit vectors of x and y.

    A baseline that runs mostly to the left, as some tools draw those of Arabic and Hebrew, is taken as one to the
    right, so that the letters are not turned upside down.

    >>> find_axes(np.array([[0, 90], [0, 10]])).round(3) + 0.0  # upwards, as a note in the margin
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    x, y = (0.0, 0.0) if baseline is None else baseline[-1] - baseline[0]
    length = np.hypot(x, y)
    if abs(y) <= _LEVEL * length:
        return np.eye(2)
    if x < 0 and abs(x) > abs(y):
        x, y = -x, -y
    return np.array([[x, y], [-y, x]]) / length


def find_bands(baselines: Sequence[np.ndarray]) -> list[np.ndarray | None]:
    """Makes an outline (N, 2) for each baseline (N, 2) of a page; None if nothing tells its height."""
    distances = [_nearest(baseline, baselines) for baseline in baselines]
    known = [distance for distance in distances if distance is not None]
    if not known:
        return [None] * len(baselines)
    usual = float(np.median(known))
    heights = (usual if distance is None else min(distance, _FARTHEST * usual) for distance in distances)
    return [_widen(baseline, height) for baseline, height in zip(baselines, heights, strict=True)]


def _nearest(baseline: np.ndarray, others: Sequence[np.ndarray]) -> float | None:
    """The distance to the nearest baseline above or below."""
    distances = (_distance(baseline, other) for other in others if other is not baseline)
    return min((distance for distance in distances if distance), default=None)


def _distance(baseline: np.ndarray, other: np.ndarray) -> float:
    """The distance between two baselines in the middle of the part that both have; 0 if there is none."""
    axes = find_axes(baseline)
    ours, theirs = (_sort(points @ axes.T) for points in (baseline, other))
    first, last = max(ours[0, 0], theirs[0, 0]), min(ours[-1, 0], theirs[-1, 0])
    if first >= last:
        return 0.0
    middle = (first + last) / 2
    return float(abs(np.interp(middle, *ours.T) - np.interp(middle, *theirs.T)))


def _sort(points: np.ndarray) -> np.ndarray:
    return points[np.argsort(points[:, 0], kind="stable")]


def _widen(baseline: np.ndarray, height: float) -> np.ndarray:
    down = find_axes(baseline)[1]
    return np.concatenate([baseline - _ABOVE * height * down, (baseline + _BELOW * height * down)[::-1]])
