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
        "The share of all 32 places of the labels, padding behind the texts included, in which the same token was "
        "read: what the labs call accuracy.",
        True,
    ),
    "accuracy": Measure(
        "accuracy",
        "The share of the real characters in whose place the same character was read, so that a missed character "
        "costs all that follow it.",
        True,
    ),
    "lab_cer": Measure(
        "lab CER",
        "The mean over lines of the edits that turn what was read into the truth, over the length of the longer of the "
        "two: what the labs call CER.",
        False,
    ),
    "cer": Measure("CER", "All edits over all characters of the truth.", False),
    "wer": Measure("WER", "All edits of whole words over all words of the truth.", False),
    "perfect": Measure("perfect", "The share of lines without an error.", True),
}
"""The measures of lines, by their names in an evaluation; all are shares."""

CHARACTER_MEASURES = {
    "character_accuracy": Measure(
        "character accuracy", "The share of glyphs, one by one, that were taken for what they are.", True
    ),
}
"""The measures of single characters."""
