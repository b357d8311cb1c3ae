"""Scales images to another size, which may be a tensor known only when the graph runs."""

from typing import Any, TypeAlias

from kerasrec.images import ops

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or an array that becomes one."""


def resample(image: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Scales an image with a triangle filter: bilinear interpolation when enlarging, antialiased when reducing.

    If the size does not change, every value stays exactly the same. (`keras.ops.image.resize` of Keras 3.15 does the
    same for sizes that are Python numbers, but does not accept tensors.)

    Args:
        image: (..., H, W) uint8 or float32.
        height: The new height in px, int or () int32.
        width: The new width in px, int or () int32.

    Returns:
        (..., height, width) float32.
    """
    image = ops.cast(image, "float32")
    rows, columns = ops.shape(image)[-2:]
    same = ops.logical_and(ops.equal(height, rows), ops.equal(width, columns))

    def change() -> Tensor:
        has_height = isinstance(rows, int) and rows == height
        return _resample_columns(image if has_height else _resample_rows(image, height), width)

    return ops.cond(same, lambda: image, change)


def _resample_rows(image: Tensor, height: Tensor) -> Tensor:
    old = ops.shape(image)[-2]
    centres, radius = _filter_centres(old, height)
    weights = _triangle(_range(old) + 0.5 - centres[:, None], radius)  # (height, H)
    return ops.matmul(weights / ops.sum(weights, axis=1, keepdims=True), image)


def _resample_columns(image: Tensor, width: Tensor) -> Tensor:
    # Each new column is gathered from the few that it covers: for a wide line, a (width, W) matrix would be too large.
    old = ops.shape(image)[-1]
    centres, radius = _filter_centres(old, width)
    taps = ops.floor(centres - radius)[:, None] + _range(ops.cast(ops.ceil(2 * radius), "int32") + 1)  # (width, taps)
    inside = ops.logical_and(taps >= 0, taps < ops.cast(old, "float32"))
    weights = ops.where(inside, _triangle(taps + 0.5 - centres[:, None], radius), 0.0)
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    # Whole columns are copied, which is faster than gathering single pixels.
    columns = ops.take(ops.moveaxis(image, -1, 0), ops.where(inside, ops.cast(taps, "int32"), 0), axis=0)
    shape = ops.shape(columns)  # (width, taps, ...)
    values = ops.matmul(weights[:, None], ops.reshape(columns, (*shape[:2], -1)))
    return ops.moveaxis(ops.reshape(values, (shape[0], *shape[2:])), 0, -1)


def _filter_centres(old: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
    """The centre of each new pixel in the old image, (new,) float32 px, and the radius of the filter in px."""
    step = ops.cast(old, "float32") / ops.cast(new, "float32")
    return (_range(new) + 0.5) * step, ops.maximum(step, 1.0)


def _range(count: Tensor) -> Tensor:
    return ops.cast(ops.arange(count, dtype="int32"), "float32")


def _triangle(distance: Tensor, radius: Tensor) -> Tensor:
    return ops.relu(1.0 - ops.abs(distance) / radius)
