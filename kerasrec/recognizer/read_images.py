"""Reads any number of images in order and in bounded memory."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.images.canonical import CanonicalLine
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import ImageLike, load_image
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.recognizer.empty_readings import describe_empty

if TYPE_CHECKING:
    from kerasrec.recognizer.line_reader import LineReader

_LOG = logging.getLogger("kerasrec")

_CHUNK = 256  # images that are opened before their lines are read: enough to batch lines of similar width
_THREADS = min(4, os.cpu_count() or 1)  # each may have an image of 100 million pixels in memory


@dataclass(frozen=True, eq=False)
class LoadedLine:
    """A canonical line, and the width in pixels of its image."""

    line: CanonicalLine
    width: int


def name_image(image: ImageLike, number: int) -> ImageSource:
    """Names an image for error messages, by its path or otherwise by its number."""
    if isinstance(image, str | os.PathLike):
        return ImageSource(os.fspath(image), image)
    return ImageSource(f"image {number}", image)


def load_line(source: ImageSource, recognizer: "LineReader", ink: str = "auto") -> LoadedLine:
    """Opens an image and makes its canonical line.

    Args:
        source: The image.
        recognizer: The recognizer that makes the line.
        ink: Whether its ink is "dark" or "light"; "auto" finds out.

    Raises:
        BadImage: It cannot be opened, is not an image, is damaged, or does not have the size of a line.
    """
    grey = load_image(source.content, source.name, source.page)
    return LoadedLine(recognizer.make_line(grey, ink), grey.shape[1])


def read_images(
    recognizer: "LineReader",
    sources: Iterable[ImageSource],
    batch_size: int = 32,
    beam_width: int = 0,
    ink: str = "auto",
    language_model: LanguageModelLike | None = None,
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    """Reads images; an image that cannot be read does not stop the others.

    Args:
        recognizer: The recognizer.
        sources: The images, opened a few hundred at a time.
        batch_size: The maximum number of lines to compute at once.
        beam_width: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.
        language_model: The language model to search with, as in `Recognizer.read`.

    Yields:
        Each source, in order, with its reading, whose positions are pixels of the image, or with its error.
    """
    pool = ThreadPoolExecutor(_THREADS)
    load = partial(load_line, recognizer=recognizer, ink=ink)
    try:
        for chunk in _load_ahead(pool, sources, max(_CHUNK, batch_size), load):
            yield from _read_chunk(recognizer, chunk, batch_size, beam_width, ink, language_model)
    finally:
        pool.shutdown(cancel_futures=True)  # a caller that stops early does not wait for pending images


_Chunk = list[tuple[ImageSource, "Future[LoadedLine]"]]


def _load_ahead(
    pool: ThreadPoolExecutor, sources: Iterable[ImageSource], size: int, load: Callable[[ImageSource], LoadedLine]
) -> Iterator[_Chunk]:
    """Yields chunks of images that are being opened; the next chunk is started before each is yielded."""
    remaining = iter(sources)

    def start() -> _Chunk:
        return [(source, pool.submit(load, source)) for source in islice(remaining, size)]

    chunk = start()
    while chunk:
        following = start()
        yield chunk
        chunk = following


def _read_chunk(
    recognizer: "LineReader",
    chunk: _Chunk,
    batch_size: int,
    beam_width: int,
    ink: str,
    language_model: LanguageModelLike | None,
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    loaded = [_finish(future) for _, future in chunk]
    lines = [line.line.pixels for line in loaded if isinstance(line, LoadedLine)]
    readings = iter(recognizer.read_lines(lines, batch_size, beam_width, language_model))
    for (source, _), line in zip(chunk, loaded, strict=True):
        if isinstance(line, BadImage):
            yield source, line
            continue
        reading = next(readings)
        if not reading.text.strip() or not line.line.pixels.any():
            _LOG.warning("%s", describe_empty(source, ink))
        yield source, to_image_pixels(reading, line)


def _finish(future: "Future[LoadedLine]") -> LoadedLine | BadImage:
    try:
        return future.result()
    except BadImage as error:
        return error


def to_image_pixels(reading: Reading, loaded: LoadedLine) -> Reading:
    """Converts the positions of a reading's characters from the canonical line to its image."""

    def convert(column: float) -> float:
        return min(max(loaded.line.input_column(column), 0.0), float(loaded.width))

    characters = (replace(each, start=convert(each.start), end=convert(each.end)) for each in reading.characters)
    return replace(reading, characters=tuple(characters))
