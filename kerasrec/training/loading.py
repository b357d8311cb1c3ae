"""Loads a recognizer of any kind, by its path or its name."""

from pathlib import Path

from kerasrec.recognizer.line_reader import LineReader
from kerasrec.weights import PORTABLE


def load_recognizer(path: Path, precision: str = "float32") -> LineReader:
    """Loads a recognizer; see `kerasrec.load`."""
    if path.suffix in PORTABLE and not path.is_dir():
        from kerasrec.recognizer.portable_recognizer import PortableRecognizer  # which needs no TensorFlow

        return PortableRecognizer.load(path)
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.run import open_recognizer
    from kerasrec.training.settings import PRECISIONS

    return open_recognizer(path, dtype_policy(precision, PRECISIONS))
