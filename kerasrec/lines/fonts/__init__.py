"""Handwriting fonts, with which lines are drawn."""

from kerasrec.lines.fonts.bank import FontBank, FontPool, load_fonts
from kerasrec.lines.fonts.composer import FontLines

__all__ = ["FontBank", "FontLines", "FontPool", "load_fonts"]
