"""Validates a model during training by reading held-out lines."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kerasrec.backend import ops
from kerasrec.evaluation.metrics import score
from kerasrec.lines.source import Batch
from kerasrec.recognizer.recognizer import Recognizer

SAMPLES = 8
"""The number of lines that are kept with their readings."""

TEMPERATURES = tuple(1.2**step for step in range(-2, 6))
"""The temperatures of which the best is chosen, 0.69 to 2.49."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A line, (H, w) uint8 with ink 255 on 0, with its true text, the text read and its confidence."""

    line: np.ndarray
    truth: str
    read: str
    confidence: float


def validate(recognizer: Recognizer, batches: Iterable[Batch]) -> tuple[dict[str, float], list[Sample]]:
    """Reads lines greedily with the current weights, and fits the recognizer's temperature to them.

    Returns:
        The scores val_loss (in nats), val_cer and val_lab_cer; and samples spread evenly over the lines.
    """
    samples: list[Sample] = []
    tempered, terms = np.zeros(len(TEMPERATURES)), 0.0  # the loss at each temperature
    model, objective = recognizer.model, recognizer.objective
    for batch in batches:
        images, widths, labels, lengths = (batch[name].numpy() for name in ("images", "widths", "labels", "lengths"))
        logits = model.predict_on_batch([images, widths])
        scored = logits
        if not objective.aligned:  # these logits follow predicted tokens; the loss needs those given the truth
            scored = objective.logits(model, *map(ops.convert_to_tensor, (images, widths, labels)))
        frames = np.asarray(recognizer.architecture.frames(widths), np.int32)
        line_losses, line_terms = zip(
            *(objective.losses(scored / t, frames, labels, lengths) for t in TEMPERATURES), strict=True
        )
        tempered += np.sum(line_losses, axis=1)
        terms += np.sum(line_terms[0])
        readings = recognizer.decode(np.asarray(ops.log_softmax(logits / recognizer.temperature)), widths)
        for image, width, label, reading in zip(images, widths, labels, readings, strict=True):
            truth = recognizer.alphabet.decode(label.tolist())
            samples.append(Sample(image[:, :width, 0], truth, reading.text, reading.confidence))
    scores = score([sample.read for sample in samples], [sample.truth for sample in samples])
    recognizer.temperature = TEMPERATURES[int(np.argmin(tempered))]
    loss = tempered[TEMPERATURES.index(1.0)] / max(1.0, terms)
    return (
        {"val_loss": float(loss), "val_cer": scores.cer, "val_lab_cer": scores.lab_cer},
        samples[:: max(1, len(samples) // SAMPLES)][:SAMPLES],
    )
