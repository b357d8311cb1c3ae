"""What a decoder finds: ids, and the frames that say them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A decoded character and the frames that say it.

    Attributes:
        id: Its id in the alphabet.
        confidence: The greatest probability that one of its frames gives it.
        first: Its first frame.
        last: Its last frame, included.
    """

    id: int
    confidence: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Decoding:
    """A decoded line: the probability of the whole, and its characters from left to right."""

    confidence: float
    spans: tuple[Span, ...]

    @property
    def ids(self) -> list[int]:
        """The ids of the characters."""
        return [span.id for span in self.spans]
