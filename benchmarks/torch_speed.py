"""Times the reference's models in PyTorch: each process times training and reading in one precision and one variant."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from benchmarks.gemm import Gemm
from benchmarks.material import Material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.precision import peer_precisions
from benchmarks.row import Row

_MODELS = {"line_cnn": "cnn", "line_cnn_lstm": "lstm"}
_PRECISIONS = {"float32": (), "bfloat16": ("--bfloat16",)}
_VARIANTS = {
    "channels-last": ("--channels-last",),
    "channels-last, compiled": ("--channels-last", "--compile"),
    "plain layout": (),
}
_UNCOMPILED = ("channels-last", "plain layout")
_TARGET = 1.0
SIZES = (1, 128)
"""The batch sizes that the peer reads in."""


class TorchSpeed:
    """Times the peer's models; the figures appear in the rows of kerasrec's training and reading."""

    def __init__(self, material: Material, peers: Peers, plan: Plan, gemm: Gemm) -> None:
        self.material, self.peers, self.plan = material, peers, plan
        self.precisions = peer_precisions(gemm.peer_gain())
        self.samples = Samples()
        self._rounds = 0

    def round(self) -> None:
        """Times all models and precisions channels-last; the first round also times the other variants."""
        variants = list(_VARIANTS) if self._rounds == 0 else ["channels-last"]
        if self.plan.rounds == 1:
            variants.remove("plain layout")
        for model, precision, variant in itertools.product(_MODELS, self.precisions, variants):
            self._run(model, precision, variant)
        self._rounds += 1

    def rows(self) -> list[Row]:
        """No rows: the figures appear next to kerasrec's."""
        return []

    def beside(self, row: Row, model: str, precision: str, work: str | int) -> Row:
        """Adds PyTorch in the same precision, uncompiled and in its faster layout; the target is to be as fast.

        Args:
            row: The row of kerasrec.
            model: The model's name.
            precision: "float32" or "bfloat16".
            work: "train", or the batch size of reading.
        """
        if not self.has_peer(model, work) or precision not in self.precisions:
            return row
        _, best = self._fastest(model, [precision], _UNCOMPILED, work)
        return replace(row, peer=best, peer_name=f"PyTorch {precision}", least_ratio=_TARGET)

    def best_beside_best(self, rows: Sequence[Row], model: str, work: str | int) -> Row:
        """Returns the fastest of kerasrec's rows beside PyTorch in its fastest precision and variant."""
        name, best = self._fastest(model, self.precisions, _VARIANTS, work)
        ours = max(rows, key=lambda row: row.ours)
        return replace(ours, what=f"{ours.what}, best beside best", peer=best, peer_name=name, least_ratio=_TARGET)

    def has_peer(self, model: str, work: str | int) -> bool:
        """Whether PyTorch does this work too."""
        return model in _MODELS and work in ("train", *SIZES)

    def _fastest(
        self, model: str, precisions: Iterable[str], variants: Iterable[str], work: str | int
    ) -> tuple[str, float | None]:
        """Returns the name and speed of the fastest combination; None if none was timed."""
        speeds = {
            f"PyTorch {precision}, {variant}": self.samples.median(model, precision, variant, work)
            for precision, variant in itertools.product(precisions, variants)
        }
        timed = [(name, speed) for name, speed in speeds.items() if speed is not None]
        return max(timed, key=lambda each: each[1], default=("PyTorch", None))

    def _run(self, model: str, precision: str, variant: str) -> None:
        if not self.peers.version:
            return
        arguments = [str(self.material.peer_lines), "--model", _MODELS[model], "--steps", str(self.plan.peer_steps)]
        arguments += [*_PRECISIONS[precision], *_VARIANTS[variant]]
        for figures in self.peers.figures("torch_lab.py", *arguments):
            if "read_lines_per_s" in figures:
                self.samples.add(figures["read_lines_per_s"], model, precision, variant, figures["batch"])
            else:
                self.samples.add(figures["train_lines_per_s"], model, precision, variant, "train")
