"""Checks that a SavedModel runs on any machine and returns what its recognizer returns."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tensorflow.core.protobuf import saved_model_pb2

from kerasrec.decoding import Reading
from kerasrec.errors import ExportFailed
from kerasrec.export import reload
from kerasrec.export.elsewhere import run_elsewhere
from kerasrec.export.warm_up import BATCHES
from kerasrec.serving import wire

TOLERANCE = 1e-3
"""The greatest allowed difference between probabilities."""

_POSITION_TOLERANCE = 0.5  # pixels of the image


@dataclass(frozen=True)
class Checked:
    """The result of a check.

    Attributes:
        pictures: The number of images that were read.
        difference: The greatest difference between confidences.
    """

    pictures: int
    difference: float


def check_portable(version: Path) -> None:
    """Checks that a graph needs no hardware or library that only some machines have.

    Raises:
        ExportFailed: An operation needs cuDNN, must be compiled by XLA, or is placed on a device.
    """
    model = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    faults = sorted(set(_find_faults(model)))
    if faults:
        raise ExportFailed(f"The SavedModel's graph does not run on every machine: {', '.join(faults)}.")


def check_readings(version: Path, readings: Sequence[Reading], log_probs: np.ndarray, frames: np.ndarray) -> Checked:
    """Checks that a version returns what the recognizer returned, in a new process without Keras and kerasrec.

    Args:
        version: The version's folder, with warm-up records.
        readings: The recognizer's readings of the images in the largest warm-up batch.
        log_probs: (B, T, K) float32, the recognizer's values for the lines of the last record.
        frames: (B,) int32, the frames of these lines.

    Raises:
        ExportFailed: The version cannot be loaded or run there, or returns something else.
    """
    outputs = _run_elsewhere(version)
    difference = max(_compare(outputs[record], readings[:count]) for record, count in enumerate(BATCHES))
    _compare_lines(outputs[len(BATCHES)], log_probs, frames)
    return Checked(len(readings), difference)


def _find_faults(model: saved_model_pb2.SavedModel) -> Iterator[str]:
    for graph in (meta.graph_def for meta in model.meta_graphs):
        for function in graph.library.function:
            if function.attr["_XlaMustCompile"].b:
                yield f"function {function.signature.name} must be compiled by XLA"
            # TensorFlow places its own functions that save and restore weights on the CPU, which all machines have.
            if not function.signature.name.startswith(("__inference__traced_save", "__inference__traced_restore")):
                for node in function.node_def:
                    if node.op.startswith("Cudnn"):
                        yield f"operation {node.op} needs cuDNN"
                    if node.device:
                        yield f"operation {node.op} is placed on {node.device}"


def _run_elsewhere(version: Path) -> list[dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outputs.npz"
        run_elsewhere("The SavedModel", "a process without Keras and kerasrec", Path(reload.__file__), version, file)
        outputs: list[dict[str, np.ndarray]] = [{} for _ in (*BATCHES, wire.LOG_PROBS)]
        with np.load(file) as values:
            for key, value in values.items():
                record, _, name = key.partition("/")
                outputs[int(record)][name] = value
        return outputs


def _compare(outputs: dict[str, np.ndarray], readings: Sequence[Reading]) -> float:
    """Compares the outputs for some images with their readings; returns the greatest difference of confidences."""
    texts = outputs[wire.TEXT].tolist()
    if texts != [reading.text for reading in readings]:
        wrong = next(i for i, reading in enumerate(readings) if texts[i] != reading.text)
        raise ExportFailed(
            f"The SavedModel reads {texts[wrong]!r} where the recognizer reads {readings[wrong].text!r}, in sample "
            f"{wrong + 1} of {len(readings)}. This is a bug in kerasrec: please report it."
        )
    expected = np.array([reading.confidence for reading in readings])
    differences = [_check_difference(outputs[wire.CONFIDENCE], expected, TOLERANCE, wire.CONFIDENCE)]
    for name, attribute, tolerance in (
        (wire.CHARACTER_CONFIDENCE, "confidence", TOLERANCE),
        (wire.CHARACTER_START, "start", _POSITION_TOLERANCE),
        (wire.CHARACTER_END, "end", _POSITION_TOLERANCE),
    ):
        values = np.zeros_like(outputs[name])
        for row, reading in zip(values, readings, strict=True):
            row[: len(reading.characters)] = [getattr(character, attribute) for character in reading.characters]
        differences.append(_check_difference(outputs[name], values, tolerance, name))
    return max(differences[:2])


def _compare_lines(outputs: dict[str, np.ndarray], log_probs: np.ndarray, frames: np.ndarray) -> None:
    if outputs[wire.FRAMES].tolist() != frames.tolist():
        raise ExportFailed(f"The SavedModel returns {outputs[wire.FRAMES]} frames instead of {frames}.")
    for found, expected, count in zip(outputs[wire.LOG_PROBS], log_probs, frames, strict=True):
        _check_difference(np.exp(found[:count]), np.exp(expected[:count]), TOLERANCE, wire.LOG_PROBS)


def _check_difference(found: np.ndarray, expected: np.ndarray, tolerance: float, name: str) -> float:
    difference = float(np.abs(found - expected).max(initial=0.0))
    if not difference <= tolerance:
        raise ExportFailed(
            f"The SavedModel's {name} differs from the recognizer's by {difference:.2g}, but at most {tolerance:g} is "
            f"expected. This is a bug in kerasrec: please report it."
        )
    return difference
