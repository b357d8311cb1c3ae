"""The result of a decoder: ids, and the frames in which each is predicted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A decoded character and the frames that predict it.

    Attributes:
        id: The character's id in the alphabet.
        confidence: The character's highest probability among its frames.
        first: The first frame.
        last: The last frame, inclusive.
    """

    id: int
    confidence: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Decoding:
    """A decoded line: its probability, and its characters from left to right."""

    confidence: float
    spans: tuple[Span, ...]

    @property
    def ids(self) -> list[int]:
        """The ids of the characters."""
        return [span.id for span in self.spans]
