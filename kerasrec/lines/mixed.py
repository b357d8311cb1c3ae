"""Lines from several sources, mixed by shares."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.lines.source import Batch, LineSource
from kerasrec.spec import LineSpec

_PERIOD = 1000  # lines, after which the sources take turns in the same way


class MixedLines:
    """Draws lines from several sources in turn, so that each provides its share of every few lines.

    Of every 1,000 lines, the same ones come from the same source, and each source's lines are drawn in their order.

    Args:
        sources: The sources, all of which have the same alphabet and spec.
        shares: The share of each source, above 0; they are scaled so that they add up to 1.
    """

    count: int | None = None

    def __init__(self, sources: Sequence[LineSource], shares: Sequence[float]) -> None:
        self.sources = tuple(sources)
        self.alphabet: Alphabet = self.sources[0].alphabet
        self.spec: LineSpec = self.sources[0].spec
        self.seed: int = self.sources[0].seed
        turns = _take_turns(np.asarray(shares, float))
        counts = np.bincount(turns, minlength=len(self.sources))
        ranks = np.array([np.count_nonzero(turns[:i] == turn) for i, turn in enumerate(turns)])
        with tf.device("CPU"):
            self._turns, self._ranks = tf.constant(turns, tf.int64), tf.constant(ranks, tf.int64)
            self._counts = tf.constant(counts, tf.int64)

    def __call__(self, indices: tf.Tensor) -> Batch:
        """Draws lines by their numbers, (B,) int64; a batch has what all sources know of their lines."""
        turns, own = self._find(indices)
        parts = [source(_with_one(own[turns == number])) for number, source in enumerate(self.sources)]
        width = tf.reduce_max([tf.shape(part["images"])[2] for part in parts])
        for part in parts:
            missing = width - tf.shape(part["images"])[2]
            part["images"] = tf.pad(part["images"], [[0, 0], [0, 0], [0, missing], [0, 0]])
        names = [name for name in parts[0] if all(name in part for part in parts)]
        return {name: _join([part[name] for part in parts], turns) for name in names}

    def labels(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns labels (B, L), lengths (B,) and widths (B,) in px, all int32, without drawing the lines."""
        turns, own = self._find(indices)
        parts = [source.labels(_with_one(own[turns == number])) for number, source in enumerate(self.sources)]
        labels, lengths, widths = (_join(values, turns) for values in zip(*parts, strict=True))
        return labels, lengths, widths

    def texts(self, labels: np.ndarray) -> list[str]:
        """Decodes labels (B, L) to texts."""
        return self.sources[0].texts(labels)

    def _find(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the source of each line and its number there, (B,) int64 each."""
        rounds, places = tf.cast(indices, tf.int64) // _PERIOD, tf.cast(indices, tf.int64) % _PERIOD
        turns = tf.gather(self._turns, places)
        return turns, rounds * tf.gather(self._counts, turns) + tf.gather(self._ranks, places)


def _take_turns(shares: np.ndarray) -> np.ndarray:
    """Returns the source of each line of a period, (1000,): the one that lags most behind its share."""
    due, turns = np.zeros(len(shares)), np.zeros(_PERIOD, np.int64)
    for i in range(_PERIOD):
        due += shares / shares.sum()
        turns[i] = np.argmax(due)
        due[turns[i]] -= 1
    return turns


def _with_one(numbers: tf.Tensor) -> tf.Tensor:
    """Adds a line, because sources cannot draw none."""
    return tf.concat([numbers, tf.zeros(1, tf.int64)], axis=0)


def _join(parts: Sequence[tf.Tensor], turns: tf.Tensor) -> tf.Tensor:
    """Joins the values of each source, all but the added line's, in the order of the lines."""
    order = tf.argsort(turns, stable=True)  # the lines as the parts have them
    return tf.gather(tf.concat([part[:-1] for part in parts], axis=0), tf.argsort(order))
