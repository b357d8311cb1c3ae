"""Lines of one's own in batches, beside `LineComposer`."""

from collections.abc import Collection

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.line_draws import LINE_VARIATIONS
from kerasrec.lines.line_variation import vary_lines
from kerasrec.lines.own.prepared import PreparedLines
from kerasrec.lines.randomness import shuffle
from kerasrec.lines.source import Batch
from kerasrec.spec import LineSpec


class OwnLines:
    """Draws batches from N prepared lines, in the same way as `LineComposer` composes them.

    Line i is line i mod N. If lines are shuffled, every N lines are in another order.

    Args:
        prepared: The lines; their texts must be in the alphabet, and no longer than the spec's `max_length`.
        alphabet: The alphabet of the labels.
        spec: The line spec.
        seed: Any int.
        is_shuffled: Whether to shuffle the lines.
        augment: The strength of the random variation of each line; 0 leaves them unchanged.
        kinds: The kinds of variation to apply.

    Raises:
        UnknownCharacter: A text has a character that is not in the alphabet.
    """

    def __init__(
        self,
        prepared: PreparedLines,
        alphabet: Alphabet,
        spec: LineSpec,
        seed: int = 42,
        is_shuffled: bool = False,
        augment: float = 0.0,
        kinds: Collection[str] = LINE_VARIATIONS,
    ) -> None:
        self.alphabet, self.spec, self.seed = alphabet, spec, seed
        self.prepared, self.is_shuffled, self.augment, self.kinds = prepared, is_shuffled, augment, kinds
        self.count: int | None = len(prepared)
        groups = [line.group for line in prepared.lines]
        self._groups = tf.constant(groups) if len(set(groups)) < len(groups) else None
        labels, lengths = alphabet.encode_batch([line.text for line in prepared.lines], spec.max_length)
        with tf.device("CPU"):
            self._labels, self._lengths = tf.constant(labels), tf.constant(lengths)
            self._widths = tf.constant(prepared.widths)

    def __call__(self, indices: tf.Tensor) -> Batch:
        """Draws lines by their numbers, (B,) int64; `LineSource` documents the batch.

        If some lines share a group, the batch also has the "groups" of the lines, (B,) string.
        """
        numbers = self._find(indices)
        widths = tf.gather(self._widths, numbers)
        images = tf.numpy_function(self._read, [numbers], tf.uint8, stateful=False)
        images = tf.ensure_shape(images, (None, None, self.spec.height))
        images = tf.transpose(images, (0, 2, 1))
        if self.augment:
            images, widths, _ = vary_lines(images, widths, self.seed, indices, self.augment, self.kinds)
        groups = {} if self._groups is None else {"groups": tf.gather(self._groups, numbers)}
        return {
            **groups,
            "images": images[..., None],
            "widths": widths,
            "labels": tf.gather(self._labels, numbers),
            "lengths": tf.gather(self._lengths, numbers),
        }

    def labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns labels (B, L), lengths (B,) and widths (B,) in px, all int32, without drawing the lines.

        The widths are those before lines are varied.
        """
        numbers = self._find(indices)
        return (
            tf.gather(self._labels, numbers),
            tf.gather(self._lengths, numbers),
            tf.gather(self._widths, numbers),
        )

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        return [self.alphabet.decode(row) for row in np.asarray(labels).tolist()]

    def _find(self, indices: tf.Tensor) -> tf.Tensor:
        """Returns the numbers (B,) int64 of the prepared lines."""
        indices, count = tf.cast(indices, tf.int64), len(self.prepared)
        numbers = indices % count
        return shuffle(numbers, indices // count, count, self.seed) if self.is_shuffled else numbers

    def _read(self, numbers: np.ndarray) -> np.ndarray:
        """Returns lines column by column, (B, W, H) uint8, as wide as the widest."""
        lines = [self.prepared.columns(number) for number in numbers]
        batch = np.zeros((len(lines), max(map(len, lines), default=0), self.spec.height), np.uint8)
        for row, line in zip(batch, lines, strict=True):
            row[: len(line)] = line
        return batch
