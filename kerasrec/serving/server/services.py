"""TensorFlow Serving's gRPC services."""

import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, GetModelMetadataResponse
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest, ReloadConfigResponse
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import ServingError, shorten

_log = logging.getLogger(__name__)

_Response = TypeVar("_Response")


def add_services(core: ServingCore, server: grpc.Server) -> None:
    """Adds the services of a core to a gRPC server."""
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_PredictionService(core), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_ModelService(core), server)


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict and GetModelMetadata; methods that need tf.Example are unimplemented."""

    def __init__(self, core: ServingCore) -> None:
        self._core = core

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        started = time.perf_counter()
        status = grpc.StatusCode.OK
        try:
            return _call(lambda: self._core.predict(request, context.time_remaining(), context.is_active))
        except ServingError as error:
            status = error.code
            _abort(context, error)
        finally:
            microseconds = (time.perf_counter() - started) * 1e6
            self._core.metrics.observe(request.model_spec.name, "Predict", "GRPC", status.name, microseconds)

    def GetModelMetadata(
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        return _answer(lambda: self._core.metadata(request), context)


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """The status of models, and changes of the configuration."""

    def __init__(self, core: ServingCore) -> None:
        self._core = core

    def GetModelStatus(self, request: GetModelStatusRequest, context: grpc.ServicerContext) -> GetModelStatusResponse:
        return _answer(lambda: self._core.status(request), context)

    def HandleReloadConfigRequest(
        self, request: ReloadConfigRequest, context: grpc.ServicerContext
    ) -> ReloadConfigResponse:
        return _answer(lambda: self._core.reload(request), context)


def _answer(work: Callable[[], _Response], context: grpc.ServicerContext) -> _Response:
    try:
        return _call(work)
    except ServingError as error:
        _abort(context, error)


def _call(work: Callable[[], _Response]) -> _Response:
    """Calls a function; an unexpected error is logged, and the client only learns that there was one."""
    try:
        return work()
    except ServingError:
        raise
    except Exception as error:
        _log.exception("A request failed: %r", error)
        text = "The server failed unexpectedly. See its log."
        raise ServingError(grpc.StatusCode.INTERNAL, text) from error


def _abort(context: Any, error: ServingError) -> NoReturn:
    context.abort(error.code, shorten(error.text))
    raise error  # abort does not return
