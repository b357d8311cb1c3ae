"""A model that is served: its versions, its policy and its labels."""

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
    """A model. One thread at a time may change it; any number may look at it meanwhile.

    Attributes:
        name: In requests.
        base_path: The folder that holds its version folders.
        versions: All that were ever found, the highest first.
    """

    def __init__(self, config: ModelConfig, load: Load, retries: Retries) -> None:
        """Describes a model; nothing is loaded yet.

        Args:
            config: Its name, folder, policy and labels.
            load: Loads a version.
            retries: When a version that failed to load is tried again.
        """
        self.name = config.name
        self.base_path = Path(config.base_path)
        self.versions: dict[int, ModelVersion] = {}  # replaced whole, so that readers need no lock
        self._load = load
        self._retries = retries
        self._is_readable = True
        self.adopt(config)

    def adopt(self, config: ModelConfig) -> None:
        """Takes over policy and labels."""
        self._policy = config.model_version_policy
        self._labels = dict(config.version_labels)

    @property
    def available(self) -> list[int]:
        """The versions that answer, the highest first."""
        return [version.number for version in self.versions.values() if version.servable]

    @property
    def error(self) -> ServingError | None:
        """Why its highest version that could not be loaded could not."""
        return next((version.error for version in self.versions.values() if version.error), None)

    def find(self, number: int | None = None, label: str | None = None) -> Servable:
        """What answers for one version: that of a number, of a label, or the highest.

        Raises:
            ServingError: It is not served.
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
        """Raises ServingError if a label is to name a version that does not answer."""
        for number in config.version_labels.values():
            if number not in self.versions or not self.versions[number].servable:
                raise not_ready(
                    f"Request to assign label to version {number} of model {self.name}, which is not currently "
                    "available for inference"
                )

    def update(self) -> None:
        """Loads versions that have come, then unloads those that have gone."""
        wanted = self.load(self._policy)
        if wanted is None:
            return
        if wanted and not any(self.versions[number].servable for number in wanted):
            return  # what is served stays until something takes its place
        for version in self.versions.values():
            if version.number not in wanted:
                version.drop()

    def load(self, policy: Policy, at_once: bool = False) -> list[int] | None:
        """Loads the versions that a policy wants, the highest first, while the others answer on.

        Args:
            policy: Which versions.
            at_once: Do not wait until nothing more is written to their folders.

        Returns:
            The numbers of the wanted versions, loaded or not; None where the model's folder cannot be read.
        """
        try:
            folders = find_versions(self.base_path)
        except (OSError, ValueError) as error:  # a path can hold what no path can hold
            if self._is_readable:
                _log.warning("%s: %s cannot be read (%s); what is loaded stays.", self.name, self.base_path, error)
            self._is_readable = False
            return None
        self._is_readable = True
        wanted = choose_versions(policy, folders)
        self._add(wanted)
        for number in wanted:
            self.versions[number].pursue(folders[number], at_once)
        return wanted

    def drop(self) -> None:
        """Ends all versions."""
        for version in self.versions.values():
            version.drop()

    def close(self, grace: float) -> None:
        """Ends all versions and waits until they are freed, at most about `grace` seconds each."""
        for version in self.versions.values():
            version.close(grace)

    def _add(self, numbers: list[int]) -> None:
        new = {each: ModelVersion(self.name, each, self._load, self._retries) for each in numbers}
        known = new | self.versions
        self.versions = {number: known[number] for number in sorted(known, reverse=True)}
