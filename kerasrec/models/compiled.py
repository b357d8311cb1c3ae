"""Compiles a model for reading: from lines to log-probabilities in one graph."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kerasrec.backend import keras

Reader = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""Takes images (B, H, W, 1) uint8, widths (B,) int32 and a temperature; returns log-probabilities (B, T, K) float32."""


def compile_reader(model: keras.Model) -> Reader:
    """Compiles a model once for lines of every size; each call uses the model's current weights."""
    height = model.inputs[0].shape[1]

    images, widths = tf.TensorSpec((None, height, None, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)

    @tf.function(input_signature=[images, widths, tf.TensorSpec((), tf.float32)], autograph=False)
    def log_probs(images: tf.Tensor, widths: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        return tf.nn.log_softmax(model([images, widths], training=False) / temperature)

    return lambda images, widths, temperature: log_probs(images, widths, temperature).numpy()
