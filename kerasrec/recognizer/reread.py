"""Reads lines with a portable file in a process that can import neither TensorFlow nor Keras.

A program: `python -P reread.py FILE BATCHES OUTPUTS` reads the batches in an npz file, `I/images` and `I/widths`, and
writes their outputs to another, `I/log_probs`, `I/frames` and `I/texts`.
"""

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np

from kerasrec.export.portable_format import FRAMES, IMAGES, LOG_PROBS, WIDTHS
from kerasrec.recognizer.engines import find_engine
from kerasrec.recognizer.portable_recognizer import PortableRecognizer

TEXTS = "texts"
"""(B,) str, in the outputs."""

_ABSENT = ("keras", "tensorflow")


def main(file: Path, batches: Path, outputs: Path) -> None:
    """Reads batches with a file and writes the outputs."""
    sys.modules.update(dict.fromkeys(_ABSENT))  # type: ignore[arg-type]  # an import of these fails
    reader = PortableRecognizer(file, *find_engine(file).open(file, 0))  # errors are those of the library
    found = dict[str, Any]()
    with np.load(batches) as values:
        for number in itertools.takewhile(lambda number: f"{number}/{IMAGES}" in values, itertools.count()):
            images, widths = values[f"{number}/{IMAGES}"], values[f"{number}/{WIDTHS}"]
            computed = reader.compute(images, widths)
            texts = [reading.text for reading in reader.decode(computed[LOG_PROBS], widths)]
            found |= {f"{number}/{name}": computed[name] for name in (LOG_PROBS, FRAMES)}
            found[f"{number}/{TEXTS}"] = np.array(texts)
    np.savez(outputs, **found)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
