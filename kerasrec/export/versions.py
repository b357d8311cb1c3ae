"""Numbered version folders, as TensorFlow Serving looks for them, each put in place whole or not at all."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kerasrec.errors import CannotWrite, UsageError


def find_versions(folder: Path) -> list[int]:
    """The versions in a model's folder, ascending: the numbers that its folders are named with."""
    if not folder.is_dir():
        return []
    return sorted(int(child.name) for child in folder.iterdir() if child.is_dir() and _is_number(child.name))


@contextlib.contextmanager
def new_version(folder: Path) -> Iterator[Path]:
    """Gives a hidden folder to fill, which becomes the next version when all went well, and else disappears.

    Args:
        folder: That of the model; it is made where it is missing.

    Yields:
        The folder to fill. It has the version's number as its name, so that what is written can tell it.

    Raises:
        UsageError: `folder` cannot be that of a model.
        CannotWrite: It cannot be made or written to, the disk is full, or another version took the number meanwhile.
    """
    _check(folder)
    version = folder / str(max(find_versions(folder), default=0) + 1)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as hidden:
            filled = Path(hidden) / version.name
            filled.mkdir()
            yield filled
            _put_in_place(filled, version)
    except CannotWrite:
        raise
    except OSError as error:
        raise CannotWrite(
            f"{version} could not be written: {error.strerror or error}. "
            "Check the space on the disk and the rights of the folder, or choose another one."
        ) from error
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()  # unless a version is in it


def _put_in_place(filled: Path, version: Path) -> None:
    try:
        os.rename(filled, version)  # refuses to replace a folder that holds something
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise CannotWrite(f"Another export has written {version} meanwhile. Export again for the next one.") from error


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, and a model needs a folder for its versions. Choose another one.")
    if _is_number(folder.name):
        raise UsageError(
            f"{folder} is named as a version is, but expected the folder of the model, in which the next version is "
            f"made. Give {folder.parent}, say."
        )
    if (folder / "settings.json").exists() or (folder / "saved_model.pb").exists():
        what = "a run" if (folder / "settings.json").exists() else "a SavedModel itself"
        raise UsageError(f"{folder} is {what}, and not the folder of a model for its versions. Choose another one.")


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and int(name) < 2**63
