"""Keeps what stands beyond a line's last frame from its valid frames."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="kerasrec")
class MaskFrames(layers.Layer):
    """Sets the features beyond each line's valid frames to zero, as they are beyond the edge of a line read alone."""

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """Masks features (B, T, D) by the numbers of valid frames (B,); returns (B, T, D)."""
        x, frames = inputs
        step = ops.arange(ops.shape(x)[1], dtype="int32")
        valid = step[None] < ops.cast(frames, "int32")[:, None]  # (B, T)
        return x * ops.cast(valid, x.dtype)[:, :, None]

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """The output's shape: that of the features."""
        return input_shape[0]
