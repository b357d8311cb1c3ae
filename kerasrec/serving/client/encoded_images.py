"""The images that a client is given: files or bytes, each with a name to call it by."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasrec.errors import BadImage


@dataclass(frozen=True)
class Picture:
    """The content of an image file, and what to call it when something is wrong with it."""

    name: str
    content: bytes


Image = bytes | str | os.PathLike[str] | Picture | BadImage
"""What a client takes: the content of a file, its path, or its content with a name; or why there is no image, which is
given back in its place."""


def load_picture(image: Image, name: str) -> Picture | BadImage:
    """Loads an image, as it is: only the server decodes it.

    Args:
        image: A file or its content.
        name: What to call bytes, which have no name of their own.

    Returns:
        The picture, or what is wrong with it: there is no such file, it may not be read, or it is empty.
    """
    if isinstance(image, Picture | BadImage):
        return image
    if isinstance(image, bytes):
        return Picture(name, image)
    path = Path(image)
    try:
        content = path.read_bytes()
    except OSError as error:
        return BadImage(f"{path} cannot be read: {error.strerror}. Check the path, and who may read it.")
    return Picture(str(path), content) if content else BadImage(f"{path} is empty: it has 0 bytes. Save it again.")


def are_loaded(images: Sequence[tuple[str, Image]]) -> bool:
    """Whether no file has to be read, which takes its time."""
    return all(isinstance(image, bytes | Picture | BadImage) for _, image in images)


def load_pictures(images: Sequence[tuple[str, Image]]) -> list[Picture | BadImage]:
    """Loads images that come with their names."""
    return [load_picture(image, name) for name, image in images]
