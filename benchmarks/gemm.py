"""Times the product of two matrices (GEMM), the rate that the arithmetic of the models is measured against."""

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.row import Row

_PRECISIONS = ("float32", "bfloat16")
_SIZE = 1536
_GFLOP = 2 * _SIZE**3 / 1e9
_LEAST_CALLS = 3

_IN_PYTORCH = """
import json, sys, time, torch
size, seconds = int(sys.argv[1]), float(sys.argv[2])
for precision in sys.argv[3:]:
    a, b = (torch.randn(size, size).to(getattr(torch, precision)) for _ in range(2))
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    print(json.dumps({"precision": precision, "seconds": min(times)}))
"""


class Gemm:
    """Times the product in TensorFlow and in PyTorch, in both precisions."""

    def __init__(self, peers: Peers, plan: Plan) -> None:
        """Times it once, since other benchmarks depend on the rates."""
        self.peers, self.plan = peers, plan
        self.samples = Samples()
        self.round()

    def round(self) -> None:
        """Times the fastest of a few products."""
        seconds = self.plan.seconds / 2
        arguments = [str(_SIZE), str(seconds), *_PRECISIONS]
        for figures in self.peers.evaluate(_IN_PYTORCH, *arguments):
            self.samples.add(_GFLOP / figures["seconds"], "PyTorch", figures["precision"])
        for precision in _PRECISIONS:
            self.samples.add(_GFLOP / fastest(make_product(precision), seconds), "TensorFlow", precision)

    def rows(self) -> list[Row]:
        """One row for each precision."""
        what = f"GEMM, {_SIZE:,} x {_SIZE:,}"
        rows = []
        for precision in _PRECISIONS:
            peer, ours = (self.samples.median(name, precision) for name in ("PyTorch", "TensorFlow"))
            names = {"ours_name": f"TensorFlow {precision}", "peer_name": f"PyTorch {precision}"}
            rows.append(Row(what, "GFLOP/s", ours or 0.0, peer=peer, **names))
        return rows

    def peer_gain(self) -> float | None:
        """Returns how many times as fast PyTorch is in bfloat16 as in float32; None without PyTorch."""
        slow, fast = (self.samples.median("PyTorch", precision) for precision in _PRECISIONS)
        return fast / slow if slow and fast else None

    def share(self, lines: float, flops: float, precision: str) -> float:
        """Returns the arithmetic of a speed as a share of the machine's rate.

        The rate is that of the faster library. What computes in bfloat16 may convert to float32, so that its rate is
        at least that of float32.

        Args:
            lines: Lines per second.
            flops: Floating-point operations per line.
            precision: "float32" or "bfloat16".
        """
        allowed = dict.fromkeys(("float32", precision))
        rates = [self.samples.median(name, each) or 0.0 for name in ("TensorFlow", "PyTorch") for each in allowed]
        return lines * flops / 1e9 / max(rates)


def make_product(precision: str) -> Callable[[], object]:
    """Returns a function that multiplies two random matrices in TensorFlow and waits for the result."""
    rng = np.random.default_rng(0)
    a, b = (tf.cast(rng.standard_normal((_SIZE, _SIZE), np.float32), precision) for _ in range(2))
    return lambda: tf.linalg.matmul(a, b).numpy()


def fastest(step: Callable[[], object], seconds: float) -> float:
    """Returns the seconds of the fastest call of a step, called a few times and for at least `seconds` s."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < _LEAST_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)
