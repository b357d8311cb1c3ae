"""Times reading: lines per second of each model, in batches of 128 and one at a time, against PyTorch."""

import itertools
from collections.abc import Callable

import numpy as np

from benchmarks.material import BATCH, Material, to_arrays
from benchmarks.plan import Plan, Samples, rate, warm_up
from benchmarks.precision import automatic
from benchmarks.row import Row
from benchmarks.torch_speed import TorchSpeed
from kerasrec.lines.batches import evaluation_batches
from kerasrec.models import MODELS
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.training.architecture import build_architecture
from kerasrec.training.loop import build_recognizer
from kerasrec.training.settings import PRECISIONS

_TIMED = ("float32", "bfloat16")
_CALLS = {BATCH: 2, 1: 30}
_LINES_READ = 256


class ReadingSpeed:
    """Times untrained recognizers: training does not change how long a model takes."""

    def __init__(self, material: Material, torch: TorchSpeed, plan: Plan) -> None:
        """Builds all recognizers and warms them up."""
        self.material, self.torch, self.plan = material, torch, plan
        self.auto = automatic()
        batch = material.reference_batches(1)[0]
        precisions = sorted(_TIMED, key=lambda precision: precision != self.auto)
        recognizers = {(m, p): self._recognizer(m, p) for m in MODELS for p in precisions}
        self.steps = {
            (model, precision, size): _log_probs_step(recognizers[model, precision], batch, size)
            for model, size, precision in itertools.product(MODELS, _CALLS, precisions)
        }
        self.read_step = self._read_step()
        warm_up([*self.steps.values(), self.read_step], plan.warm_ups)
        self.samples = Samples()

    def round(self) -> None:
        """Times every model in every precision and batch size."""
        for name, step in self.steps.items():
            self.samples.add(rate(step, name[-1], self.plan.seconds / 4, least=_CALLS[name[-1]]), *name)
        self.samples.add(rate(self.read_step, _LINES_READ, self.plan.seconds / 2), "read")

    def rows(self) -> list[Row]:
        """A row for each model, batch size and precision; the precision that "auto" chooses comes first."""
        rows = []
        for model, precision, size in self.steps:
            what = f"reading {model}, batch {size}, " + (f"auto ({precision})" if precision == self.auto else precision)
            ours = self.samples.median(model, precision, size) or 0.0
            rows.append(self.torch.row(what, ours, model, precision, size))
        what = "reading line_resnet, own width, from lines to texts"
        return [*rows, Row(what, "lines/s", self.samples.median("read") or 0.0)]

    def _recognizer(self, model: str, precision: str) -> Recognizer:
        settings, alphabet = self.material.settings(model=model), self.material.splits.alphabet
        return build_recognizer(settings, build_architecture(settings), alphabet, PRECISIONS[precision])

    def _read_step(self) -> Callable[[], object]:
        """A call of `Recognizer.read_lines` on lines as wide as their characters: batching, the model, decoding."""
        composer = self.material.splits.validation()
        lines: list[np.ndarray] = []
        for batch in map(to_arrays, evaluation_batches(composer, _LINES_READ, BATCH)):
            lines += [image[:, :width, 0] for image, width in zip(batch["images"], batch["widths"], strict=True)]
        recognizer = self._recognizer("line_resnet", self.auto)
        return lambda: recognizer.read_lines(lines)


def _log_probs_step(recognizer: Recognizer, batch: dict[str, np.ndarray], size: int) -> Callable[[], object]:
    images, widths = batch["images"][:size], batch["widths"][:size]
    return lambda: recognizer.log_probs(images, widths)
