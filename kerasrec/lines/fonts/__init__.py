"""Handwriting fonts, and glyphs laid out as those of fonts are, with which lines are written."""

from kerasrec.lines.fonts.bank import FontBank, FontPool, load_fonts
from kerasrec.lines.fonts.composer import FontLines
from kerasrec.lines.fonts.hands import load_hands

__all__ = ["FontBank", "FontLines", "FontPool", "load_fonts", "load_hands"]
