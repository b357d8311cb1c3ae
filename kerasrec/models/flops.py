"""How much a line costs: the multiplications and additions of a model, by arithmetic on the shapes of its layers."""

import math

import keras

from kerasrec.models.greedy_decoder import GreedyDecoder


def count_flops(model: keras.Model, width: int) -> int:
    """Counts the floating-point operations for one line, a multiplication and an addition as two.

    A layer multiplies each of its kernels, recurrent ones included, once at each position of its output: pixels of a
    feature map, or frames. Biases, activations and the like are left out; they are some hundredths of the whole. A
    decoder's loop has as many turns as a text has characters: it is counted with all turns that it can have.

    Args:
        model: Takes images (B, H, W, 1) and widths (B,), as `Architecture.build` makes it.
        width: Of the line in pixels.
    """
    height = model.inputs[0].shape[1]
    layers = [layer for layer in model.layers if layer.weights]
    tensors = [[keras.tree.flatten(layer.input)[0], layer.output] for layer in layers]
    shapes = keras.Model(model.inputs, tensors).compute_output_shape([(1, height, width, 1), (1,)])
    return 2 * sum(_multiplications(layer, *pair) for layer, pair in zip(layers, shapes, strict=True))


def _multiplications(layer: keras.Layer, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
    """Multiplications of a layer whose output has the shape (1 or windows, positions..., features)."""
    if isinstance(layer, GreedyDecoder):
        return layer.multiplications(input_shape[1])
    kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
    return kernels * math.prod(output_shape[:-1])
