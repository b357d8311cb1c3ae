"""Images of several pages: TIFF, and GIF, WebP and PNG with several frames. FILE#2 names the second page."""

import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image

from kerasrec.errors import BadImage
from kerasrec.images.files import ImageSource
from kerasrec.images.silence import silence_warnings

_FORMATS = ("TIFF", "GIF", "WEBP", "PNG")


def split_page(path: str | os.PathLike[str]) -> tuple[Path, int | None]:
    """Splits FILE#2 into the path and the number of the page, which is None if there is none or the file exists."""
    match = re.fullmatch(r"(.+)#([0-9]+)", os.fspath(path), re.DOTALL)
    if match is None or Path(path).exists():
        return Path(path), None
    return Path(match[1]), int(match[2])


def select_page(image: Image.Image, name: str, page: int | None, is_file: bool) -> None:
    """Makes an image show a page, the first of which is 1.

    Args:
        image: The image.
        name: Its name in error messages.
        page: The number of the page; None if the image must have only one.
        is_file: Whether a page can be chosen by the name of the file.

    Raises:
        BadImage: There is no such page, or no page is given and there are several.
    """
    pages = _count(image)
    if page is None and pages > 1:
        remedy = f"Read one with '{name}#2'." if is_file else "With Pillow, select one and give image.copy()."
        raise BadImage(f"{name} has {pages} pages, but must be one line. {remedy}")
    if page is not None and not 1 <= page <= pages:
        raise BadImage(f"{name} does not exist: the file has {pages} page{'s' * (pages > 1)}. Give the number of one.")
    if page is not None:
        image.seek(page - 1)


def list_pages(sources: Iterable[ImageSource]) -> Iterator[ImageSource]:
    """Replaces each image of several pages by its pages, named FILE#1, FILE#2 and so on.

    Each file is opened only when it is its turn. One that cannot be opened is yielded unchanged.
    """
    for source in sources:
        pages = _count_pages(source)
        if pages == 1:
            yield source
        for page in range(1, pages + 1) if pages > 1 else ():
            yield ImageSource(f"{source.name}#{page}", source.content, page)


def _count_pages(source: ImageSource) -> int:
    content = source.content
    if source.page is not None or not isinstance(content, bytes | str | os.PathLike):
        return 1
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        with silence_warnings(), Image.open(file, formats=_FORMATS) as image:
            return _count(image)
    except Exception:  # whatever is wrong with it is reported when it is read
        return 1


def _count(image: Image.Image) -> int:
    # A JPEG may have several images too, but these are previews and parts of the first.
    return int(getattr(image, "n_frames", 1)) if image.format in _FORMATS else 1
