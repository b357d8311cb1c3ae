"""Handwritten glyphs of EMNIST ByClass and of MNIST, through TensorFlow Datasets."""

from pathlib import Path

import numpy as np

from kerasrec.errors import DataUnavailable, plain_reason
from kerasrec.lines.glyphs.bank import GlyphBank, GlyphPool
from kerasrec.lines.glyphs.cache import cached_bank, code_digest, describe_files
from kerasrec.lines.glyphs.data_set import EMNIST, MNIST, DataSet, prepared_folder
from kerasrec.spec import GLYPH_SIZE

_BATCH = 4096


def load_emnist(data_dir: Path, seed: int = 42, balance: bool = False, validation_share: float = 0.05) -> GlyphBank:
    """Loads EMNIST ByClass as a bank: its test split for the test, its training split for training and validation.

    A line is composed by drawing a character from the text and then one of its glyphs. The class sizes therefore do
    not affect the lines, and by default all glyphs are kept.

    Args:
        data_dir: The folder with `tensorflow_datasets/`; missing data is downloaded there.
        seed: The seed of the choice of validation glyphs, and of the glyphs kept when balancing.
        balance: Whether to balance the classes as the Full Stack Deep Learning labs do: at most the mean number of
            glyphs per class, drawn with replacement and made unique, with 20% of the training glyphs for validation.
        validation_share: The share of each class's training glyphs used for validation if `balance` is False.

    Raises:
        DataUnavailable: The data is not prepared and cannot be downloaded.
        CannotWrite: The data must be prepared, but `data_dir` is not writable.
    """
    return _load(EMNIST, data_dir, seed, balance, 0.2 if balance else validation_share)


def load_mnist(data_dir: Path, seed: int = 42, validation_share: float = 1 / 12) -> GlyphBank:
    """Loads MNIST, with 1/12 of the training digits for validation as in the labs; raises as `load_emnist` does."""
    return _load(MNIST, data_dir, seed, False, validation_share)


def _load(data_set: DataSet, data_dir: Path, seed: int, balance: bool, validation_share: float) -> GlyphBank:
    folder = prepared_folder(data_set, data_dir)
    settings = {
        "files": describe_files(folder.iterdir()),
        "seed": seed,
        "balance": balance,
        "validation_share": validation_share,
        "code": code_digest(__file__),
    }
    return cached_bank(
        GlyphBank,
        data_set.name.lower(),
        settings,
        lambda: _make_bank(data_set, folder, seed, balance, validation_share),
    )


def _make_bank(data_set: DataSet, folder: Path, seed: int, balance: bool, validation_share: float) -> GlyphBank:
    images, labels = read_split(data_set, folder, "train")
    test_images, test_labels = read_split(data_set, folder, "test")
    rng = np.random.default_rng(seed)
    kept = balanced(labels, rng) if balance else np.arange(len(labels))
    test_kept = balanced(test_labels, rng) if balance else np.arange(len(test_labels))
    validation = np.zeros(len(labels), bool)
    validation[divide(labels, kept, validation_share, rng)] = True

    def pool(images: np.ndarray, labels: np.ndarray, chosen: np.ndarray) -> GlyphPool:
        return GlyphPool.from_labelled(images[chosen], [data_set.classes[label] for label in labels[chosen]])

    return GlyphBank(
        data_set.name.lower(),
        pool(images, labels, kept[~validation[kept]]),
        pool(images, labels, kept[validation[kept]]),
        pool(test_images, test_labels, test_kept),
    )


def read_split(data_set: DataSet, folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Reads a split of a prepared data set.

    Returns:
        Upright images (N, 28, 28) uint8, and labels (N,) int64, indices into the classes of the data set.

    Raises:
        DataUnavailable: The files are damaged.
    """
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder_from_directory(folder)
        number = builder.info.splits[split].num_examples
        images, labels = np.empty((number, GLYPH_SIZE, GLYPH_SIZE), np.uint8), np.empty(number, np.int64)
        read = 0
        for batch in tfds.as_numpy(builder.as_dataset(split=split, batch_size=_BATCH)):
            part = slice(read, read + len(batch["label"]))
            images[part] = batch["image"][..., 0].transpose((0, 2, 1) if data_set.transposed else (0, 1, 2))
            labels[part] = batch["label"]
            read = part.stop
    except Exception as error:  # TFDS and TensorFlow raise dozens of types for a damaged or incomplete folder
        raise _damaged(data_set, folder, split, plain_reason(str(error))) from error
    if read != number:
        raise _damaged(data_set, folder, split, f"it has {read} of {number} images.")
    return images, labels


def _damaged(data_set: DataSet, folder: Path, split: str, reason: str) -> DataUnavailable:
    return DataUnavailable(
        f"The {split} split of {data_set.name} in {folder} cannot be read: {reason} "
        "Delete that folder to have the data prepared again, or use --glyphs strokes."
    )


def balanced(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns indices of at most the mean class size from each class: drawn with replacement, then made unique."""
    mean = len(labels) // len(np.unique(labels))
    return np.concatenate([np.unique(rng.choice(np.flatnonzero(labels == c), mean)) for c in np.unique(labels)])


def divide(labels: np.ndarray, kept: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Returns the indices among `kept` used for validation: a share of each class, at least one glyph."""
    parts = []
    for c in np.unique(labels[kept]):
        indices = rng.permutation(kept[labels[kept] == c])
        parts.append(indices[: max(1, round(share * len(indices)))])
    return np.concatenate(parts)
