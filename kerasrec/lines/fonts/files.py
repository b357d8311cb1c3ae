"""Finds the files of fonts, and which of them cannot be used."""

import string
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
from PIL import Image, ImageFont

from kerasrec.errors import UsageError
from kerasrec.images.files import find_recursively, natural_key
from kerasrec.lines.fonts.drawing import ROWS, has_character, open_font

SUFFIXES = (".otf", ".ttf", ".woff", ".woff2")
"""The suffixes of font files."""

_NEEDED = string.ascii_letters + string.digits + ".,"


def find_fonts(folder: Path | None) -> list[Path]:
    """Finds the fonts in a folder and its subfolders, in natural order.

    Without a folder, these are the fonts of the installed packages that provide "fontpkg.family", such as those of
    `pip install kerasrec[fonts]`.

    Raises:
        UsageError: The folder does not exist, or no such package is installed.
    """
    if folder is None:
        packages = entry_points(group="fontpkg.family")
        folders = [Path(str(each.load().__file__)).parent for each in packages]
        if not folders:
            raise UsageError("No font packages are installed. Install kerasrec[fonts], or give fonts:FOLDER.")
    elif not folder.is_dir():
        raise UsageError(f"Expected a folder of fonts ({', '.join(SUFFIXES)}), but there is none at {folder}.")
    else:
        folders = [folder]
    found = (file for each in folders for file in find_recursively(each) if file.suffix.lower() in SUFFIXES)
    return sorted(found, key=natural_key)


def find_problem(file: Path) -> str:
    """Returns why a font cannot be used; "" if it can."""
    try:
        font = open_font(file, ROWS)
        lacks = "".join(c for c in _NEEDED if not has_character(font, c))
    except OSError as error:
        return f"cannot be read as a font ({error})"
    if lacks:
        return f"has no {lacks}"
    same = [c for c in "abdeghnqrt" if _look_alike(font, c, c.upper())]
    return "draws small letters as capitals" if len(same) > 5 else ""


def _look_alike(font: ImageFont.FreeTypeFont, first: str, second: str) -> bool:
    """Whether two characters have one shape, whatever their sizes."""
    shapes = []
    for character in (first, second):
        mask = font.getmask(character)
        image = Image.frombytes("L", mask.size, bytes(mask))
        shapes.append(np.asarray(image.crop(image.getbbox()).resize((24, 24)), float).ravel())
    return bool(np.corrcoef(shapes)[0, 1] > 0.85)
