"""The fake server answers TensorFlow Serving's own stubs as a real server does."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow import make_ndarray, make_tensor_proto
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.serving import wire
from kerasrec.serving.client.testing import FakeServer


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.target) as made:
        yield made


def predict(channel, contents, **spec):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = spec.get("name", "lines")
    if "version" in spec:
        request.model_spec.version.value = spec["version"]
    if "label" in spec:
        request.model_spec.version_label = spec["label"]
    request.inputs[wire.IMAGE_BYTES].CopyFrom(make_tensor_proto(contents))
    response = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=10)
    return {name: make_ndarray(tensor).tolist() for name, tensor in response.outputs.items()}


def test_readings_are_returned_as_tensors(channel):
    assert predict(channel, [b"ab", b"c"]) == {
        wire.TEXT: [b"ab", b"c"],
        wire.CONFIDENCE: [0.25, 0.25],
        wire.CHARACTER_COUNT: [2, 1],
        wire.CHARACTER_CONFIDENCE: [[0.5, 0.5], [0.5, 0.0]],
        wire.CHARACTER_START: [[0.0, 10.0], [0.0, 0.0]],
        wire.CHARACTER_END: [[9.0, 19.0], [9.0, 0.0]],
    }


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        ({"name": "other"}, "NOT_FOUND", "Servable not found for request: Latest(other)"),
        ({"version": 9}, "NOT_FOUND", "Servable not found for request: Specific(lines, 9)"),
        ({"label": "beta"}, "INVALID_ARGUMENT", "Unrecognized servable version label: beta"),
    ],
)
def test_it_fails_as_tensorflow_serving_does(channel, spec, code, text):
    with pytest.raises(grpc.RpcError) as failed:
        predict(channel, [b"a"], **spec)
    assert (failed.value.code().name, failed.value.details()) == (code, text)


def test_faults_are_raised_once_and_in_order(server, channel):
    server.faults.extend([(grpc.StatusCode.ABORTED, "first"), (grpc.StatusCode.INTERNAL, "second")])
    for text in ("first", "second"):
        with pytest.raises(grpc.RpcError, match=text):
            predict(channel, [b"a"])
    assert predict(channel, [b"a"])[wire.TEXT] == [b"a"]
    assert server.requests == [[b"a"]] * 3


def test_status_and_health(server, channel):
    server.states = {2: "AVAILABLE", 1: "END"}
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "lines"
    status = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(request, timeout=10)
    assert [(each.version, each.state) for each in status.model_version_status] == [(2, 30), (1, 50)]
    health = health_pb2_grpc.HealthStub(channel)
    for healthy, answer in ((True, 1), (False, 2)):
        server.healthy = healthy
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == answer
    server.healthy = None
    with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
        health.Check(health_pb2.HealthCheckRequest(), timeout=10)


def test_the_readings_and_errors_come_from_the_test():
    def read(content):
        if not content:
            raise BadImage("no image")
        return Reading("hello", 0.75, (Character("h", 0.5, 1.0, 2.0),))

    with FakeServer(read) as server, grpc.insecure_channel(server.target) as channel:
        assert predict(channel, [b"x"])[wire.TEXT] == [b"hello"]
        with pytest.raises(grpc.RpcError, match="no image"):
            predict(channel, [b""])
