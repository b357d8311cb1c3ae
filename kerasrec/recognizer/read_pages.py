"""Reads the lines of a page in ALTO or PAGE, and fills in their texts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage, BadPage
from kerasrec.images.files import ImageSource
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.pages.cutting import CutLine, cut_lines
from kerasrec.pages.document import Page, PageLine, open_page
from kerasrec.pages.elements import Word
from kerasrec.recognizer.read_images import read_images
from kerasrec.spec import check_ink

if TYPE_CHECKING:
    from kerasrec.recognizer.line_reader import LineReader


@dataclass(frozen=True, eq=False)
class PageReading:
    """A page whose lines were read.

    Attributes:
        page: The page, with the texts filled in; `page.write(path)` writes it.
        lines: The lines with their readings, in order; positions are pixels of the line that was cut out.
        errors: Why other lines could not be read. They keep the text that they had.
    """

    page: Page
    lines: tuple[tuple[PageLine, Reading], ...]
    errors: tuple[BadPage | BadImage, ...]


def read_page(
    recognizer: "LineReader",
    path: str | os.PathLike[str],
    batch_size: int = 32,
    beam_width: int = 0,
    *,
    ink: str = "auto",
    language_model: LanguageModelLike | None = None,
) -> PageReading:
    """Reads the lines of a page, and fills in the texts and confidences of lines and words.

    The confidence of a line or a word is the probability that all of it is right.

    Args:
        recognizer: The recognizer.
        path: An XML file in ALTO or PAGE; its image is beside it or one folder up.
        batch_size: The maximum number of lines to compute at once.
        beam_width: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each line.
        language_model: The language model to search with, as in `Recognizer.read`.

    Raises:
        BadPage: The file is not a page, has no lines, or its image is missing or of other proportions.
        BadImage: The image is damaged, or too large.
        BadLanguageModel: The file of the language model is damaged.
        UsageError: `beam_width`, `ink` or `language_model` is something else.
    """
    recognizer.check_beam(beam_width, language_model)
    check_ink(ink)
    page = open_page(Path(path))
    outcomes = list(cut_lines(page))
    cuts = [outcome for outcome in outcomes if isinstance(outcome, CutLine)]
    errors: list[BadPage | BadImage] = [outcome for outcome in outcomes if isinstance(outcome, BadPage)]
    lines: list[tuple[PageLine, Reading]] = []
    sources = [ImageSource(cut.line.name, cut.pixels) for cut in cuts]
    readings = read_images(recognizer, sources, batch_size, beam_width, ink, language_model)
    for cut, (_, reading) in zip(cuts, readings, strict=True):
        if isinstance(reading, BadImage):
            errors.append(reading)
            continue
        page.fill(cut.line, list(_find_words(reading, cut)), reading.confidence)
        lines.append((cut.line, reading))
    return PageReading(page, tuple(lines), tuple(errors))


def _find_words(reading: Reading, cut: CutLine) -> Iterator[Word]:
    for is_space, group in groupby(reading.characters, lambda character: character.text.isspace()):
        if not is_space:
            yield _to_word(list(group), cut)


def _to_word(characters: list[Character], cut: CutLine) -> Word:
    text = "".join(character.text for character in characters)
    confidence = prod(character.confidence for character in characters)
    return Word(text, confidence, cut.corners(characters[0].start, characters[-1].end))
