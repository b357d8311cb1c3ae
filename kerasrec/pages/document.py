"""A page: an XML file in ALTO or PAGE, its image and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasrec.errors import BadPage
from kerasrec.pages.alto import Alto
from kerasrec.pages.elements import Element, Tree, Word, local_name, parse
from kerasrec.pages.page_files import find_image
from kerasrec.pages.page_xml import PageXml
from kerasrec.storage import write_atomically

_MARKUPS: dict[str, type[Alto] | type[PageXml]] = {"alto": Alto, "PcGts": PageXml}


@dataclass(frozen=True, eq=False)
class PageLine:
    """A line of a page; places are points (N, 2) float, x and y in the units of the document.

    Attributes:
        id: Its id, or `line3` for the third line if it has none.
        name: The file and the id, for messages.
        text: Its text in one line, with single spaces; "" if it has none.
        outline: Its polygon or box; None if it has neither.
        baseline: The points on which its letters stand, in the direction of reading; None if it has none.
        element: Its XML element.
    """

    id: str
    name: str
    text: str
    outline: np.ndarray | None
    baseline: np.ndarray | None
    element: Element


@dataclass(frozen=True, eq=False)
class Page:
    """A page.

    Attributes:
        path: The XML file.
        image: The file of its image.
        size: Its width and height (2,) in the units of the document; 0 if unknown.
        lines: Its lines in the order of the document; a line whose places are damaged is an error.
        markup: The XML as ALTO or PAGE.
        tree: The XML document.
    """

    path: Path
    image: Path
    size: np.ndarray
    lines: Sequence[PageLine | BadPage]
    markup: Alto | PageXml
    tree: Tree

    def fill(self, line: PageLine, words: list[Word], confidence: float) -> None:
        """Replaces the text of a line by words, in memory."""
        self.markup.fill(line.element, words, confidence)

    def write(self, path: Path) -> None:
        """Writes the XML atomically, with all that was not filled in as it was.

        Raises:
            CannotWrite: The folder is not writable, or the disk is full.
        """
        about = self.tree.docinfo
        encoding = about.encoding or "UTF-8"
        content = {"encoding": encoding, "xml_declaration": True, "standalone": about.standalone or None}
        write_atomically(path, lambda file: self.tree.write(file, **content))


def open_page(path: Path) -> Page:
    """Opens a page and finds its image, which is not opened yet.

    Raises:
        BadPage: The file is not a page in ALTO or PAGE, has no lines, or its image is missing.
    """
    tree = parse(path)
    root = tree.getroot()
    if local_name(root) not in _MARKUPS:
        raise BadPage(
            f"{path} must be ALTO (<alto>) or PAGE (<PcGts>), but its root is <{local_name(root)}>. "
            "Export the page in one of these formats."
        )
    markup = _MARKUPS[local_name(root)](root)
    if len(markup.pages) != 1:
        raise BadPage(f"{path} must have one page, but has {len(markup.pages)}. Export each page to its own file.")
    elements = list(markup.pages[0].iter("{*}TextLine"))
    if not elements:
        raise BadPage(f"{path} has no lines (TextLine). Find its lines first, as in eScriptorium or Transkribus.")
    image = find_image(path, markup.image_name)
    try:
        size = markup.size
    except BadPage as error:
        raise BadPage(f"{path}, width and height of the page: {error}") from error
    lines = [_read_line(path, markup, element, number) for number, element in enumerate(elements, 1)]
    return Page(path, image, size, lines, markup, tree)


def _read_line(path: Path, markup: Alto | PageXml, element: Element, number: int) -> PageLine | BadPage:
    id = element.get(markup.ID) or f"line{number}"
    name = f"{path}, line {id}"
    text = " ".join(markup.text(element).split())
    try:
        return PageLine(id, name, text, markup.outline(element), markup.baseline(element), element)
    except BadPage as error:
        return BadPage(f"{name}: {error}")
