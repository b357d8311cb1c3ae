"""Stroke outlines of characters from the Hershey fonts, redrawn by hand where two characters look alike.

Dr. A. V. Hershey digitised these fonts at the U.S. National Bureau of Standards; they are in the public domain.
"""

import string
from dataclasses import dataclass
from typing import Any

import numpy as np

FONTS = {
    "futural": string.printable,
    "rowmans": string.printable,
    "timesr": string.printable,
    "timesi": string.printable,
    "scripts": "abdfijlmnptuy",
}
"""The fonts that are legible as plain text, with their legible characters: the script's capitals are not legible."""

CAP_HEIGHT = 21.0
"""Height of a capital letter in font units."""

_BASELINE = 9.0
_STEP = 0.9

# A single glyph has no context: without these, I, l and 1, or a comma and a full stop, would look the same.
_SERIFS = (((-5.0, -12.0), (5.0, -12.0)), ((-5.0, 9.0), (5.0, 9.0)))
_POINT = ((-0.8, 7.2), (0.8, 7.2), (0.8, 8.8), (-0.8, 8.8), (-0.8, 7.2))
_UPPER_POINT = tuple((x, y - 10) for x, y in _POINT)
_TAIL = ((0.8, 7.2), (1.6, 9.0), (1.0, 12.0), (-2.5, 15.5))
_BY_HAND = {
    "I": (((0.0, -12.0), (0.0, 9.0)), *_SERIFS),
    "l": (((0.0, -12.0), (0.0, 4.0), (0.5, 7.0), (2.0, 8.7), (4.0, 9.0), (6.0, 7.5)),),
    ".": (_POINT,),
    ",": (_POINT, _TAIL),
    ":": (_POINT, _UPPER_POINT),
    ";": (_POINT, _TAIL, _UPPER_POINT),
}
_ZERO_SLASH = ((-3.5, 3.5), (3.5, -6.5))
_ZERO_NARROW = 0.8


@dataclass(frozen=True, eq=False)
class Outline:
    """A character's strokes as evenly spaced points, in font units, centred on x = 0 with the baseline at y = 0.

    Attributes:
        points: (P, 2) float32, x to the right and y downwards.
        stroke: (P,) int64, the index of the stroke that each point belongs to.
        progress: (P,) float32, the position of each point along its stroke, 0 to 1.
    """

    points: np.ndarray
    stroke: np.ndarray
    progress: np.ndarray


def load_outlines(characters: str) -> dict[str, list[Outline]]:
    """Returns the outlines of each character, one for each font that has it; characters in no font are left out."""
    from HersheyFonts import HersheyFonts

    outlines: dict[str, list[Outline]] = {}
    for name, legible in FONTS.items():
        font = HersheyFonts()
        font.load_default_font(name)
        for character in characters:
            strokes = _strokes(font, name, character) if character in legible and not character.isspace() else []
            if strokes:
                outlines.setdefault(character, []).append(_outline(strokes))
    return outlines


def _strokes(font: Any, name: str, character: str) -> list[np.ndarray]:
    by_hand = _BY_HAND.get(character) if name != "scripts" else None
    strokes = [np.array(stroke, float) for stroke in by_hand or font.strokes_for_text(character)]
    if strokes:
        x = np.concatenate(strokes)[:, 0]
        strokes = [stroke - [(x.min() + x.max()) / 2, 0] for stroke in strokes]
    if character == "0":
        strokes = [stroke * [_ZERO_NARROW, 1] for stroke in strokes] + [np.array(_ZERO_SLASH)]
    return strokes


def _outline(strokes: list[np.ndarray]) -> Outline:
    parts = [_evenly_spaced(stroke) for stroke in strokes]
    points = np.concatenate([points for points, _ in parts]) - [0, _BASELINE]
    stroke = np.repeat(np.arange(len(parts)), [len(points) for points, _ in parts])
    progress = np.concatenate([progress for _, progress in parts])
    return Outline(points.astype(np.float32), stroke, progress.astype(np.float32))


def _evenly_spaced(stroke: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    distance = np.concatenate([[0], np.cumsum(lengths)])
    progress = np.linspace(0, 1, 1 + int(np.ceil(distance[-1] / _STEP)))
    target = progress * distance[-1]
    return np.stack([np.interp(target, distance, stroke[:, i]) for i in range(2)], axis=1), progress
