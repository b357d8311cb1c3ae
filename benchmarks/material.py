"""What kerasrec and the peers work on: the same glyphs, the same text, the same lines."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kerasrec.lines.composer import Batch
from kerasrec.spec import LineSpec
from kerasrec.training.settings import TrainSettings
from kerasrec.training.splits import Splits

BATCH = 128
REFERENCE_LINES = LineSpec(glyph_per="character", fixed_width=True)
"""Lines as the reference draws them: on a canvas of 896 px, with one glyph per character and line."""


@dataclass(frozen=True)
class Material:
    """Glyphs, text and lines to time with.

    Attributes:
        splits: EMNIST and Brown where they are at hand, else the embedded glyphs and sentences.
        data_dir: Where the former are.
        folder: Where files for the peers are put.
    """

    splits: Splits
    data_dir: Path
    folder: Path

    def settings(self, **changes: Any) -> TrainSettings:
        """The settings of a training on this material."""
        return replace(self.splits.settings, **changes)

    def with_settings(self, settings: TrainSettings) -> Splits:
        """The same glyphs and text, for lines of other settings."""
        return replace(self.splits, settings=settings)

    def reference_batches(self, count: int) -> list[dict[str, np.ndarray]]:
        """Batches of 128 of the reference's lines, 28x896 px: images, widths, labels, lengths and the rest."""
        composer = self.with_settings(self.settings(spec=REFERENCE_LINES)).train()
        return [to_arrays(composer(tf.range(i * BATCH, (i + 1) * BATCH, dtype=tf.int64))) for i in range(count)]

    @cached_property
    def peer_lines(self) -> Path:
        """A file with lines for the peer's models: two batches to train on, one to read."""
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
        """Files with the training glyphs and the training text, for the peer's generator of lines."""
        pool, glyphs, text = self.splits.bank.train, self.folder / "glyphs.npz", self.folder / "text.txt"
        np.savez(glyphs, images=pool.images, labels=np.repeat(list(pool.characters), np.diff(pool.offsets)))
        text.write_text(" ".join(self.splits.corpus.train), encoding="utf-8")
        return glyphs, text


@contextmanager
def open_material(data_dir: Path) -> Iterator[Material]:
    """Loads the material; nothing is downloaded, and the files for the peers are removed at the end."""
    real = has_real_data(data_dir)
    glyphs, text = ("emnist", "brown") if real else ("strokes", "offline")
    settings = TrainSettings(glyphs=glyphs, text=text, augment=0.5)  # the strength that `kerasrec train` uses
    with tempfile.TemporaryDirectory() as folder:
        yield Material(Splits.load(settings, data_dir), data_dir, Path(folder))


def has_real_data(data_dir: Path) -> bool:
    """Tells whether EMNIST is prepared in the folder and Brown is there."""
    emnist = data_dir / "tensorflow_datasets" / "emnist" / "byclass"
    corpora = data_dir / "nltk_data" / "corpora"
    return emnist.is_dir() and any((corpora / name).exists() for name in ("brown.zip", "brown"))


def to_arrays(batch: Batch) -> dict[str, np.ndarray]:
    """A batch as NumPy arrays."""
    return {name: tensor.numpy() for name, tensor in batch.items()}
