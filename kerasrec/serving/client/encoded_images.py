"""The images that a client accepts: files or bytes, each with a name for error messages."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasrec.errors import BadImage


@dataclass(frozen=True)
class Picture:
    """The bytes of an image file, and a name for error messages."""

    name: str
    content: bytes


Image = bytes | str | os.PathLike[str] | Picture | BadImage
"""What a client accepts: the bytes of a file, its path, or its bytes with a name. An error instead of an image is
returned unchanged. Servers decode PNG, JPEG and WebP."""


def load_picture(image: Image, name: str) -> Picture | BadImage:
    """Loads the bytes of an image unchanged; only the server decodes them.

    Args:
        image: The path of a file, or its bytes.
        name: A name for bytes.

    Returns:
        The picture, or an error if the file is missing, not readable or empty.
    """
    if isinstance(image, Picture | BadImage):
        return image
    if isinstance(image, bytes):
        return Picture(name, image)
    if not isinstance(image, str | os.PathLike):
        return BadImage(f"{name} must be a path or the bytes of a file, but has the type {type(image).__name__}.")
    path = Path(image)
    try:
        content = path.read_bytes()
    except OSError as error:
        return BadImage(f"{path} cannot be read: {error.strerror}. Check the path and the file's permissions.")
    return Picture(str(path), content) if content else BadImage(f"{path} is empty: it has 0 bytes. Save it again.")


def are_loaded(images: Sequence[tuple[str, Image]]) -> bool:
    """Whether no image has to be read from a file, which can block."""
    return all(isinstance(image, bytes | Picture | BadImage) for _, image in images)


def load_pictures(images: Sequence[tuple[str, Image]]) -> list[Picture | BadImage]:
    """Loads images, each given with its name."""
    return [load_picture(image, name) for name, image in images]
