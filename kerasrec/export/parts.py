"""What a recognizer hands over once, so that export needs nothing else of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasrec.alphabet import Alphabet
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
        objective_name: What the model is trained for, by its name in `OBJECTIVES`.
        objective: The same; it knows what the logits mean.
        alphabet: What the recognizer can write.
        spec: The lines it was made for.
        model: The Keras model, in float32.
        least_width: What a narrower line counts as, in pixels.
        canvas_width: Gives the columns of the canvas for lines whose widest counts as so many pixels, () int32.
        settings: Those of the run that trained it, None if there is no run.
        metrics: What an evaluation of the run found, None if there was none.
    """

    name: str
    architecture: Architecture
    objective_name: str
    objective: Objective
    alphabet: Alphabet
    spec: LineSpec
    model: keras.Model
    least_width: int
    canvas_width: Callable[[tf.Tensor], tf.Tensor]
    settings: dict[str, Any] | None
    metrics: dict[str, Any] | None


@dataclass(frozen=True, eq=False)
class Samples:
    """What the recognizer gives for some pictures and lines, for the SavedModel to give as well.

    Attributes:
        pictures: Their bytes, as `samples.sample_pictures` prints them.
        readings: What is read in each picture.
        images: (B, 28, W, 1) uint8, lines of which the widest counts as W pixels.
        widths: (B,) int32, what the lines count as, in pixels.
        log_probs: (B, T, K) float32, of these lines.
        frames: (B,) int32, how many outputs each of them is read from.
    """

    pictures: Sequence[bytes]
    readings: Sequence[Reading]
    images: np.ndarray
    widths: np.ndarray
    log_probs: np.ndarray
    frames: np.ndarray
