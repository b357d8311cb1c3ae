"""The cost of a model before it is trained: parameters, operations per line, memory of a training step."""

import math
from dataclasses import dataclass

from kerasrec.backend import keras
from kerasrec.models import Architecture
from kerasrec.models.flops import count_flops
from kerasrec.models.greedy_decoder import GreedyDecoder

_BYTES = 4
_WEIGHT_COPIES = 5
"""Weights, their gradients, two moments of AdamW, and a temporary copy during an update."""


@dataclass(frozen=True)
class Cost:
    """The cost of a model.

    Attributes:
        parameters: The number of parameters.
        mflops: Millions of operations per line; a multiplication and an addition count as two.
        memory_mb: Megabytes that training in float32 adds to the process; an estimate that may be off by a third.
    """

    parameters: int
    mflops: float
    memory_mb: float


def estimate_cost(architecture: Architecture, classes: int, width: int, batch_size: int) -> Cost:
    """Estimates the cost of a model.

    Args:
        architecture: The architecture of the model.
        classes: The number of classes K of its logits.
        width: The width of a line in pixels.
        batch_size: The number of lines in a batch.
    """
    model = architecture.build(classes)
    parameters = model.count_params()
    elements = batch_size * _output_elements(model, width, architecture.frames(width))  # kept for the backward pass
    memory = _BYTES * (_WEIGHT_COPIES * parameters + elements)
    return Cost(parameters, count_flops(model, width) / 1e6, memory / 1e6)


def _output_elements(model: keras.Model, width: int, frames: int) -> int:
    """Returns the number of output elements of all layers for a line, including those inside decoders."""
    height = model.inputs[0].shape[1]
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])
    shapes = outputs.compute_output_shape([(1, height, width, 1), (1,)])
    decoders = [layer.trained_outputs(frames) for layer in model.layers if isinstance(layer, GreedyDecoder)]
    return sum(math.prod(shape) for shape in shapes) + sum(decoders)
