"""Reads images with a server: the same files, results and order as `kerasrec.recognizer.read_images`."""

import io
import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.images.loading import ImageLike, load_image
from kerasrec.serving.client import Client, Picture

_SENT_UNCHANGED = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG and JPEG, of which the server decodes all kinds


def read_images(
    client: Client, sources: Iterable[ImageSource], batch_size: int = 32
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    """Reads images with a server; a bad image does not stop the others.

    PNG and JPEG are sent unchanged. Other images that Pillow can open are sent as a grey PNG of the same size, because
    servers decode fewer formats and fewer variants of them.

    Args:
        client: The client.
        sources: The images, opened as needed.
        batch_size: The most images in a request.

    Yields:
        Each source, in order, with its reading or its error. Positions are in pixels of the image.

    Raises:
        ServerError: The server could not be reached or could not answer.
    """
    sent: deque[ImageSource] = deque()

    def load() -> Iterator[Picture | BadImage]:
        for source in sources:
            sent.append(source)
            try:
                yield open_picture(source)
            except BadImage as error:
                yield error

    for outcome in client.read_stream(load(), batch_size):
        yield sent.popleft(), outcome


def open_picture(source: ImageSource) -> Picture:
    """Opens an image and converts it if necessary to a format that a server decodes.

    Raises:
        BadImage: The file cannot be opened, or is not an image of a line; the message names it.
    """
    content = source.content
    if isinstance(content, str | os.PathLike):
        try:
            content = Path(content).read_bytes()
        except OSError as error:
            raise BadImage(f"{source.name} cannot be read as an image: {error.strerror}. Check the path.") from error
    if isinstance(content, bytes) and content.startswith(_SENT_UNCHANGED):
        return Picture(source.name, content)
    return Picture(source.name, _to_png(content, source.name))


def _to_png(content: ImageLike, name: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(load_image(content, name)).save(file, "PNG", compress_level=1)
    return file.getvalue()
