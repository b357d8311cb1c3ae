"""The core of the server, independent of gRPC and REST: protos in, protos out."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest, ReloadConfigResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig

from kerasrec.serving.server.batching import Closed
from kerasrec.serving.server.catalog import Catalog, WatchSettings
from kerasrec.serving.server.failure import denied, invalid
from kerasrec.serving.server.metrics import Metrics
from kerasrec.serving.server.model_config import check_below, check_models, find_roots
from kerasrec.serving.server.request_gate import RequestGate
from kerasrec.serving.server.servable import ComputeSettings, Servable

_SIGNATURES = "signature_def"


class ServingCore:
    """Answers requests; every failure is a ServingError. Its methods may be called from several threads.

    Attributes:
        metrics: The counts and latencies of requests.
    """

    def __init__(
        self,
        settings: ComputeSettings | None = None,
        watch: WatchSettings | None = None,
        on_change: Callable[[bool], None] = lambda _: None,
        allow_reload: bool = False,
    ) -> None:
        """Creates a core without models.

        Args:
            settings: How models are computed.
            watch: How their folders are watched.
            on_change: Called with whether all models are available, whenever that may have changed.
            allow_reload: Whether clients may change the configuration.
        """
        self._allow_reload = allow_reload
        self._roots: list[Path] = []
        self._settings = settings or ComputeSettings()
        self.metrics = Metrics()
        self._gate = RequestGate()
        self._catalog = Catalog(self._load, watch or WatchSettings(), on_change)

    @property
    def model_names(self) -> list[str]:
        """The names of the models that are currently served."""
        return self._catalog.names

    @property
    def available(self) -> dict[str, list[int]]:
        """The available versions of each model by name, the highest first."""
        return self._catalog.available

    def start(self, models: Sequence[ModelConfig]) -> None:
        """Loads models and watches their folders; raises CannotServe if a model has no version that can be loaded."""
        self._roots = find_roots(models)
        self._catalog.start(models)

    def drain(self, grace: float) -> None:
        """Refuses new predictions, and waits at most `grace` seconds for running ones."""
        self._gate.close(grace)

    def close(self, grace: float = 0.0) -> None:
        """Unloads all models; waits at most about `grace` seconds for running computations."""
        self._catalog.close(grace)

    def enter(self) -> AbstractContextManager[None]:
        """Returns a context that counts as a request for `drain`; raises ServingError once requests are refused."""
        return self._gate.enter()

    def predict(
        self,
        request: PredictRequest,
        timeout: float | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> PredictResponse:
        """Runs a signature of a model.

        Args:
            request: The request.
            timeout: The client's time limit in seconds; the server's may be shorter.
            is_wanted: Returns whether the client still waits; called before the request is computed.
        """
        longest = self._settings.limits.deadline_seconds
        deadline = time.monotonic() + (longest if timeout is None else min(timeout, longest))
        _check_spec(request)
        with self._gate.enter():
            while True:
                servable = self._catalog.find(request.model_spec)
                with suppress(Closed):  # a newer version replaced it just now
                    return servable.predict(request, deadline, is_wanted)

    def metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        """Returns the signatures of a model."""
        _check_spec(request)
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for each in request.metadata_field:
            if each != _SIGNATURES:
                raise invalid(f"Metadata field {each} is not supported")
        servable = self._catalog.find(request.model_spec)
        response = GetModelMetadataResponse()
        response.model_spec.name = servable.name
        response.model_spec.version.value = servable.version
        signatures = SignatureDefMap()
        for key, signature in servable.signatures.items():
            signatures.signature_def[key].CopyFrom(signature.definition)
        response.metadata[_SIGNATURES].Pack(signatures)
        return response

    def status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        """Returns the states of a model's versions."""
        _check_spec(request)
        return self._catalog.status(request.model_spec)

    def reload(self, request: ReloadConfigRequest) -> ReloadConfigResponse:
        """Applies a new configuration of models, versions and labels, all below the folders that are served."""
        if not self._allow_reload:
            raise denied("This server does not accept a new configuration. Start it with --allow-reload.")
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently "
                "supported"
            )
        models = request.config.model_config_list.config
        check_models(models)
        check_below(models, self._roots)
        self._catalog.reload(models)
        response = ReloadConfigResponse()
        response.status.error_code = 0
        return response

    def signature(self, spec: ModelSpec) -> SignatureDef:
        """Returns the signature of a request; raises what `predict` raises."""
        return self._catalog.find(spec).signature(spec.signature_name).definition

    def _load(self, name: str, version: int, folder: Path) -> Servable:
        return Servable(name, version, folder, self._settings, self.metrics.observe_runtime)


def _check_spec(request: PredictRequest | GetModelMetadataRequest | GetModelStatusRequest) -> None:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
