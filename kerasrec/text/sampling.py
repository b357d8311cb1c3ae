"""Sentences as arrays from which samples of whole words can be drawn, many at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadText


@dataclass(frozen=True)
class WordTable:
    """All words of a text, joined by single spaces, and how many of them fit in a line.

    A sample starts at a word and ends at a later word boundary, as in the Full Stack Deep Learning labs.

    Attributes:
        ids: (M,) uint8 or int32, the whole text as ids of the alphabet.
        starts: (N,) int32, where each word starts in `ids`.
        ends: (N,) int32, where each word ends in `ids` (exclusive).
        fits: (N,) int32, the number of words from each start that fit in a line, at least 1.
        dropped: Number of words left out, because they are longer than a line.
    """

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    fits: np.ndarray
    dropped: int

    @classmethod
    def from_sentences(cls, sentences: Iterable[str], alphabet: Alphabet, max_length: int) -> "WordTable":
        """Builds the table.

        Raises:
            BadText: No word is short enough for a line.
            UnknownCharacter: A sentence holds a character that the alphabet lacks.
        """
        words = [word for sentence in sentences for word in sentence.split()]
        short = [word for word in words if len(word) <= max_length]
        if not short:
            raise BadText(
                f"Expected a text with words of at most {max_length} characters, but it has {len(words)} words and "
                "none is that short. Give a text with shorter words, or longer lines."
            )
        sizes = np.array([len(word) for word in short], np.int32)
        ends = np.cumsum(sizes + 1, dtype=np.int32) - 1
        starts = ends - sizes
        ids = np.array(alphabet.encode(" ".join(short)), np.int32 if len(alphabet) > 255 else np.uint8)
        fits = np.searchsorted(ends, starts + max_length, side="right") - np.arange(len(ends))
        return cls(ids, starts, ends, fits.astype(np.int32), len(words) - len(short))
