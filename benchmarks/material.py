"""The data that kerasrec and the peers are timed on: the same glyphs, text and lines."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kerasrec.lines.source import Batch
from kerasrec.spec import LineSpec
from kerasrec.training.composed_splits import ComposedSplits
from kerasrec.training.settings import TrainSettings

BATCH = 128
REFERENCE_LINES = LineSpec(glyph_per="character", fixed_width=True)
"""Lines as the reference draws them: on a canvas of 896 px, with the same glyph for all occurrences in a line."""


@dataclass(frozen=True)
class Material:
    """Glyphs, text and lines for the timings.

    Attributes:
        splits: EMNIST and Brown if available, else the built-in glyphs and sentences.
        data_dir: The folder with EMNIST and Brown.
        folder: The folder for files that the peers read.
    """

    splits: ComposedSplits
    data_dir: Path
    folder: Path

    def settings(self, **changes: Any) -> TrainSettings:
        """Returns the settings of a training on this data, with changes."""
        return replace(self.splits.settings, **changes)

    def with_settings(self, settings: TrainSettings) -> ComposedSplits:
        """Returns the same glyphs and text with other settings."""
        return replace(self.splits, settings=settings)

    def reference_batches(self, count: int) -> list[dict[str, np.ndarray]]:
        """Returns batches of 128 of the reference's lines, 28x896 px: images, widths, labels, lengths and so on."""
        composer = self.with_settings(self.settings(spec=REFERENCE_LINES)).train()
        return [to_arrays(composer(tf.range(i * BATCH, (i + 1) * BATCH, dtype=tf.int64))) for i in range(count)]

    @cached_property
    def peer_lines(self) -> Path:
        """The file with lines for the peer's models: two batches to train on, one to read."""
        first, second, third = self.reference_batches(3)
        arrays: dict[str, Any] = {}
        for name, shape in (("images", (28, -1)), ("labels", (-1,))):
            arrays[f"train_{name}"] = np.concatenate([first[name], second[name]]).reshape(2 * BATCH, *shape)
            arrays[f"test_{name}"] = third[name].reshape(BATCH, *shape)
        path = self.folder / "lines.npz"
        np.savez(path, **arrays)
        return path

    @cached_property
    def peer_glyphs_and_text(self) -> tuple[Path, Path]:
        """The files with the training glyphs and the training text, for the peer's line generator."""
        pool, glyphs, text = self.splits.bank.train, self.folder / "glyphs.npz", self.folder / "text.txt"
        np.savez(glyphs, images=pool.images, labels=np.repeat(list(pool.characters), np.diff(pool.offsets)))
        text.write_text(" ".join(self.splits.corpus.train), encoding="utf-8")
        return glyphs, text


@contextmanager
def open_material(data_dir: Path) -> Iterator[Material]:
    """Loads the data without downloading anything; the files for the peers are deleted at the end."""
    real = has_real_data(data_dir)
    glyphs, text = ("emnist", "brown") if real else ("strokes", "offline")
    settings = TrainSettings(glyphs=glyphs, text=text, augment=0.5)  # the strength that `kerasrec train` uses
    with tempfile.TemporaryDirectory() as folder:
        yield Material(ComposedSplits.load(settings, data_dir), data_dir, Path(folder))


def has_real_data(data_dir: Path) -> bool:
    """Returns whether the folder has Brown and a prepared EMNIST."""
    emnist = data_dir / "tensorflow_datasets" / "emnist" / "byclass"
    corpora = data_dir / "nltk_data" / "corpora"
    return emnist.is_dir() and any((corpora / name).exists() for name in ("brown.zip", "brown"))


def to_arrays(batch: Batch) -> dict[str, np.ndarray]:
    """Converts a batch to NumPy arrays."""
    return {name: tensor.numpy() for name, tensor in batch.items()}
