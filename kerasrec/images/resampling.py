"""Scaling an image to another size, in operations that work with sizes known only when a graph runs."""

from typing import Any, TypeAlias

from keras import ops

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


def resample(image: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Scales an image by weighing pixels with a triangle: bilinear enlarging, and reducing without aliasing.

    A size that stays leaves every value exactly as it is. (`keras.ops.image.resize` of Keras 3.15 does the same for
    sizes that are Python numbers, and refuses tensors.)

    Args:
        image: (..., H, W) uint8 or float32.
        height: The new height in px, int or () int32.
        width: The new width in px, likewise.

    Returns:
        (..., height, width) float32.
    """
    image = ops.cast(image, "float32")
    rows, columns = ops.shape(image)[-2:]
    same = ops.logical_and(ops.equal(height, rows), ops.equal(width, columns))
    return ops.cond(same, lambda: image, lambda: _resample_columns(_resample_rows(image, height), width))


def _resample_rows(image: Tensor, height: Tensor) -> Tensor:
    old = ops.shape(image)[-2]
    centres, reach = _sources(old, height)
    weights = _weigh(_numbers(old) + 0.5 - centres[:, None], reach)  # (height, H)
    return ops.matmul(weights / ops.sum(weights, axis=1, keepdims=True), image)


def _resample_columns(image: Tensor, width: Tensor) -> Tensor:
    # Each column is gathered from the few that it covers: a line is wide, and a matrix (width, W) would not fit.
    old = ops.shape(image)[-1]
    centres, reach = _sources(old, width)
    taps = ops.floor(centres - reach)[:, None] + _numbers(ops.cast(ops.ceil(2 * reach), "int32") + 1)  # (width, taps)
    inside = ops.logical_and(taps >= 0, taps < ops.cast(old, "float32"))
    weights = ops.where(inside, _weigh(taps + 0.5 - centres[:, None], reach), 0.0)
    columns = ops.take(image, ops.where(inside, ops.cast(taps, "int32"), 0), axis=-1)  # (..., height, width, taps)
    return ops.sum(columns * (weights / ops.sum(weights, axis=1, keepdims=True)), axis=-1)


def _sources(old: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
    """Where each new pixel has its centre among the old ones, (new,) float32 px, and how far around it looks, in px."""
    step = ops.cast(old, "float32") / ops.cast(new, "float32")
    return (_numbers(new) + 0.5) * step, ops.maximum(step, 1.0)


def _numbers(count: Tensor) -> Tensor:
    return ops.cast(ops.arange(count, dtype="int32"), "float32")


def _weigh(distance: Tensor, reach: Tensor) -> Tensor:
    return ops.relu(1.0 - ops.abs(distance) / reach)
