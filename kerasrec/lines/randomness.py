"""Stateless random numbers: a number depends only on the seed, the stream, the line and the draw.

Line i of seed s is therefore the same for every batch size, for any number of parallel calls and after a resume. The
generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), used as a
hash of a counter.
"""

import hashlib

import tensorflow as tf

_GOLDEN = 0x9E3779B97F4A7C15


def _mix(x: tf.Tensor) -> tf.Tensor:
    """The finaliser of SplitMix64: a bijection of uint64 in which every input bit reaches every output bit."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ tf.bitwise.right_shift(x, tf.constant(shift, tf.uint64))) * tf.constant(factor, tf.uint64)
    return x ^ tf.bitwise.right_shift(x, tf.constant(31, tf.uint64))


def uniform(seed: int, stream: int, indices: tf.Tensor, draws: int) -> tf.Tensor:
    """Draws numbers from [0, 1).

    Args:
        seed: The seed of the run.
        stream: The number of the stream, one for each use; different streams are independent.
        indices: (B,) int64, the numbers of the lines.
        draws: D, the number of draws for each line.

    Returns:
        (B, D) float64.
    """
    key = _mix(tf.constant((seed * _GOLDEN + stream + 1) % 2**64, tf.uint64))
    lines = _mix(_mix(tf.cast(indices, tf.uint64)) ^ key)  # (B,)
    steps = tf.cast(tf.range(1, draws + 1), tf.uint64) * tf.constant(_GOLDEN, tf.uint64)  # (D,)
    bits = _mix(lines[:, None] + steps[None, :])  # (B, D)
    top53 = tf.bitwise.right_shift(bits, tf.constant(11, tf.uint64))
    return tf.cast(tf.cast(top53, tf.int64), tf.float64) * 2.0**-53


def hash_name(name: str, seed: int) -> bytes:
    """Hashes a name with a seed: names in the order of their hashes are shuffled, and more names leave that order."""
    return hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogateescape")).digest()


def integers(numbers: tf.Tensor, bounds: tf.Tensor) -> tf.Tensor:
    """Scales numbers from [0, 1) to int32 from [0, bound)."""
    return tf.cast(numbers * tf.cast(bounds, tf.float64), tf.int32)


def shuffle(indices: tf.Tensor, rounds: tf.Tensor, count: int, seed: int) -> tf.Tensor:
    """Permutes the numbers 0 to `count` - 1, differently in each round.

    Args:
        indices: (B,) int64, numbers below `count`.
        rounds: (B,) int64, the round of each.
        count: How many numbers there are.
        seed: The seed of the run.

    Returns:
        (B,) int64.
    """
    seeds = tf.stack([rounds, tf.zeros_like(rounds), tf.fill(tf.shape(rounds), tf.constant(seed, tf.int64))], axis=1)
    # The raw op, because `tf.random.experimental.index_shuffle` pads a batch of seeds along the wrong axis.
    return tf.raw_ops.RandomIndexShuffle(
        index=indices, seed=seeds, max_index=tf.constant(count - 1, tf.int64), rounds=4
    )
