"""Sine position encodings, which give attention the order of a sequence."""

import math
from typing import Any

from kerasrec.backend import keras, layers, ops


def sine_positions(length: Any, dim: int) -> keras.KerasTensor:
    """Computes the position encodings of Vaswani et al., "Attention is all you need" (2017), (length, dim) float32.

    Sines and cosines alternate along `dim`, which must be even, at wavelengths from 2 pi to 10,000 times that.
    """
    rates = ops.exp(ops.arange(0, dim, 2, dtype="float32") * (-math.log(10_000) / dim))
    angles = ops.arange(length, dtype="float32")[:, None] * rates  # (length, dim / 2)
    return ops.reshape(ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1), (-1, dim))


@keras.saving.register_keras_serializable(package="kerasrec")
class AddPositions(layers.Layer):
    """Adds position encodings to features (B, T, D), which are multiplied by the root of D so that they outweigh them.

    Args:
        dropout: The fraction of the sums to drop in training.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = dropout
        self.dropout = layers.Dropout(dropout, dtype=self.dtype_policy)

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Adds the encodings of positions 0 to T - 1 to features (B, T, D)."""
        return self.dropout(self.add(x, sine_positions(ops.shape(x)[1], x.shape[-1])), training=training)

    def add(self, x: keras.KerasTensor, positions: keras.KerasTensor) -> keras.KerasTensor:
        """Adds the given encodings (T, D) to features (B, T, D), without dropout."""
        return x * math.sqrt(x.shape[-1]) + ops.cast(positions, x.dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape of the features."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "dropout": self.rate}
