"""Which floating-point type trains and reads fastest on this machine: measured, not assumed."""

import time
from functools import cache

import keras
import numpy as np
from keras import ops

from kerasrec.errors import UsageError

GAIN = 1.15
"""How much faster bfloat16 has to be before it is chosen over float32."""


def dtype_policy(precision: str, policies: dict[str, str]) -> str:
    """Keras's dtype policy for a precision; "auto" becomes bfloat16 where a convolution is faster in it.

    Raises:
        UsageError: There is no such precision.
    """
    if precision not in policies:
        raise UsageError(f"precision must be one of {', '.join(policies)}, not {precision!r}.")
    policy = policies[precision]
    return fastest_policy() if policy == "auto" else policy


@cache
def fastest_policy() -> str:
    """Times a convolution in both types, some 0.1 seconds, and names the dtype policy to prefer here."""
    gain = _seconds("float32") / _seconds("bfloat16")
    return "mixed_bfloat16" if gain > GAIN else "float32"


def _seconds(dtype: str) -> float:
    """The fastest of some runs of a 3x3 convolution from 64 to 64 channels."""
    rng = np.random.default_rng(0)
    images = ops.cast(rng.standard_normal((32, 7, 112, 64), np.float32), dtype)
    kernel = ops.cast(rng.standard_normal((3, 3, 64, 64), np.float32), dtype)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        keras.ops.convert_to_numpy(ops.conv(images, kernel, padding="same")[0, 0, 0])
        times.append(time.perf_counter() - start)
    return min(times)
