"""Exports a recognizer to an ONNX or LiteRT file, and checks that the file reads what the recognizer reads."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from kerasrec.errors import ExportFailed, UsageError
from kerasrec.export.elsewhere import run_elsewhere
from kerasrec.export.litert_model import add_litert_card, to_litert
from kerasrec.export.onnx_model import add_onnx_card, to_onnx
from kerasrec.export.parts import Parts
from kerasrec.export.portable import check_objective, describe
from kerasrec.export.portable_format import FRAMES, IMAGES, LOG_PROBS, WIDTHS
from kerasrec.export.samples import sample_pictures
from kerasrec.images.canonical import line_from_image
from kerasrec.images.loading import load_image
from kerasrec.recognizer import reread
from kerasrec.recognizer.engines import find_engine
from kerasrec.recognizer.exporting import copy_in_float32, to_model_parts
from kerasrec.recognizer.recognizer import Recognizer
from kerasrec.storage import write_atomically

_TOLERANCE = 1e-4  # relative and absolute, of log-probabilities
_MOST_LOST = 0.1  # of the characters, by int8
_WHAT = "The exported file"
_BATCH = 8  # sample lines, sorted by width: the file computes canvases of several widths


@dataclass(frozen=True)
class Checked:
    """How the readings of a file differ from those of its recognizer.

    Attributes:
        lines: The number of sample lines that both read.
        difference: The greatest difference between log-probabilities.
        characters: The characters that the recognizer reads in these lines.
        cer: The edits between the texts of both, divided by these characters.
    """

    lines: int
    difference: float
    characters: int
    cer: float


@dataclass(frozen=True)
class ExportedFile(Checked):
    """An ONNX or LiteRT file and how it was checked.

    Attributes:
        file: The file.
        engine: The name of the library that ran it.
    """

    file: Path
    engine: str


@dataclass(frozen=True, eq=False)
class _Outputs:
    """The outputs for a batch: log-probabilities (B, T, K) float32, frames (B,) int32 and texts."""

    log_probs: np.ndarray
    frames: np.ndarray
    texts: Sequence[str]


def export_onnx(recognizer: Recognizer, file: Path, int8: bool = False) -> ExportedFile:
    """Exports a recognizer to an ONNX file; see `Recognizer.export_onnx`."""
    return _export(recognizer, file, int8, ".onnx", to_onnx, add_onnx_card)


def export_litert(recognizer: Recognizer, file: Path, int8: bool = False) -> ExportedFile:
    """Exports a recognizer to a LiteRT file; see `Recognizer.export_litert`."""
    return _export(recognizer, file, int8, ".tflite", to_litert, add_litert_card)


def _export(
    recognizer: Recognizer,
    file: Path,
    int8: bool,
    suffix: str,
    convert: Callable[[Parts, bool], bytes],
    add_card: Callable[[bytes, dict[str, Any]], bytes],
) -> ExportedFile:
    if file.suffix != suffix:
        raise UsageError(f"The name of the file must end with {suffix}, but is {file.name!r}.")
    engine = find_engine(file)
    engine.check_installed(file)
    copied = copy_in_float32(recognizer)
    parts = to_model_parts(copied)
    check_objective(parts, engine.kind)
    content, card, exported = convert(parts, int8), describe(parts), list[ExportedFile]()

    def write(path: Path) -> None:
        path.write_bytes(add_card(content, card))
        checked = _check(path, copied, int8)
        if int8:
            path.write_bytes(add_card(content, {**card, "int8": asdict(checked)}))
        exported.append(ExportedFile(**asdict(checked), file=file, engine=engine.name))

    write_atomically(file, write)
    return exported[0]


def _check(file: Path, recognizer: Recognizer, int8: bool) -> Checked:
    """Compares what a file and its recognizer compute for sample lines.

    Raises:
        ExportFailed: The file does not run without TensorFlow, or its outputs differ: in float32 at all, in int8 much.
    """
    height = recognizer.spec.height  # with NumPy: no graph that finds lines needs to be traced
    pictures = (load_image(picture, "a sample") for picture in sample_pictures(recognizer.alphabet))
    lines = sorted((line_from_image(each, height).pixels for each in pictures), key=lambda line: line.shape[1])
    batches = [recognizer.to_batch(lines[start : start + _BATCH]) for start in range(0, len(lines), _BATCH)]
    expected = [_read(recognizer, *batch) for batch in batches]
    return _compare(_read_elsewhere(file, batches), expected, int8)


def _read(recognizer: Recognizer, images: np.ndarray, widths: np.ndarray) -> _Outputs:
    log_probs = recognizer.log_probs(images, widths)
    texts = [reading.text for reading in recognizer.decode(log_probs, widths)]
    return _Outputs(log_probs, recognizer.outputs(log_probs, widths), texts)


def _read_elsewhere(file: Path, batches: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[_Outputs]:
    named = dict[str, Any]()
    for i, (images, widths) in enumerate(batches):
        named |= {f"{i}/{IMAGES}": images, f"{i}/{WIDTHS}": widths}
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = Path(folder) / "batches.npz", Path(folder) / "outputs.npz"
        np.savez(inputs, **named)
        run_elsewhere(_WHAT, "a process without TensorFlow", Path(reread.__file__), file, inputs, outputs)
        with np.load(outputs) as found:
            return [
                _Outputs(found[f"{i}/{LOG_PROBS}"], found[f"{i}/{FRAMES}"], found[f"{i}/{reread.TEXTS}"].tolist())
                for i in range(len(batches))
            ]


def _compare(found: Sequence[_Outputs], expected: Sequence[_Outputs], int8: bool) -> Checked:
    """Returns how outputs differ, if they may.

    Raises:
        ExportFailed: They may not.
    """
    pairs = list(zip(found, expected, strict=True))
    if any(one.log_probs.shape != other.log_probs.shape or any(one.frames != other.frames) for one, other in pairs):
        raise ExportFailed(f"{_WHAT} computes another number of frames than the recognizer. It was removed.")
    close = partial(np.allclose, rtol=_TOLERANCE, atol=_TOLERANCE)
    if not int8 and not all(close(one.log_probs, other.log_probs) for one, other in pairs):
        raise ExportFailed(f"{_WHAT} computes other log-probabilities than the recognizer. It was removed.")
    texts = [texts for one, other in pairs for texts in zip(one.texts, other.texts, strict=True)]
    edits, characters = sum(Levenshtein.distance(*each) for each in texts), sum(len(right) for _, right in texts)
    if int8 and edits > _MOST_LOST * characters:
        raise ExportFailed(
            f"In int8, {edits} of {characters} characters are read otherwise than in float32, more than "
            f"{_MOST_LOST:.0%}. Export it without int8. The file was removed."
        )
    if edits and not int8:
        wrong, right = next(each for each in texts if each[0] != each[1])
        raise ExportFailed(f"{_WHAT} reads {wrong!r} where the recognizer reads {right!r}. It was removed.")
    difference = max(float(np.abs(one.log_probs - other.log_probs).max()) for one, other in pairs)
    return Checked(len(texts), difference, characters, edits / max(1, characters))
