"""Evaluates a recognizer on the user's own lines: a folder of images with their texts."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kerasrec.errors import BadImage
from kerasrec.evaluation.measures import Evaluation, evaluate
from kerasrec.evaluation.readings import Readings, read_labelled_lines
from kerasrec.images.files import ImageSource
from kerasrec.lines.line_files import find_labelled
from kerasrec.recognizer.read_images import load_line
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.spec import check_ink

_LOG = logging.getLogger("kerasrec")


def evaluate_folder(recognizer: Recognizer, folder: Path, beam_width: int = 0, ink: str = "auto") -> Evaluation:
    """Measures how well the lines of a folder are read; images that cannot be read are skipped with a warning.

    Args:
        recognizer: The recognizer.
        folder: A folder of images of one line each, with the text of NAME.png in NAME.gt.txt.
        beam_width: The width of the beam search; 0 decodes greedily.
        ink: Whether ink is "dark" or "light"; "auto" finds out for each image.

    Raises:
        UsageError: The folder is missing or has no images, or `ink` is something else.
        BadText: A text is missing, is not UTF-8 or is not exactly one line.
        BadImage: None of the images can be read.
    """
    readings = read_folder(recognizer, folder, beam_width, ink, lambda error: _LOG.warning("Skipped: %s", error))
    return evaluate(readings)


def read_folder(
    recognizer: Recognizer, folder: Path, beam_width: int, ink: str, report: Callable[[BadImage], object]
) -> Readings:
    """Reads the lines of a folder as `evaluate_folder` does, and reports each image that cannot be read."""
    recognizer.check_beam(beam_width)
    check_ink(ink)
    lines: list[np.ndarray] = []
    texts: list[str] = []
    labelled = find_labelled(folder)
    for path, text in labelled:
        try:
            lines.append(load_line(ImageSource(str(path), path), recognizer.spec.height, ink).line.pixels)
        except BadImage as error:
            report(error)
        else:
            texts.append(text)
    if not lines:
        raise BadImage(f"None of the {len(labelled):,} images in {folder} can be read.")
    _warn_of_unknown("".join(texts), recognizer)
    return read_labelled_lines(recognizer, lines, texts, beam_width=beam_width)


def _warn_of_unknown(text: str, recognizer: Recognizer) -> None:
    """Warns of characters in the true texts that are not in the alphabet, and thus always count as errors."""
    unknown = [character for character in text if character not in recognizer.alphabet]
    if unknown:
        _LOG.warning(
            "%s of %s characters of the texts are not in the recognizer's alphabet, and count as errors: %r.",
            f"{len(unknown):,}",
            f"{len(text):,}",
            "".join(sorted(set(unknown))),
        )
