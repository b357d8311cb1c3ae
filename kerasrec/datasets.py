"""Batches of synthetic lines for training and for evaluation, as tf.data pipelines."""

import math
from dataclasses import dataclass

import tensorflow as tf

from kerasrec.lines import Batch, LineComposer

GROUP = 16
"""Batches that are drawn together, so that lines of like width share a batch and little of it is empty."""


@dataclass(frozen=True)
class TrainingLines:
    """An endless stream of batches; batch number k is the same one whenever the stream is opened.

    Attributes:
        composer: Draws the lines.
        batch_size: B, lines in a batch.
        repeat_after: None draws new lines for ever; a number N draws lines 0 to N - 1 again and again, shuffled anew
            each time, and the last batch of a round is filled up with the first lines of the next (the labs' way).
        margin: Empty pixel columns to the right of the widest line of a batch.
    """

    composer: LineComposer
    batch_size: int
    repeat_after: int | None = None
    margin: int = 0

    def open(self, first_batch: int = 0) -> tf.data.Dataset:
        """Opens the stream at a batch; see `LineComposer` for what a batch holds."""
        group, inside = divmod(first_batch, GROUP)
        order = tf.data.Dataset.counter(group).map(self._group).unbatch().skip(inside)
        return order.map(self.compose, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)

    def compose(self, indices: tf.Tensor) -> Batch:
        """Draws one batch, with the margin."""
        return pad_right(self.composer(indices), self.margin)

    def _group(self, group: tf.Tensor) -> tf.Tensor:
        """The numbers of the lines of one group of batches, (GROUP, B) int64, batched by width in a random order."""
        size = GROUP * self.batch_size
        indices = group * size + tf.range(size, dtype=tf.int64)
        if self.repeat_after is not None:
            indices = self._shuffled(indices, self.repeat_after)
        if self.composer.spec.fixed_width:
            return tf.reshape(indices, (GROUP, self.batch_size))
        by_width = tf.gather(indices, tf.argsort(self.composer.labels(indices)[2], stable=True))
        seed = tf.stack([tf.constant(self.composer.seed, tf.int64), group])
        return tf.random.experimental.stateless_shuffle(tf.reshape(by_width, (GROUP, self.batch_size)), seed)

    def _shuffled(self, indices: tf.Tensor, count: int) -> tf.Tensor:
        """Maps endless numbers to rounds of the numbers 0 to count - 1, each round in an order of its own."""
        rounds = indices // count
        seeds = tf.stack([tf.fill(tf.shape(rounds), tf.constant(self.composer.seed, tf.int64)), rounds, rounds], axis=1)
        return tf.random.experimental.index_shuffle(indices % count, seeds, count - 1)


def evaluation_batches(composer: LineComposer, lines: int, batch_size: int, margin: int = 0) -> tf.data.Dataset:
    """Gives lines 0 to `lines` - 1 once, in batches of like width; the last batch may be smaller."""
    indices = tf.range(lines, dtype=tf.int64)
    if not composer.spec.fixed_width:
        indices = tf.gather(indices, tf.argsort(composer.labels(indices)[2], stable=True))
    batches = tf.data.Dataset.from_tensor_slices(indices).batch(batch_size)
    batches = batches.apply(tf.data.experimental.assert_cardinality(math.ceil(lines / batch_size)))
    return batches.map(lambda i: pad_right(composer(i), margin), num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def pad_right(batch: Batch, margin: int) -> Batch:
    """Adds a margin, and rounds the canvas up to a multiple of 32 px, so that few different widths occur."""
    images = batch["images"]
    width = tf.shape(images)[2]
    missing = (width + margin + 31) // 32 * 32 - width
    return {**batch, "images": tf.pad(images, [[0, 0], [0, 0], [0, missing], [0, 0]])}
