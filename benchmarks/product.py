"""Measures the rate of matrix products (GEMM), in whatever library multiplies; it needs the standard library only."""

import time
from collections.abc import Callable

SIZES = (192, 384, 768, 1536)
_SHORT = 0.1  # seconds
_LEAST_CALLS = 2


def gemm_rate(make_product: Callable[[int], Callable[[], object]], seconds: float) -> float:
    """Returns the GFLOP/s of the largest product that does not take long.

    In bfloat16, a processor without instructions for it can be a thousand times slower than in float32.

    Args:
        make_product: Takes a size, and returns a function that multiplies two matrices of that size and waits.
        seconds: How long the product of the last size is repeated.
    """
    for size in SIZES:
        product = make_product(size)
        fastest = time_fastest(product, 0.0)
        if fastest > _SHORT or size == SIZES[-1]:
            break
    return 2 * size**3 / 1e9 / min(fastest, time_fastest(product, seconds))


def time_fastest(step: Callable[[], object], seconds: float) -> float:
    """Returns the seconds of the fastest call of a step, called at least twice and for at least `seconds` s."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < _LEAST_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)
