"""Sliding windows over images: their extremes and their mean."""

from collections.abc import Callable

from kerasrec.images import ops
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
    return _slide(image, rows, columns, ops.max_pool)


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
    return _slide(image, rows, columns, ops.average_pool)


def halve(image: Tensor) -> Tensor:
    """Returns the mean of each 2 x 2 px of an image (H, W): half as high and wide, rounded up."""
    image = ops.average_pool(image[None, :, None, :], (2, 1), padding="same")[0, :, 0]
    return ops.transpose(ops.average_pool(ops.transpose(image)[None, :, None, :], (2, 1), padding="same")[0, :, 0])


def double(image: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Repeats each pixel of an image twice along both axes, up to a size: the way back from `halve`."""
    return ops.repeat(ops.repeat(image, 2, axis=0), 2, axis=1)[:height, :width]


def _slide(image: Tensor, rows: int, columns: int, pool: Callable[..., Tensor]) -> Tensor:
    image = image if rows == 1 else _pool(image, rows, pool)
    return image if columns == 1 else ops.transpose(_pool(ops.transpose(image), columns, pool))


def _pool(image: Tensor, window: int, pool: Callable[..., Tensor]) -> Tensor:
    # Columns as channels: the backend handles many channels at a time, but single columns one by one.
    return pool(image[None, :, None, :], (window, 1), strides=1, padding="same")[0, :, 0]
