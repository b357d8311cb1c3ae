"""Lays images with transparent pixels on the paper that a person would see behind their ink."""

import numpy as np

INK_SPREAD = 16.0  # grey values: opaque pixels that differ less are one colour, that of the ink
EDGE_STEP = 8.0  # grey values: edges that differ more from the inside fade to the paper
WHITE, BLACK = 255.0, 0.0
_LEVELS = np.arange(256.0)


def lay_on_paper(grey: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Composites grey values over paper that makes them legible.

    Strokes alone get white or black paper: the one that their edges fade to, as where white paper was made transparent
    and the grey edges of the strokes stayed opaque, or otherwise the one that contrasts with them. A transparent margin
    around opaque paper gets the colour of that paper.

    Args:
        grey: (H, W) uint8.
        opacity: (H, W) uint8.

    Returns:
        (H, W) uint8.
    """
    if opacity.min() == 255:
        return grey
    share = opacity.astype(np.float32) / 255
    composite: np.ndarray = (grey * share + _choose_paper(grey, opacity) * (1 - share)).round()
    return composite.astype(np.uint8)


def _choose_paper(grey: np.ndarray, opacity: np.ndarray) -> float:
    seen = opacity > opacity.max() // 2
    if not seen.any():
        return WHITE
    edge = seen & ~_is_surrounded(seen)
    counts, edge_counts = (np.bincount(grey[mask], minlength=256) for mask in (seen, edge))
    mean, edge_mean, inner_mean = map(_mean, (counts, edge_counts, counts - edge_counts))
    spread = np.sqrt(counts @ (_LEVELS - mean) ** 2 / counts.sum())
    if seen.sum() / _box(seen) > 0.5 and spread > INK_SPREAD:
        return _median(edge_counts if edge_counts.any() else counts)
    if abs(edge_mean - inner_mean) > EDGE_STEP:  # false if either has no pixels
        return WHITE if edge_mean > inner_mean else BLACK
    return WHITE if mean < 128 else BLACK


def _is_surrounded(seen: np.ndarray) -> np.ndarray:
    """Whether all four neighbours of each pixel, (H, W) bool, are seen too; those outside the image are."""
    padded = np.pad(seen, 1, constant_values=True)
    surrounded: np.ndarray = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return surrounded


def _box(seen: np.ndarray) -> int:
    """The area in pixels of the smallest box with all that is seen."""
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    return int((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1))


def _mean(counts: np.ndarray) -> float:
    """The mean of grey values counted in (256,) int64; NaN if there are none."""
    total = counts.sum()
    return float(counts @ _LEVELS / total) if total else np.nan


def _median(counts: np.ndarray) -> float:
    total = counts.sum()
    return float(np.searchsorted(counts.cumsum(), [(total - 1) // 2, total // 2], side="right").mean())
