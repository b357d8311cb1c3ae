"""Chooses the dtype policy; "auto" measures which one is faster on this machine."""

import time
from functools import cache

import numpy as np
import tensorflow as tf

from kerasrec.errors import UsageError

GAIN = 1.15
"""The speed-up from which bfloat16 is chosen over float32."""


def dtype_policy(precision: str, policies: dict[str, str], device: str | None = None) -> str:
    """Returns Keras's dtype policy for a precision; "auto" is bfloat16 if a convolution and its gradients are.

    Args:
        precision: A name in `policies`.
        policies: The policies by name.
        device: The name of the device to measure on, such as "GPU:1"; None for TensorFlow's choice.

    Raises:
        UsageError: The precision is unknown.
    """
    if precision not in policies:
        raise UsageError(f"precision must be one of {', '.join(policies)}, not {precision!r}.")
    policy = policies[precision]
    return fastest_policy(device) if policy == "auto" else policy


@cache
def fastest_policy(device: str | None = None) -> str:
    """Times a convolution and its gradients in both types, for about a second, and returns the faster dtype policy."""
    with tf.device(device):
        gain = _seconds("float32") / _seconds("bfloat16")
    return "mixed_bfloat16" if gain > GAIN else "float32"


def _seconds(dtype: str) -> float:
    """Returns the fastest of 3 runs of a 3x3 convolution from 64 to 64 channels with its gradients.

    Processors without bfloat16 instructions can be as fast as float32 in the convolution, but ten times slower in its
    gradients.
    """
    rng = np.random.default_rng(0)
    images = tf.cast(rng.standard_normal((8, 7, 112, 64), np.float32), dtype)
    kernel = tf.cast(rng.standard_normal((3, 3, 64, 64), np.float32), dtype)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        with tf.GradientTape() as tape:
            tape.watch((images, kernel))
            outputs = tf.nn.conv2d(images, kernel, 1, "SAME")
        for gradient in tape.gradient(outputs, (images, kernel)):
            gradient.numpy()  # waits for the result
        times.append(time.perf_counter() - start)
    return min(times)
