"""What a user gets: the text with its confidence, and each character with its place in the image."""

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
    """What an image says: the text, its probability, and one `Character` for each character of the text."""

    text: str
    confidence: float
    characters: tuple[Character, ...]


def to_reading(decoding: Decoding, alphabet: Alphabet, centres: np.ndarray, width: float) -> Reading:
    """Turns ids and frames into text and pixels.

    A network says a character in one frame or a few, somewhere within its glyph. So neighbours are divided half-way
    between the middles of their frames; the first and the last character reach as far outwards as inwards, and a
    character alone takes the whole width. Special tokens are no text and are left out.

    >>> from kerasrec.decoding import Span
    >>> decoding = Decoding(0.5, (Span(40, 0.9, 1, 1), Span(41, 0.8, 3, 4)))
    >>> reading = to_reading(decoding, Alphabet(), np.arange(6) * 8 + 4, 48)
    >>> reading.text, [(character.start, character.end) for character in reading.characters]
    ('ab', [(2.0, 22.0), (22.0, 42.0)])

    Args:
        decoding: What was decoded.
        alphabet: The meaning of the ids.
        centres: (T,) the middle of each frame in pixels of the image, ascending.
        width: The image's width in pixels.
    """
    said = [(text, span) for span in decoding.spans if (text := alphabet.decode([span.id]))]
    middles = np.array([(centres[span.first] + centres[span.last]) / 2 for _, span in said])
    edges = _edges(middles, width).tolist()
    characters = tuple(
        Character(text, span.confidence, start, end)
        for (text, span), start, end in zip(said, edges[:-1], edges[1:], strict=True)
    )
    return Reading("".join(text for text, _ in said), decoding.confidence, characters)


def _edges(middles: np.ndarray, width: float) -> np.ndarray:
    """The bounds (L + 1,) between and around characters with these middles (L,), in pixels."""
    if len(middles) < 2:
        return np.linspace(0.0, width, len(middles) + 1)
    inner = (middles[1:] + middles[:-1]) / 2
    outer = 2 * middles[[0, -1]] - inner[[0, -1]]
    edges: np.ndarray = np.concatenate([outer[:1], inner, outer[1:]])
    return edges.clip(0.0, width)
