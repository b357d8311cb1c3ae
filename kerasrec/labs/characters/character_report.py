"""What a character recognizer reached, as files in a folder."""

from pathlib import Path

import numpy as np

from kerasrec.labs.characters.evaluation import CharacterEvaluation
from kerasrec.plots import confusion_picture, confusion_table, line_sheet
from kerasrec.storage import write_json

SHEET_ROWS, SHEET_COLUMNS = 8, 6


def write_report(folder: Path, images: np.ndarray, evaluation: CharacterEvaluation) -> None:
    """Writes metrics.json, a table and a picture of confusions, and a sheet of the worst errors.

    Args:
        folder: Where to write; it is made where it is missing.
        images: The pictures that were read: (N, 28, 28) uint8, ink 255.
        evaluation: What came of it.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    write_json(folder / "metrics.json", evaluation.to_json())
    confusion_table(folder / "confusions.csv", evaluation.confusions, evaluation.truth)
    confusion_picture(folder / "confusions.png", evaluation.confusions, evaluation.truth)
    worst = evaluation.worst(SHEET_ROWS * SHEET_COLUMNS).tolist()
    if worst:
        captions = [(evaluation.truth[i], evaluation.read[i], float(evaluation.confidences[i])) for i in worst]
        line_sheet(folder / "worst.png", [images[i] for i in worst], captions, SHEET_COLUMNS)
    else:
        (folder / "worst.png").unlink(missing_ok=True)  # that of an evaluation before
