"""Writing lines as files: each as a picture and its text beside it, as `kerasrec.files.find_labelled` finds them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import UsageError
from kerasrec.storage import write_atomically


def write_labelled(folder: Path, lines: Iterable[tuple[np.ndarray, str]], count: int) -> None:
    """Writes lines as line1.png, line1.gt.txt and so on, with so many digits that names sort as numbers.

    Args:
        folder: Where to write; it is made where it is missing.
        lines: Each line, (H, w) uint8, ink 255 on 0, with its text.
        count: How many lines there are.

    Raises:
        UsageError: The folder is a file, or holds something already: texts written by hand could be lost.
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    check_empty(folder)
    digits = len(str(count))
    for number, (image, text) in enumerate(lines, 1):
        _write_line(folder, f"line{number:0{digits}}", image, text)


def _write_line(folder: Path, name: str, image: np.ndarray, text: str) -> None:
    write_atomically(folder / f"{name}.png", lambda file: Image.fromarray(image).save(file))
    write_atomically(folder / f"{name}.gt.txt", lambda file: file.write_text(f"{text}\n", encoding="utf-8"))


def check_empty(folder: Path) -> None:
    """Checks that a folder is missing or empty.

    Raises:
        UsageError: It is a file, or holds something.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"Lines are to be written into the folder {folder}, but that is a file. Choose another.")
    if folder.is_dir() and (inside := next(folder.iterdir(), None)):
        raise UsageError(
            f"Lines are to be written into a new or empty folder, but {folder} holds {inside.name}. Choose another, "
            "or empty it."
        )
