"""The version folders of a model."""

import re
from pathlib import Path

from kerasrec.errors import UsageError

_MOST = 2**63 - 1
_EXPORT = "`kerasrec export RUN FOLDER` makes one."


def find_versions(base_path: Path) -> dict[int, Path]:
    """The version folders in a model's folder: those whose name is a number.

    Raises:
        OSError: The model's folder cannot be read.
    """
    folders = sorted(each for each in base_path.iterdir() if re.fullmatch("[0-9]{1,100}", each.name) and each.is_dir())
    return {int(each.name): each for each in reversed(folders) if int(each.name) <= _MOST}


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes while a folder is being written: the names, sizes and times of its files."""
    found = []
    for file in sorted(folder.rglob("*")):
        try:
            state = file.stat()
        except OSError:  # gone in this moment
            continue
        found.append((str(file.relative_to(folder)), state.st_size, state.st_mtime_ns))
    return tuple(found)


def check_folder(folder: Path) -> None:
    """Raises UsageError, which says what a folder is instead, if it holds no versions of a model."""
    if (folder / "saved_model.pb").is_file():
        raise UsageError(
            f"{folder} is one version of a model, and a server takes the folder of all its versions: "
            f"`kerasrec serve {folder.parent}`."
        )
    if (folder / "settings.json").is_file():
        raise UsageError(
            f"{folder} is a run, and a server needs an exported model. Export it first: "
            f"`kerasrec export {folder} FOLDER`."
        )
    if not folder.is_dir():
        raise UsageError(f"Expected a folder of exported versions, but {folder} is no folder. {_EXPORT}")
    if not find_versions(folder):
        raise UsageError(
            f"Expected a folder of exported versions (1, 2, ...), but {folder} holds no folder whose name is a number. "
            f"{_EXPORT}"
        )
