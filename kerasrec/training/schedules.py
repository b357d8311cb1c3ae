"""Learning-rate schedules: the factor on the peak rate as training progresses."""

import math
from collections.abc import Callable


def constant(progress: float, warmup: float) -> float:
    """Rises linearly over the warm-up, then stays constant.

    >>> constant(0.05, 0.1), constant(0.7, 0.1)
    (0.5, 1.0)
    """
    return _rise(progress, warmup)


def cosine(progress: float, warmup: float) -> float:
    """Rises linearly over the warm-up, then falls to 0 along half a cosine (Loshchilov and Hutter, 2017).

    >>> cosine(0.1, 0.1), round(cosine(0.55, 0.1), 3), cosine(1.0, 0.1)
    (1.0, 0.5, 0.0)
    """
    if progress < warmup:
        return _rise(progress, warmup)
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def one_cycle(progress: float, warmup: float) -> float:
    """Rises from 1/25 along half a cosine, then falls to nearly 0 along another (Smith and Topin, 2018).

    The rise takes 30% of the budget, or the warm-up if that is longer.

    >>> one_cycle(0.0, 0.0), one_cycle(0.3, 0.0), round(one_cycle(1.0, 0.0), 6)
    (0.04, 1.0, 0.0)
    """
    top = max(0.3, warmup)
    if progress < top:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * progress / top))
    return 0.5 * (1 + math.cos(math.pi * (progress - top) / (1 - top)))


def _rise(progress: float, warmup: float) -> float:
    return min(1.0, progress / warmup) if warmup else 1.0


SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "one_cycle": one_cycle,
}
"""The schedules by name; each takes the spent share of the budget, 0 to 1, and the warm-up's share."""
