"""Images in batches, each image with a name to call it by."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kerasrec.errors import UsageError
from kerasrec.serving.client.encoded_images import Image

T = TypeVar("T")


def number(images: Iterable[Image]) -> Iterator[tuple[str, Image]]:
    """Names images by their place, for those that have no name of their own.

    >>> next(number([b"..."]))
    ('image 1', b'...')
    """
    return ((f"image {place}", image) for place, image in enumerate(images, 1))


def divide(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Divides items into lists of `size`, taking no more at a time than one needs.

    >>> list(divide("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    return iter(lambda: list(islice(remaining, size)), [])


async def divide_async(
    images: Iterable[Image] | AsyncIterable[Image], size: int
) -> AsyncIterator[list[tuple[str, Image]]]:
    """Names and divides images that come from an iterator of either kind."""
    if isinstance(images, Iterable):
        for batch in divide(number(images), size):
            yield batch
        return
    batch, place = [], 0
    async for image in images:
        place += 1
        batch.append((f"image {place}", image))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def check_sizes(batch_size: int, concurrency: int) -> None:
    """Raises UsageError if there is to be no image in a request, or no request at a time."""
    for name, value in (("batch_size", batch_size), ("concurrency", concurrency)):
        if value < 1:
            raise UsageError(f"{name} is to be at least 1, but is {value}.")
