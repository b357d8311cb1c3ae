"""What the server does with a request, whatever way it came: protos in, protos out."""

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
from kerasrec.serving.server.failure import invalid
from kerasrec.serving.server.metrics import Metrics
from kerasrec.serving.server.request_gate import RequestGate
from kerasrec.serving.server.servable import ComputeSettings, Servable

_SIGNATURES = "signature_def"


class ServingCore:
    """Answers requests; every failure is a ServingError. Its methods may be called from several threads.

    Attributes:
        metrics: What is counted of the requests.
    """

    def __init__(
        self,
        settings: ComputeSettings | None = None,
        watch: WatchSettings | None = None,
        on_change: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Serves nothing yet.

        Args:
            settings: How models are computed.
            watch: How their folders are watched.
            on_change: Told, whenever it may have changed, whether all models are available.
        """
        self._settings = settings or ComputeSettings()
        self.metrics = Metrics()
        self._gate = RequestGate()
        self._catalog = Catalog(self._load, watch or WatchSettings(), on_change)

    @property
    def model_names(self) -> list[str]:
        """The names of the models that are served now."""
        return self._catalog.names

    @property
    def available(self) -> dict[str, list[int]]:
        """The versions that answer, the highest first, by the names of their models."""
        return self._catalog.available

    def start(self, models: Sequence[ModelConfig]) -> None:
        """Loads models and watches their folders; raises CannotServe if one has no version that can be loaded."""
        self._catalog.start(models)

    def drain(self, grace: float) -> None:
        """Refuses new predictions, and waits at most `grace` seconds for those that are being computed."""
        self._gate.close(grace)

    def close(self, grace: float = 0.0) -> None:
        """Frees all models; waits for what is being computed, at most about `grace` seconds."""
        self._catalog.close(grace)

    def enter(self) -> AbstractContextManager[None]:
        """Counts what its block does as a request that `drain` waits for; refused once requests are."""
        return self._gate.enter()

    def predict(
        self,
        request: PredictRequest,
        timeout: float | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> PredictResponse:
        """Runs a signature of a model.

        Args:
            request: What to run.
            timeout: Seconds after which nobody waits any more; the server's limit may be lower.
            is_wanted: Asked before it is computed: whether the client still waits.
        """
        longest = self._settings.limits.deadline_seconds
        deadline = time.monotonic() + (longest if timeout is None else min(timeout, longest))
        _check_spec(request)
        with self._gate.enter():
            while True:
                servable = self._catalog.find(request.model_spec)
                with suppress(Closed):  # a newer version has taken its place in this moment
                    return servable.predict(request, deadline, is_wanted)

    def metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        """Describes the signatures of a model."""
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
        """Tells the states of a model's versions."""
        _check_spec(request)
        return self._catalog.status(request.model_spec)

    def reload(self, request: ReloadConfigRequest) -> ReloadConfigResponse:
        """Serves other models, versions or labels."""
        if request.config.WhichOneof("config") != "model_config_list":
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently "
                "supported"
            )
        self._catalog.reload(request.config.model_config_list.config)
        response = ReloadConfigResponse()
        response.status.error_code = 0
        return response

    def signature(self, spec: ModelSpec) -> SignatureDef:
        """The signature that a request means; fails as `predict` does."""
        return self._catalog.find(spec).signature(spec.signature_name).definition

    def _load(self, name: str, version: int, folder: Path) -> Servable:
        return Servable(name, version, folder, self._settings, self.metrics.observe_runtime)


def _check_spec(request: PredictRequest | GetModelMetadataRequest | GetModelStatusRequest) -> None:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
