"""Reading images on a server: the same files, outcomes and order as `kerasrec.recognizer.read_images`."""

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

_AS_THEY_ARE = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG and JPEG: the server decodes all kinds of them


def read_images(
    client: Client, sources: Iterable[ImageSource], batch_size: int = 32
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    """Reads images on a server; one that cannot be read stops none of the others.

    PNG and JPEG are sent as they are. What else Pillow can open is sent as a grey PNG of the same size: servers decode
    fewer formats, and fewer of their kinds.

    Args:
        client: Asks the server.
        sources: The images, opened as needed.
        batch_size: Most images in a request.

    Yields:
        Each source with its reading, whose positions are pixels of the image, or with what is wrong with it; in the
        order of `sources`.

    Raises:
        ServerError: The server could not be asked, or could not answer.
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
    """Opens an image and makes of it what a server decodes.

    Raises:
        BadImage: It cannot be opened, or is neither PNG nor JPEG nor any other image of a line; it is named.
    """
    content = source.content
    if isinstance(content, str | os.PathLike):
        try:
            content = Path(content).read_bytes()
        except OSError as error:
            raise BadImage(f"{source.name} cannot be read as an image: {error.strerror}. Check the path.") from error
    if isinstance(content, bytes) and content.startswith(_AS_THEY_ARE):
        return Picture(source.name, content)
    return Picture(source.name, _to_png(content, source.name))


def _to_png(content: ImageLike, name: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(load_image(content, name)).save(file, "PNG", compress_level=1)
    return file.getvalue()
