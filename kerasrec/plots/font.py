"""The font of all plots: DejaVu Sans Mono, which is part of matplotlib, so that they look the same everywhere."""

from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from kerasrec.alphabet import Alphabet

FAMILY = "DejaVu Sans Mono"
OPEN_BOX = "␣"
"""The symbol of a space, to make it visible."""
BLANK = "blank"
"""The name of the CTC blank."""


def load_font(size: int) -> ImageFont.FreeTypeFont:
    """Loads the font for Pillow, `size` pixels high."""
    return ImageFont.truetype(_file(), size, layout_engine=ImageFont.Layout.BASIC)


def show(character: str) -> str:
    """Makes a character visible: a space becomes an open box, a character that the font lacks its code point.

    >>> show("a"), show(" "), show("\N{CJK UNIFIED IDEOGRAPH-5B57}")
    ('a', '␣', 'U+5B57')
    """
    if character == " ":
        return OPEN_BOX
    return character if ord(character) in _covered() else f"U+{ord(character):04X}"


def show_token(token: int, alphabet: Alphabet) -> str:
    """Makes a token visible; the blank becomes its name.

    >>> show_token(0, Alphabet()), show_token(40, Alphabet())
    ('blank', 'a')
    """
    return BLANK if token == Alphabet.BLANK else "".join(map(show, alphabet.tokens[token]))


@cache
def _covered() -> frozenset[int]:
    """Returns the code points that the font can draw, except invisible ones."""
    return frozenset(code for code in FT2Font(_file()).get_charmap() if chr(code).isprintable())


@cache
def _file() -> str:
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSansMono.ttf"))
