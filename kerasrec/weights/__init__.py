"""Recognizers that come with the package, by name, trained already."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def list_names() -> list[str]:
    """Returns the names of the recognizers in the package."""
    return sorted(file.stem for file in _FOLDER.glob("*.keras"))


def find_file(name: Path) -> Path | None:
    """Returns the file of a recognizer of the package; None if a path of that name exists, or it is no such name."""
    known = len(name.parts) == 1 and str(name) in list_names() and not name.exists()
    return _FOLDER / f"{name}.keras" if known else None
