"""Times the CTC loss and its gradient: kerasrec.objectives.ctc_loss against keras.ops.ctc_loss."""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.plan import Samples
from benchmarks.row import Row
from kerasrec.objectives.ctc_loss import ctc_loss

_SHAPE = (128, 55, 32, 83)  # lines, frames, characters, classes: a batch of the reference
_TARGET = 5
_REPEATS = 3


class CTCSpeed:
    """Times both losses alternately."""

    def __init__(self) -> None:
        """Compiles both losses."""
        self.batch = make_batch(*_SHAPE)
        self.steps = {"ours": make_step(ctc_loss), "peer": make_step(keras.ops.ctc_loss)}
        for step in self.steps.values():
            time_step(step, self.batch)
        self.samples = Samples()

    def round(self) -> None:
        """Times both losses alternately, a few times each."""
        for _ in range(_REPEATS):
            for name, step in self.steps.items():
                self.samples.add(time_step(step, self.batch), name)

    def rows(self) -> list[Row]:
        """A single row that compares the two."""
        ours, peer = self.samples.median("ours") or 0.0, self.samples.median("peer")
        comparison = {"peer": peer, "peer_name": "keras.ops.ctc_loss", "least_ratio": _TARGET}
        return [Row(f"CTC loss and gradient, {_SHAPE}", "ms", ours, **comparison)]


def make_step(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a compiled function that maps a batch to the gradient of its mean loss."""

    @tf.function
    def step(labels: Any, logits: Any, lengths: Any, frames: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            mean = tf.reduce_mean(loss(labels, logits, lengths, frames))
        return tape.gradient(mean, logits)

    return step


def make_batch(lines: int, frames: int, length: int, classes: int) -> list[Any]:
    """Returns random labels of half to full length, random logits, and the lengths of both."""
    rng = np.random.default_rng(0)
    labels = rng.integers(4, classes, (lines, length))
    logits = rng.normal(size=(lines, frames, classes))
    lengths, valid = rng.integers(length // 2, length + 1, lines), np.full(lines, frames)
    return [
        tf.constant(a, t)
        for a, t in zip((labels, logits, lengths, valid), ("int32", "float32", "int32", "int32"), strict=True)
    ]


def time_step(step: Callable[..., Any], batch: list[Any]) -> float:
    """Returns the duration of one call in milliseconds."""
    start = time.perf_counter()
    step(*batch).numpy()
    return 1000 * (time.perf_counter() - start)
