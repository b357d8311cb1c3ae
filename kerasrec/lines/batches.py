"""Batches of lines for training and for evaluation, as tf.data pipelines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from kerasrec.lines.randomness import shuffle
from kerasrec.lines.source import Batch, LineSource

GROUP = 16
"""Number of batches drawn together, so that each batch has lines of similar width and little padding."""


@dataclass(frozen=True)
class TrainingLines:
    """An endless stream of batches; batch number k is the same every time the stream is opened.

    Attributes:
        source: Where the lines come from.
        batch_size: B, the number of lines in a batch.
        repeat_after: None draws new lines forever. A number N repeats lines 0 to N - 1, as the labs do, reshuffled in
            every round; the last batch of a round is filled with the first lines of the next.
        margin: The number of empty pixel columns to the right of the widest line of a batch.
    """

    source: LineSource
    batch_size: int
    repeat_after: int | None = None
    margin: int = 0

    @tf.autograph.experimental.do_not_convert  # nothing here is Python control flow, and converting it takes seconds
    def open(self, first_batch: int = 0, shares: Sequence[int] = (0,), of: int = 1) -> tf.data.Dataset:
        """Opens the stream at a batch; `LineSource` documents the contents of a batch.

        Args:
            first_batch: The number of the batch.
            shares: Those of the `of` shares of each batch, from 0, that the stream has one after the other.
            of: The number of shares into which the lines of each batch are dealt: one for each device that trains.
        """
        group, inside = divmod(first_batch, GROUP)
        order = tf.data.Dataset.counter(group).map(self._group).unbatch().skip(inside)
        if of > 1:
            dealt = tf.data.Dataset.from_tensor_slices(tf.constant(shares, tf.int64))
            order = order.flat_map(lambda lines: dealt.map(lambda share: lines[share::of]))
        order = order.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        return order.map(self.compose, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)

    def compose(self, indices: tf.Tensor) -> Batch:
        """Composes one batch and adds the margin."""
        return pad_right(self.source(indices), self.margin)

    def _group(self, group: tf.Tensor) -> tf.Tensor:
        """The numbers of the lines of one group of batches: (GROUP, B) int64."""
        size = GROUP * self.batch_size
        positions = group * size + tf.range(size, dtype=tf.int64)  # in the endless sequence of all lines
        rounds, indices = tf.zeros_like(positions), positions
        if self.repeat_after is not None:
            rounds = positions // self.repeat_after
            indices = shuffle(positions % self.repeat_after, rounds, self.repeat_after, self.source.seed)
        if self.source.spec.fixed_width:
            return tf.reshape(indices, (GROUP, self.batch_size))
        return self._batched_by_width(group, rounds, indices)

    def _batched_by_width(self, group: tf.Tensor, rounds: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        """Sorts the lines of each round by width into batches (GROUP, B), and shuffles the batches of each round."""
        widths = tf.cast(self.source.labels(indices)[2], tf.int64)
        by_width = tf.argsort(rounds * (tf.reduce_max(widths) + 1) + widths, stable=True)
        batches = tf.reshape(tf.gather(indices, by_width), (GROUP, self.batch_size))
        seed = tf.stack([tf.constant(self.source.seed, tf.int64), group])
        order = tf.random.experimental.stateless_shuffle(tf.range(GROUP), seed)
        by_round = tf.argsort(tf.gather(rounds[:: self.batch_size], order), stable=True)
        return tf.gather(batches, tf.gather(order, by_round))


@tf.autograph.experimental.do_not_convert
def evaluation_batches(source: LineSource, lines: int, batch_size: int, margin: int = 0) -> tf.data.Dataset:
    """Returns lines 0 to `lines` - 1, once each, in batches of similar width; the last batch may be smaller."""
    indices = tf.range(lines, dtype=tf.int64)
    if not source.spec.fixed_width:
        indices = tf.gather(indices, tf.argsort(source.labels(indices)[2], stable=True))
    batches = tf.data.Dataset.from_tensor_slices(indices).batch(batch_size)
    batches = batches.apply(tf.data.experimental.assert_cardinality(math.ceil(lines / batch_size)))
    return batches.map(lambda i: pad_right(source(i), margin), num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def pad_right(batch: Batch, margin: int) -> Batch:
    """Adds a margin and rounds the canvas up to a multiple of 32 px, to limit the number of different widths."""
    images = batch["images"]
    width = tf.shape(images)[2]
    missing = (width + margin + 31) // 32 * 32 - width
    return {**batch, "images": tf.pad(images, [[0, 0], [0, 0], [0, missing], [0, 0]])}
