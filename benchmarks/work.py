"""The arithmetic of the models, in floating-point operations per line, as `kerasrec models` counts it."""

from functools import cache

import keras

from kerasrec.models.flops import count_flops
from kerasrec.training.architecture import build_architecture
from kerasrec.training.settings import TrainSettings

TRAINING = 3
"""A training step's operations as a multiple of those of reading: a layer, the gradient of its inputs and of its
weights are a product of matrices each."""


@cache
def line_flops(model: str, classes: int, width: int) -> int:
    """Counts the operations for a line of `width` px, read by a model with that number of classes."""
    return count_flops(_build(model, classes), width)


@cache
def _build(model: str, classes: int) -> keras.Model:
    return build_architecture(TrainSettings(model=model)).build(classes)
