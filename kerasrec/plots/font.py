"""The face of all pictures: DejaVu Sans Mono, which comes with matplotlib, so that they look alike everywhere."""

from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from kerasrec.alphabet import Alphabet

FAMILY = "DejaVu Sans Mono"
OPEN_BOX = "␣"
"""Stands for a space where one would not see it."""
BLANK = "blank"
"""What the blank of CTC is called."""


def load_font(size: int) -> ImageFont.FreeTypeFont:
    """Loads the face for Pillow, `size` pixels high."""
    return ImageFont.truetype(_file(), size, layout_engine=ImageFont.Layout.BASIC)


def show(character: str) -> str:
    """Makes a character visible and drawable: the space as an open box, what the face lacks as its code point.

    >>> show("a"), show(" "), show("\N{CJK UNIFIED IDEOGRAPH-5B57}")
    ('a', '␣', 'U+5B57')
    """
    if character == " ":
        return OPEN_BOX
    return character if ord(character) in _covered() else f"U+{ord(character):04X}"


def show_token(token: int, alphabet: Alphabet) -> str:
    """Makes a token visible and drawable, the blank by its name.

    >>> show_token(0, Alphabet()), show_token(40, Alphabet())
    ('blank', 'a')
    """
    return BLANK if token == Alphabet.BLANK else "".join(map(show, alphabet.tokens[token]))


@cache
def _covered() -> frozenset[int]:
    """The code points that the face can draw, those left out that are drawn as nothing."""
    return frozenset(code for code in FT2Font(_file()).get_charmap() if chr(code).isprintable())


@cache
def _file() -> str:
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSansMono.ttf"))
