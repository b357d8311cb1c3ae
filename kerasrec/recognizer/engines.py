"""ONNX Runtime and LiteRT behind one function: what computes the outputs of a portable file, and the file's card."""

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from kerasrec.errors import BadRun
from kerasrec.export.portable_format import CARD, CARD_FILE, IMAGES, WIDTHS

Compute = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
"""Computes the outputs of a file, by name, for images (B, H, W, 1) uint8 with widths (B,) int32."""


@dataclass(frozen=True)
class Engine:
    """A library that runs portable files of one kind.

    Attributes:
        name: Its name.
        kind: The kind of file, such as "an ONNX file".
        module: The module that is imported.
        package: What to install.
        open: Opens a file, to compute with a number of threads, 0 for one for each core; returns its function and its
            card. Errors are those of the library.
    """

    name: str
    kind: str
    module: str
    package: str
    open: Callable[[Path, int], tuple[Compute, dict[str, Any]]]

    def check_installed(self, file: Path) -> None:
        """Raises BadRun if the library is missing that a file is read with."""
        if find_spec(self.module) is None:
            raise BadRun(f"{file} is read with {self.package}. Install it with: pip install {self.package}")


def find_engine(file: Path) -> Engine:
    """Returns the engine for a file, whose suffix is one of `kerasrec.weights.PORTABLE`."""
    return _ENGINES[file.suffix]


def _open_onnx(file: Path, threads: int) -> tuple[Compute, dict[str, Any]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def compute(images: np.ndarray, widths: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {IMAGES: images, WIDTHS: widths}), strict=True))

    return compute, json.loads(session.get_modelmeta().custom_metadata_map[CARD])


def _open_litert(file: Path, threads: int) -> tuple[Compute, dict[str, Any]]:
    from ai_edge_litert.interpreter import Interpreter

    with zipfile.ZipFile(file) as archive:
        card = json.loads(archive.read(CARD_FILE))
    run = Interpreter(str(file), num_threads=threads or os.cpu_count()).get_signature_runner()
    lock = Lock()  # an interpreter computes one batch at a time

    def compute(images: np.ndarray, widths: np.ndarray) -> dict[str, np.ndarray]:
        with lock:
            return run(**{IMAGES: images, WIDTHS: widths})

    return compute, card


_ENGINES = {
    ".onnx": Engine("ONNX Runtime", "an ONNX file", "onnxruntime", "onnxruntime", _open_onnx),
    ".tflite": Engine("LiteRT", "a LiteRT file", "ai_edge_litert", "ai-edge-litert", _open_litert),
}
