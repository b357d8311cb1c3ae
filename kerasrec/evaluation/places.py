"""How well a reading says where its characters stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from kerasrec.decoding import Character, Reading


@dataclass(frozen=True)
class Places:
    """The places of the characters that were read right, against those of their glyphs.

    Attributes:
        characters: How many characters were compared.
        centre_error: Mean distance in pixels between the middle of a character and the middle of its glyph.
        iou: Mean intersection over union of the two ranges of columns. A reading divides the line among its
            characters, so that this stays below 1 where glyphs overlap.
    """

    characters: int
    centre_error: float
    iou: float


def compare_places(
    readings: Sequence[Reading], references: Sequence[str], boxes: Sequence[np.ndarray]
) -> Places | None:
    """Compares the places of those characters that a shortest alignment of each line takes for right.

    Args:
        readings: What was read.
        references: The truth.
        boxes: For each line the start and end of its characters' glyphs in pixels, (L, 2).

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
    """The characters that were read right, each with its position in the truth."""
    for block in Levenshtein.opcodes(truth, reading.text):
        if block.tag == "equal":
            true_positions = range(block.src_start, block.src_end)
            yield from zip(true_positions, reading.characters[block.dest_start : block.dest_end], strict=True)
