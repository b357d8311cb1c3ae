"""Masks the frames after the end of a line, so that they do not affect its valid frames."""

from typing import Any

from kerasrec.backend import keras, layers, ops


@keras.saving.register_keras_serializable(package="kerasrec")
class MaskFrames(layers.Layer):
    """Sets features after each line's valid frames to zero, which equals the zero padding of a line read alone."""

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """Masks features (B, T, D) by the numbers of valid frames (B,); returns (B, T, D)."""
        x, frames = inputs
        step = ops.arange(ops.shape(x)[1], dtype="int32")
        valid = step[None] < ops.cast(frames, "int32")[:, None]  # (B, T)
        return x * ops.expand_dims(ops.cast(valid, x.dtype), -1)

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """Returns the shape of the output, which is that of the features."""
        return input_shape[0]
