"""What a model costs, before it is trained: parameters, operations for a line, memory of a training step."""

import math
from dataclasses import dataclass

import keras

from kerasrec.models import Architecture
from kerasrec.models.flops import count_flops
from kerasrec.models.greedy_decoder import GreedyDecoder

_BYTES = 4
_WEIGHT_COPIES = 5
"""Weights, their gradients, two moments of AdamW, and what an update makes for a moment."""


@dataclass(frozen=True)
class Cost:
    """What a model costs.

    Attributes:
        parameters: Its numbers.
        mflops: Millions of operations for a line, a multiplication and an addition as two.
        memory_mb: Megabytes that training in float32 adds to the process: an estimate, by a third too high or too low.
    """

    parameters: int
    mflops: float
    memory_mb: float


def estimate_cost(architecture: Architecture, classes: int, width: int, batch_size: int) -> Cost:
    """Estimates what a model costs.

    Args:
        architecture: Of the model.
        classes: Of its logits.
        width: Of a line in pixels.
        batch_size: Lines in a batch.
    """
    model = architecture.build(classes)
    parameters = model.count_params()
    elements = batch_size * _outputs(model, width, architecture.frames(width))  # kept for the backward pass
    memory = _BYTES * (_WEIGHT_COPIES * parameters + elements)
    return Cost(parameters, count_flops(model, width) / 1e6, memory / 1e6)


def _outputs(model: keras.Model, width: int, frames: int) -> int:
    """Numbers in the outputs of all layers for a line; a decoder's own layers are in none of the model's."""
    height = model.inputs[0].shape[1]
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])
    shapes = outputs.compute_output_shape([(1, height, width, 1), (1,)])
    decoders = [layer.trained_outputs(frames) for layer in model.layers if isinstance(layer, GreedyDecoder)]
    return sum(math.prod(shape) for shape in shapes) + sum(decoders)
