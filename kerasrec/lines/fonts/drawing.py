"""Draws the characters of a font, at the size at which its letters are as high as those of the others."""

import string
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

ROWS = 64
"""Rows of a drawn character."""

BASELINE = 42
"""The row below the foot of a letter such as x."""

_LETTERS_HIGH = 44  # rows from the top of a b to the foot of a g, or fewer
_ABOVE = 34  # the most rows of a b above the baseline, which leaves some for accents on capitals
_PAIRS = string.ascii_letters + ".,'-"  # kerned; accented letters are not
_NOT_A_CHARACTER = "\uffff"  # drawn as fonts draw characters that they lack


def open_font(file: Path, size: float, kerned: bool = False) -> ImageFont.FreeTypeFont:
    """Opens a font at a size in pixels; a kerned one moves pairs of characters together, where that is supported.

    Raises:
        OSError: The file is no font, or is damaged.
    """
    layout = ImageFont.Layout.RAQM if kerned and features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(file), size, layout_engine=layout)


def has_character(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether a font has a character, and draws it neither as nothing nor as the box for those that it lacks."""
    if character == " ":
        return True
    drawn, box = (bytes(font.getmask(each)) for each in (character, _NOT_A_CHARACTER))
    return any(drawn) and drawn != box


def draw_font(file: Path, characters: str) -> dict[str, np.ndarray]:
    """Draws characters of a font; returns the arrays of `FontPool` for it, without its name."""
    tops, bottoms = zip(*(open_font(file, ROWS).getbbox(c, anchor="ls")[1::2] for c in "bdhkltgjpqy"), strict=True)
    high, low = np.percentile(tops, 20), np.percentile(bottoms, 80)
    size = ROWS * min(_LETTERS_HIGH / (low - high), _ABOVE / -high)
    font, kerned = open_font(file, size), open_font(file, size, kerned=True)
    arrays = {
        name: np.zeros(len(characters), np.int32)
        for name in ("offsets", "widths", "bearings", "advances", "tops", "bottoms")
    }
    columns, count = list[np.ndarray](), 0
    for i, character in enumerate(characters):
        arrays["offsets"][i], arrays["widths"][i] = count, -1
        if has_character(font, character):
            image, bearing = _draw_character(font, character)
            rows = np.flatnonzero(image.any(axis=0))
            arrays["widths"][i], arrays["bearings"][i] = len(image), bearing
            arrays["advances"][i] = max(round(font.getlength(character)), 1)
            arrays["tops"][i], arrays["bottoms"][i] = (rows[0], rows[-1] + 1) if len(rows) else (ROWS, 0)
            columns.append(image)
            count += len(image)
    return {**arrays, "columns": np.concatenate(columns), "kerning": _find_kerning(kerned, characters)}


def _draw_character(font: ImageFont.FreeTypeFont, character: str) -> tuple[np.ndarray, int]:
    """Draws a character: its columns with ink, (n, ROWS) uint8, and the first of them in px from the pen."""
    left, _, right, _ = font.getbbox(character, anchor="ls")
    canvas = Image.new("L", (int(right - left) + 8, ROWS))
    ImageDraw.Draw(canvas).text((4 - left, BASELINE), character, fill=255, font=font, anchor="ls")
    columns = np.asarray(canvas).T
    inked = np.flatnonzero(columns.any(axis=1))
    if not len(inked):
        return columns[:0], 0
    return columns[inked[0] : inked[-1] + 1], int(inked[0] - 4 + left)


def _find_kerning(font: ImageFont.FreeTypeFont, characters: str) -> np.ndarray:
    kerning = np.zeros((len(characters), len(characters)), np.int8)
    options: dict[str, Any] = {}
    if font.layout_engine == ImageFont.Layout.RAQM:
        options = {"features": ["-liga", "-clig", "-calt"]}
    numbers = [(i, c) for i, c in enumerate(characters) if c in _PAIRS]
    alone = {c: font.getlength(c, **options) for _, c in numbers}
    for i, first in numbers:
        for j, second in numbers:
            moved = font.getlength(first + second, **options) - alone[first] - alone[second]
            kerning[i, j] = np.clip(round(moved), -ROWS // 2, ROWS // 2)
    return kerning
