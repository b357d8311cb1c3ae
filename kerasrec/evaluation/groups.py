"""Scores by groups of lines: by length, by adjacent repeats and by overlap."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kerasrec.evaluation.metrics import Scores, score
from kerasrec.evaluation.readings import Readings

_LENGTHS = {"0": 0, "1-4": 1, "5-8": 5, "9-16": 9, "17-24": 17, "25-32": 25, "33 or more": 33}  # name: minimum length
_OVERLAPS = {f"{i / 10}-{(i + 1) / 10}": i / 10 for i in range(10)}  # name: minimum overlap
_DECIMALS = 6  # overlaps are rounded to these: 0.7 in float32 is slightly below 0.7


def score_groups(readings: Readings) -> dict[str, dict[str, Scores]]:
    """Scores the lines of each group.

    Returns:
        For "length" (in characters), "adjacent_repeats" and, if they are known, "overlap" (as a fraction of a glyph's
        width) and "group" (such as the writer): the scores of each group that has lines, by the group's name, in
        ascending order.
    """
    lengths = [len(text) for text in readings.references]
    repeats = [any(a == b for a, b in pairwise(text)) for text in readings.references]
    groups = {
        "length": _score_each(readings, list(_LENGTHS), np.digitize(lengths, list(_LENGTHS.values())) - 1),
        "adjacent_repeats": _score_each(readings, ["without", "with"], np.array(repeats, int)),
    }
    if readings.overlaps is not None:
        overlaps = np.round(readings.overlaps, _DECIMALS)
        indices = np.where(np.isnan(overlaps), -1, np.digitize(overlaps, list(_OVERLAPS.values())) - 1)
        groups["overlap"] = _score_each(readings, list(_OVERLAPS), indices)
    if readings.groups is not None:
        names, indices = np.unique(readings.groups, return_inverse=True)
        groups["group"] = _score_each(readings, names.tolist(), indices)
    return groups


def _score_each(readings: Readings, names: Sequence[str], indices: np.ndarray) -> dict[str, Scores]:
    """Scores the groups that have lines; `indices` (N,) are those of each line's group in `names`, or -1."""
    groups = {name: readings.select(np.flatnonzero(indices == i).tolist()) for i, name in enumerate(names)}
    return {name: score(group.texts, group.references) for name, group in groups.items() if len(group)}
