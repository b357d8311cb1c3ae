"""Evaluates a recognizer on the user's own lines: a folder or a table of pictures with their texts."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from kerasrec.errors import BadImage, BadText, KerasrecError, UsageError
from kerasrec.evaluation.folding import Folding
from kerasrec.evaluation.measures import Evaluation, evaluate
from kerasrec.evaluation.readings import Readings, read_labelled_lines
from kerasrec.images.files import ImageSource
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.lines.own import find_lines
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.read_images import load_line
from kerasrec.spec import check_ink

_LOG = logging.getLogger("kerasrec")


def evaluate_folder(
    recognizer: LineReader,
    source: Path,
    beam_width: int = 0,
    ink: str = "auto",
    group_by: str | None = None,
    substitutions: Mapping[str, str] | None = None,
    folding: Folding | None = None,
    language_model: LanguageModelLike | None = None,
) -> Evaluation:
    """Measures how well lines are read; lines that cannot be used are skipped with a warning.

    Args:
        recognizer: The recognizer.
        source: A folder of images of one line each, with the text of NAME.png in NAME.gt.txt; or a table (.csv, .tsv)
            of paths and texts.
        beam_width: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.
        group_by: A regular expression that finds a line's writer or page in the name of its image.
        substitutions: Texts that are replaced in the true texts, with their replacements.
        folding: Differences that are not counted as errors.
        language_model: The language model to search with, as in `Recognizer.read`.

    Raises:
        UsageError: The source is missing or has no lines, or `ink`, `group_by` or `language_model` is something else.
        BadLanguageModel: The file of the language model is damaged.
        BadText: A table cannot be read.
        BadImage: None of the images can be read.
    """
    warn = partial(_LOG.warning, "Skipped: %s")
    readings = read_folder(recognizer, source, beam_width, ink, warn, group_by, substitutions, language_model)
    return evaluate((folding or Folding()).fold(readings))


def read_folder(
    recognizer: LineReader,
    source: Path,
    beam_width: int,
    ink: str,
    report: Callable[[KerasrecError], object],
    group_by: str | None = None,
    substitutions: Mapping[str, str] | None = None,
    language_model: LanguageModelLike | None = None,
) -> Readings:
    """Reads lines as `evaluate_folder` does, and reports each that cannot be used."""
    recognizer.check_beam(beam_width, language_model)
    check_ink(ink)
    found, problems = find_lines(source, group_by, substitutions)
    for problem in problems:
        report(BadText(f"{problem}."))
    if not found:
        raise UsageError(f"None of the lines in {source} can be used. {problems[0]}.")
    lines: list[np.ndarray] = []
    kept = []
    for line in found:
        try:
            loaded = load_line(ImageSource(str(line.image), line.image), recognizer, ink)
        except BadImage as error:
            report(error)
        else:
            lines.append(loaded.line.pixels)
            kept.append(line)
    if not lines:
        raise BadImage(f"None of the {len(found):,} images in {source} can be read.")
    _warn_of_unknown("".join(line.text for line in kept), recognizer)
    groups = [line.group for line in kept]
    return read_labelled_lines(
        recognizer,
        lines,
        [line.text for line in kept],
        beam_width=beam_width,
        language_model=language_model,
        groups=groups if len(set(groups)) < len(groups) else None,
    )


def _warn_of_unknown(text: str, recognizer: LineReader) -> None:
    """Warns of characters in the true texts that are not in the alphabet, and thus always count as errors."""
    unknown = [character for character in text if character not in recognizer.alphabet]
    if unknown:
        _LOG.warning(
            "%s of %s characters of the texts are not in the recognizer's alphabet, and count as errors: %r.",
            f"{len(unknown):,}",
            f"{len(text):,}",
            "".join(sorted(set(unknown))),
        )
