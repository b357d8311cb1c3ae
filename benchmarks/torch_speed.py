"""The reference's models in PyTorch: one process gives the speed of training and of reading."""

from benchmarks.material import Material
from benchmarks.peers import Peers
from benchmarks.plan import Plan, Samples
from benchmarks.row import Row

_MODELS = {"line_cnn": "cnn", "line_cnn_lstm": "lstm"}


class TorchSpeed:
    """Runs the peer's models; its figures stand in the rows of kerasrec's training and reading."""

    def __init__(self, material: Material, peers: Peers, plan: Plan) -> None:
        self.material, self.peers, self.plan = material, peers, plan
        self.samples = Samples()
        self._rounds = 0

    def round(self) -> None:
        """Times both models channels-last, and in the first of several rounds their reading in the plain layout too."""
        for model in _MODELS:
            self._run(model, "channels-last", "--channels-last", "--steps", str(self.plan.peer_steps))
            if self._rounds == 0 and self.plan.rounds > 1:
                self._run(model, "plain", "--steps", "0")
        self._rounds += 1

    def rows(self) -> list[Row]:
        """Nothing: the figures stand beside kerasrec's."""
        return []

    def training(self, model: str) -> float | None:
        """Lines trained per second at batch 128, channels-last; None where the peer was not timed."""
        return self.samples.median(model, "channels-last", "train")

    def reading(self, model: str, batch: int) -> float | None:
        """Lines read per second at that batch size in the better layout; None where the peer was not timed."""
        speeds = [self.samples.median(model, layout, batch) for layout in ("channels-last", "plain")]
        return max((speed for speed in speeds if speed is not None), default=None)

    def _run(self, model: str, layout: str, *arguments: str) -> None:
        if not self.peers.version:
            return
        lines = str(self.material.peer_lines)
        for figures in self.peers.figures("torch_lab.py", lines, "--model", _MODELS[model], *arguments):
            if "read_lines_per_s" in figures:
                self.samples.add(figures["read_lines_per_s"], model, layout, figures["batch"])
            elif figures["train_lines_per_s"]:
                self.samples.add(figures["train_lines_per_s"], model, layout, "train")
