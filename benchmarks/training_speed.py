"""Times training: lines per second of each model, with the same code as `kerasrec train`, against PyTorch."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.gemm import Gemm
from benchmarks.material import BATCH, REFERENCE_LINES, Material
from benchmarks.plan import Plan, Samples, rate, warm_up
from benchmarks.precision import automatic
from benchmarks.row import Row
from benchmarks.torch_speed import TorchSpeed
from benchmarks.work import TRAINING, line_flops
from kerasrec.spec import LineSpec
from kerasrec.training.architecture import build_architecture
from kerasrec.training.loop import MODEL_INPUTS, build_recognizer, training_batches, training_model
from kerasrec.training.settings import PRECISIONS, TrainSettings

OWN_WIDTH = "line_resnet, own width"
"""The default of `kerasrec train`: lines as wide as their characters, in batches of similar width."""

_MODELS = ("line_cnn", "line_cnn_lstm", "line_resnet")
_LIKE_THE_REFERENCE: dict[str, Any] = {"optimizer": "adam", "learning_rate": 1e-3, "clip_norm": 0.0}
"""The settings of the peer, so that both do the same work."""


class TrainingSpeed:
    """Times training steps on lines that are composed in advance."""

    def __init__(self, material: Material, torch: TorchSpeed, plan: Plan, gemm: Gemm) -> None:
        """Builds all models and warms them up."""
        self.material, self.torch, self.plan, self.gemm = material, torch, plan, gemm
        self.auto = automatic()
        timed = [
            (model, precision)
            for model in _MODELS
            for precision in dict.fromkeys((self.auto, "float32"))
            if precision == self.auto or torch.has_peer(model, "train")
        ]
        self.steps = {(model, precision): self._fixed_width_step(model, precision) for model, precision in timed}
        self.own_width_step, self.own_width_flops = self._own_width_step()
        warm_up([*self.steps.values(), self.own_width_step], plan.warm_ups)
        self.samples = Samples()

    def round(self) -> None:
        """Times every model in every precision."""
        for name, step in self.steps.items():
            self.samples.add(rate(step, BATCH, self.plan.seconds), *name)
        lines = self.plan.own_width_batches * self.material.settings().batch_size
        self.samples.add(rate(self.own_width_step, lines, self.plan.seconds), OWN_WIDTH)

    def rows(self) -> list[Row]:
        """A row for each model and precision, and for each model of PyTorch one with the best of both."""
        classes = len(self.material.splits.alphabet)
        rows = []
        for model, steps in itertools.groupby(self.steps, key=lambda name: name[0]):
            flops = line_flops(model, classes, LineSpec().canvas_width)
            plain = {
                precision: self._row(model, self.samples.median(model, precision) or 0.0, flops, precision)
                for _, precision in steps
            }
            rows += [self.torch.beside(row, model, precision, "train") for precision, row in plain.items()]
            if self.torch.has_peer(model, "train"):
                rows.append(self.torch.best_beside_best([*plain.values()], model, "train"))
        return [*rows, self._row(OWN_WIDTH, self.consumed(OWN_WIDTH), self.own_width_flops, self.auto)]

    def consumed(self, model: str) -> float:
        """Returns the lines per second that training consumes in automatic precision."""
        name = (model,) if model == OWN_WIDTH else (model, self.auto)
        return self.samples.median(*name) or 0.0

    def _row(self, model: str, speed: float, flops: float, precision: str) -> Row:
        share = self.gemm.share(speed, TRAINING * flops, precision)
        return Row(f"training {model}", "lines/s", speed, f"TensorFlow {precision}", share)

    def _fixed_width_step(self, model: str, precision: str) -> Callable[[], object]:
        """A step on a batch of the reference's lines; successive steps alternate between two batches."""
        settings = self.material.settings(model=model, spec=REFERENCE_LINES, batch_size=BATCH)
        if model != "line_resnet":
            settings = replace(settings, **_LIKE_THE_REFERENCE)
        batches = [{name: batch[name] for name in MODEL_INPUTS} for batch in self.material.reference_batches(2)]
        train_on, endless = self._trainer(settings, precision), itertools.cycle(batches)
        return lambda: train_on(next(endless))

    def _own_width_step(self) -> tuple[Callable[[], object], float]:
        """A pass over a few batches of the lines that `kerasrec train` draws by default, and its FLOPs per line."""
        settings = self.material.settings()
        composer, margin = self.material.with_settings(settings).train(), build_architecture(settings).margin
        stream = itertools.islice(training_batches(settings, composer, margin), self.plan.own_width_batches)
        train_on, batches = self._trainer(settings, self.auto), list(stream)
        classes = len(self.material.splits.alphabet)
        flops = [line_flops(settings.model, classes, int(batch["images"].shape[2])) for batch in batches]
        return lambda: [train_on(batch) for batch in batches], sum(flops) / len(flops)

    def _trainer(self, settings: TrainSettings, precision: str) -> Callable[[object], object]:
        architecture, alphabet = build_architecture(settings), self.material.splits.alphabet
        model = training_model(build_recognizer(settings, architecture, alphabet, PRECISIONS[precision]), settings)
        return lambda batch: model.train_on_batch(batch)
