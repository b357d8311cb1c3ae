"""Readings: the text with its confidence, and each character with its position in the image."""

from dataclasses import dataclass

import numpy as np

from kerasrec.alphabet import Alphabet
from kerasrec.decoding.spans import Decoding


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a reading; `start` and `end` are pixels of the image that was read."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of an image, its probability, and a `Character` for each character of the text."""

    text: str
    confidence: float
    characters: tuple[Character, ...]


def to_reading(decoding: Decoding, alphabet: Alphabet, centres: np.ndarray, width: float) -> Reading:
    """Converts ids and frames to text and pixels.

    A network predicts a character in one or a few frames within its glyph. The boundary between neighbours is
    therefore halfway between the centres of their frames. The first and the last character extend as far outwards as
    inwards, and a single character spans the whole width. Special tokens are left out.

    >>> from kerasrec.decoding import Span
    >>> decoding = Decoding(0.5, (Span(40, 0.9, 1, 1), Span(41, 0.8, 3, 4)))
    >>> reading = to_reading(decoding, Alphabet(), np.arange(6) * 8 + 4, 48)
    >>> reading.text, [(character.start, character.end) for character in reading.characters]
    ('ab', [(2.0, 22.0), (22.0, 42.0)])

    Args:
        decoding: The decoded line.
        alphabet: The alphabet of the ids.
        centres: (T,) the centre of each frame in pixels of the image, ascending.
        width: The width of the image in pixels.
    """
    kept = [(text, span) for span in decoding.spans if (text := alphabet.decode([span.id]))]
    middles = np.array([(centres[span.first] + centres[span.last]) / 2 for _, span in kept])
    edges = _edges(middles, width).tolist()
    characters = tuple(
        Character(text, span.confidence, start, end)
        for (text, span), start, end in zip(kept, edges[:-1], edges[1:], strict=True)
    )
    return Reading("".join(text for text, _ in kept), decoding.confidence, characters)


def _edges(middles: np.ndarray, width: float) -> np.ndarray:
    """Returns the boundaries (L + 1,) of characters with the given centres (L,), in pixels."""
    if len(middles) < 2:
        return np.linspace(0.0, width, len(middles) + 1)
    inner = (middles[1:] + middles[:-1]) / 2
    outer = 2 * middles[[0, -1]] - inner[[0, -1]]
    edges: np.ndarray = np.concatenate([outer[:1], inner, outer[1:]])
    return edges.clip(0.0, width)
