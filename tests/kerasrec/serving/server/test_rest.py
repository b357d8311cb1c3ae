"""REST over a real connection: routes, statuses, limits, and an event loop that is never blocked."""

import http.client
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import grpc
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

from kerasrec.serving.server import metrics, rest
from kerasrec.serving.server.failure import ServingError, not_found, not_ready
from kerasrec.serving.server.limits import Limits
from kerasrec.serving.server.metrics import Metrics
from kerasrec.serving.server.model_config import folder_config
from kerasrec.serving.server.rest import rest_app
from kerasrec.serving.server.rest_failures import HTTP_STATUS
from kerasrec.serving.server.server import Server, ServerSettings

B64 = {"b64": "YWI="}  # "ab"


def answer_with_the_input(request: PredictRequest, timeout: float | None) -> PredictResponse:
    response = PredictResponse()
    values = tf.make_ndarray(request.inputs["image_bytes"])
    response.outputs["text"].CopyFrom(tf.make_tensor_proto([value[::-1] for value in values]))
    response.outputs["confidence"].CopyFrom(tf.make_tensor_proto(np.full(len(values), 0.2, np.float32)))
    return response


class FakeCore:
    """Answers for one model, "lines", with the bytes of the request reversed, or with the `answer` of the test."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.requests: list[PredictRequest] = []
        self.timeouts: list[float | None] = []
        self.answer: Callable = answer_with_the_input

    def predict(self, request, timeout=None, is_wanted=lambda: True):
        self.signature(request.model_spec)
        self.is_wanted = is_wanted
        self.requests.append(request)
        self.timeouts.append(timeout)
        return self.answer(request, timeout)

    def enter(self):
        return nullcontext()

    def signature(self, spec):
        if spec.name != "lines":
            raise not_found(f"Servable not found for request: Latest({spec.name})")
        if spec.signature_name not in ("", "serving_default"):
            raise not_ready(f'Serving signature key "{spec.signature_name}" not found.')
        signature = SignatureDef()
        signature.inputs["image_bytes"].dtype = types_pb2.DT_STRING
        return signature

    def status(self, request):
        if request.model_spec.name != "lines":
            raise not_found(f"Could not find any versions of model {request.model_spec.name}")
        response = GetModelStatusResponse()
        response.model_version_status.add(version=3, state=30).status.error_code = 0
        return response

    def metadata(self, request):
        assert list(request.metadata_field) == ["signature_def"]
        response = GetModelMetadataResponse()
        response.model_spec.name = request.model_spec.name
        response.metadata["signature_def"].Pack(SignatureDefMap())
        return response


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: object = None, headers: dict | None = None):
        """Sends a request and returns the status, the JSON and the headers of the answer."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, content, headers or {})
            response = connection.getresponse()
            text = response.read()
            is_json = response.headers["content-type"] == "application/json" and text
            return response.status, json.loads(text) if is_json else text.decode(), response.headers
        finally:
            connection.close()

    def predict(self, body: object, path: str = "/v1/models/lines:predict"):
        return self.ask("POST", path, body)[:2]

    @contextmanager
    def raw(self, text: bytes):
        """Opens a connection and sends some bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(text)
            yield connection


@pytest.fixture(scope="module")
def served(listening):
    core = FakeCore()
    limits = Limits(message_bytes=100_000, deadline_seconds=30.0)
    with listening(rest_app(core, limits, lambda: ["lines", "more"])) as port:
        yield core, Client(port)


@pytest.fixture
def core(served) -> FakeCore:
    core, _ = served
    core.requests.clear()
    core.timeouts.clear()
    core.answer = answer_with_the_input
    return core


@pytest.fixture
def client(served, core) -> Client:
    return served[1]


def test_rows_are_answered_with_predictions(client):
    answer = {"predictions": [{"confidence": 0.2, "text": "ba"}, {"confidence": 0.2, "text": "c"}]}
    assert client.predict({"instances": [{"image_bytes": B64}, {"image_bytes": "c"}]}) == (200, answer)
    assert client.predict({"instances": [B64, "c"]}) == (200, answer)


def test_columns_are_answered_with_outputs(client):
    answer = {"outputs": {"confidence": [0.2], "text": ["ba"]}}
    assert client.predict({"inputs": {"image_bytes": [B64]}}) == (200, answer)
    assert client.predict({"inputs": [B64]}) == (200, answer)


@pytest.mark.parametrize(
    ("where", "version", "label"), [("", 0, ""), ("/versions/2", 2, ""), ("/labels/canary", 0, "canary")]
)
def test_the_url_selects_the_version(core, client, where, version, label):
    status, _ = client.predict(
        {"signature_name": "serving_default", "inputs": ["a"]}, f"/v1/models/lines{where}:predict"
    )
    assert status == 200
    (request,) = core.requests
    assert (request.model_spec.name, request.model_spec.signature_name) == ("lines", "serving_default")
    assert (request.model_spec.version.value, request.model_spec.version_label) == (version, label)


def test_the_status_and_the_metadata_of_a_model(client):
    status, answer, headers = client.ask("GET", "/v1/models/lines")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert answer["model_version_status"] == [
        {"version": "3", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    ]
    status, answer, _ = client.ask("GET", "/v1/models/lines/versions/7/metadata")
    assert (status, answer["model_spec"]["name"]) == (200, "lines")
    assert answer["metadata"] == {"signature_def": {"signature_def": {}}}


PREDICT = "/v1/models/lines:predict"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/v1/models/nope", None, 404, "Could not find any versions of model nope"),
        ("GET", "/v1/models", None, 400, "Missing model name in request."),
        ("GET", PREDICT, None, 400, f"Malformed request: GET {PREDICT}"),
        ("PUT", PREDICT, {}, 400, f"Malformed request: PUT {PREDICT}"),
        ("DELETE", "/v1/models/lines", None, 400, "Malformed request: DELETE /v1/models/lines"),
        ("POST", "/v1/models/lines", {}, 400, "Malformed request: POST /v1/models/lines"),
        ("GET", "/v1/", None, 400, "Malformed request: GET /v1/"),
        ("POST", "/v1/models/nope:predict", {"inputs": 1}, 404, "Servable not found for request: Latest(nope)"),
        ("POST", "/v1/models/lines:classify", {}, 501, "This server does not support :classify. Use :predict."),
        ("POST", PREDICT, None, 400, "JSON Parse error: The document is empty"),
        (
            "POST",
            PREDICT,
            b"{",
            400,
            "JSON Parse error: Expecting property name enclosed in double quotes at offset: 1",
        ),
        ("POST", PREDICT, {}, 400, "Missing 'inputs' or 'instances' key"),
        ("POST", PREDICT, {"inputs": [1]}, 400, "JSON Value: 1 Type: Number is not of expected type: string"),
        (
            "POST",
            PREDICT,
            {"signature_name": "zzz", "inputs": 1},
            400,
            'Serving signature name: "zzz" not found in signature def',
        ),
        ("GET", "/nope", None, 404, "Expected a path such as / or /v1/models/NAME, but received /nope."),
        ("GET", "/v1", None, 404, "Expected a path such as / or /v1/models/NAME, but received /v1."),
        ("POST", "/", {}, 405, "Method POST is not allowed for /."),
        ("POST", "/monitoring/prometheus/metrics", {}, 405, "Method POST is not allowed for /monitoring"),
        ("BREW", PREDICT, {}, 405, f"Method BREW is not allowed for {PREDICT}."),
    ],
)
def test_invalid_requests_get_an_error_in_json(client, method, path, body, status, text):
    received, answer, headers = client.ask(method, path, body)
    assert (received, headers["content-type"]) == (status, "application/json")
    assert list(answer) == ["error"]
    assert answer["error"].startswith(text)


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK], ids=str)
def test_a_failure_of_the_core_has_its_http_status(core, client, code):
    def fail(*_):
        raise ServingError(code, "because")

    core.answer = fail
    assert client.predict({"inputs": ["a"]}) == (HTTP_STATUS[code], {"error": "because"})


def test_an_unexpected_error_is_hidden_from_the_client(core, client, caplog):
    core.answer = lambda *_: 1 / 0
    with caplog.at_level(logging.ERROR):
        status, answer = client.predict({"inputs": ["a"]})
    assert (status, answer) == (500, {"error": "The server failed unexpectedly. See its log."})
    assert "ZeroDivisionError" in caplog.text


def test_a_request_declared_too_large_is_refused_before_it_is_sent(client):
    head = b"POST /v1/models/lines:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n"
    with client.raw(head) as connection:
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 413
        assert "at most 100,000 bytes, but received 1,000,000,000,000" in json.loads(response.read())["error"]


def test_a_request_that_turns_out_too_large_is_refused(client):
    head = b"POST /v1/models/lines:predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with client.raw(head + b"20000\r\n" + b" " * 0x20000 + b"\r\n") as connection:  # without the last chunk
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 413


def test_a_client_may_disconnect_within_its_request(client, caplog):
    head = b"POST /v1/models/lines:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
    for _ in range(5):
        with client.raw(head):
            pass
    assert client.predict({"inputs": ["a"]})[0] == 200
    assert not caplog.records


def test_a_client_may_disconnect_before_its_answer(core, client, caplog):
    entered, go_on = threading.Event(), threading.Event()

    def wait(request, timeout):
        entered.set()
        go_on.wait(60)
        return answer_with_the_input(request, timeout)

    core.answer = wait
    body = json.dumps({"inputs": ["a"]}).encode()
    with client.raw(
        b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (PREDICT.encode(), len(body), body)
    ):
        assert entered.wait(60)
        assert core.is_wanted()
    while core.is_wanted():  # until the server has noticed
        time.sleep(0.01)
    go_on.set()
    assert client.predict({"inputs": ["a"]})[0] == 200
    assert not caplog.records


def test_other_requests_are_answered_while_the_core_computes(core, client):
    entered, go_on = threading.Semaphore(0), threading.Event()

    def wait(request, timeout):
        entered.release()
        go_on.wait(60)
        return answer_with_the_input(request, timeout)

    core.answer = wait
    threads = [threading.Thread(target=client.predict, args=({"inputs": ["a"]},)) for _ in range(80)]
    for thread in threads:
        thread.start()
    try:
        assert all(entered.acquire(timeout=60) for _ in range(64))  # these are computed at the same time, others wait
        assert not entered.acquire(timeout=0.2)
        for path in ("/v1/models/lines", "/v1/models/lines/metadata", "/", "/about.json", metrics.PATH):
            assert client.ask("GET", path)[0] == 200
    finally:
        go_on.set()
        for thread in threads:
            thread.join()


def test_too_many_requests_are_refused(core, client, monkeypatch):
    entered, go_on = threading.Event(), threading.Event()

    def wait(request, timeout):
        entered.set()
        go_on.wait(60)
        return answer_with_the_input(request, timeout)

    core.answer = wait
    monkeypatch.setattr(rest, "_MOST_REQUESTS", 1)
    thread = threading.Thread(target=client.predict, args=({"inputs": ["a"]},))
    thread.start()
    try:
        assert entered.wait(60)
        status, answer = client.predict({"inputs": ["a"]})
        assert (status, answer["error"][:29]) == (503, "The server is busy with 1 req")
        assert client.ask("GET", "/v1/models/lines")[0] == 200  # the status is still answered
    finally:
        go_on.set()
        thread.join()
    assert client.predict({"inputs": ["a"]})[0] == 200


def test_the_core_gets_the_remaining_time(core, client):
    client.predict({"inputs": ["a"]})
    assert 25 < core.timeouts[0] <= 30


def test_a_request_that_waited_too_long_is_not_computed(core, listening, monkeypatch):
    monkeypatch.setattr(rest, "time", SimpleNamespace(perf_counter=iter(range(0, 1000, 100)).__next__))
    with listening(rest_app(core, Limits(deadline_seconds=2.5), list)) as port:
        status, answer = Client(port).predict({"inputs": ["a"]})
    assert (status, answer) == (504, {"error": "The request was not computed within 2.5 s."})
    assert core.requests == []


def test_requests_are_counted(listening):
    core = FakeCore()
    with listening(rest_app(core, Limits(), list)) as port:
        client = Client(port)
        client.predict({"inputs": ["a"]})
        client.predict({"inputs": [1]})
        client.predict({"inputs": ["a"]}, "/v1/models/nope:predict")
        status, text, headers = client.ask("GET", "/monitoring/prometheus/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    for model, state in (("lines", "OK"), ("lines", "INVALID_ARGUMENT"), ("nope", "NOT_FOUND")):
        assert f':tensorflow:serving:request_count{{model_name="{model}",status="{state}"}} 1.0\n' in text
    latency = ':tensorflow:serving:request_latency_count{API="predict",entrypoint="REST",model_name="lines"} 1.0\n'
    assert latency in text


def test_an_answer_has_the_time_of_the_server(client):
    headers = client.ask("POST", PREDICT, {"inputs": ["a"]})[2]
    name, milliseconds = headers["server-timing"].split(";dur=")
    assert name == "total"
    assert 0 < float(milliseconds) < 60_000


def test_the_page_and_its_settings_are_served(client):
    assert client.ask("GET", "/about.json")[:2] == (200, {"models": ["lines", "more"], "message_bytes": 100_000})
    status, text, headers = client.ask("GET", "/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in headers["content-security-policy"]


PATHS = (PREDICT, "/v1/models/lines", "/v1/models/%00/metadata", "/v1/%ff", "/%2e%2e/", "/v1/models/a:b", "/a?b=%zz")
ROWS = st.lists(st.text() | st.none() | st.integers())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=200) | st.builds(lambda rows: json.dumps({"instances": rows}).encode(), ROWS),
)
def test_any_request_and_the_next_one_get_an_answer(client, method, path, body):
    status, answer, _ = client.ask(method, path, body)
    assert status in (200, 400, 404, 405, 501)
    assert "Traceback" not in str(answer)
    assert client.ask("GET", "/v1/models/lines")[0] == 200


@pytest.fixture(scope="module")
def toy(toy_model, tmp_path_factory):
    """A server of the toy model, version 1, as `kerasrec serve` starts it."""
    folder = tmp_path_factory.mktemp("models") / "lines"
    folder.mkdir()
    toy_model(folder)
    with Server(folder_config(folder, "lines"), ServerSettings(port=0, rest_port=0)) as server:
        yield Client(server.ports.rest)


def to_json(content: bytes) -> dict:
    import base64

    return {"b64": base64.b64encode(content).decode()}


def test_a_model_reads_images(toy, png):
    status, answer = toy.predict({"instances": [to_json(png(40)), to_json(png(25, grey=51))]})
    assert status == 200
    first, second = answer["predictions"]
    assert (first["text"], second["text"]) == ("v1-28x40", "v1-28x25")
    assert (first["confidence"], second["confidence"]) == (1.0, pytest.approx(0.2))
    assert (first["character_count"], second["character_count"]) == (4, 2)
    assert second["character_end"] == [10.0, 20.0, 0.0, 0.0]


def test_a_model_takes_lines(toy):
    lines = np.full((2, 28, 8, 1), 3.0)
    body = {"signature_name": "log_probs", "inputs": {"images": lines.tolist(), "widths": [8, 4]}}
    status, answer = toy.predict(body)
    assert status == 200
    assert answer["outputs"]["frames"] == [2, 1]
    np.testing.assert_allclose(np.exp(answer["outputs"]["log_probs"]).sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"instances": [to_json(b"no image")]}, "Unknown image file format"),
        ({"instances": ["a"] * 33}, "33"),
        ({"inputs": "a"}, ""),
        ({"inputs": []}, ""),
        ({"signature_name": "zzz", "inputs": []}, 'Serving signature name: "zzz" not found in signature def'),
        ({"signature_name": "log_probs", "inputs": {"images": [1.0], "widths": [1]}}, ""),
        (b'{"inputs":' + b"[" * 60 + b'"a"' + b"]" * 60 + b"}", ""),
        (b'{"inputs":' + b"[" * 300 + b'"a"' + b"]" * 300 + b"}", ""),
    ],
)
def test_invalid_inputs_of_a_model_are_refused(toy, png, body, text):
    status, answer = toy.predict(body)
    assert status == 400
    assert text in answer["error"]
    assert "Traceback" not in answer["error"]
    assert toy.predict({"instances": [to_json(png(40))]})[0] == 200


def test_the_states_and_signatures_of_a_model(toy):
    state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    for path in ("", "/versions/1"):
        assert toy.ask("GET", f"/v1/models/lines{path}")[:2] == (200, {"model_version_status": [state]})
    assert toy.ask("GET", "/v1/models/lines/versions/2")[:2] == (
        404,
        {"error": "Could not find version 2 of model lines"},
    )
    status, answer, _ = toy.ask("GET", "/v1/models/lines/metadata")
    assert (status, answer["model_spec"]) == (200, {"name": "lines", "signature_name": "", "version": "1"})
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["image_bytes"]["dtype"] == "DT_STRING"
    assert set(signatures["log_probs"]["outputs"]) == {"log_probs", "frames"}


def test_the_error_names_an_unknown_version_or_label(toy):
    body = {"inputs": ["a"]}
    assert toy.predict(body, "/v1/models/lines/versions/9:predict") == (
        404,
        {"error": "Servable not found for request: Specific(lines, 9)"},
    )
    assert toy.predict(body, "/v1/models/lines/labels/beta:predict") == (
        400,
        {"error": "Unrecognized servable version label: beta"},
    )


def test_the_graphs_runs_are_counted(toy, png):
    toy.predict({"instances": [to_json(png(40))]})
    text = toy.ask("GET", "/monitoring/prometheus/metrics")[1]
    count = re.search(r"runtime_latency_count\{API=\"Predict\",model_name=\"lines\",runtime=\"TF1\"\} (\S+)", text)
    assert float(count[1]) >= 1
