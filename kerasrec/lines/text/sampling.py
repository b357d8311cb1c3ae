"""Sentences as arrays, from which many samples of whole words can be drawn at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.errors import BadText


@dataclass(frozen=True)
class WordTable:
    """All words of a text, each followed by a space, and how many of them fit in a line.

    A sample starts at a word and ends at a later word boundary, as in the Full Stack Deep Learning labs. With an
    alphabet without a space, words cannot be joined and each sample is one word.

    Attributes:
        ids: (M,) uint8 or int32, the alphabet's ids of the whole text.
        starts: (N,) int32, where each word starts in `ids`.
        ends: (N,) int32, where each word ends in `ids` (exclusive).
        fits: (N,) int32, the number of words from each start that fit in a line, at least 1.
        dropped: The number of words left out because they are longer than a line.
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
            UnknownCharacter: A sentence has a character that is not in the alphabet.
        """
        words = [word for sentence in sentences for word in sentence.split()]
        short = [word for word in words if len(word) <= max_length]
        if not short:
            raise BadText(
                f"A line has at most {max_length} characters, but none of the text's {len(words)} words is that short. "
                "Use a text with shorter words, or longer lines."
            )
        space = alphabet.encode(" ") if " " in alphabet else []
        codes = {word: alphabet.encode(word) + space for word in dict.fromkeys(short)}
        id_type = np.uint8 if len(alphabet) <= 256 else np.int32
        ids = np.fromiter(chain.from_iterable(map(codes.__getitem__, short)), id_type)
        sizes = np.array([len(codes[word]) for word in short], np.int32)
        starts = np.cumsum(sizes, dtype=np.int32) - sizes
        ends = starts + sizes - len(space)
        fits = np.searchsorted(ends, starts + max_length, side="right") - np.arange(len(ends))
        if not space:
            fits = np.ones_like(ends)
        return cls(ids, starts, ends, fits.astype(np.int32), len(words) - len(short))
