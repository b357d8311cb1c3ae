"""Reads images with a server: the same files, results and order as `kerasrec.recognizer.read_images`."""

import io
import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from PIL import Image

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage, ServerError
from kerasrec.images.damage import JPEG_START, PNG_START, list_chunks
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import load_image
from kerasrec.images.pages import split_page
from kerasrec.images.silence import silence_warnings
from kerasrec.serving import wire
from kerasrec.serving.client import Client, Picture

_LOG = logging.getLogger("kerasrec")

_PLAIN_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"bKGD", b"tIME"}
_ARITHMETIC = (b"\xff\xc9", b"\xff\xca")  # start a JPEG with arithmetic coding, which few decoders know


def read_images(
    client: Client, sources: Iterable[ImageSource], batch_size: int = 32, ink: str = "auto"
) -> Iterator[tuple[ImageSource, Reading | BadImage | ServerError]]:
    """Reads images with a server; a bad image does not stop the others.

    Common PNG and JPEG files are sent unchanged. Other images that Pillow can open are sent as a grey PNG of the same
    width, because servers decode fewer formats and fewer variants of them.

    Args:
        client: The client.
        sources: The images, opened as needed.
        batch_size: The most images in a request.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.

    Yields:
        Each source, in order, with its reading or its error. Positions are in pixels of the image. When the server
        fails, each source that is left gets an error.

    Raises:
        ServerError: The server could not be reached or could not answer, and no image has been read yet.
    """
    remaining = iter(sources)
    has_begun = False
    sent: deque[ImageSource] = deque()

    def load() -> Iterator[Picture | BadImage]:
        for source in remaining:
            sent.append(source)
            try:
                yield open_picture(source)
            except BadImage as error:
                yield error

    try:
        for outcome in client.read_stream(load(), batch_size, ink=ink):
            source = sent.popleft()
            if isinstance(outcome, Reading) and not outcome.text.strip():
                _LOG.warning("%s: no text was read. To see why, read it without a server, with --explain.", source.name)
            has_begun = True
            yield source, outcome
    except ServerError as error:
        if not has_begun:
            raise
        for source in chain(sent, remaining):
            yield source, ServerError(f"{source.name} was not read: {error}")


def open_picture(source: ImageSource) -> Picture:
    """Opens an image and converts it if necessary to a format that a server decodes.

    Raises:
        BadImage: The file cannot be opened, or is not an image of a line; the message names it.
    """
    # Even a file that is sent unchanged is decoded, so that what `kerasrec read` refuses without a server is not sent.
    grey = load_image(source.content, source.name, source.page)
    content = _read_file(source)
    return Picture(source.name, content if content and _is_common(content) else _to_png(grey))


def _read_file(source: ImageSource) -> bytes | None:
    """Returns the bytes of a file; None for one page of several, and for an image that is not a file."""
    content, page = source.content, source.page
    if isinstance(content, str | os.PathLike):
        path, named = split_page(content)
        return path.read_bytes() if (page or named) is None else None
    return content if isinstance(content, bytes) and page is None else None


def _is_common(content: bytes) -> bool:
    """Whether every server decodes a file that Pillow can open, and to the same grey values."""
    if content.startswith(PNG_START):
        chunks = [name for name, _, _ in list_chunks(content)]
        return chunks[-1] == b"IEND" and _PLAIN_CHUNKS.issuperset(chunks)
    if content.startswith(JPEG_START):
        with silence_warnings(), Image.open(io.BytesIO(content)) as image:
            is_cmyk = image.mode == "CMYK"
        has_many_scans = content.count(wire.SCAN) > wire.MOST_SCANS
        return not (is_cmyk or has_many_scans or any(start in content for start in _ARITHMETIC))
    return False


def _to_png(grey: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG", compress_level=1)
    return file.getvalue()
