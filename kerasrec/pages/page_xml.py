"""PAGE: where its lines are and what they say, and writing words into them. Any version, in its own namespace."""

from itertools import count

import numpy as np

from kerasrec.pages.elements import Element, Word, children, format_confidence, new, numbers, points
from kerasrec.pages.elements import replace_children as replace

_BEFORE_WORDS = ("AlternativeImage", "Coords", "Baseline")


class PageXml:
    """The page and the lines of a PAGE document."""

    ID = "id"
    is_in_pixels = True

    def __init__(self, root: Element) -> None:
        self.root = root
        self.pages: list[Element] = children(root, "Page")
        self._ids = set(root.xpath("//@id"))

    @property
    def image_name(self) -> str:
        """The name of the image; "" if none is given."""
        return str(self.pages[0].get("imageFilename", "")).strip()

    @property
    def size(self) -> np.ndarray:
        """The width and the height of the page (2,) in pixels; 0 if unknown."""
        sizes = [numbers(self.pages[0].get(name, "")) for name in ("imageWidth", "imageHeight")]
        return np.array([values[0] if len(values) else 0.0 for values in sizes])

    def outline(self, line: Element) -> np.ndarray | None:
        """The polygon of a line (N, 2); None if it has none."""
        return _points_of(line, "Coords", 3)

    def baseline(self, line: Element) -> np.ndarray | None:
        """The baseline of a line (N, 2); None if it has none."""
        return _points_of(line, "Baseline", 2)

    def text(self, line: Element) -> str:
        """The text of a line: its own, or otherwise that of its words."""
        own = _text_of(line)
        if own is not None:
            return own
        return " ".join(filter(None, map(_text_of, children(line, "Word"))))

    def fill(self, line: Element, words: list[Word], confidence: float) -> None:
        """Replaces the text and the words of a line, and the text of its region if that has one."""
        self._ids -= {word.get("id") for word in children(line, "Word")}
        names = (name for number in count(1) if (name := f"{line.get('id', 'line')}_w{number}") not in self._ids)
        added = [_make_word(line, word, name) for word, name in zip(words, names, strict=False)]
        self._ids |= {word.get("id") for word in added}
        text = _make_text(line, " ".join(word.text for word in words), confidence)
        replace(line, ("Word", "TextEquiv"), _BEFORE_WORDS, [*added, text])
        self._update_region(line.getparent())

    def _update_region(self, region: Element) -> None:
        equivalents = children(region, "TextEquiv")
        if not equivalents:
            return
        unicode = equivalents[0].find("{*}Unicode")
        if unicode is not None:
            unicode.text = "\n".join(map(self.text, children(region, "TextLine")))


def _points_of(line: Element, name: str, least: int) -> np.ndarray | None:
    place = line.find(f"{{*}}{name}")
    if place is None:
        return None
    listed = " ".join(f"{point.get('x')},{point.get('y')}" for point in children(place, "Point"))  # until 2010
    return points(place.get("points", listed), least)


def _text_of(element: Element) -> str | None:
    """The text of a line or a word: of several readings the one with the lowest index."""
    equivalents = children(element, "TextEquiv")
    if not equivalents:
        return None
    best = min(equivalents, key=lambda each: int(index) if (index := each.get("index", "0")).isdecimal() else 0)
    return best.findtext("{*}Unicode") or ""


def _make_word(line: Element, word: Word, name: str) -> Element:
    element = new(line, "Word", {"id": name})
    corners = np.round(np.maximum(word.corners, 0)).astype(int).tolist()
    element.append(new(line, "Coords", {"points": " ".join(f"{x},{y}" for x, y in corners)}))
    element.append(_make_text(line, word.text, word.confidence))
    return element


def _make_text(line: Element, text: str, confidence: float) -> Element:
    equivalent = new(line, "TextEquiv", {"conf": format_confidence(confidence)})
    unicode = new(line, "Unicode", {})
    unicode.text = text
    equivalent.append(unicode)
    return equivalent
