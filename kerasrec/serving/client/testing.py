"""A fake server for tests of programs that use the client; it needs neither a model nor TensorFlow."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np

from kerasrec.decoding import Reading
from kerasrec.errors import BadImage
from kerasrec.serving import wire
from kerasrec.serving.client.protocol import (
    CHECK_HEALTH,
    FLOAT,
    GET_MODEL_STATUS,
    INT32,
    PREDICT,
    SERVING,
    STATES,
    Call,
    GetModelStatusResponse,
    HealthCheckResponse,
    PredictResponse,
    Tensor,
)
from kerasrec.serving.client.tensors import write_strings

_THREADS = 16
_STATES = {name: number for number, name in STATES.items()}


class FakeServer:
    """A gRPC server on 127.0.0.1 that answers like a model server, with readings from the test.

        with FakeServer(lambda content: Reading("hello", 0.9, ())) as server:
            assert Client(server.target).read(b"any bytes").text == "hello"

    Attributes:
        target: The address that it listens on.
        requests: The bytes of the images in each Predict request, in the order of arrival.
        signatures: The signature of each Predict request.
        faults: Status codes and messages with which the next Predict requests fail, one each.
        delay: The duration of each Predict request in seconds.
        healthy: The answer of the health service; None for a server without one.
        states: The model's versions and their states.
        labels: The labels and their versions.

    Args:
        read: Returns the reading of an image, or raises BadImage, which refuses the whole request.
        model: The name of the only model.
        port: The port; 0 takes a free one.
        credentials: The credentials of a TLS server; None serves without TLS.
        options: The options of the gRPC server, for example the largest message.
    """

    def __init__(
        self,
        read: Callable[[bytes], Reading],
        model: str = "lines",
        *,
        port: int = 0,
        credentials: grpc.ServerCredentials | None = None,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self.requests: list[list[bytes]] = []
        self.signatures: list[str] = []
        self.faults: deque[tuple[grpc.StatusCode, str]] = deque()
        self.delay = 0.0
        self.healthy: bool | None = True
        self.states: Mapping[int, str] = {1: "AVAILABLE"}
        self.labels: Mapping[str, int] = {}
        self._read, self._model = read, model
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), options=[("grpc.so_reuseport", 0), *options])
        behaviours = {PREDICT: self._predict, GET_MODEL_STATUS: self._status, CHECK_HEALTH: self._health}
        self._server.add_generic_rpc_handlers((_Handlers(behaviours),))
        address = f"127.0.0.1:{port}"
        port = (
            self._server.add_insecure_port(address)
            if credentials is None
            else self._server.add_secure_port(address, credentials)
        )
        self.target = f"127.0.0.1:{port}"
        self._server.start()

    def stop(self, grace: float | None = None) -> None:
        """Stops at once, or when all requests are answered but after `grace` seconds at the latest."""
        self._server.stop(grace).wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        contents = list(request.inputs[wire.IMAGE_BYTES].string_val)
        with self._lock:
            self.requests.append(contents)
            self.signatures.append(request.model_spec.signature_name)
            fault = self.faults.popleft() if self.faults else None
        time.sleep(self.delay)
        if fault is not None:
            context.abort(*fault)
        self._check_spec(request.model_spec, context)
        try:
            return write_readings([self._read(content) for content in contents])
        except BadImage as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    def _check_spec(self, spec: Any, context: grpc.ServicerContext) -> None:
        version = self.labels.get(spec.version_label, 0) if spec.version_label else spec.version.value
        if spec.name != self._model:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: Latest({spec.name})")
        if spec.version_label and not version:
            text = f"Unrecognized servable version label: {spec.version_label}"
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        if version and version not in self.states:
            text = f"Servable not found for request: Specific({spec.name}, {version})"
            context.abort(grpc.StatusCode.NOT_FOUND, text)

    def _status(self, request: Any, context: grpc.ServicerContext) -> Any:
        name, version = request.model_spec.name, request.model_spec.version.value
        states = {each: state for each, state in self.states.items() if version in (0, each)}
        if name != self._model:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Could not find any versions of model {name}")
        if not states:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Could not find version {version} of model {name}")
        response = GetModelStatusResponse()
        for each, state in states.items():
            response.model_version_status.add(version=each, state=_STATES[state])
        return response

    def _health(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self.healthy is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        return HealthCheckResponse(status=SERVING if self.healthy else SERVING + 1)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, behaviours: Mapping[Call, Any]) -> None:
        self._handlers = {
            call.path: grpc.unary_unary_rpc_method_handler(
                behaviour, call.request.FromString, call.response.SerializeToString
            )
            for call, behaviour in behaviours.items()
        }

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handlers.get(details.method)


def write_readings(readings: Sequence[Reading]) -> Any:
    """Makes the response of a model with these readings."""
    most = max(len(reading.characters) for reading in readings)
    places = np.zeros((3, len(readings), most), np.float32)
    for i, reading in enumerate(readings):
        for j, character in enumerate(reading.characters):
            places[:, i, j] = character.confidence, character.start, character.end
    response = PredictResponse()
    response.outputs[wire.TEXT].CopyFrom(write_strings([reading.text.encode() for reading in readings]))
    counts = np.array([len(reading.characters) for reading in readings], np.int32)
    response.outputs[wire.CHARACTER_COUNT].CopyFrom(_write_numbers(counts))
    confidences = np.array([reading.confidence for reading in readings], np.float32)
    names = (wire.CONFIDENCE, wire.CHARACTER_CONFIDENCE, wire.CHARACTER_START, wire.CHARACTER_END)
    for name, values in zip(names, (confidences, *places), strict=True):
        response.outputs[name].CopyFrom(_write_numbers(values))
    return response


def _write_numbers(values: np.ndarray) -> Any:
    """Writes numbers one by one, as TensorFlow Serving does."""
    is_float = values.dtype == np.float32
    tensor = Tensor(dtype=FLOAT if is_float else INT32)
    for size in values.shape:
        tensor.tensor_shape.dim.add(size=size)
    getattr(tensor, "float_val" if is_float else "int_val").extend(values.ravel().tolist())
    return tensor
