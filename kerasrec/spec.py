"""The spec of a line: its size and how it is drawn. Frozen, validated and saved as JSON with the model."""

from dataclasses import dataclass

from kerasrec.errors import UsageError

GLYPH_SIZE = 28
"""The height and width of a glyph in pixels, as in MNIST and EMNIST, and the default height of a line."""

HEIGHTS = range(16, 129)
"""The heights in pixels that a line can have."""

INK = 64
"""Ink, of 255, above which a pixel belongs to a character and not to its blurred edge or to a stain."""


INKS = ("auto", "dark", "light")
"""What the ink of an image may be said to be: darker or lighter than its paper, or whichever is found."""


def check_ink(ink: str) -> None:
    """Raises UsageError for a name that is not in `INKS`."""
    if ink not in INKS:
        raise UsageError(f"ink must be one of {', '.join(INKS)}, but is {ink!r}.")


@dataclass(frozen=True)
class LineSpec:
    """How synthetic lines are composed, and thus the lines that a recognizer expects.

    Attributes:
        height: The height of a line in pixels, in `HEIGHTS`. Glyphs and pictures of lines are scaled to it; they are
            sharp up to about 48.
        max_length: The maximum number of characters in a line.
        min_overlap: The smallest fraction of a glyph's width that the next glyph covers.
        max_overlap: The largest such fraction.
        overlap_per: "line" draws one overlap per line (as the labs do), "gap" one per gap between glyphs.
        glyph_per: "occurrence" draws a new glyph for each occurrence of a character, "character" one glyph per
            character and line (as the labs do).
        fixed_width: Whether every line is drawn on a canvas of `max_length` glyphs, all of whose frames are valid (as
            the labs do); otherwise a line is as wide as its characters.
    """

    height: int = GLYPH_SIZE
    max_length: int = 32
    min_overlap: float = 0.0
    max_overlap: float = 0.33
    overlap_per: str = "line"
    glyph_per: str = "occurrence"
    fixed_width: bool = False

    def __post_init__(self) -> None:
        if type(self.height) is not int or self.height not in HEIGHTS:
            raise UsageError(
                f"height must be a whole number of pixels from {HEIGHTS[0]} to {HEIGHTS[-1]}, but is {self.height}."
            )
        if self.max_length < 1:
            raise UsageError(f"A line needs room for at least 1 character, but max_length is {self.max_length}.")
        for name, value in (("min_overlap", self.min_overlap), ("max_overlap", self.max_overlap)):
            if not 0 <= value < 1:
                raise UsageError(f"{name} must be at least 0 and below 1, but is {value}.")
        if self.min_overlap > self.max_overlap:
            raise UsageError(
                f"min_overlap ({self.min_overlap}) is above max_overlap ({self.max_overlap}): swap the two."
            )
        if self.overlap_per not in ("line", "gap"):
            raise UsageError(f"overlap_per must be 'line' or 'gap', but is {self.overlap_per!r}.")
        if self.glyph_per not in ("occurrence", "character"):
            raise UsageError(f"glyph_per must be 'occurrence' or 'character', but is {self.glyph_per!r}.")

    @property
    def canvas_width(self) -> int:
        """The width in pixels of a line of `max_length` glyphs without overlap."""
        return self.height * self.max_length  # a glyph is as wide as high
