"""Greedy decoding in graph operations, for all lines at once; `decoding.greedy` does it for one."""

from typing import NamedTuple

import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.objectives.ctc_sparse import sparse_ctc_loss


class BestPath(NamedTuple):
    """The most probable path of N lines, as characters.

    L is the greatest number of characters in a line of the batch; rows of shorter lines are padded with 0.

    Attributes:
        probability: (N,) float32, the probability of the text; for CTC, the sum over all of its paths.
        count: (N,) int32, the number of characters in each line.
        ids: (N, L) int32, the tokens of the characters.
        confidence: (N, L) float32, the greatest probability of the character in any of its frames.
        first: (N, L) int32, its first frame.
        last: (N, L) int32, its last frame, included.
    """

    probability: tf.Tensor
    count: tf.Tensor
    ids: tf.Tensor
    confidence: tf.Tensor
    first: tf.Tensor
    last: tf.Tensor


def decode_best_path(log_probs: tf.Tensor, frames: tf.Tensor, written: tf.Tensor, merge: bool = True) -> BestPath:
    """Decodes log-probabilities.

    Args:
        log_probs: (N, T, K) float32.
        frames: (N,) int32, the valid frames of each line.
        written: (K,) bool, which tokens stand for text; the blank and other special tokens do not.
        merge: Whether neighbouring frames with the same token are one character.
    """
    step = tf.range(tf.shape(log_probs)[1])[None]  # (1, T)
    valid = step < frames[:, None]  # (N, T)
    best = tf.argmax(log_probs, axis=-1, output_type=tf.int32)
    score = tf.where(valid, tf.reduce_max(log_probs, axis=-1), 0.0)
    differs = best != tf.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=-1)
    begins = valid & differs if merge else valid
    run = tf.where(valid, tf.cumsum(tf.cast(begins, tf.int32), axis=1) - 1, -1)  # number of each frame's run
    chosen = begins & tf.gather(written, best)
    kept = tf.where(chosen)  # (M, 2): line and first frame of each character
    runs = tf.gather_nd(run, kept)
    count = _count(chosen)

    def to_lines(values: tf.Tensor) -> tf.Tensor:
        return tf.RaggedTensor.from_row_lengths(values, count, validate=False).to_tensor()

    return BestPath(
        probability=_text_probability(log_probs, frames, best, begins) if merge else tf.exp(tf.reduce_sum(score, 1)),
        count=count,
        ids=to_lines(tf.gather_nd(best, kept)),
        confidence=to_lines(tf.exp(_max_per_run(score, run, kept[:, 0], runs))),
        first=to_lines(tf.cast(kept[:, 1], tf.int32)),
        last=to_lines(_max_per_run(tf.broadcast_to(step, tf.shape(run)), run, kept[:, 0], runs)),
    )


def _text_probability(log_probs: tf.Tensor, frames: tf.Tensor, best: tf.Tensor, begins: tf.Tensor) -> tf.Tensor:
    """Returns the probability (N,) of the text, special tokens included, that the runs of a path (N, T) spell."""
    tokens = begins & (best != Alphabet.BLANK)
    lengths = _count(tokens)
    ids = tf.RaggedTensor.from_row_lengths(tf.boolean_mask(best, tokens), lengths, validate=False).to_tensor()
    loss = sparse_ctc_loss(ids, log_probs, lengths, tf.maximum(frames, 1))
    return tf.where(frames > 0, tf.exp(-loss), 1.0)


def _count(chosen: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(chosen, tf.int32), axis=1)


def _max_per_run(values: tf.Tensor, run: tf.Tensor, lines: tf.Tensor, runs: tf.Tensor) -> tf.Tensor:
    """Returns the greatest of the values (N, T) in each of M runs, given by their line and number."""
    count, length = tf.unstack(tf.shape(run))
    segment = tf.where(run >= 0, run + length * tf.range(count)[:, None], -1)  # negative segments are ignored
    greatest = tf.math.unsorted_segment_max(tf.reshape(values, [-1]), tf.reshape(segment, [-1]), count * length)
    return tf.gather(greatest, tf.cast(lines, tf.int32) * length + runs)
