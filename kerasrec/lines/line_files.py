"""Lines as files: writes and finds images, each with a text file of the same name."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import BadText, UsageError
from kerasrec.images.files import find_in_folder
from kerasrec.lines.text.file import read_sentences
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
    write_atomically(folder / f"{name}.png", lambda file: Image.fromarray(image).save(file))
    write_atomically(folder / f"{name}.gt.txt", lambda file: file.write_text(f"{text}\n", encoding="utf-8"))


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


def find_labelled(folder: Path) -> list[tuple[Path, str]]:
    """Finds lines with their texts: images NAME.png (or another format) with texts NAME.gt.txt.

    Raises:
        UsageError: The folder is missing, is a file, or has no images.
        BadText: A text is missing, is not UTF-8, or is not one line of text.
    """
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "does not exist"
        raise UsageError(f"Expected a folder of images NAME.png with texts NAME.gt.txt, but {folder} {problem}.")
    images = find_in_folder(folder)
    texts = [image.with_name(f"{image.stem}.gt.txt") for image in images]
    missing = [text.name for text in texts if not text.exists()]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadText(
            f"Each image in {folder} must have a text next to it, but {len(missing)} of {len(images)} texts are "
            f"missing: {', '.join(missing[:3])}{more}. Add them, or move their images elsewhere."
        )
    return [(image, _read_line(text)) for image, text in zip(images, texts, strict=True)]


def _read_line(path: Path) -> str:
    lines = read_sentences(path)
    if len(lines) != 1:
        raise BadText(f"{path} must have one line of text, but has {len(lines)}. Cut its image into single lines.")
    return lines[0].strip()
