"""Glyphs: small pictures of characters that lines are made of."""

from collections.abc import Callable
from pathlib import Path

from kerasrec.errors import UsageError
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.emnist import load_emnist, load_mnist
from kerasrec.lines.glyphs.folder import load_folder
from kerasrec.lines.glyphs.strokes import load_strokes

__all__ = [
    "GLYPHS",
    "GlyphBank",
    "GlyphPool",
    "load_emnist",
    "load_folder",
    "load_glyphs",
    "load_mnist",
    "load_strokes",
]

GLYPHS: dict[str, Callable[[Path, int, bool], GlyphBank]] = {
    "emnist": load_emnist,
    "mnist": lambda data_dir, seed, balance: load_mnist(data_dir, seed),
    "strokes": lambda data_dir, seed, balance: load_strokes(seed),
}
"""The sources that have a name, each from (data_dir, seed, balance)."""


def load_glyphs(source: str, data_dir: Path, seed: int = 42, balance: bool = False) -> GlyphBank:
    """Loads a bank of glyphs.

    Args:
        source: "emnist", "mnist", "strokes", or the path of a folder with one folder of pictures per character.
        data_dir: Holds `tensorflow_datasets/`; "emnist" and "mnist" use it.
        seed: Decides which glyph goes into which pool, and how strokes vary.
        balance: Whether to balance the classes of "emnist" as the labs did; see `load_emnist`.

    Raises:
        UsageError: The source is neither a name nor a folder.
        DataUnavailable: The data is neither here nor can it be downloaded.
    """
    if source in GLYPHS:
        return GLYPHS[source](data_dir, seed, balance)
    if not Path(source).is_dir():
        raise UsageError(f"Expected glyphs from {', '.join(GLYPHS)} or a folder that exists, but received {source!r}.")
    return load_folder(Path(source), seed)
