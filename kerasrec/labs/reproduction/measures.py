"""What is measured of a reproduced run, each in one sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A measure of how well was read.

    Attributes:
        title: What it is called.
        meaning: What it counts, in one sentence.
        rises: Whether more is better.
    """

    title: str
    meaning: str
    rises: bool


MEASURES = {
    "lab_accuracy": Measure(
        "lab accuracy",
        "The share of all 32 positions of the labels, padding included, at which the same token was read: what the "
        "labs call accuracy.",
        True,
    ),
    "accuracy": Measure(
        "accuracy",
        "The share of the true characters for which the same character was read at the same position, so that a missed "
        "character also costs those after it.",
        True,
    ),
    "lab_cer": Measure(
        "lab CER",
        "The mean over lines of a line's edits divided by the length of the longer of its two texts: what the labs "
        "call CER.",
        False,
    ),
    "cer": Measure("CER", "All edits divided by all characters of the truth.", False),
    "wer": Measure("WER", "All edits of whole words divided by all words of the truth.", False),
    "perfect": Measure("perfect", "The share of lines without an error.", True),
}
"""The measures of lines, by their names in an evaluation; all are shares."""

CHARACTER_MEASURES = {
    "character_accuracy": Measure("character accuracy", "The share of glyphs that were classified correctly.", True),
}
"""The measures of single characters."""
