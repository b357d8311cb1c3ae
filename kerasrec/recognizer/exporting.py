"""Prepares a recognizer for `kerasrec.export`, which does not depend on the recognizer."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kerasrec.export.parts import Parts, Samples
from kerasrec.export.samples import sample_pictures
from kerasrec.export.saved_model import Exported, export_saved_model
from kerasrec.images.files import ImageSource
from kerasrec.recognizer.line_reader import LineReader
from kerasrec.recognizer.read_images import LoadedLine, load_line, to_image_pixels
from kerasrec.recognizer.recognizer import Recognizer

_LINES = 8  # samples for the signature that takes lines
_RUN_FILE = "recognizer.keras"  # settings and metrics belong to the recognizer in the file of this name only


def export_recognizer(recognizer: Recognizer, folder: Path) -> Exported:
    """Exports a recognizer; see `Recognizer.export`."""
    copied = copy_in_float32(recognizer)
    return export_saved_model(to_parts(copied), read_samples(copied), folder)


def copy_in_float32(recognizer: Recognizer) -> Recognizer:
    """Copies a recognizer with its current weights, to compute in float32."""
    copied = Recognizer.build(
        recognizer.architecture, recognizer.alphabet, recognizer.spec, "float32", recognizer.objective_name
    )
    copied.model.set_weights(recognizer.model.get_weights())
    copied.temperature, copied.file = recognizer.temperature, recognizer.file
    return copied


def to_parts(recognizer: Recognizer) -> Parts:
    """Returns the parts of a recognizer that computes in float32, with what is known of its run."""
    return replace(
        to_model_parts(recognizer),
        settings=_read_beside(recognizer.file, "settings.json"),
        metrics=_read_beside(recognizer.file, "metrics.json") if _has_saved_weights(recognizer) else None,
    )


def to_model_parts(recognizer: Recognizer) -> Parts:
    """Returns the parts of a recognizer that computes in float32, without what is known of its run."""
    return Parts(
        name=recognizer.name,
        architecture=recognizer.architecture,
        objective_name=recognizer.objective_name,
        objective=recognizer.objective,
        alphabet=recognizer.alphabet,
        spec=recognizer.spec,
        model=recognizer.model,
        temperature=recognizer.temperature,
        least_width=recognizer.least_width,
        canvas_width=recognizer.canvas_width,
    )


def read_samples(recognizer: Recognizer) -> Samples:
    """Reads the sample images of a recognizer's alphabet, and computes the log-probabilities of the first ones."""
    pictures, loaded = _load_samples(recognizer)
    lines = [each.line.pixels for each in loaded]
    images, widths = recognizer.to_batch(lines[:_LINES])
    log_probs = recognizer.log_probs(images, widths)
    return Samples(
        pictures=pictures,
        readings=list(map(to_image_pixels, recognizer.read_lines(lines), loaded)),
        images=images[:, :, : widths.max()],
        widths=widths,
        log_probs=log_probs,
        frames=recognizer.outputs(log_probs, widths),
    )


def _load_samples(recognizer: LineReader) -> tuple[list[bytes], list[LoadedLine]]:
    """Makes the sample images of a recognizer's alphabet, and the line of each."""
    pictures = sample_pictures(recognizer.alphabet)
    sources = [ImageSource(f"sample {number}", picture) for number, picture in enumerate(pictures, 1)]
    return pictures, [load_line(source, recognizer) for source in sources]


def _has_saved_weights(recognizer: Recognizer) -> bool:
    """Whether the weights are still those of the file that the recognizer was loaded from."""
    if recognizer.file is None or not recognizer.file.is_file():
        return False
    saved = Recognizer.load(recognizer.file).model.get_weights()
    return all(map(np.array_equal, recognizer.model.get_weights(), saved))


def _read_beside(file: Path | None, name: str) -> dict[str, Any] | None:
    """Reads a JSON file of the recognizer's run; metrics are missing after a stopped training."""
    if file is None or file.name != _RUN_FILE:
        return None
    try:
        values: dict[str, Any] = json.loads(file.with_name(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values
