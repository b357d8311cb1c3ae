"""Sliding windows over images: their extremes and their mean, at a cost that hardly grows with the window."""

from collections.abc import Callable

from keras import ops

from kerasrec.images.resampling import Tensor


def dilate(image: Tensor, rows: int, columns: int) -> Tensor:
    """Returns the maximum of each pixel's window, which is cut off at the image's edges.

    Args:
        image: (H, W) float32.
        rows: The height of the window, odd.
        columns: The width of the window, odd.

    Returns:
        (H, W) float32.
    """
    return _slide(_slide(image, rows, 0, ops.maximum), columns, 1, ops.maximum)


def erode(image: Tensor, rows: int, columns: int) -> Tensor:
    """Returns the minimum of each pixel's window; the arguments are those of `dilate`."""
    return -dilate(-image, rows, columns)


def close(image: Tensor, rows: int, columns: int) -> Tensor:
    """Fills dark details that the window does not fit into; the arguments are those of `dilate`."""
    return erode(dilate(image, rows, columns), rows, columns)


def open(image: Tensor, rows: int, columns: int) -> Tensor:
    """Removes bright details that the window does not fit into; the arguments are those of `dilate`."""
    return dilate(erode(image, rows, columns), rows, columns)


def blur(image: Tensor, rows: int, columns: int) -> Tensor:
    """Returns the mean of each pixel's window; the arguments are those of `dilate`."""
    return _mean(_mean(image, rows, 0), columns, 1)


def _slide(image: Tensor, window: int, axis: int, choose: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    # Windows of 2, 4, 8 ... pixels, each from two of the size before.
    image = _pad(image, window // 2, axis, -1e9)
    size = 1
    while size < window:
        step = min(size, window - size)
        image = choose(_cut(image, 0, step, axis), _cut(image, step, 0, axis))
        size += step
    return image


def _mean(image: Tensor, window: int, axis: int) -> Tensor:
    def total(values: Tensor) -> Tensor:
        sums = ops.cumsum(_pad(values, window // 2, axis, 0.0), axis=axis)
        before = _cut(ops.pad(sums, [(1, 0), (0, 0)] if axis == 0 else [(0, 0), (1, 0)]), 0, window, axis)
        return _cut(sums, window - 1, 0, axis) - before

    shape = (ops.shape(image)[0], 1) if axis == 0 else (1, ops.shape(image)[1])
    return total(image) / total(ops.ones(shape))


def _pad(image: Tensor, count: int, axis: int, value: float) -> Tensor:
    sides = [(count, count), (0, 0)] if axis == 0 else [(0, 0), (count, count)]
    return ops.pad(image, sides, constant_values=value)


def _cut(image: Tensor, start: int, end: int, axis: int) -> Tensor:
    """Removes this many rows or columns at the start and at the end."""
    size = ops.shape(image)[axis]
    return image[start : size - end] if axis == 0 else image[:, start : size - end]
