"""CTC loss and gradient on this machine: kerasrec.ctc against keras.ops.ctc_loss, in turns. The target is 5x.

Run: python benchmarks/ctc.py [B T L K]
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from kerasrec.ctc import ctc_loss  # noqa: E402

ROUNDS = 7


def make_step(loss: Callable[..., Any]) -> Callable[..., Any]:
    """A compiled function from a batch to the gradient of its mean loss."""

    @tf.function
    def step(labels: Any, logits: Any, lengths: Any, frames: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            mean = tf.reduce_mean(loss(labels, logits, lengths, frames))
        return tape.gradient(mean, logits)

    return step


def make_batch(lines: int, steps: int, length: int, classes: int) -> list[Any]:
    """Random logits, and labels of half to all of the length."""
    rng = np.random.default_rng(0)
    labels = rng.integers(4, classes, (lines, length))
    logits = rng.normal(size=(lines, steps, classes))
    lengths, frames = rng.integers(length // 2, length + 1, lines), np.full(lines, steps)
    return [
        tf.constant(a, t)
        for a, t in zip((labels, logits, lengths, frames), ("int32", "float32", "int32", "int32"), strict=True)
    ]


def time_step(step: Callable[..., Any], batch: list[Any]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    step(*batch).numpy()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Prints the median times and their ratio."""
    shape = [int(a) for a in sys.argv[1:5]] or [128, 55, 32, 83]
    batch = make_batch(*shape)
    ours, keras_ops = make_step(ctc_loss), make_step(keras.ops.ctc_loss)
    difference = float(tf.reduce_max(tf.abs(ours(*batch) - keras_ops(*batch)))) * shape[0]
    times = np.median([[time_step(ours, batch), time_step(keras_ops, batch)] for _ in range(ROUNDS)], axis=0)
    print(f"(B, T, L, K) = {tuple(shape)}: loss and gradient, ms, median of {ROUNDS}")
    print(f"kerasrec.ctc {times[0]:.1f}   keras.ops.ctc_loss {times[1]:.1f}   ratio {times[1] / times[0]:.1f}x")
    print(f"greatest difference of a line's gradient {difference:.1e}")


if __name__ == "__main__":
    main()
