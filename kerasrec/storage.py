"""Files that are written whole or not at all, with a clear error where they cannot be."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from kerasrec.errors import CannotWrite, KerasrecError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a temporary file beside `path`, and puts it in place when it is complete.

    Args:
        path: The file to make or replace; missing folders above it are made.
        write: Writes to the path it is given, which has the same suffix as `path`.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full; `path` is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise _cannot_write(path, error) from error
    temporary = Path(name)
    try:
        os.close(handle)
        write(temporary)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner may read
        os.replace(temporary, path)
    except KerasrecError:
        raise  # what `write` has to say, of a server for instance, which may be an OSError too
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON, whole or not at all; raises as `write_atomically`."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    content = text.encode("utf-8", "backslashreplace")  # bytes of a file's name that are no text, as JSON's own escapes
    write_atomically(path, lambda file: file.write_bytes(content))


def cache_folder() -> Path:
    """The user's cache folder of kerasrec, where data sets and prepared glyphs are kept unless told otherwise."""
    return user_cache_path("kerasrec")


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"{path} could not be written: {error.strerror or error}. "
        "Check the space on the disk and the rights of the folder, or choose another folder."
    )
