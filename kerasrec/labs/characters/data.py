"""Labelled images of characters for training, validation and test."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.lines.glyphs import GlyphPool, load_glyphs
from kerasrec.spec import GLYPH_SIZE, INK


@dataclass(frozen=True, eq=False)
class Labelled:
    """N images with their labels.

    Attributes:
        images: (N, 28, 28) uint8, ink 255 on 0.
        labels: (N,) int32, indices of the classes.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: np.ndarray) -> "Labelled":
        """Returns the images and labels at some indices."""
        return Labelled(self.images[indices], self.labels[indices])


@dataclass(frozen=True, eq=False)
class CharacterData:
    """The data that a character model is trained, validated and tested on; the three are disjoint.

    Attributes:
        name: The source of the glyphs.
        classes: The K characters, in ascending code point order; for EMNIST `0-9A-Za-z`.
        train: The training images.
        validation: The images by which the best epoch is chosen.
        test: The images on which results are reported.
    """

    name: str
    classes: str
    train: Labelled
    validation: Labelled
    test: Labelled


def load_characters(source: str, data_dir: Path, seed: int = 42, balance: bool = True) -> CharacterData:
    """Loads the glyphs of a source.

    Args:
        source: "emnist", "mnist", "strokes", or a folder with one folder of images per character.
        data_dir: The folder of `tensorflow_datasets/`; missing data sets are downloaded into it.
        seed: The seed of the validation split and of balancing.
        balance: Whether to balance the classes of "emnist" as the labs do, including the test's; see `load_emnist`.

    Raises:
        UsageError: The source is neither a name nor a folder.
        DataUnavailable: The data set is not prepared and cannot be downloaded.
    """
    bank = load_glyphs(source, data_dir, seed, balance)
    return CharacterData(bank.name, bank.characters, *(_label(pool, bank.characters) for pool in bank.pools.values()))


def _label(pool: GlyphPool, classes: str) -> Labelled:
    """Returns the glyphs with their labels, class by class."""
    counts = [pool.counts[character] for character in classes]
    images = np.concatenate([pool.glyphs(character) for character in classes])
    return Labelled(images, np.repeat(np.arange(len(classes), dtype=np.int32), counts))


def ink_sides(glyphs: np.ndarray) -> np.ndarray:
    """The longer side of the ink of glyphs (N, 28, 28) uint8, in pixels: (N,) int64, 0 where there is none."""
    inked = glyphs > INK
    return np.maximum(_extent(np.any(inked, axis=2)), _extent(np.any(inked, axis=1)))


def _extent(inked: np.ndarray) -> np.ndarray:
    """The distance from the first to the last inked position in each row of (N, 28) bool, both included."""
    first, end = inked.argmax(axis=1), GLYPH_SIZE - inked[:, ::-1].argmax(axis=1)
    extent: np.ndarray = np.where(inked.any(axis=1), end - first, 0)
    return extent
