"""Training: lines per second of each model, on the very path of `kerasrec train`, beside PyTorch."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.material import BATCH, REFERENCE_LINES, Material
from benchmarks.plan import Plan, Samples, rate, warm_up
from benchmarks.row import Row
from benchmarks.torch_speed import TorchSpeed
from kerasrec.models.precision import dtype_policy
from kerasrec.training.loop import MODEL_INPUTS, build_architecture, build_recognizer, training_batches, training_model
from kerasrec.training.settings import PRECISIONS, TrainSettings

OWN_WIDTH = "line_resnet, own width"
"""What `kerasrec train` does by default: lines as wide as their characters, in batches of 64."""

_TARGETS = {
    ("line_cnn", "auto"): 4.0,
    ("line_cnn", "float32"): 1.4,
    ("line_cnn_lstm", "auto"): 1.5,
    ("line_cnn_lstm", "float32"): 1.1,
    ("line_resnet", "auto"): None,
}
_LIKE_THE_REFERENCE: dict[str, Any] = {"optimizer": "adam", "learning_rate": 1e-3, "clip_norm": 0.0}
"""What the peer does, so that both do the same work."""


class TrainingSpeed:
    """Times training steps on lines composed before."""

    def __init__(self, material: Material, torch: TorchSpeed, plan: Plan) -> None:
        """Builds all models and warms them up."""
        self.material, self.torch, self.plan = material, torch, plan
        self.auto = dtype_policy("auto", PRECISIONS)
        timed = dict.fromkeys((model, self._policy(precision)) for model, precision in _TARGETS)
        self.steps = {(model, policy): self._fixed_width_step(model, policy) for model, policy in timed}
        self.own_width_step = self._own_width_step()
        warm_up([*self.steps.values(), self.own_width_step], plan.warm_ups)
        self.samples = Samples()

    def round(self) -> None:
        """Times every model in every precision."""
        for name, step in self.steps.items():
            self.samples.add(rate(step, BATCH, self.plan.seconds), *name)
        lines = self.plan.own_width_batches * self.material.settings().batch_size
        self.samples.add(rate(self.own_width_step, lines, self.plan.seconds), OWN_WIDTH)

    def rows(self) -> list[Row]:
        """A row for each model and precision."""
        rows = []
        for (model, precision), target in _TARGETS.items():
            policy = self._policy(precision)
            ours, peer = self.samples.median(model, policy) or 0.0, self.torch.training(model)
            what = f"training {model}, {describe_precision(precision, policy)}"
            rows.append(Row(what, "lines/s", ours, peer, "PyTorch", target))
        what = f"training {OWN_WIDTH}, {describe_precision('auto', self.auto)}"
        return [*rows, Row(what, "lines/s", self.consumed(OWN_WIDTH))]

    def consumed(self, model: str) -> float:
        """Lines per second that training takes in, in automatic precision."""
        name = (model,) if model == OWN_WIDTH else (model, self.auto)
        return self.samples.median(*name) or 0.0

    def _policy(self, precision: str) -> str:
        return self.auto if precision == "auto" else PRECISIONS[precision]

    def _fixed_width_step(self, model: str, policy: str) -> Callable[[], object]:
        """A step on a batch of the reference's lines, another batch each time."""
        settings = self.material.settings(model=model, spec=REFERENCE_LINES, batch_size=BATCH)
        if model != "line_resnet":
            settings = replace(settings, **_LIKE_THE_REFERENCE)
        batches = [{name: batch[name] for name in MODEL_INPUTS} for batch in self.material.reference_batches(2)]
        train_on, endless = self._trainer(settings, policy), itertools.cycle(batches)
        return lambda: train_on(next(endless))

    def _own_width_step(self) -> Callable[[], object]:
        """A pass over some batches of the lines that `kerasrec train` draws by default."""
        settings = self.material.settings()
        composer, margin = self.material.with_settings(settings).train(), build_architecture(settings).margin
        stream = itertools.islice(training_batches(settings, composer, margin), self.plan.own_width_batches)
        train_on, batches = self._trainer(settings, self.auto), list(stream)
        return lambda: [train_on(batch) for batch in batches]

    def _trainer(self, settings: TrainSettings, policy: str) -> Callable[[object], object]:
        recognizer = build_recognizer(settings, build_architecture(settings), self.material.splits.alphabet, policy)
        model = training_model(recognizer, settings)
        return lambda batch: model.train_on_batch(batch)


def describe_precision(precision: str, policy: str) -> str:
    """What to call a precision: "float32", or for the automatic one what it chose, "auto (bfloat16)"."""
    chosen = next(name for name, known in PRECISIONS.items() if known == policy)
    return f"auto ({chosen})" if precision == "auto" else chosen
