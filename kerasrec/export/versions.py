"""Numbered version folders, as TensorFlow Serving expects them, each written whole or not at all."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from kerasrec.errors import CannotWrite, UsageError
from kerasrec.storage import cannot_write, scratch_folder, sync_folder, sync_tree


def find_versions(folder: Path) -> list[int]:
    """Returns the versions in a model's folder in ascending order: the folders whose names are numbers."""
    if not folder.is_dir():
        return []
    return sorted(int(child.name) for child in folder.iterdir() if child.is_dir() and _is_number(child.name))


@contextlib.contextmanager
def new_version(folder: Path) -> Iterator[Path]:
    """Yields a hidden folder to fill, which becomes the next version on success and is removed on failure.

    Args:
        folder: The model's folder, which is created if it is missing.

    Yields:
        The folder to fill. Its name is already the version's number.

    Raises:
        UsageError: `folder` cannot be a model's folder.
        CannotWrite: The folder cannot be created or written to, the disk is full, or another export took the number.
    """
    _check(folder)
    version = folder / str(max(find_versions(folder), default=0) + 1)
    is_new = not folder.exists()
    try:
        with scratch_folder(folder, "export") as hidden:
            filled = hidden / version.name
            filled.mkdir()
            yield filled
            sync_tree(filled)
            _put_in_place(filled, version)
    except CannotWrite:
        raise
    except OSError as error:
        raise cannot_write(version, error) from error
    finally:
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()  # unless a version is in it


def _put_in_place(filled: Path, version: Path) -> None:
    try:
        os.rename(filled, version)  # refuses to replace a folder that is not empty
        sync_folder(version.parent)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise CannotWrite(f"Another export wrote {version} meanwhile. Export again to write the next one.") from error


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, but a model needs a folder for its versions. Choose another one.")
    if _is_number(folder.name):
        raise UsageError(
            f"{folder} is named like a version. Expected the model's folder, in which versions are created, such as "
            f"{folder.parent}."
        )
    if (folder / "settings.json").exists() or (folder / "saved_model.pb").exists():
        what = "a run" if (folder / "settings.json").exists() else "a SavedModel itself"
        raise UsageError(f"{folder} is {what}, not the folder of a model's versions. Choose another folder.")


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and int(name) < 2**63
