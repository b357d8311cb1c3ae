"""Times the product of two matrices (GEMM), the rate that the arithmetic of the models is measured against."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.product import gemm_rate
from benchmarks.row import Row

_PRECISIONS = ("float32", "bfloat16")
_ROOT = str(Path(__file__).resolve().parents[1])

_IN_PYTORCH = """
import json, sys, torch
root, seconds, *precisions = sys.argv[1:]
sys.path.insert(0, root)
from benchmarks.product import gemm_rate

for precision in precisions:
    def make(size):
        a, b = (torch.randn(size, size).to(getattr(torch, precision)) for _ in range(2))
        return lambda: a @ b
    print(json.dumps({"precision": precision, "rate": gemm_rate(make, float(seconds))}))
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
        for figures in self.peers.evaluate(_IN_PYTORCH, _ROOT, str(seconds), *_PRECISIONS):
            self.samples.add(figures["rate"], "PyTorch", figures["precision"])
        for precision in _PRECISIONS:
            self.samples.add(gemm_rate(partial(make_product, precision), seconds), "TensorFlow", precision)

    def rows(self) -> list[Row]:
        """One row for each precision."""
        what = "GEMM"
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


def make_product(precision: str, size: int) -> Callable[[], object]:
    """Returns a function that multiplies two random matrices in TensorFlow and waits for the result."""
    rng = np.random.default_rng(0)
    a, b = (tf.cast(rng.standard_normal((size, size), np.float32), precision) for _ in range(2))
    return lambda: tf.linalg.matmul(a, b).numpy()
