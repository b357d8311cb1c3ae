"""Cuts lines into windows, so that all of them are computed in one batch."""

from typing import Any

from kerasrec.backend import keras, layers, ops


@keras.saving.register_keras_serializable(package="kerasrec")
class CutWindows(layers.Layer):
    """Cuts lines into windows of equal width at equal steps, and puts all windows of all lines into one batch.

    Args:
        width: The width of a window in pixels.
        stride: The step between windows in pixels.
        kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    def __init__(self, width: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.stride = width, stride

    def call(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """Cuts images (B, H, W, C) into (B * T, H, width, C); the T windows of a line are consecutive."""
        _, height, width, channels = ops.shape(images)
        last = ops.arange(width)[self.width - 1 :: self.stride]  # column of each window; none if the line is too narrow
        columns = last[:, None] + ops.arange(1 - self.width, 1)  # (T, width)
        windows = ops.transpose(ops.take(images, columns, axis=2), (0, 2, 1, 3, 4))  # (B, T, H, width, C)
        return ops.reshape(windows, (-1, height, self.width, channels))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "width": self.width, "stride": self.stride}


@keras.saving.register_keras_serializable(package="kerasrec")
class JoinWindows(layers.Layer):
    """Turns the features of the windows that `CutWindows` cut into the frames of their lines."""

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """Joins features (B * T, D) of the windows of images (B, H, W, C); returns frames (B, T, D)."""
        features, images = inputs
        return ops.reshape(features, (ops.shape(images)[0], -1, ops.shape(features)[-1]))
