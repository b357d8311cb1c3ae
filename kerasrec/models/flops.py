"""Counts the floating-point operations that a model needs for a line, from the shapes of its layers."""

import math

from kerasrec.backend import keras
from kerasrec.models.greedy_decoder import GreedyDecoder


def count_flops(model: keras.Model, width: int) -> int:
    """Counts the floating-point operations for one line, where a multiplication and an addition are two operations.

    A layer multiplies each of its kernels, including recurrent ones, once for each position of its output (a pixel of a
    feature map or a frame). Biases, activations and the like are ignored; they are a few percent of the total. The loop
    of a decoder is counted with its maximum number of iterations.

    Args:
        model: A model of images (B, H, W, 1) and widths (B,), as built by `Architecture.build`.
        width: The width of the line in pixels.
    """
    height = model.inputs[0].shape[1]
    layers = [layer for layer in model.layers if layer.weights]
    tensors = [[keras.tree.flatten(layer.input)[0], layer.output] for layer in layers]
    shapes = keras.Model(model.inputs, tensors).compute_output_shape([(1, height, width, 1), (1,)])
    return 2 * sum(_multiplications(layer, *pair) for layer, pair in zip(layers, shapes, strict=True))


def _multiplications(layer: keras.Layer, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
    """Counts the multiplications of a layer whose output has the shape (1 or windows, positions..., features)."""
    if isinstance(layer, GreedyDecoder):
        return layer.multiplications(input_shape[1])
    kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
    return kernels * math.prod(output_shape[:-1])
