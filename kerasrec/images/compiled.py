"""The functions that find ink, compiled: one graph for images of every size, a tenth of the time of single steps."""

from collections.abc import Callable
from functools import cache

import numpy as np
import tensorflow as tf

from kerasrec.images.canonical import AUTO, POLARITIES, CanonicalLine, to_line
from kerasrec.images.contrast import find_levels
from kerasrec.spec import GLYPH_SIZE

LineMaker = Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]
"""Takes a grey image (H, W) uint8 and a polarity, and returns the result of `to_line`."""


_SPECS = [tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((), tf.int32)]


@cache
def trace_line_maker(height: int) -> LineMaker:
    """Traces `to_line` for a height once per process, which takes seconds, for any device: also for exported graphs."""

    @tf.function(input_signature=_SPECS, autograph=False)
    def make(grey: tf.Tensor, polarity: tf.Tensor = AUTO) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return to_line(grey, polarity, height)

    return make


@cache
def compile_line_maker(height: int) -> LineMaker:
    """Compiles `to_line` for a height once per process; several threads may call the result at the same time.

    It runs on the CPU, where the images are: a line is too little work for a transfer to a GPU.
    """

    @tf.function(input_signature=_SPECS, autograph=False)
    def make(grey: tf.Tensor, polarity: tf.Tensor = AUTO) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.device("CPU"):
            line, offset, scale = trace_line_maker(height)(grey, polarity)
        return line, offset, scale

    return make


def make_line(grey: np.ndarray, height: int, ink: str = "auto") -> CanonicalLine:
    """Makes the canonical line of grey values (H, W) uint8, with the compiled line maker of its height.

    `line_from_image` makes the same line with NumPy, whose values may differ by 1.
    """
    line, offset, scale = compile_line_maker(height)(grey, POLARITIES[ink])
    return CanonicalLine(line.numpy(), int(offset), float(scale))


@cache
def compile_level_finder() -> Callable[[np.ndarray], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Compiles `find_levels` for pictures (B, 28, 28) float32, as `compile_line_maker` compiles `to_line`."""

    @tf.function(input_signature=[tf.TensorSpec((None, GLYPH_SIZE, GLYPH_SIZE), tf.float32)], autograph=False)
    def find(light: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.device("CPU"):
            paper, floor, gain = find_levels(light)
        return paper, floor, gain

    return find
