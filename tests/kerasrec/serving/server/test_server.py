"""The whole server: ports, new versions under load, and shutdown."""

import contextlib
import http.client
import json
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from kerasrec.serving.server.batching import BatchSettings
from kerasrec.serving.server.failure import CannotServe, ServingError
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.rest_endpoint import RestEndpoint
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.server import Server, ServerSettings

LONG = 20  # seconds, longer than anything here takes


@pytest.fixture
def folder(toy_model, tmp_path):
    toy_model(tmp_path / "lines", 1)
    return tmp_path / "lines"


@pytest.fixture
def connect():
    channels = []

    def open_channel(server):
        channels.append(grpc.insecure_channel(f"127.0.0.1:{server.ports.grpc}"))
        return channels[-1]

    yield open_channel
    for channel in channels:
        channel.close()


def text(response):
    return response.outputs["text"].string_val[0].decode()


def test_grpc_and_rest_answer_for_the_same_models(start_server, folder, connect, predict_request, png):
    server = start_server(folder, rest_port=0)
    assert text(PredictionServiceStub(connect(server)).Predict(predict_request(image_bytes=[png()]))) == "v1-28x40"
    web = f"http://127.0.0.1:{server.ports.rest}"
    with urllib.request.urlopen(f"{web}/v1/models/lines", timeout=LONG) as response:
        assert json.load(response)["model_version_status"][0]["state"] == "AVAILABLE"
    with urllib.request.urlopen(f"{web}/monitoring/prometheus/metrics", timeout=LONG) as response:
        assert b'entrypoint="GRPC",model_name="lines"' in response.read()


def test_health_is_serving_when_models_are_loaded(start_server, folder, connect):
    health = health_pb2_grpc.HealthStub(connect(start_server(folder)))
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=LONG).status == 1


def test_versions_change_under_load_without_failed_requests(
    start_server, folder, connect, predict_request, png, toy_model
):
    server = start_server(folder, poll_seconds=0.02)
    stub = PredictionServiceStub(connect(server))
    request, is_over = predict_request(image_bytes=[png()]), threading.Event()

    def ask():
        seen = []
        while not is_over.is_set():
            seen.append(text(stub.Predict(request, timeout=LONG)))
        return seen

    with ThreadPoolExecutor(4) as pool, contextlib.ExitStack() as at_end:
        at_end.callback(is_over.set)  # also after a failure, because the pool waits for its clients
        clients = [pool.submit(ask) for _ in range(4)]
        for number in (2, 3):
            toy_model(folder, number)
            end = time.monotonic() + LONG
            while server.core.available != {"lines": [number]}:
                assert time.monotonic() < end
                time.sleep(0.01)
        is_over.set()
        for client in clients:
            seen = client.result(LONG)
            assert seen == sorted(seen)  # never an old version after a new one
            assert set(seen) <= {"v1-28x40", "v2-28x40", "v3-28x40"}
    assert text(stub.Predict(request, timeout=LONG)) == "v3-28x40"


def test_an_incomplete_version_is_not_served(start_server, folder, connect, predict_request, png, toy_model, tmp_path):
    server = start_server(folder, poll_seconds=0.02)
    stub = PredictionServiceStub(connect(server))
    whole = toy_model(tmp_path / "elsewhere", 2)
    (folder / "2" / "variables").mkdir(parents=True)
    (folder / "2" / "saved_model.pb").write_bytes((whole / "saved_model.pb").read_bytes()[:1000])
    time.sleep(0.2)
    assert text(stub.Predict(predict_request(image_bytes=[png()]), timeout=LONG)) == "v1-28x40"
    for file in whole.rglob("*"):
        if file.is_file():
            (folder / "2" / file.relative_to(whole)).write_bytes(file.read_bytes())
    end = time.monotonic() + LONG
    while server.core.available != {"lines": [2]}:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert text(stub.Predict(predict_request(image_bytes=[png()]), timeout=LONG)) == "v2-28x40"


def test_a_new_configuration_is_accepted_over_grpc(start_server, folder, connect, predict_request, png, toy_model):
    toy_model(folder, 2)
    channel = connect(start_server(folder, allow_reload=True))
    request = ReloadConfigRequest()
    request.config.CopyFrom(folder_config(folder, "lines", [1, 2]))
    request.config.model_config_list.config[0].version_labels["canary"] = 2
    reload = model_service_pb2_grpc.ModelServiceStub(channel).HandleReloadConfigRequest
    assert reload(request, timeout=LONG).status.error_code == 0
    stub = PredictionServiceStub(channel)
    assert text(stub.Predict(predict_request(image_bytes=[png()], version=1), timeout=LONG)) == "v1-28x40"
    assert text(stub.Predict(predict_request(image_bytes=[png()], label="canary"), timeout=LONG)) == "v2-28x40"


def test_stop_finishes_running_requests_and_refuses_new_ones(folder, connect, predict_request, png):
    server = Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=0))
    server.start()
    channel = connect(server)
    stub = PredictionServiceStub(channel)
    running = stub.Predict.future(predict_request(signature="gate", image_bytes=[png()]), timeout=LONG)
    statuses = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=LONG)
    assert next(statuses).status == 1
    while not server.core._gate._running:
        time.sleep(0.005)
    ending = threading.Thread(target=server.stop, args=(LONG,))
    ending.start()
    assert next(statuses).status == 2
    while not server.core._gate._is_closed:
        time.sleep(0.005)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Predict(predict_request(image_bytes=[png()]), timeout=LONG)
    assert (caught.value.code().name, caught.value.details()) == ("UNAVAILABLE", "The server is shutting down")
    with contextlib.suppress(ServingError):  # the server may stop as soon as the request is released
        server.core._catalog._models["lines"].find()._model.run("release", [np.array([1], np.int32)])
    assert text(running.result(LONG)) == "v1-28x40"
    statuses.cancel()
    ending.join(LONG)
    assert not ending.is_alive()


def test_requests_that_exceed_the_grace_are_cancelled(folder, connect, predict_request, png):
    server = Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=None))
    server.start()
    stub = PredictionServiceStub(connect(server))
    running = stub.Predict.future(predict_request(signature="gate", image_bytes=[png()]), timeout=LONG)
    time.sleep(0.2)
    server.stop(0.05)
    with pytest.raises(grpc.RpcError) as caught:
        running.result(LONG)
    assert caught.value.code().name == "UNAVAILABLE"


def test_requests_waiting_after_the_grace_get_an_answer_over_rest(folder):
    compute = ComputeSettings(batches=BatchSettings(max_batch_size=1, threads=1))
    server = Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=0, compute=compute))
    server.start()
    body = json.dumps({"signature_name": "gate", "inputs": [{"b64": "AA=="}]})

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", server.ports.rest, timeout=LONG)
        with contextlib.closing(connection):
            connection.request("POST", "/v1/models/lines:predict", body)
            response = connection.getresponse()
            return response.status, json.load(response)

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask) for _ in range(6)]
        while server.core._gate._running < 6:
            time.sleep(0.005)
        ending = threading.Thread(target=server.stop, args=(0.05,))
        ending.start()
        answers = [each.result(LONG) for each in asked]
    ending.join(LONG)
    assert not ending.is_alive()
    assert [status for status, _ in answers] == [503] * 6
    assert {answer["error"] for _, answer in answers} <= {"The server is shutting down", "The model was unloaded"}


def test_a_second_server_on_a_used_port_is_refused_and_frees_its_other_port(start_server, folder):
    taken = start_server(folder).ports.grpc
    with pytest.raises(CannotServe, match=f"Port {taken} of 127.0.0.1 is not available"):
        Server(folder_config(folder, "lines"), ServerSettings(port=taken, rest_port=0))
    rest = start_server(folder, rest_port=0).ports.rest
    with pytest.raises(CannotServe, match=f"Port {rest} of 127.0.0.1 is not available"):
        Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=rest))


def test_a_server_whose_model_cannot_be_loaded_frees_its_port(tmp_path):
    (tmp_path / "lines" / "1").mkdir(parents=True)
    server = Server(folder_config(tmp_path / "lines", "lines"), ServerSettings(port=0, rest_port=0))
    with pytest.raises(CannotServe, match="lines due to error: .*SavedModel file does not exist"):
        server.start()
    RestEndpoint("127.0.0.1", server.ports.rest).wait()


def test_a_server_whose_rest_does_not_start_frees_its_ports(folder, monkeypatch):
    def fail(*_):
        raise CannotServe("REST did not start")

    monkeypatch.setattr(RestEndpoint, "start", fail)
    server = Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=0))
    with pytest.raises(CannotServe, match="REST did not start"):
        server.start()
    Server(folder_config(folder, "lines"), ServerSettings(port=server.ports.grpc, rest_port=None)).stop(0)
