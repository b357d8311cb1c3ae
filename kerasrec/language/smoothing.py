"""Witten-Bell smoothing of the n-grams of one order with those of the order below."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kerasrec.language.ngrams import Level


@dataclass(frozen=True, eq=False)
class Continuations:
    """How P contexts of one length continue: N n-grams, those of a context side by side.

    Attributes:
        starts: (P + 1,) where the n-grams of each context start; the last one is where all end.
        characters: (N,) the code of each n-gram's last character, ascending within a context.
        shares: (N,) float64, what an n-gram's own count adds to the probability of its last character.
        rests: (P,) float64, the share of the shorter context's probabilities.
    """

    starts: np.ndarray
    characters: np.ndarray
    shares: np.ndarray
    rests: np.ndarray

    def interpolate(self, context: int, lower: np.ndarray) -> np.ndarray:
        """Returns the probabilities (V,) after a context, given those after the shorter context."""
        start, end = self.starts[context], self.starts[context + 1]
        chances: np.ndarray = lower * self.rests[context]
        chances[self.characters[start:end]] += self.shares[start:end]
        return chances

    def find(self, context: int, code: int) -> int | None:
        """Returns the place of the n-gram that continues a context with a character; None if it is not there."""
        end = int(self.starts[context + 1])
        place = bisect_left(self.characters, code, int(self.starts[context]), end)
        return place if place < end and self.characters[place] == code else None


def witten_bell(levels: Sequence[Level]) -> Iterator[Continuations]:
    """Yields the continuations of the empty context, of those of one character, and so on.

    An n-gram that was left out counts as a type with one occurrence; `LanguageModel` has the formula.
    """
    counts, children = levels[0].counts.sum(keepdims=True, dtype=np.int64), np.array([len(levels[0].counts)])
    for level in levels:
        starts = np.concatenate([[0], np.cumsum(children, dtype=np.int64)])
        own = level.counts.astype(np.int64)
        left_out = counts - np.diff(np.concatenate([[0], np.cumsum(own)])[starts])
        totals = counts + children + left_out  # C(h) + T(h)
        shares = own / np.repeat(totals, children)
        yield Continuations(starts, level.characters, shares, (children + 2 * left_out) / totals)
        counts, children = own, level.children.astype(np.int64)
