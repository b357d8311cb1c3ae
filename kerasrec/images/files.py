"""Finds the images that a user names on the command line."""

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kerasrec.errors import UsageError

if TYPE_CHECKING:
    from kerasrec.images.loading import ImageLike

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
STDIN = "-"


@dataclass(frozen=True)
class ImageSource:
    """An image to read, its name for messages, and the number of its page if it has several, from 1."""

    name: str
    content: "ImageLike"
    page: int | None = None


def find_images(arguments: Sequence[str], stdin: BinaryIO) -> list[ImageSource]:
    """Finds the images named by arguments, in order, without opening any files except pipes.

    A folder stands for the images in it, a pattern such as `scans/*` or `scans/**/*.png` for the images that it
    matches. Both are in natural order (line2 before line10) and include files with the suffix of an image only, but no
    hidden ones. Any other argument is a file, whatever its suffix. A missing file is reported only when it is opened,
    so that it does not keep the others from being read.

    Args:
        arguments: Paths, patterns, and "-" for one image from standard input.
        stdin: Standard input, which is read if an argument is "-".

    Raises:
        UsageError: There are no arguments, or a folder or a pattern has no images.
    """
    if not arguments:
        raise UsageError('Expected an image, a folder or a pattern, but received nothing. Give "-" to read from stdin.')
    found = [source for argument in arguments for source in _find(argument, stdin)]
    return list(dict.fromkeys(found))


def _find(argument: str, stdin: BinaryIO) -> list[ImageSource]:
    path = Path(argument)
    if argument == STDIN:
        return [ImageSource("stdin", stdin.read())]
    if path.is_fifo():  # such as <(cat line.png) in a shell; it can be read only once
        return [ImageSource(argument, path.read_bytes())]
    if path.is_dir():
        paths = find_in_folder(path)
    elif glob.has_magic(argument) and not path.exists():
        paths = _sort_images(map(Path, glob.iglob(argument, recursive=True)))
        if not paths:
            raise UsageError(f"The pattern {argument} matches no images ({', '.join(SUFFIXES)}). Check the folder.")
    else:
        paths = [path]
    return [ImageSource(str(path), path) for path in paths]


def find_in_folder(folder: Path, recursive: bool = False) -> list[Path]:
    """Finds the images in a folder, and in its subfolders if `recursive` is set.

    Raises:
        UsageError: The folder cannot be read or has no images.
    """
    try:
        images = _sort_images(find_recursively(folder) if recursive else folder.iterdir())
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be read ({error.strerror}). Check its permissions.") from error
    if not images:
        elsewhere = "" if recursive else f' To include its subfolders, give the pattern "{folder}/**/*".'
        raise UsageError(f"The folder {folder} has no images ({', '.join(SUFFIXES)}).{elsewhere}")
    return images


def find_recursively(folder: Path) -> list[Path]:
    """Finds what is in a folder and its subfolders, except in hidden ones."""
    found = ((path, path.relative_to(folder).parts) for path in folder.rglob("*"))
    return [path for path, parts in found if not any(part.startswith(".") for part in parts)]


def _sort_images(paths: Iterable[Path]) -> list[Path]:
    images = (path for path in paths if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
    return sorted((path for path in images if path.is_file()), key=natural_key)


def natural_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Makes a sort key that orders numbers by value and ignores case.

    >>> sorted(map(Path, ["line10.png", "Line2.png", "line1.png"]), key=natural_key)[1].name
    'Line2.png'
    """
    parts = re.split(r"([0-9]+)", str(path).casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts], str(path)
