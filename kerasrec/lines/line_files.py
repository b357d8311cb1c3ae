"""Lines as files, each a picture with its text beside it: written, and found again."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import BadText, UsageError
from kerasrec.images.files import find_in_folder
from kerasrec.lines.text.file import read_sentences
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


def find_labelled(folder: Path) -> list[tuple[Path, str]]:
    """Finds lines with their texts: each image NAME.png (or of another format) beside its text NAME.gt.txt.

    Raises:
        UsageError: The folder is missing, is a file, or has no image.
        BadText: A text is missing, is not UTF-8, or is not one line of text; it is named.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise UsageError(f"Expected a folder of images NAME.png with their texts NAME.gt.txt, but {folder} {what}.")
    images = find_in_folder(folder)
    texts = [image.with_name(f"{image.stem}.gt.txt") for image in images]
    missing = [text.name for text in texts if not text.exists()]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadText(
            f"Each image in {folder} is to have its text beside it, but {len(missing)} of {len(images)} are missing: "
            f"{', '.join(missing[:3])}{more}. Write them, or move their images away."
        )
    return [(image, _read_line(text)) for image, text in zip(images, texts, strict=True)]


def _read_line(path: Path) -> str:
    lines = read_sentences(path)
    if len(lines) != 1:
        raise BadText(f"{path} is to hold one line of text, but holds {len(lines)}. Cut its image into lines.")
    return lines[0].strip()
