"""Glyphs: small pictures of characters that lines are made of."""

from pathlib import Path

from kerasrec.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.glyphs.emnist import load_emnist

__all__ = ["GLYPHS", "GlyphBank", "GlyphPool", "load_emnist", "load_glyphs"]

GLYPHS = {"emnist": load_emnist}


def load_glyphs(source: str, data_dir: Path, seed: int = 42) -> GlyphBank:
    """Loads a bank of glyphs."""
    return GLYPHS[source](data_dir, seed)
