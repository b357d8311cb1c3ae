"""Recognizers that come with the package, by name, trained already; and the files that read without TensorFlow."""

from pathlib import Path

ONNX_FILE = "recognizer.onnx"
"""The name of the ONNX file in the folder of a run."""

PORTABLE = (".onnx", ".tflite")
"""The suffixes of files that read without TensorFlow and Keras: ONNX and LiteRT."""

_FOLDER = Path(__file__).parent


def list_names() -> list[str]:
    """Returns the names of the recognizers in the package."""
    return sorted(file.stem for file in _FOLDER.glob("*.keras"))


def find_file(name: Path) -> Path | None:
    """Returns the file of a recognizer of the package; None if a path of that name exists, or it is no such name."""
    known = len(name.parts) == 1 and str(name) in list_names() and not name.exists()
    return _FOLDER / f"{name}.keras" if known else None


def find_onnx_file(path: Path) -> Path | None:
    """Returns the ONNX file of a recognizer; None if it has none, or one that is older than the recognizer itself.

    Args:
        path: An ONNX file, the folder of a run, or the name of a recognizer of the package.
    """
    if path.suffix == ".onnx" and path.is_file():
        return path
    if packaged := find_file(path):
        return file if (file := packaged.with_suffix(".onnx")).is_file() else None
    file, trained = path / ONNX_FILE, path / "recognizer.keras"
    is_current = file.is_file() and trained.is_file() and file.stat().st_mtime_ns >= trained.stat().st_mtime_ns
    return file if is_current else None
