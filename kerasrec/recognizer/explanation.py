"""Explains a reading with a picture: each step from the image to the line that the model sees, and the text."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from kerasrec.backend import ops
from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.images.canonical import POLARITIES, CanonicalLine, Steps, find_line
from kerasrec.images.compiled import make_line
from kerasrec.images.files import ImageSource
from kerasrec.images.ink import SMALL
from kerasrec.images.loading import load_image
from kerasrec.images.rows import curve_at
from kerasrec.images.visibility import measure_visibility
from kerasrec.plots import Mark, Step, steps

_CANVAS_SCALE, _LINE_SCALE = 4, 3.0  # pixels of the picture per pixel of the canvas and of the line


def explain_readings(
    outcomes: Iterable[tuple[ImageSource, Reading | BadImage]], folder: Path, height: int, ink: str = "auto"
) -> Iterator[tuple[ImageSource, Reading | BadImage]]:
    """Explains readings as they pass, each with a picture in a folder.

    A picture has the name of its image, followed by `-explained.png`, or by `-explained-2.png` and so on for the
    second image of that name.

    Args:
        outcomes: The images with their readings, or with the errors of those that cannot be read.
        folder: The folder of the pictures, which is created if it does not exist.
        height: The height in pixels of the lines that the recognizer reads.
        ink: Whether ink is "dark" or "light"; "auto" finds out.

    Yields:
        The outcomes.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    taken: set[str] = set()
    for source, outcome in outcomes:
        if isinstance(outcome, Reading):
            explain(folder / _choose_name(source.name, taken), source, outcome, height, ink)
        yield source, outcome


def explain(path: Path, source: ImageSource, reading: Reading, height: int, ink: str = "auto") -> None:
    """Draws how an image becomes the line that the model sees, and what was read, and writes it as PNG.

    Raises:
        BadImage: The image cannot be opened any more.
        CannotWrite: The folder is not writable, or the disk is full.
    """
    grey = load_image(source.content, source.name, source.page)
    line = make_line(grey, height, ink)
    shown = [Step(f"the image, {grey.shape[1]:,} x {grey.shape[0]:,} px", _shrink(grey), 1.0)]
    if not _is_kept(grey, line):
        shown += _find_steps(grey, line, ink)
    steps(path, source.name, [*shown, _show_line(line, reading)])


def _choose_name(name: str, taken: set[str]) -> str:
    """Chooses the name of a picture that is not taken.

    >>> taken = set()
    >>> _choose_name("a/line.png", taken), _choose_name("b/line.jpg", taken)
    ('line-explained.png', 'line-explained-2.png')
    """
    stem, number = Path(name).stem, 1
    chosen = f"{stem}-explained.png"
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{stem}-explained-{number}.png"
    taken.add(chosen.casefold())
    return chosen


def _find_steps(grey: np.ndarray, line: CanonicalLine, ink: str) -> Iterator[Step]:
    """Yields the steps of an image that is not a line yet."""
    found = find_line(grey.astype(np.float32), POLARITIES[ink], len(line.pixels))
    found = Steps(*map(ops.convert_to_numpy, found))
    known = "as found" if ink == "auto" else "as stated"
    polarity = "darker than its paper" if found.is_dark else "lighter than its paper, so that the negative is read"
    yield Step(f"in even light: {known}, ink is {polarity}", found.flat, _CANVAS_SCALE)
    yield Step(f"its ink: {measure_visibility(found)}", found.ink, _CANVAS_SCALE)
    if not line.pixels.any():
        return
    pixels = _shrink(grey)
    curve = ops.convert_to_numpy(curve_at(found.curve, pixels.shape[1]))
    edges = [_CANVAS_SCALE * (curve + row) for row in (found.top, found.bottom)]
    yield Step("the line: its first and last row, along its curve", pixels, 1.0, edges)
    step = found.rows.shape[1] / found.line.shape[1]  # columns of the rows per column of the line
    first, last = (round(step * column) for column in (line.offset, line.offset + line.pixels.shape[1]))
    before, after = max(0, -first), max(0, last - found.rows.shape[1])  # empty columns that were added
    rows = np.pad(found.rows, ((0, 0), (before, after)))[:, first + before : last + before]
    caption = "cut out, made straight, its ink found again at its own size"
    yield Step(caption, rows, _LINE_SCALE / step)


def _show_line(line: CanonicalLine, reading: Reading) -> Step:
    """Shows what the model sees, with the characters below."""
    middles = ((each.start + each.end) / 2 * line.scale - line.offset for each in reading.characters)
    marks = [Mark(middle, each.text) for middle, each in zip(middles, reading.characters, strict=True)]
    size = f"as the model sees it, {line.pixels.shape[1]:,} x {len(line.pixels)} px"
    read = f"“{reading.text}”, with a confidence of {reading.confidence:.1%}" if reading.text else "no text was read"
    return Step(f"{size}: {read}", line.pixels, _LINE_SCALE, marks=marks)


def _shrink(grey: np.ndarray) -> np.ndarray:
    """Scales an image to the height at which its canvas is drawn."""
    height = SMALL * _CANVAS_SCALE
    width = max(1, round(grey.shape[1] * height / grey.shape[0]))
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.LANCZOS))


def _is_kept(grey: np.ndarray, line: CanonicalLine) -> bool:
    """Whether an image was a canonical line or its negative already, and kept its pixels."""
    if len(grey) != len(line.pixels) or line.scale != 1:
        return False
    columns = line.offset + np.arange(line.pixels.shape[1])
    inside = (columns >= 0) & (columns < grey.shape[1])
    part, kept = grey[:, columns[inside]], line.pixels[:, inside]
    return np.array_equal(part, kept) or np.array_equal(255 - part, kept)
