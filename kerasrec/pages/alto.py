"""ALTO: where its lines are and what they say, and writing words into them. Any version, in its own namespace."""

import numpy as np

from kerasrec.pages.elements import Element, Word, children, format_confidence, local_name, new, numbers, points
from kerasrec.pages.elements import replace_children as replace

_BOX = ("HPOS", "VPOS", "WIDTH", "HEIGHT")
_TEXT = ("String", "SP", "HYP")


class Alto:
    """The pages and lines of an ALTO document."""

    ID = "ID"

    def __init__(self, root: Element) -> None:
        self.root = root
        self.pages: list[Element] = list(root.iter("{*}Page"))

    @property
    def image_name(self) -> str:
        """The name of the image; "" if none is given."""
        return (self.root.findtext("{*}Description/{*}sourceImageInformation/{*}fileName") or "").strip()

    @property
    def size(self) -> np.ndarray:
        """The width and the height of the page (2,) in the units of its places; 0 if unknown."""
        return np.array([_number(self.pages[0], name) or 0.0 for name in ("WIDTH", "HEIGHT")])

    @property
    def is_in_pixels(self) -> bool:
        """Whether places are pixels of the image, not tenths of millimetres or 1200ths of inches."""
        return (self.root.findtext("{*}Description/{*}MeasurementUnit") or "pixel").strip() == "pixel"

    def outline(self, line: Element) -> np.ndarray | None:
        """The polygon of a line, or its box: (N, 2); None if it has neither."""
        shape = line.find("{*}Shape/{*}Polygon")
        polygon = None if shape is None else points(shape.get("POINTS", ""), 3)
        return _box(line) if polygon is None else polygon

    def baseline(self, line: Element) -> np.ndarray | None:
        """The baseline of a line (N, 2); a single number, as in versions 2 and 3, is its height on the page."""
        values = numbers(line.get("BASELINE", ""))
        box = _box(line)
        if len(values) == 1 and box is not None:
            return np.array([[box[:, 0].min(), values[0]], [box[:, 0].max(), values[0]]])
        return None if len(values) < 4 else points(line.get("BASELINE", ""), 2)

    def text(self, line: Element) -> str:
        """The text of a line. Without marked spaces, each string is a word."""
        parts = children(line, *_TEXT)
        is_spaced = any(local_name(part) == "SP" for part in parts)
        texts = [" " if local_name(part) == "SP" else part.get("CONTENT", "") for part in parts]
        hyphen = texts.pop() if parts and local_name(parts[-1]) == "HYP" else ""
        return ("" if is_spaced else " ").join(texts) + hyphen

    def fill(self, line: Element, words: list[Word], confidence: float) -> None:
        """Replaces the text of a line; a line without words gets an empty string, as the schema requires one."""
        boxes = [_bounds(word.corners) for word in words]
        added = []
        for number, (word, box) in enumerate(zip(words, boxes, strict=True)):
            if number:
                added.append(new(line, "SP", _space(boxes[number - 1], box)))
            content = {"CONTENT": word.text, "WC": format_confidence(word.confidence)}
            added.append(new(line, "String", content | _attributes(box)))
        if not added:
            added = [new(line, "String", {"CONTENT": "", "WC": format_confidence(confidence)})]
        replace(line, _TEXT, ("Shape",), added)


def _number(element: Element, name: str) -> float | None:
    """The value of an attribute that is one number; None if it has none."""
    values = numbers(element.get(name, ""))
    return float(values[0]) if len(values) == 1 else None


def _box(line: Element) -> np.ndarray | None:
    left, top, width, height = (_number(line, name) for name in _BOX)
    if left is None or top is None or not width or not height:
        return None
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _bounds(corners: np.ndarray) -> tuple[int, int, int, int]:
    """The left, upper, right and lower end of corners (4, 2), in whole units."""
    left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
    return left, top, right, bottom


def _attributes(box: tuple[int, int, int, int]) -> dict[str, str]:
    left, top, right, bottom = box
    return dict(zip(_BOX, map(str, (left, top, right - left, bottom - top)), strict=True))


def _space(before: tuple[int, int, int, int], after: tuple[int, int, int, int]) -> dict[str, str]:
    return {"HPOS": str(before[2]), "VPOS": str(before[1]), "WIDTH": str(max(0, after[0] - before[2]))}
