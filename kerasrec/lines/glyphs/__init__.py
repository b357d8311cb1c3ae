"""Glyphs: small images of characters, from which lines are composed."""

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
"""The loaders of the named sources, each called with (data_dir, seed, balance)."""


def load_glyphs(source: str, data_dir: Path, seed: int = 42, balance: bool = False) -> GlyphBank:
    """Loads a bank of glyphs.

    Args:
        source: "emnist", "mnist", "strokes", or the path of a folder with one folder of images per character.
        data_dir: The folder with `tensorflow_datasets/`, used by "emnist" and "mnist".
        seed: The seed of the split into pools and of the variation of strokes.
        balance: Whether to balance the classes of "emnist" as the labs did; see `load_emnist`.

    Raises:
        UsageError: The source is neither a name nor a folder.
        DataUnavailable: The data is missing and cannot be downloaded.
    """
    if source in GLYPHS:
        return GLYPHS[source](data_dir, seed, balance)
    if not Path(source).is_dir():
        raise UsageError(f"The glyphs must be one of {', '.join(GLYPHS)} or an existing folder, but are {source!r}.")
    return load_folder(Path(source), seed)
