"""The server: the core behind gRPC and REST."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import ServingError
from kerasrec.serving.server.limits import Limits


class Ports(NamedTuple):
    """Where a server listens.

    Attributes:
        grpc: The port of gRPC.
        rest: The port of REST and the page; None where they are off.
    """

    grpc: int
    rest: int | None


def _answer(call: Any, context: grpc.ServicerContext, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except ServingError as error:
        context.abort(error.code, error.text)


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, core: ServingCore) -> None:
        self._core = core

    def Predict(self, request: Any, context: Any) -> Any:
        return _answer(self._core.predict, context, request, context.time_remaining())

    def GetModelMetadata(self, request: Any, context: Any) -> Any:
        return _answer(self._core.metadata, context, request)


class _Models(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, core: ServingCore) -> None:
        self._core = core

    def GetModelStatus(self, request: Any, context: Any) -> Any:
        return _answer(self._core.status, context, request)

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:
        return _answer(self._core.reload, context, request)


class Server:
    """Serves the versions of one folder."""

    def __init__(
        self,
        folder: Path,
        name: str = "lines",
        *,
        host: str = "127.0.0.1",
        port: int = 8500,
        rest_port: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        limits = limits or Limits()
        self._folder, self._name, self._host, self._port, self._rest_port = folder, name, host, port, rest_port
        self.limits = limits

    def start(self) -> Ports:
        """Loads and listens."""
        self.core = ServingCore(self._folder, self._name, self.limits)
        self._grpc = grpc.server(
            ThreadPoolExecutor(64),
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", self.limits.message_bytes),
                ("grpc.max_send_message_length", -1),
            ],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Prediction(self.core), self._grpc)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Models(self.core), self._grpc)
        self._health = health.HealthServicer()
        for service in ("", "ModelService", "PredictionService"):
            self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        port = self._grpc.add_insecure_port(f"{self._host}:{self._port}")
        self._grpc.start()
        return Ports(port, None)

    def stop(self, grace: float = 5.0) -> None:
        """Finishes what runs, within `grace` seconds, and stops."""
        self._health.enter_graceful_shutdown()
        self._grpc.stop(grace).wait()

    def __enter__(self) -> "Server":
        self.ports = self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(1.0)
