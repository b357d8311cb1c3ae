"""Glyphs: small pictures of characters that lines are made of."""

from pathlib import Path

from kerasrec.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.glyphs.emnist import load_emnist
from kerasrec.glyphs.strokes import load_strokes

__all__ = ["GLYPHS", "GlyphBank", "GlyphPool", "load_emnist", "load_glyphs", "load_strokes"]

GLYPHS = {
    "emnist": load_emnist,
    "strokes": lambda data_dir, seed: load_strokes(seed),
}


def load_glyphs(source: str, data_dir: Path, seed: int = 42) -> GlyphBank:
    """Loads a bank of glyphs."""
    return GLYPHS[source](data_dir, seed)
