"""Writing files atomically, with a clear error if a file cannot be written."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from kerasrec.errors import CannotWrite, KerasrecError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a temporary file next to `path`, and moves it into place when it is complete.

    Args:
        path: The file to create or replace; missing parent folders are created.
        write: Writes the content to the path that it receives, which has the same suffix as `path`.

    Raises:
        CannotWrite: The folder is not writable or the disk is full; `path` is left unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise cannot_write(path, error) from error
    temporary = Path(name)
    try:
        os.close(handle)
        write(temporary)
        temporary.chmod(0o644)  # mkstemp creates files that only their owner can read
        os.replace(temporary, path)
    except KerasrecError:
        raise  # errors of `write`, some of which are OSErrors too, such as those of a server
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON; see `write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    content = text.encode("utf-8", "backslashreplace")  # bytes of a file name that are not UTF-8 become JSON escapes
    write_atomically(path, lambda file: file.write_bytes(content))


def cache_folder() -> Path:
    """Returns kerasrec's cache folder, the default place of data sets and prepared glyphs."""
    return user_cache_path("kerasrec")


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Returns the error for a file or folder that could not be written, which names what is in its way."""
    remedy = "Check the free disk space and the permissions of the folder, or choose another folder."
    if obstacles := [each for each in path.parents if not each.is_dir() and os.path.lexists(each)]:
        first = obstacles[-1]
        what = f"a link to {os.readlink(first)}, which is not a folder" if first.is_symlink() else "not a folder"
        remedy = f"{first} is {what}. Remove it, or choose another folder."
    return CannotWrite(f"{path} could not be written: {error.strerror or error}. {remedy}")
