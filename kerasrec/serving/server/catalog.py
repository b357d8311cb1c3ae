"""All models of a server, kept in step with their folders and the configuration."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from kerasrec.errors import UsageError
from kerasrec.serving.server.failure import CannotServe, ServingError, invalid, not_found
from kerasrec.serving.server.model_config import check_models
from kerasrec.serving.server.model_version import Load, ModelVersion, Retries
from kerasrec.serving.server.servable import Servable
from kerasrec.serving.server.served_model import ServedModel

_SCAN_SECONDS = 1.0  # to scan all folders
_LONGEST_POLL = 86_400  # seconds

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchSettings:
    """How the folders of models are watched.

    Attributes:
        poll_seconds: The seconds between two scans.
        retries: When a failed load is tried again.
    """

    poll_seconds: float = 1.0
    retries: Retries = Retries()

    def __post_init__(self) -> None:
        if not 0 < self.poll_seconds <= _LONGEST_POLL:
            raise UsageError(
                f"Expected poll_seconds above 0 and at most {_LONGEST_POLL}, but received {self.poll_seconds}. "
                "Give 1, for example."
            )


class Catalog:
    """The models of a server. Its methods may be called from several threads."""

    def __init__(self, load: Load, settings: WatchSettings, on_change: Callable[[bool], None] = lambda _: None) -> None:
        """Creates an empty catalog.

        Args:
            load: Loads a version of a model.
            settings: How folders are watched.
            on_change: Called with whether all models are available, whenever that may have changed.
        """
        self._load = load
        self._settings = settings
        self._on_change = on_change
        self._models: dict[str, ServedModel] = {}  # replaced as a whole, so that requests need no lock
        self._lock = threading.Lock()  # held while models or their versions change
        self._is_closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="versions", daemon=True)

    @property
    def names(self) -> list[str]:
        """The names of the models."""
        return sorted(self._models)

    @property
    def available(self) -> dict[str, list[int]]:
        """The available versions of each model by name, the highest first."""
        models = self._models
        return {name: models[name].available for name in sorted(models)}

    @property
    def is_available(self) -> bool:
        """Whether there are models and each has an available version."""
        models = self._models.values()
        return bool(models) and all(model.available for model in models)

    def start(self, configs: Sequence[ModelConfig]) -> None:
        """Loads models and starts to watch their folders.

        Raises:
            CannotServe: The configuration is invalid, or a model has no version that can be loaded.
        """
        try:
            self.reload(configs)
        except ServingError as error:
            self.close(0)
            raise CannotServe(f"The models cannot be served: {error.text}") from error
        self._watcher.start()

    def reload(self, configs: Sequence[ModelConfig]) -> None:
        """Applies a new configuration: everything new is loaded before anything old is unloaded.

        Raises:
            ServingError: The configuration is invalid, or a new version cannot be loaded; nothing has changed then.
        """
        check_models(configs)
        with self._lock:
            models = self._prepare(configs)
            for config in configs:
                models[config.name].adopt(config)
            previous, self._models = self._models, models
            for name, model in previous.items():
                if models.get(name) is not model:
                    model.drop()
            for model in models.values():
                model.update()
        self._on_change(self.is_available)

    def find(self, spec: ModelSpec) -> Servable:
        """Returns the servable for a request.

        Raises:
            ServingError: There is no such model or version, or the server is shutting down.
        """
        if self._is_closing.is_set():
            raise ServingError(grpc.StatusCode.UNAVAILABLE, "The server is shutting down")
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        number = spec.version.value if spec.HasField("version") else None
        label = spec.version_label if spec.HasField("version_label") else None
        model = self._models.get(spec.name)
        if model is not None:
            return model.find(number, label)
        if label is not None:
            raise invalid(f"Unrecognized servable version label: {label}")
        wanted = f"Latest({spec.name})" if number is None else f"Specific({spec.name}, {number})"
        raise not_found(f"Servable not found for request: {wanted}")

    def status(self, spec: ModelSpec) -> GetModelStatusResponse:
        """Returns the states of a model's versions, or of the requested version.

        Raises:
            ServingError: There is no such model or version.
        """
        model = self._models.get(spec.name)
        versions = model.versions if model else {}
        response = GetModelStatusResponse()
        if spec.HasField("version"):
            number = spec.version.value
            if number not in versions:
                raise not_found(f"Could not find version {number} of model {spec.name}")
            versions = {number: versions[number]}
        if not versions:
            raise not_found(f"Could not find any versions of model {spec.name}")
        for version in versions.values():
            _describe(version, response)
        return response

    def close(self, grace: float) -> None:
        """Closes all models; waits at most about `grace` seconds for running computations."""
        self._is_closing.set()
        if self._watcher.is_alive():
            self._watcher.join(grace + _SCAN_SECONDS)  # a version that is still loading is not waited for
        for model in self._models.values():
            model.close(grace)

    def _prepare(self, configs: Sequence[ModelConfig]) -> dict[str, ServedModel]:
        """Returns the models of a configuration with all versions loaded; current models keep answering meanwhile."""
        models: dict[str, ServedModel] = {}
        try:
            for config in configs:
                known = self._models.get(config.name)
                is_same = known is not None and str(known.base_path) == config.base_path
                model = known if known and is_same else ServedModel(config, self._load, self._settings.retries)
                models[config.name] = model
                _check_available(model, model.load(config.model_version_policy, at_once=True))
                model.check_labels(config)
        except ServingError:
            for name, model in models.items():
                if self._models.get(name) is model:
                    model.update()  # unloads what only the new configuration wanted
                else:
                    model.drop()
            raise
        return models

    def _watch(self) -> None:
        while not self._is_closing.wait(self._settings.poll_seconds):
            with self._lock:
                for model in self._models.values():
                    try:
                        model.update()
                    except Exception:  # a disk can fail in any way, and the server must survive it
                        _log.exception("%s could not be watched.", model.name)
            self._on_change(self.is_available)


def _check_available(model: ServedModel, wanted: list[int] | None) -> None:
    """Raises ServingError if no wanted version is available; `wanted` is None if the folder cannot be read."""
    if not model.available or (wanted is not None and not set(wanted) & set(model.available)):
        why = model.error.text if model.error else f"no version to serve in {model.base_path}"
        text = f"1 model(s) did not become available: {{{{{model.name} due to error: {why}}}, }}"
        raise ServingError(grpc.StatusCode.UNKNOWN, text)


def _describe(version: ModelVersion, response: GetModelStatusResponse) -> None:
    described = response.model_version_status.add(version=version.number, state=version.state)
    described.status.error_code = 0
    if version.error:  # also while it waits for the next attempt
        described.status.error_code = version.error.code.value[0]
        described.status.error_message = version.error.text
