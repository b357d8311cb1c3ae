"""XML elements of a page: parsed safely, their numbers checked, and new ones indented as the rest of the document."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from lxml import etree

from kerasrec.errors import BadPage

Element: TypeAlias = etree._Element
Tree: TypeAlias = etree._ElementTree

_FURTHEST = 1e6  # pixels, or the units of the document: no page is larger


@dataclass(frozen=True, eq=False)
class Word:
    """A word to write into a line.

    Attributes:
        text: Its text.
        confidence: The probability that it is right.
        corners: (4, 2) float, its corners as x and y in the units of the document, clockwise from the upper left.
    """

    text: str
    confidence: float
    corners: np.ndarray


def parse(path: Path) -> Tree:
    """Parses an XML file without loading anything that it refers to.

    Raises:
        BadPage: It cannot be read, is not XML, or declares entities.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        with path.open("rb") as file:
            tree = etree.parse(file, parser)
    except OSError as error:
        raise BadPage(f"{path} cannot be read: {error.strerror or error}. Check the path.") from error
    except etree.XMLSyntaxError as error:
        raise BadPage(f"{path} is not XML: {error.msg or 'it is empty'}. Export the page again.") from error
    declarations = tree.docinfo.internalDTD
    if declarations is not None and any(True for _ in declarations.iterentities()):
        raise BadPage(f"{path} declares entities, which a page does not need. Remove its DOCTYPE.")
    return tree


def local_name(element: Element) -> str:
    """Returns the name of an element without its namespace; "" for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Element, *names: str) -> list[Element]:
    """Returns the children of an element that have one of the names, whatever their namespace."""
    return [child for child in element if local_name(child) in names]


def new(parent: Element, name: str, attributes: dict[str, str]) -> Element:
    """Makes an element in the namespace of another one."""
    return etree.Element(etree.QName(etree.QName(parent).namespace, name), attributes)


def replace_children(parent: Element, names: Sequence[str], after: Sequence[str], added: Iterable[Element]) -> None:
    """Replaces the children with some names by new ones, which follow the last child with another of some names."""
    space = parent.text if parent.text and "\n" in parent.text else None
    for child in children(parent, *names):
        parent.remove(child)
    place = max((parent.index(child) + 1 for child in children(parent, *after)), default=0)
    parent[place:place] = list(added)
    if space is not None:
        _indent(parent, space.rpartition("\n")[2])


def _indent(parent: Element, indentation: str) -> None:
    """Indents the children of an element, and theirs by one level more."""
    depth = len(list(parent.iterancestors())) + 1
    unit = indentation[: len(indentation) // depth]
    etree.indent(parent, space=unit, level=depth - 1)


def numbers(text: str) -> np.ndarray:
    """Parses numbers separated by spaces or commas: (N,) float.

    >>> numbers("1,2 3.5,-4")
    array([ 1. ,  2. ,  3.5, -4. ])

    Raises:
        BadPage: Something else is among them, or one is too large for a page.
    """
    try:
        values = np.array([float(number) for number in re.split(r"[\s,]+", text.strip()) if number])
    except ValueError:
        values = np.array([np.nan])
    if not np.all(np.abs(values) <= _FURTHEST):  # false for NaN too
        raise BadPage(f"expected numbers of pixels, but received {_shorten(text)}. Correct them, or export it again.")
    return values


def points(text: str, least: int) -> np.ndarray | None:
    """Parses points "x,y x,y" or "x y x y": (N, 2) float; None if there are fewer than `least`.

    Raises:
        BadPage: The numbers are wrong, or one is left over.
    """
    values = numbers(text)
    if len(values) % 2:
        raise BadPage(f"expected points as x,y x,y, but received {_shorten(text)}. Correct them, or export it again.")
    return values.reshape(-1, 2) if len(values) >= 2 * least else None


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def format_confidence(confidence: float) -> str:
    """Formats a probability.

    >>> format_confidence(0.98766)
    '0.9877'
    """
    return f"{min(max(confidence, 0.0), 1.0):.4f}"
