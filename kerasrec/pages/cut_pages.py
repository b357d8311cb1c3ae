"""Cuts the lines of pages into a folder: an image of each line, and its text beside it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.errors import BadImage, BadPage
from kerasrec.pages.cutting import CutLine, cut_lines
from kerasrec.pages.document import open_page
from kerasrec.storage import write_atomically


@dataclass(frozen=True)
class CutPage:
    """What became of the lines of a page.

    Attributes:
        path: The XML file.
        written: How many lines were written.
        without_text: How many were left out as they have no text.
        errors: Why others, or the whole page, were left out.
    """

    path: Path
    written: int
    without_text: int
    errors: tuple[BadPage | BadImage, ...]


def cut_pages(paths: Iterable[Path], folder: Path, texts: bool = True) -> Iterator[CutPage]:
    """Cuts pages into PAGE_LINE.png and PAGE_LINE.gt.txt, where PAGE is the name of the XML file and LINE an id.

    A second page of the same name is called PAGE-2, and so on. Files that are in the folder already may be replaced.

    Args:
        paths: XML files in ALTO or PAGE.
        folder: The folder to write to; created if missing.
        texts: Whether to write texts, and only lines that have one; otherwise all lines are written without.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    taken: set[str] = set()
    for path in paths:
        yield _cut_page(path, folder / _choose_name(path.stem, taken), texts)


def _choose_name(stem: str, taken: set[str]) -> str:
    """Chooses the name of a page that is not taken, also where upper and lower case are the same.

    >>> taken = set()
    >>> _choose_name("0001", taken), _choose_name("0001", taken)
    ('0001', '0001-2')
    """
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name


def _cut_page(path: Path, target: Path, texts: bool) -> CutPage:
    written, without_text = set[str](), 0
    errors: list[BadPage | BadImage] = []
    try:
        for cut in cut_lines(open_page(path)):
            if isinstance(cut, BadPage):
                errors.append(cut)
            elif texts and not cut.line.text:
                without_text += 1
            elif (id := _to_file_name(cut.line.id)).casefold() in written:
                errors.append(BadPage(f"{cut.line.name}: another line has this id. Give each line its own."))
            else:
                _write(target.with_name(f"{target.name}_{id}"), cut, texts)
                written.add(id.casefold())
    except (BadPage, BadImage) as error:
        errors.append(error)
    return CutPage(path, len(written), without_text, tuple(errors))


def _to_file_name(id: str) -> str:
    """Replaces what cannot be in the name of a file.

    >>> _to_file_name("r1/l:1")
    'r1_l_1'
    """
    return re.sub(r"[^\w.-]", "_", id)


def _write(target: Path, cut: CutLine, texts: bool) -> None:
    _write_image(target.with_name(f"{target.name}.png"), cut.pixels)
    if texts:
        content = f"{cut.line.text}\n".encode()
        file = target.with_name(f"{target.name}.gt.txt")
        write_atomically(file, lambda part: part.write_bytes(content), synced=False)


def _write_image(path: Path, pixels: np.ndarray) -> None:
    write_atomically(path, lambda file: Image.fromarray(pixels).save(file), synced=False)
