"""Reading images: from files to readings, in their order and in bounded memory, however many there are."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.images.canonical import CanonicalLine, line_from_image
from kerasrec.images.compiled import compile_line_maker
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import ImageLike, load_image

if TYPE_CHECKING:
    from kerasrec.recognizer.recognizer import Recognizer

_CHUNK = 256  # images that are opened before their lines are read: enough to put lines of like width together
_THREADS = min(4, os.cpu_count() or 1)  # each may hold an image of 100 million pixels


@dataclass(frozen=True, eq=False)
class LoadedLine:
    """A canonical line, and the width in pixels of the image that it was made from."""

    line: CanonicalLine
    width: int


def name_image(image: ImageLike, number: int) -> ImageSource:
    """Calls an image what errors call it: by its path, or by its number where it has none."""
    if isinstance(image, str | os.PathLike):
        return ImageSource(os.fspath(image), image)
    return ImageSource(f"image {number}", image)


def load_line(source: ImageSource) -> LoadedLine:
    """Opens an image and makes its canonical line.

    Raises:
        BadImage: It cannot be opened, is no image, is damaged, or has a size that cannot be a line; it is named.
    """
    grey = load_image(source.content, source.name)
    return LoadedLine(line_from_image(grey, compile_line_maker()), grey.shape[1])


def read_images(
    recognizer: "Recognizer", sources: Iterable[ImageSource], batch_size: int = 32, beam_width: int = 0
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    """Reads images; one that cannot be read stops none of the others.

    Args:
        recognizer: Reads the lines.
        sources: The images, opened a few hundred at a time.
        batch_size: Most lines computed at once.
        beam_width: 0 decodes greedily, a number searches a beam of that width.

    Yields:
        Each source with its reading, whose positions are pixels of the image, or with what is wrong with it; in the
        order of `sources`.
    """
    pool = ThreadPoolExecutor(_THREADS)
    try:
        for chunk in _load_ahead(pool, sources, max(_CHUNK, batch_size)):
            yield from _read_chunk(recognizer, chunk, batch_size, beam_width)
    finally:
        pool.shutdown(cancel_futures=True)  # who stops reading does not wait for images that wait to be opened


_Chunk = list[tuple[ImageSource, "Future[LoadedLine]"]]


def _load_ahead(pool: ThreadPoolExecutor, sources: Iterable[ImageSource], size: int) -> Iterator[_Chunk]:
    """Gives chunks of images that are being opened, the next one already started when one is given."""
    remaining = iter(sources)

    def start() -> _Chunk:
        return [(source, pool.submit(load_line, source)) for source in islice(remaining, size)]

    chunk = start()
    while chunk:
        following = start()
        yield chunk
        chunk = following


def _read_chunk(
    recognizer: "Recognizer", chunk: _Chunk, batch_size: int, beam_width: int
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    loaded = [_finish(future) for _, future in chunk]
    lines = [line.line.pixels for line in loaded if isinstance(line, LoadedLine)]
    readings = iter(recognizer.read_lines(lines, batch_size, beam_width))
    for (source, _), line in zip(chunk, loaded, strict=True):
        yield source, to_image_pixels(next(readings), line) if isinstance(line, LoadedLine) else line


def _finish(future: "Future[LoadedLine]") -> LoadedLine | BadImage:
    try:
        return future.result()
    except BadImage as error:
        return error


def to_image_pixels(reading: Reading, loaded: LoadedLine) -> Reading:
    """Moves the characters' places from the canonical line to the image that it was made from."""

    def place(column: float) -> float:
        return min(loaded.line.input_column(column), float(loaded.width))

    characters = (replace(each, start=place(each.start), end=place(each.end)) for each in reading.characters)
    return replace(reading, characters=tuple(characters))
