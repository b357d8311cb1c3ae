"""The version folders of a model, and which of them are to be served."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

Policy: TypeAlias = FileSystemStoragePathSourceConfig.ServableVersionPolicy
"""Which versions to serve: the latest, some by their numbers, or all."""

_MOST = 2**63 - 1


def find_versions(base_path: Path) -> dict[int, Path]:
    """The version folders in a model's folder: those whose name is a number.

    Raises:
        OSError: The model's folder cannot be read.
    """
    folders = sorted(each for each in base_path.iterdir() if re.fullmatch("[0-9]{1,19}", each.name) and each.is_dir())
    return {int(each.name): each for each in reversed(folders) if int(each.name) <= _MOST}


def choose_versions(policy: Policy, found: Iterable[int]) -> list[int]:
    """The versions to serve, the highest first.

    >>> choose_versions(Policy(), [1, 2, 10])
    [10]
    >>> choose_versions(Policy(specific=Policy.Specific(versions=[1, 3])), [1, 2, 10])
    [1]
    """
    newest_first = sorted(found, reverse=True)
    match policy.WhichOneof("policy_choice"):
        case "all":
            return newest_first
        case "specific":
            return [version for version in newest_first if version in set(policy.specific.versions)]
    return newest_first[: max(policy.latest.num_versions, 1)]


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
