"""Counts the n-grams of a text, and stores them as a tree of flat arrays."""

from dataclasses import dataclass

import numpy as np

UNPRUNED = 3
"""The n-grams of this order and below are all kept, however rare they are."""
LEAST = 2
"""Longer n-grams are kept if they occur at least as often."""


@dataclass(frozen=True, eq=False)
class Level:
    """The N n-grams of one order, sorted; an n-gram without its last character is its parent, in the level before.

    Attributes:
        characters: (N,) the code of each n-gram's last character.
        counts: (N,) how often each n-gram occurs.
        children: (N,) how many n-grams of the next level continue each one.
    """

    characters: np.ndarray
    counts: np.ndarray
    children: np.ndarray


def count_ngrams(codes: np.ndarray, size: int, order: int, least: int = LEAST) -> list[Level]:
    """Counts the n-grams of a text whose end is followed by its beginning, so that every n-gram is followed by one.

    An n-gram is sorted by the rank of its parent and then by its last character. Both fit into one integer, whatever
    the order and the number of characters.

    Args:
        codes: (N,) int64, the code of each character of the text.
        size: The number of different characters.
        order: The length of the longest n-grams.
        least: n-grams longer than `UNPRUNED` that occur less often are left out.

    Returns:
        A level for each order, from 1.
    """
    places = np.arange(len(codes))  # where the n-grams that are kept start
    ranks = np.zeros(len(codes), np.int64)  # of the n-gram at each place
    number, found, levels = 1, np.zeros(0, np.int64), list[tuple[np.ndarray, np.ndarray]]()
    children = list[np.ndarray]()
    for length in range(1, order + 1):
        keys = ranks * size + codes[(places + length - 1) % len(codes)]
        found, ranks, counts = np.unique(keys, return_inverse=True, return_counts=True)
        is_kept = counts >= (1 if length <= UNPRUNED else least)
        stay = is_kept[ranks]
        places, ranks = places[stay], (np.cumsum(is_kept) - 1)[ranks[stay]]
        parents, characters = np.divmod(found[is_kept], size)
        children.append(np.bincount(parents, minlength=number))
        levels.append((characters, counts[is_kept]))
        number = len(characters)
    children.append(np.zeros(number, np.int64))
    return [Level(*level, below) for level, below in zip(levels, children[1:], strict=True)]
