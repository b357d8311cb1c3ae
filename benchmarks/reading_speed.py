"""Times reading: lines per second of each model and engine, in batches and one at a time, against PyTorch."""

import itertools
from collections.abc import Callable

import numpy as np

from benchmarks.gemm import Gemm
from benchmarks.material import BATCH, Material, to_arrays
from benchmarks.plan import Plan, Samples, rate, warm_up
from benchmarks.precision import automatic
from benchmarks.row import Row
from benchmarks.torch_speed import TorchSpeed
from benchmarks.work import line_flops
from kerasrec.export.onnx_model import to_onnx
from kerasrec.lines.batches import evaluation_batches
from kerasrec.models import MODELS
from kerasrec.recognizer.exporting import to_parts
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.portable_recognizer import PortableRecognizer
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import LineSpec
from kerasrec.training.architecture import build_architecture
from kerasrec.training.loop import build_recognizer
from kerasrec.training.settings import PRECISIONS

TENSORFLOW, ONNX = "TensorFlow", "ONNX Runtime"

_ENGINES = ((TENSORFLOW, "float32"), (TENSORFLOW, "bfloat16"), (ONNX, "float32"))
_COMPARED = ("line_cnn", "line_cnn_lstm", "line_resnet")
"""The models that are timed with all engines; the others with TensorFlow in the automatic precision only."""

_CALLS = {BATCH: 1, 32: 3, 1: 20}
"""The least number of calls for each size of batch."""

_LINES_READ = 256


class ReadingSpeed:
    """Times untrained recognizers: training does not change how long a model takes."""

    def __init__(self, material: Material, torch: TorchSpeed, plan: Plan, gemm: Gemm) -> None:
        """Builds all recognizers and warms them up."""
        self.material, self.torch, self.plan, self.gemm = material, torch, plan, gemm
        self.auto = automatic()
        self.classes = len(material.splits.alphabet)
        batch = material.reference_batches(1)[0]
        self.steps: dict[tuple[str, int, str, str], Callable[[], object]] = {}
        for model in MODELS:
            readers = {engine: self._reader(model, *engine) for engine in self._engines(model)}
            for size, (engine, reader) in itertools.product(_CALLS, readers.items()):
                self.steps[model, size, *engine] = _log_probs_step(reader, batch, size)
        self.read_step, self.read_flops = self._read_step()
        warm_up([*self.steps.values(), self.read_step], plan.warm_ups)
        self.samples = Samples()

    def round(self) -> None:
        """Times every model, engine, precision and batch size."""
        for name, step in self.steps.items():
            self.samples.add(rate(step, name[1], self.plan.seconds / 4, least=_CALLS[name[1]]), *name)
        self.samples.add(rate(self.read_step, _LINES_READ, self.plan.seconds / 2), "read")

    def rows(self) -> list[Row]:
        """A row for each model, batch size, engine and precision, and one with the best of both beside PyTorch."""
        rows = []
        for (model, size), steps in itertools.groupby(self.steps, key=lambda name: name[:2]):
            flops = line_flops(model, self.classes, LineSpec().canvas_width)
            plain = {name: self._row(f"{model}, batch {size}", name, flops, *name[2:]) for name in steps}
            rows += [self.torch.beside(row, model, name[3], size) for name, row in plain.items()]
            if self.torch.has_peer(model, size):
                rows.append(self.torch.best_beside_best([*plain.values()], model, size))
        what = "line_resnet, own width, from lines to texts"
        return [*rows, self._row(what, ("read",), self.read_flops, TENSORFLOW, self.auto)]

    def _row(self, what: str, name: tuple[str | int, ...], flops: float, engine: str, precision: str) -> Row:
        speed = self.samples.median(*name) or 0.0
        share = self.gemm.share(speed, flops, precision)
        return Row(f"reading {what}", "lines/s", speed, f"{engine} {precision}", share)

    def _engines(self, model: str) -> tuple[tuple[str, str], ...]:
        return _ENGINES if model in _COMPARED else ((TENSORFLOW, self.auto),)

    def _reader(self, model: str, engine: str, precision: str) -> LineReader:
        settings, alphabet = self.material.settings(model=model), self.material.splits.alphabet
        recognizer = build_recognizer(settings, build_architecture(settings), alphabet, PRECISIONS[precision])
        return recognizer if engine == TENSORFLOW else self._convert(recognizer)

    def _convert(self, recognizer: Recognizer) -> PortableRecognizer:
        """Converts a recognizer, as `kerasrec export` does, but without its check: random weights read nothing."""
        file = self.material.folder / f"{recognizer.name}.onnx"
        file.write_bytes(to_onnx(to_parts(recognizer)))
        return PortableRecognizer.load(file)

    def _read_step(self) -> tuple[Callable[[], object], float]:
        """A call of `Recognizer.read_lines` on lines as wide as their characters, and its FLOPs per line.

        It batches the lines, computes the model and decodes; the FLOPs do not count the padding of a batch.
        """
        composer = self.material.splits.validation()
        lines: list[np.ndarray] = []
        for batch in map(to_arrays, evaluation_batches(composer, _LINES_READ, BATCH)):
            lines += [image[:, :width, 0] for image, width in zip(batch["images"], batch["widths"], strict=True)]
        recognizer = self._reader("line_resnet", TENSORFLOW, self.auto)
        flops = [line_flops("line_resnet", self.classes, recognizer.canvas_width(line.shape[1])) for line in lines]
        return lambda: recognizer.read_lines(lines), sum(flops) / len(flops)


def _log_probs_step(reader: LineReader, batch: dict[str, np.ndarray], size: int) -> Callable[[], object]:
    images, widths = batch["images"][:size], batch["widths"][:size]
    return lambda: reader.log_probs(images, widths)
