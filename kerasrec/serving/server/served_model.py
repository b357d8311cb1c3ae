"""A served model: its versions, version policy and labels."""

import logging
from pathlib import Path

from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from kerasrec.serving.server.failure import ServingError, invalid, not_found, not_ready
from kerasrec.serving.server.model_version import Load, ModelVersion, Retries
from kerasrec.serving.server.servable import Servable
from kerasrec.serving.server.version_folders import find_versions
from kerasrec.serving.server.version_policy import Policy, choose_versions

_log = logging.getLogger(__name__)


class ServedModel:
    """A served model. One thread at a time may change it; any number may read it meanwhile.

    Attributes:
        name: The model's name in requests.
        base_path: The folder with the version folders.
        versions: All versions that were ever found, the highest first.
    """

    def __init__(self, config: ModelConfig, load: Load, retries: Retries) -> None:
        """Creates a model without loading it.

        Args:
            config: The model's name, folder, version policy and labels.
            load: Loads a version.
            retries: When a failed load is tried again.
        """
        self.name = config.name
        self.base_path = Path(config.base_path)
        self.versions: dict[int, ModelVersion] = {}  # replaced as a whole, so that readers need no lock
        self._load = load
        self._retries = retries
        self._is_readable = True
        self.adopt(config)

    def adopt(self, config: ModelConfig) -> None:
        """Sets the version policy and the labels."""
        self._policy = config.model_version_policy
        self._labels = dict(config.version_labels)

    @property
    def available(self) -> list[int]:
        """The available versions, the highest first."""
        return [version.number for version in self.versions.values() if version.servable]

    @property
    def error(self) -> ServingError | None:
        """The error of the highest version that could not be loaded; None if there is none."""
        return next((version.error for version in self.versions.values() if version.error), None)

    def find(self, number: int | None = None, label: str | None = None) -> Servable:
        """Returns the servable of a version, given by number or label, or of the highest.

        Raises:
            ServingError: The version is not served.
        """
        if label is not None:
            if label not in self._labels:
                raise invalid(f"Unrecognized servable version label: {label}")
            number = self._labels[label]
        for version in self.versions.values():
            if number in (None, version.number) and (servable := version.servable):
                return servable
        wanted = f"Latest({self.name})" if number is None else f"Specific({self.name}, {number})"
        raise not_found(f"Servable not found for request: {wanted}")

    def check_labels(self, config: ModelConfig) -> None:
        """Raises ServingError if a label names a version that is not available."""
        for number in config.version_labels.values():
            if number not in self.versions or not self.versions[number].servable:
                raise not_ready(
                    f"Request to assign label to version {number} of model {self.name}, which is not currently "
                    "available for inference"
                )

    def update(self) -> None:
        """Loads new versions, then unloads those that are no longer wanted."""
        wanted = self.load(self._policy)
        if wanted is None:
            return
        if wanted and not any(self.versions[number].servable for number in wanted):
            return  # current versions stay until a new one is available
        for version in self.versions.values():
            if version.number not in wanted:
                version.drop()

    def load(self, policy: Policy, at_once: bool = False) -> list[int] | None:
        """Loads the versions of a policy, the highest first, while current ones keep answering.

        Args:
            policy: The version policy.
            at_once: Whether to load them without waiting for their folders to be complete.

        Returns:
            The numbers of the policy's versions, loaded or not; None if the model's folder cannot be read.
        """
        try:
            folders = find_versions(self.base_path)
        except (OSError, ValueError) as error:  # ValueError: the path has a null byte
            if self._is_readable:
                _log.warning("%s: %s cannot be read (%s). The loaded versions stay.", self.name, self.base_path, error)
            self._is_readable = False
            return None
        self._is_readable = True
        wanted = choose_versions(policy, folders)
        self._add(wanted)
        for number in wanted:
            self.versions[number].try_load(folders[number], at_once)
        return wanted

    def drop(self) -> None:
        """Takes all versions out of service."""
        for version in self.versions.values():
            version.drop()

    def close(self, grace: float) -> None:
        """Takes all versions out of service and waits until they are unloaded, at most about `grace` seconds each."""
        for version in self.versions.values():
            version.close(grace)

    def _add(self, numbers: list[int]) -> None:
        new = {each: ModelVersion(self.name, each, self._load, self._retries) for each in numbers}
        known = new | self.versions
        self.versions = {number: known[number] for number in sorted(known, reverse=True)}
