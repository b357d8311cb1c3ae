"""Greedy CTC decoding in graph operations, all lines at once: what `decoding.greedy` and `to_reading` do."""

from typing import NamedTuple

import tensorflow as tf


class Characters(NamedTuple):
    """The best path of N lines, merged: L is the greatest number of characters, and what is beyond a line's is 0.

    Attributes:
        ids: (N, L) int32.
        confidence: (N, L) float32, the greatest probability that a frame gives the character.
        first: (N, L) int32, its first frame.
        last: (N, L) int32, its last frame, included.
        count: (N,) int32.
        path: (N,) float32, the probability of the path.
    """

    ids: tf.Tensor
    confidence: tf.Tensor
    first: tf.Tensor
    last: tf.Tensor
    count: tf.Tensor
    path: tf.Tensor


def decode_best_path(log_probs: tf.Tensor, frames: tf.Tensor, written: tf.Tensor) -> Characters:
    """Decodes log-probabilities.

    Args:
        log_probs: (N, T, K) float32.
        frames: (N,) int32, the valid frames of each line.
        written: (K,) bool, the tokens that are text; blanks and special tokens are not.
    """
    step = tf.range(tf.shape(log_probs)[1])  # (T,)
    valid = step[None] < frames[:, None]  # (N, T)
    best = tf.argmax(log_probs, axis=-1, output_type=tf.int32)
    score = tf.where(valid, tf.reduce_max(log_probs, axis=-1), 0.0)
    starts = valid & (best != tf.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=-1))
    run = tf.cumsum(tf.cast(starts, tf.int32), axis=1) - 1  # (N, T), which run of its line a frame belongs to
    # A run lasts until the next begins; the frames of a run are found by where it begins.
    same = tf.where(valid, run, -1)
    kept = starts & tf.gather(written, best)
    lines, begins = tf.unstack(tf.cast(tf.where(kept), tf.int32), num=2, axis=1)
    number = tf.gather_nd(run, tf.stack([lines, begins], 1))
    length = tf.shape(log_probs)[1]
    segment = tf.where(same >= 0, same + length * tf.range(tf.shape(frames)[0])[:, None], -1)  # negatives are dropped
    total = length * tf.shape(frames)[0]
    confidences = tf.math.unsorted_segment_max(tf.reshape(score, [-1]), tf.reshape(segment, [-1]), total)
    lasts = tf.math.unsorted_segment_max(
        tf.reshape(tf.broadcast_to(step[None], tf.shape(best)), [-1]), tf.reshape(segment, [-1]), total
    )
    chosen = number + length * lines
    row_of = tf.cast(lines, tf.int64)
    count = tf.math.reduce_sum(tf.cast(kept, tf.int32), axis=1)

    def batch(values: tf.Tensor) -> tf.Tensor:
        ragged = tf.RaggedTensor.from_value_rowids(values, row_of, nrows=tf.shape(frames, tf.int64)[0], validate=False)
        return ragged.to_tensor()

    return Characters(
        ids=batch(tf.gather_nd(best, tf.stack([lines, begins], 1))),
        confidence=batch(tf.exp(tf.gather(confidences, chosen))),
        first=batch(begins),
        last=batch(tf.gather(lasts, chosen)),
        count=count,
        path=tf.exp(tf.reduce_sum(score, axis=1)),
    )
