"""Divides images into batches, each image with a name for error messages."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kerasrec.errors import UsageError
from kerasrec.serving.client.encoded_images import Image

T = TypeVar("T")


def number(images: Iterable[Image]) -> Iterator[tuple[str, Image]]:
    """Names images by their position, for images without a name.

    >>> next(number([b"..."]))
    ('image 1', b'...')
    """
    return ((f"image {position}", image) for position, image in enumerate(images, 1))


def divide(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Divides items into lists of `size`, and takes items only when they are needed.

    >>> list(divide("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    return iter(lambda: list(islice(remaining, size)), [])


async def divide_async(
    images: Iterable[Image] | AsyncIterable[Image], size: int
) -> AsyncIterator[list[tuple[str, Image]]]:
    """Names and divides images from an iterable or an asynchronous iterable."""
    if isinstance(images, Iterable):
        for batch in divide(number(images), size):
            yield batch
        return
    batch, position = [], 0
    async for image in images:
        position += 1
        batch.append((f"image {position}", image))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def check_sizes(batch_size: int, concurrency: int) -> None:
    """Raises UsageError if `batch_size` or `concurrency` is less than 1."""
    for name, value in (("batch_size", batch_size), ("concurrency", concurrency)):
        if value < 1:
            raise UsageError(f"{name} must be at least 1, but is {value}.")
