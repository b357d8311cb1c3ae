"""The parts of a recognizer that export needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
from kerasrec.backend import keras
from kerasrec.decoding import Reading
from kerasrec.models import Architecture
from kerasrec.objectives import Objective
from kerasrec.spec import LineSpec


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a recognizer.

    Attributes:
        name: The model's name in `MODELS`.
        architecture: The settings that the model was built from.
        objective_name: The objective's name in `OBJECTIVES`.
        objective: The objective, which knows what the logits mean.
        alphabet: The characters that the recognizer can read.
        spec: The format of the lines that the recognizer reads.
        model: The Keras model, in float32.
        temperature: The number by which its logits are divided.
        least_width: The least width of a line in pixels; a narrower one is treated as this wide.
        canvas_width: Returns the width of the canvas in pixels, () int32, for the width of the widest line.
        settings: The settings of the run that trained it; None if there is no run.
        metrics: The metrics of the run's evaluation; None if it was not evaluated.
    """

    name: str
    architecture: Architecture
    objective_name: str
    objective: Objective
    alphabet: Alphabet
    spec: LineSpec
    model: keras.Model
    temperature: float
    least_width: int
    canvas_width: Callable[[tf.Tensor], tf.Tensor]
    settings: dict[str, Any] | None = None
    metrics: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Samples:
    """Images and lines with the recognizer's results, which the SavedModel must return too.

    Attributes:
        pictures: The bytes of the images, from `samples.sample_pictures`.
        readings: The reading of each image.
        images: (B, H, W, 1) uint8, lines, the widest W pixels wide.
        widths: (B,) int32, the widths of the lines in pixels.
        log_probs: (B, T, K) float32, the log-probabilities of these lines.
        frames: (B,) int32, the number of valid outputs of each line.
    """

    pictures: Sequence[bytes]
    readings: Sequence[Reading]
    images: np.ndarray
    widths: np.ndarray
    log_probs: np.ndarray
    frames: np.ndarray
