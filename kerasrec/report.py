"""What a run reached on lines that training never saw: figures, pictures and tables in its folder."""

from collections.abc import Iterable

import numpy as np

from kerasrec.datasets import evaluation_batches
from kerasrec.evaluation import Evaluation, Readings, evaluate, read_batches
from kerasrec.plots import alignment, confusion_picture, confusion_table, curves, line_sheet
from kerasrec.recognizer import Recognizer
from kerasrec.run import Run
from kerasrec.splits import Splits

SHEET_LINES = 24
"""How many lines a sheet shows."""


def read_test_lines(recognizer: Recognizer, splits: Splits, lines: int, beam_width: int = 0) -> Readings:
    """Reads test lines, drawn from glyphs and sentences that neither training nor validation saw."""
    batches = evaluation_batches(splits.test(), lines, 128, recognizer.architecture.margin)
    return read_batches(recognizer, batches, beam_width)


def write_report(run: Run, recognizer: Recognizer, readings: Readings, history: list[dict[str, float]]) -> Evaluation:
    """Measures readings and writes metrics.json, curves, sheets of lines, confusions and an alignment into a run.

    Args:
        run: Where to write.
        recognizer: What read the lines.
        readings: The lines, their truth and what was read.
        history: One row for each epoch; without any there are no curves.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    evaluation = evaluate(readings)
    run.write_metrics(evaluation.to_json())
    if history:
        curves(run.folder / "curves.png", history)
    _write_sheet(run, "lines.png", readings.select(_spread(len(readings))))
    worst = readings.worst(SHEET_LINES)
    if len(worst):
        _write_sheet(run, "worst.png", worst)
    confusion_table(run.folder / "confusions.csv", evaluation.confusions, readings.references)
    confusion_picture(run.folder / "confusions.png", evaluation.confusions, readings.references)
    _write_alignment(run, recognizer, readings)
    return evaluation


def _write_sheet(run: Run, name: str, readings: Readings) -> None:
    line_sheet(run.folder / name, readings.lines, readings.captions)


def _write_alignment(run: Run, recognizer: Recognizer, readings: Readings) -> None:
    """Draws how a line of middling width was read, frame by frame."""
    line = readings.lines[int(np.argsort(readings.widths, kind="stable")[len(readings) // 2])]
    images, widths = recognizer.to_batch([line])
    log_probs = recognizer.log_probs(images, widths)
    (reading,) = recognizer.decode(log_probs, widths)
    frames = int(recognizer.architecture.frames(int(widths[0])))
    centres = recognizer.frame_centres(frames)
    alignment(run.folder / "alignment.png", line, log_probs[0, :frames], reading, recognizer.alphabet, centres)


def _spread(count: int) -> Iterable[int]:
    """Indices from the first to the last of so many lines, evenly, as they are sorted by width."""
    return np.unique(np.linspace(0, count - 1, min(count, SHEET_LINES)).astype(int)).tolist()
