"""Checks of a SavedModel: it runs anywhere, and gives what the recognizer gives that it was made from."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tensorflow.core.protobuf import saved_model_pb2

from kerasrec.decoding import Reading
from kerasrec.errors import ExportFailed
from kerasrec.export import reload
from kerasrec.export.warm_up import BATCHES
from kerasrec.serving import wire

TOLERANCE = 1e-3
"""How far probabilities may be apart."""

_PLACE_TOLERANCE = 0.5  # pixels of the picture
_SECONDS = 600


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        pictures: How many were read.
        difference: The greatest difference between confidences.
    """

    pictures: int
    difference: float


def check_portable(version: Path) -> None:
    """Checks that a graph holds nothing that only some machines have.

    Raises:
        ExportFailed: An operation is cuDNN's, is to be compiled by XLA, or stands on a device.
    """
    model = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    faults = sorted(set(_find_faults(model)))
    if faults:
        raise ExportFailed(f"The graph of the SavedModel would not run everywhere: {', '.join(faults)}.")


def check_readings(version: Path, readings: Sequence[Reading], log_probs: np.ndarray, frames: np.ndarray) -> Checked:
    """Checks that a version gives what the recognizer gave, in a fresh process without Keras and kerasrec.

    Args:
        version: Its folder, with warm-up records.
        readings: What the recognizer read in the pictures of the greatest warm-up batch.
        log_probs: (B, T, K) float32, what it computed for the lines of the last record.
        frames: (B,) int32, the frames of these lines.

    Raises:
        ExportFailed: The version cannot be loaded or run there, or gives something else.
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
            # TensorFlow's own functions that write and read the weights stand on the CPU, which all machines have.
            if not function.signature.name.startswith(("__inference__traced_save", "__inference__traced_restore")):
                for node in function.node_def:
                    if node.op.startswith("Cudnn"):
                        yield f"operation {node.op} needs cuDNN"
                    if node.device:
                        yield f"operation {node.op} stands on {node.device}"


def _run_elsewhere(version: Path) -> list[dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outputs.npz"
        command = [sys.executable, "-I", str(Path(reload.__file__)), str(version), str(file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ExportFailed(f"The SavedModel gave no answer within {_SECONDS} s in a process of its own.") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ExportFailed(f"The SavedModel does not run in a process without Keras and kerasrec: {last}")
        outputs: list[dict[str, np.ndarray]] = [{} for _ in (*BATCHES, wire.LOG_PROBS)]
        with np.load(file) as values:
            for key, value in values.items():
                record, _, name = key.partition("/")
                outputs[int(record)][name] = value
        return outputs


def _compare(outputs: dict[str, np.ndarray], readings: Sequence[Reading]) -> float:
    """Compares the outputs for some pictures with their readings, and gives how far confidences are apart."""
    texts = outputs[wire.TEXT].tolist()
    if texts != [reading.text for reading in readings]:
        wrong = next(i for i, reading in enumerate(readings) if texts[i] != reading.text)
        raise ExportFailed(
            f"The SavedModel reads {texts[wrong]!r} where the recognizer reads {readings[wrong].text!r}, in sample "
            f"{wrong + 1} of {len(readings)}. This is a fault of kerasrec: please report it."
        )
    expected = np.array([reading.confidence for reading in readings])
    found = [_apart(outputs[wire.CONFIDENCE], expected, TOLERANCE, wire.CONFIDENCE)]
    for name, attribute, tolerance in (
        (wire.CHARACTER_CONFIDENCE, "confidence", TOLERANCE),
        (wire.CHARACTER_START, "start", _PLACE_TOLERANCE),
        (wire.CHARACTER_END, "end", _PLACE_TOLERANCE),
    ):
        values = np.zeros_like(outputs[name])
        for row, reading in zip(values, readings, strict=True):
            row[: len(reading.characters)] = [getattr(character, attribute) for character in reading.characters]
        found.append(_apart(outputs[name], values, tolerance, name))
    return max(found[:2])


def _compare_lines(outputs: dict[str, np.ndarray], log_probs: np.ndarray, frames: np.ndarray) -> None:
    if outputs[wire.FRAMES].tolist() != frames.tolist():
        raise ExportFailed(f"The SavedModel gives {outputs[wire.FRAMES]} frames instead of {frames}.")
    for found, expected, count in zip(outputs[wire.LOG_PROBS], log_probs, frames, strict=True):
        _apart(np.exp(found[:count]), np.exp(expected[:count]), TOLERANCE, wire.LOG_PROBS)


def _apart(found: np.ndarray, expected: np.ndarray, tolerance: float, name: str) -> float:
    difference = float(np.abs(found - expected).max(initial=0.0))
    if not difference <= tolerance:
        raise ExportFailed(
            f"The SavedModel gives values of {name} that are {difference:.2g} off the recognizer's, and at most "
            f"{tolerance:g} is expected. This is a fault of kerasrec: please report it."
        )
    return difference
