"""Writes the report of an evaluation to a folder: metrics, images and tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasrec.evaluation import Evaluation, Readings, read_batches
from kerasrec.language.packaged import LanguageModelLike
from kerasrec.lines.batches import evaluation_batches
from kerasrec.lines.source import LineSource
from kerasrec.plots import alignment, confidence_picture, confusion_picture, confusion_table, curves, line_sheet
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.storage import write_json

SHEET_LINES = 24
"""The number of lines on a sheet."""


def read_source(
    recognizer: LineReader,
    source: LineSource,
    lines: int,
    beam_width: int = 0,
    language_model: LanguageModelLike | None = None,
) -> Readings:
    """Reads the first lines of a source, such as the test lines of `Splits`, or all if it has fewer."""
    count = min(lines, source.count or lines)
    batches = evaluation_batches(source, count, 128, recognizer.architecture.margin)
    return read_batches(recognizer, batches, beam_width, language_model)


def write_report(
    folder: Path,
    recognizer: LineReader,
    readings: Readings,
    evaluation: Evaluation,
    history: Sequence[dict[str, float]] = (),
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Writes metrics.json, curves, sheets of lines, confusions, what confidences are worth, and an alignment.

    Args:
        folder: The folder to write to; it is created if missing.
        recognizer: The recognizer that read the lines.
        readings: The lines, their true texts and their readings.
        evaluation: The evaluation of the readings.
        history: A row for each epoch; no curves are drawn if it is empty.
        facts: What else is written to metrics.json.

    Raises:
        CannotWrite: The folder is not writable, or the disk is full.
    """
    write_json(folder / "metrics.json", evaluation.to_json() | dict(facts or {}))
    if history:
        curves(folder / "curves.png", history)
    _write_sheet(folder / "lines.png", readings.select(_spread(len(readings))))
    worst = readings.worst(SHEET_LINES)
    if len(worst):
        _write_sheet(folder / "worst.png", worst)
    else:
        (folder / "worst.png").unlink(missing_ok=True)  # from an earlier evaluation
    confusion_table(folder / "confusions.csv", evaluation.confusions, readings.references)
    confusion_picture(folder / "confusions.png", evaluation.confusions, readings.references)
    confidence_picture(
        folder / "confidence.png",
        [(each.lines, each.confidence, each.perfect) for each in evaluation.calibration.bins],
        [(each.share, each.confidence, each.cer) for each in evaluation.coverage],
    )
    _write_alignment(folder / "alignment.png", recognizer, readings)


def _write_sheet(path: Path, readings: Readings) -> None:
    line_sheet(path, readings.lines, readings.captions)


def _write_alignment(path: Path, recognizer: LineReader, readings: Readings) -> None:
    """Draws how a line of median width was read, frame by frame."""
    line = readings.lines[int(np.argsort(readings.widths, kind="stable")[len(readings) // 2])]
    images, widths = recognizer.to_batch([line])
    log_probs = recognizer.log_probs(images, widths)
    (decoding,) = recognizer.decode_ids(log_probs, widths)
    (reading,) = recognizer.to_readings([decoding], widths.tolist())
    outputs = int(recognizer.outputs(log_probs, widths)[0])
    centres = recognizer.centres(decoding, outputs, int(widths[0]))
    alignment(path, line, log_probs[0, :outputs], reading, recognizer.alphabet, centres)


def _spread(count: int) -> Iterable[int]:
    """Returns evenly spaced indices of `count` lines, which are sorted by width."""
    return np.unique(np.linspace(0, count - 1, min(count, SHEET_LINES)).astype(int)).tolist()
