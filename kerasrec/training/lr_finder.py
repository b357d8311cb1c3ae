"""Finds a learning rate with a range test (Smith, "Cyclical learning rates for training neural networks", 2017)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kerasrec.models.precision import dtype_policy
from kerasrec.objectives import make_objective
from kerasrec.training.architecture import build_architecture
from kerasrec.training.feasibility import check_feasible
from kerasrec.training.fine_tuning import start
from kerasrec.training.loop import build_recognizer, training_batches, training_model
from kerasrec.training.settings import PRECISIONS, TrainSettings
from kerasrec.training.splits import Splits

SMOOTHING = 0.9
"""The decay of the smoothed loss from one step to the next."""

EXPLOSION = 4.0
"""The sweep ends when the smoothed loss exceeds its minimum by this factor."""


@dataclass(frozen=True, eq=False)
class LearningRates:
    """The result of a sweep.

    Attributes:
        rates: (N,) float64, ascending, one per step.
        losses: (N,) float64, the smoothed loss at each, in nats per character or per term of the objective's loss.
        suggestion: The suggested learning rate.
    """

    rates: np.ndarray
    losses: np.ndarray
    suggestion: float

    def __str__(self) -> str:
        best = int(np.argmin(self.losses))
        return (
            f"--learning-rate {self.suggestion:.1e}: a tenth of {self.rates[best]:.1e}, where the loss was lowest "
            f"({self.losses[best]:.3f}) of {len(self.rates)} steps from {self.rates[0]:.1e} to {self.rates[-1]:.1e}."
        )


def find_learning_rate(
    settings: TrainSettings,
    splits: Splits,
    lowest: float = 1e-6,
    highest: float = 1.0,
    steps: int = 100,
    watch: Callable[[float, float], object] = lambda rate, loss: None,
) -> LearningRates:
    """Trains a new model while raising the learning rate with each step, until the loss explodes.

    Nothing is written and the model is discarded. The suggestion is a tenth of the rate with the lowest smoothed loss.
    (The other common rule, the rate of the steepest descent, was 20 times too low for CTC with Adam: at first the loss
    falls because the model learns to predict only blanks, for which small steps suffice.)

    Args:
        settings: The settings of the run to find a rate for; its learning rate, schedule and budget are ignored.
        splits: The lines.
        lowest: The first rate.
        highest: The last rate.
        steps: The maximum number of batches to train on.
        watch: Called with the rate and the smoothed loss of each step.

    Raises:
        UsageError: A setting is invalid.
        InfeasibleLine: The model has too few frames for the lines.
    """
    architecture, composer = build_architecture(settings), splits.train()
    check_feasible(architecture, settings, composer)
    objective = make_objective(settings.objective, architecture, settings.spec)
    policy = dtype_policy(settings.precision, PRECISIONS)
    recognizer = build_recognizer(settings, architecture, splits.alphabet, policy)
    start(recognizer, settings)
    model = training_model(recognizer, settings)
    sweep = np.geomspace(lowest, highest, steps)
    batches = islice(training_batches(settings, composer, architecture.margin), steps)
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for step, (rate, batch) in enumerate(zip(sweep.tolist(), batches, strict=True), 1):
        model.optimizer.learning_rate = rate
        model.reset_metrics()
        loss = float(model.train_on_batch(batch, return_dict=True)["loss"])
        if objective.collapses_repeats:
            # CTC's loss is per line and grows with its length, and each batch has lines of similar width.
            loss /= float(np.mean(batch["lengths"]))
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smoothed = mean / (1 - SMOOTHING**step)  # corrects the bias towards the initial mean, 0
        if not math.isfinite(smoothed) or losses and smoothed > EXPLOSION * min(losses):
            break
        rates.append(rate)
        losses.append(smoothed)
        watch(rate, smoothed)
    return LearningRates(np.array(rates), np.array(losses), rates[int(np.argmin(losses))] / 10)
