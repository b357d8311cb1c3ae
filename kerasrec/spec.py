"""The spec of a line: how big it is and how it is drawn. Frozen, validated and saved as JSON beside the model."""

from dataclasses import dataclass

from kerasrec.errors import UsageError

GLYPH_SIZE = 28
"""Height and width of a glyph in pixels, as in MNIST and EMNIST."""

INK = 64
"""Ink, of 255, above which a pixel belongs to a character and not to its blurred edge or to a stain."""


@dataclass(frozen=True)
class LineSpec:
    """How synthetic lines are composed, and so what a recognizer expects to read.

    Attributes:
        height: Height of a line in pixels.
        max_length: Most characters in a line.
        min_overlap: Least share of a glyph's width that the next glyph covers.
        max_overlap: Greatest such share.
        overlap_per: "line" draws one overlap for a line (the labs), "gap" one for every gap.
        glyph_per: "occurrence" draws a fresh glyph each time, "character" one glyph per character and line (the labs).
        fixed_width: True draws every line on a canvas of `max_length` glyphs, and all of its frames count (the labs);
            False makes a line as wide as its characters.
    """

    height: int = GLYPH_SIZE
    max_length: int = 32
    min_overlap: float = 0.0
    max_overlap: float = 0.33
    overlap_per: str = "line"
    glyph_per: str = "occurrence"
    fixed_width: bool = False

    def __post_init__(self) -> None:
        if self.height != GLYPH_SIZE:
            raise UsageError(f"Lines are {GLYPH_SIZE} px high, as their glyphs are, but height is {self.height}.")
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
        """Width in pixels of a line of `max_length` glyphs without overlap."""
        return GLYPH_SIZE * self.max_length
