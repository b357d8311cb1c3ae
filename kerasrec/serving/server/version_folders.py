"""The version folders of a model."""

import re
import shlex
from pathlib import Path

from kerasrec.errors import UsageError

_MOST = 2**63 - 1
_EXPORT = "`kerasrec export RUN FOLDER` creates one."


def find_versions(base_path: Path) -> dict[int, Path]:
    """Returns the version folders in a model's folder, those whose names are numbers.

    Raises:
        OSError: The model's folder cannot be read.
    """
    folders = sorted(each for each in base_path.iterdir() if re.fullmatch("[0-9]{1,100}", each.name) and each.is_dir())
    return {int(each.name): each for each in reversed(folders) if int(each.name) <= _MOST}


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Returns the names, sizes and times of a folder's files, which change while it is being written."""
    found = []
    for file in sorted(folder.rglob("*")):
        try:
            state = file.stat()
        except OSError:  # deleted just now
            continue
        found.append((str(file.relative_to(folder)), state.st_size, state.st_mtime_ns))
    return tuple(found)


def check_folder(folder: Path) -> None:
    """Raises UsageError if a folder has no versions of a model; the message says what it is instead."""
    if (folder / "saved_model.pb").is_file():
        raise UsageError(
            f"{folder} is a single version of a model. Give the folder of all its versions: "
            f"`kerasrec serve {shlex.quote(str(folder.parent))}`."
        )
    if (folder / "settings.json").is_file():
        raise UsageError(
            f"{folder} is a run, but a server needs an exported model. Export it first: "
            f"`kerasrec export {shlex.quote(str(folder))} FOLDER`."
        )
    if not folder.is_dir():
        raise UsageError(f"Expected a folder of exported versions, but {folder} is not a folder. {_EXPORT}")
    if not find_versions(folder):
        raise UsageError(
            f"Expected a folder of exported versions (1, 2, ...), but {folder} has no folder whose name is a number. "
            f"{_EXPORT}"
        )
