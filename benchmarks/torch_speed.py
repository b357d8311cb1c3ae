"""The reference's models in PyTorch: one process times training and reading, in one precision and memory layout."""

import itertools

from benchmarks.material import Material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.precision import of_the_peer
from benchmarks.row import Row

_MODELS = {"line_cnn": "cnn", "line_cnn_lstm": "lstm"}
_LAYOUTS = {"channels-last": ("--channels-last",), "plain": ()}
_PRECISIONS = {"float32": (), "bfloat16": ("--bfloat16",)}
_TARGET = 1.0


class TorchSpeed:
    """Times the peer's models; its figures stand in the rows of kerasrec's training and reading."""

    def __init__(self, material: Material, peers: Peers, plan: Plan) -> None:
        self.material, self.peers, self.plan = material, peers, plan
        self.precisions = of_the_peer()
        self.samples = Samples()
        self._rounds = 0

    def round(self) -> None:
        """Times all models and precisions channels-last, and in the first of several rounds in the plain layout too."""
        layouts = list(_LAYOUTS) if self._rounds == 0 and self.plan.rounds > 1 else ["channels-last"]
        for model, precision, layout in itertools.product(_MODELS, self.precisions, layouts):
            self._run(model, precision, layout)
        self._rounds += 1

    def rows(self) -> list[Row]:
        """Nothing: the figures stand beside kerasrec's."""
        return []

    def row(self, what: str, ours: float, model: str, precision: str, work: str | int) -> Row:
        """A row of kerasrec beside PyTorch doing the same in the same precision; the target is to be as fast.

        Args:
            what: What was timed.
            ours: Lines per second of kerasrec.
            model: Name of the model.
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
