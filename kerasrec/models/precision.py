"""Chooses the dtype policy; "auto" measures which one is faster on this machine."""

import time
from functools import cache

import keras
import numpy as np
from keras import ops

from kerasrec.errors import UsageError

GAIN = 1.15
"""The speed-up from which bfloat16 is chosen over float32."""


def dtype_policy(precision: str, policies: dict[str, str]) -> str:
    """Returns Keras's dtype policy for a precision; "auto" is bfloat16 if a convolution is faster in it.

    Raises:
        UsageError: The precision is unknown.
    """
    if precision not in policies:
        raise UsageError(f"precision must be one of {', '.join(policies)}, not {precision!r}.")
    policy = policies[precision]
    return fastest_policy() if policy == "auto" else policy


@cache
def fastest_policy() -> str:
    """Times a convolution in both types, which takes about 0.1 seconds, and returns the faster dtype policy."""
    gain = _seconds("float32") / _seconds("bfloat16")
    return "mixed_bfloat16" if gain > GAIN else "float32"


def _seconds(dtype: str) -> float:
    """Returns the fastest of 6 runs of a 3x3 convolution from 64 to 64 channels."""
    rng = np.random.default_rng(0)
    images = ops.cast(rng.standard_normal((32, 7, 112, 64), np.float32), dtype)
    kernel = ops.cast(rng.standard_normal((3, 3, 64, 64), np.float32), dtype)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        keras.ops.convert_to_numpy(ops.conv(images, kernel, padding="same")[0, 0, 0])
        times.append(time.perf_counter() - start)
    return min(times)
