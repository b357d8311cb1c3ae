"""The errors of the positions of a reading's characters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from kerasrec.decoding import Character, Reading


@dataclass(frozen=True)
class Places:
    """The positions of the characters that were read right, compared with those of their glyphs.

    Attributes:
        characters: The number of characters that were compared.
        centre_error: The mean distance in pixels between the centre of a character and the centre of its glyph.
        iou: The mean intersection over union of the two ranges of columns. The characters of a reading do not overlap,
            so that this is below 1 if glyphs do.
    """

    characters: int
    centre_error: float
    iou: float


def compare_places(
    readings: Sequence[Reading], references: Sequence[str], boxes: Sequence[np.ndarray]
) -> Places | None:
    """Compares the positions of the characters that are right in a shortest alignment of each line.

    Args:
        readings: The readings.
        references: The true texts.
        boxes: The start and end of the glyphs of each line in pixels, (L, 2).

    Returns:
        The comparison, or None if no character was read right.
    """
    pairs = [
        (character.start, character.end, *box[i])
        for reading, truth, box in zip(readings, references, boxes, strict=True)
        for i, character in _right(reading, truth)
    ]
    if not pairs:
        return None
    start, end, true_start, true_end = np.array(pairs, float).T
    errors = abs((start + end) - (true_start + true_end)) / 2
    shared = (np.minimum(end, true_end) - np.maximum(start, true_start)).clip(0)
    union = (end - start) + (true_end - true_start) - shared
    return Places(len(pairs), float(errors.mean()), float((shared / union).mean()))


def _right(reading: Reading, truth: str) -> Iterator[tuple[int, Character]]:
    """Yields the characters that were read right, each with its index in the true text."""
    for block in Levenshtein.opcodes(truth, reading.text):
        if block.tag == "equal":
            true_positions = range(block.src_start, block.src_end)
            yield from zip(true_positions, reading.characters[block.dest_start : block.dest_end], strict=True)
