"""Chooses the versions of a model to serve."""

from collections.abc import Iterable
from typing import TypeAlias

from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

Policy: TypeAlias = FileSystemStoragePathSourceConfig.ServableVersionPolicy
"""The latest versions, specific versions, or all."""


def choose_versions(policy: Policy, found: Iterable[int]) -> list[int]:
    """Returns the versions to serve, the highest first.

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
