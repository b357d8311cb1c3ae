"""A bidirectional LSTM whose directions are summed, and whose output for a line is independent of the batch's width."""

from collections.abc import Callable
from typing import Any

from kerasrec.backend import keras, layers, ops


@keras.saving.register_keras_serializable(package="kerasrec")
class BidirectionalLSTM(layers.Layer):
    """Two LSTMs over the frames of a line, one of which runs backwards from the last valid frame.

    The backward direction reverses only the valid frames of each line, so that padding never reaches a valid frame and
    no mask is needed. This lets Keras use cuDNN, and TensorFlow's fused kernel can be used for reading on a CPU.

    Args:
        units: The size of the state of each direction.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.forward = layers.LSTM(units, return_sequences=True, dtype=self.dtype_policy, name="forward")
        self.backward = layers.LSTM(units, return_sequences=True, dtype=self.dtype_policy, name="backward")

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Creates the weights for inputs of shapes [(B, T, C), (B,)]."""
        self.forward.build(input_shape[0])
        self.backward.build(input_shape[0])

    def call(self, inputs: list[keras.KerasTensor], training: bool = False) -> keras.KerasTensor:
        """Runs both LSTMs.

        Args:
            inputs: Features (B, T, C) and the numbers of valid frames (B,).
            training: Whether gradients are needed; if not, the fused kernel may be used.

        Returns:
            (B, T, units), the sum of both directions.
        """
        x, frames = inputs
        run = _choose(training)
        return run(self.forward, x) + _reverse(run(self.backward, _reverse(x, frames)), frames)

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Returns the shape of the output, (B, T, units)."""
        return (*input_shape[0][:2], self.units)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "units": self.units}


def _choose(training: bool) -> Callable[[layers.LSTM, keras.KerasTensor], keras.KerasTensor]:
    """Returns the function that runs an LSTM over (B, T, C): TensorFlow's ways for reading, otherwise Keras."""
    if not training and keras.backend.backend() == "tensorflow":
        from kerasrec.models import lstm_fused, lstm_loop  # other backends run without TensorFlow
        from kerasrec.models.lstm_kernels import find_kernel

        kernel = find_kernel()
        if kernel != "keras":
            return lstm_loop.run if kernel == "loop" else lstm_fused.run
    return lambda layer, x: layer(x)


def _reverse(x: keras.KerasTensor, frames: keras.KerasTensor) -> keras.KerasTensor:
    """Reverses the first `frames` steps of each line of (B, T, C) and keeps the rest in place."""
    step = ops.arange(ops.shape(x)[1])[None]  # (1, T)
    frames = ops.cast(frames, step.dtype)[:, None]
    index = ops.where(step < frames, frames - 1 - step, step)  # (B, T)
    return ops.take_along_axis(x, ops.expand_dims(index, -1), axis=1)
