"""Pictures of characters with their classes: for training, for validation and for the test."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.lines.glyphs import GlyphPool, load_glyphs


@dataclass(frozen=True, eq=False)
class Labelled:
    """N pictures and what they show.

    Attributes:
        images: (N, 28, 28) uint8, ink 255 on 0.
        labels: (N,) int32, places among the classes.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: np.ndarray) -> "Labelled":
        """Takes some of them, by their indices."""
        return Labelled(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True, eq=False)
class CharacterData:
    """What a character model is trained, validated and tested on; no picture is in two of the three.

    Attributes:
        name: Where the glyphs come from.
        classes: The K characters, in ascending code point order; for EMNIST `0-9A-Za-z`.
        train: To train on.
        validation: To choose a model by.
        test: To report on.
    """

    name: str
    classes: str
    train: Labelled
    validation: Labelled
    test: Labelled


def load_characters(source: str, data_dir: Path, seed: int = 42, balance: bool = True) -> CharacterData:
    """Loads the glyphs of a source.

    Args:
        source: "emnist", "mnist", "strokes", or a folder with one folder of pictures per character.
        data_dir: Holds `tensorflow_datasets/`; what is not there is downloaded into it.
        seed: Decides which glyphs are for validation, and which are kept when balancing.
        balance: Whether to balance the classes of "emnist" as the labs do, those of the test too; see `load_emnist`.

    Raises:
        UsageError: The source is neither a name nor a folder.
        DataUnavailable: The data is neither prepared nor can it be downloaded.
    """
    bank = load_glyphs(source, data_dir, seed, balance)
    return CharacterData(bank.name, bank.characters, *(_label(pool, bank.characters) for pool in bank.pools.values()))


def _label(pool: GlyphPool, classes: str) -> Labelled:
    """The glyphs of the classes, class by class."""
    counts = [pool.counts[character] for character in classes]
    images = np.concatenate([pool.glyphs(character) for character in classes])
    return Labelled(images, np.repeat(np.arange(len(classes), dtype=np.int32), counts))
