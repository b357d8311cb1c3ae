"""Times the reference's models in PyTorch: each process times training and reading in one precision and layout."""

import itertools

from benchmarks.material import Material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.precision import peer_precisions
from benchmarks.row import Row

_MODELS = {"line_cnn": "cnn", "line_cnn_lstm": "lstm"}
_LAYOUTS = {"channels-last": ("--channels-last",), "plain": ()}
_PRECISIONS = {"float32": (), "bfloat16": ("--bfloat16",)}
_TARGET = 1.0


class TorchSpeed:
    """Times the peer's models; the figures appear in the rows of kerasrec's training and reading."""

    def __init__(self, material: Material, peers: Peers, plan: Plan) -> None:
        self.material, self.peers, self.plan = material, peers, plan
        self.precisions = peer_precisions()
        self.samples = Samples()
        self._rounds = 0

    def round(self) -> None:
        """Times all models and precisions channels-last; the first of several rounds times the plain layout too."""
        layouts = list(_LAYOUTS) if self._rounds == 0 and self.plan.rounds > 1 else ["channels-last"]
        for model, precision, layout in itertools.product(_MODELS, self.precisions, layouts):
            self._run(model, precision, layout)
        self._rounds += 1

    def rows(self) -> list[Row]:
        """No rows: the figures appear next to kerasrec's."""
        return []

    def row(self, what: str, ours: float, model: str, precision: str, work: str | int) -> Row:
        """Returns a row that compares kerasrec with PyTorch in the same precision; the target is to be as fast.

        Args:
            what: What was timed.
            ours: The speed of kerasrec in lines per second.
            model: The model's name.
            precision: "float32" or "bfloat16".
            work: "train", or the batch size of reading.
        """
        if model not in _MODELS or precision not in self.precisions:
            return Row(what, "lines/s", ours)
        speeds = [self.samples.median(model, precision, layout, work) for layout in _LAYOUTS]
        best = max((speed for speed in speeds if speed is not None), default=None)
        return Row(what, "lines/s", ours, best, f"PyTorch {precision}", least_ratio=_TARGET)

    def _run(self, model: str, precision: str, layout: str) -> None:
        if not self.peers.version:
            return
        arguments = [str(self.material.peer_lines), "--model", _MODELS[model], "--steps", str(self.plan.peer_steps)]
        arguments += [*_PRECISIONS[precision], *_LAYOUTS[layout]]
        for figures in self.peers.figures("torch_lab.py", *arguments):
            if "read_lines_per_s" in figures:
                self.samples.add(figures["read_lines_per_s"], model, precision, layout, figures["batch"])
            else:
                self.samples.add(figures["train_lines_per_s"], model, precision, layout, "train")
