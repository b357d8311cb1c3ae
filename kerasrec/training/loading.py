"""Loads a recognizer of any kind, by its path or its name."""

from pathlib import Path

from kerasrec.recognizer.line_reader import LineReader


def load_recognizer(path: Path, precision: str = "float32") -> LineReader:
    """Loads a recognizer; see `kerasrec.load`."""
    if path.suffix == ".onnx" and not path.is_dir():
        from kerasrec.recognizer.onnx_recognizer import OnnxRecognizer  # which needs no TensorFlow

        return OnnxRecognizer.load(path)
    from kerasrec.models.precision import dtype_policy
    from kerasrec.training.run import open_recognizer
    from kerasrec.training.settings import PRECISIONS

    return open_recognizer(path, dtype_policy(precision, PRECISIONS))
