"""Writes lines as files: images, each with a text file of the same name."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import UsageError
from kerasrec.storage import write_atomically


def write_labelled(folder: Path, lines: Iterable[tuple[np.ndarray, str]], count: int) -> None:
    """Writes lines as line1.png, line1.gt.txt and so on, zero-padded so that the names sort by number.

    Args:
        folder: The folder to write to; created if missing.
        lines: The image of each line, (H, w) uint8, ink 255 on 0, and its text.
        count: The number of lines.

    Raises:
        UsageError: The folder is a file, or is not empty: texts written by hand could be lost.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    check_empty(folder)
    digits = len(str(count))
    for number, (image, text) in enumerate(lines, 1):
        _write_line(folder, f"line{number:0{digits}}", image, text)


def _write_line(folder: Path, name: str, image: np.ndarray, text: str) -> None:
    write_atomically(folder / f"{name}.png", lambda file: Image.fromarray(image).save(file), synced=False)
    target = folder / f"{name}.gt.txt"
    write_atomically(target, lambda file: file.write_text(f"{text}\n", encoding="utf-8"), synced=False)


def check_empty(folder: Path) -> None:
    """Checks that a folder is missing or empty.

    Raises:
        UsageError: The folder is a file, or is not empty.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"Lines are written to a new or empty folder, but {folder} is a file. Choose a folder.")
    if folder.is_dir() and (existing := next(folder.iterdir(), None)):
        raise UsageError(
            f"Lines are written to a new or empty folder, but {folder} contains {existing.name}. Choose another "
            "folder, or empty this one."
        )
