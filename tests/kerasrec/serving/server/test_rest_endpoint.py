"""The HTTP port."""

import contextlib
import socket
import ssl
import threading
import urllib.error
import urllib.request
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kerasrec.serving.server import rest_endpoint
from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.rest_connection import RestConnection
from kerasrec.serving.server.rest_endpoint import RestEndpoint
from kerasrec.serving.server.tls import ServerTLS

LONG = 20  # seconds, longer than anything here takes


@pytest.fixture
def gate():
    """Requests to /wait end when this event is set."""
    return threading.Event()


@pytest.fixture
def app(gate):
    def hello(request):
        return PlainTextResponse("hello")

    def wait(request):
        gate.wait(LONG)
        return PlainTextResponse("waited")

    return Starlette(routes=[Route("/", hello), Route("/wait", wait)])


@pytest.fixture
def listen(app):
    endpoints = []

    def make(port=0, tls=None):
        endpoint = RestEndpoint("127.0.0.1", port)
        endpoints.append(endpoint)
        endpoint.start(app, tls)
        return endpoint

    yield make
    for endpoint in endpoints:
        endpoint.begin_stop(0)
        endpoint.wait()


def get(url, **options):
    with urllib.request.urlopen(url, timeout=LONG, **options) as response:
        return response.read()


def test_an_application_answers_on_the_port(listen):
    assert get(f"http://127.0.0.1:{listen().port}/") == b"hello"


def test_the_error_names_a_port_in_use(listen):
    taken = listen().port
    with pytest.raises(CannotServe, match=f"Port {taken} of 127.0.0.1 is not available: Address already in use"):
        RestEndpoint("127.0.0.1", taken)


def test_the_error_names_an_address_of_another_machine():
    with pytest.raises(CannotServe, match="Port 0 of 192.0.2.1 is not available: .* Check --host 192.0.2.1"):
        RestEndpoint("192.0.2.1", 0)


def test_running_requests_finish_before_the_server_stops(listen, gate):
    endpoint = listen()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(get(f"http://127.0.0.1:{endpoint.port}/wait")))
    thread.start()
    while not endpoint._server.server_state.tasks:
        threading.Event().wait(0.005)
    endpoint.begin_stop(LONG)
    gate.set()
    endpoint.wait()
    thread.join(LONG)
    assert answers == [b"waited"]
    with pytest.raises(OSError, match="refused"):
        get(f"http://127.0.0.1:{endpoint.port}/")


def test_tls_and_mutual_tls(listen, certificates):
    cert, key, ca = (certificates / name for name in ("server.pem", "server.key", "ca.pem"))
    context = ssl.create_default_context(cafile=ca)
    assert get(f"https://127.0.0.1:{listen(tls=ServerTLS(cert, key)).port}/", context=context) == b"hello"
    mutual = f"https://127.0.0.1:{listen(tls=ServerTLS(cert, key, ca)).port}/"
    with pytest.raises(OSError, match="certificate required|reset|EOF|closed"):
        get(mutual, context=context)
    context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    assert get(mutual, context=context) == b"hello"


def test_an_endpoint_that_was_never_started_can_be_stopped():
    endpoint = RestEndpoint("127.0.0.1", 0)
    endpoint.begin_stop(1)
    endpoint.wait()
    RestEndpoint("127.0.0.1", endpoint.port).wait()


def connect(port, text=b""):
    connection = socket.create_connection(("127.0.0.1", port), timeout=LONG)
    connection.sendall(text)
    return connection


def receive(connection, end):
    """Receives an answer up to its end; its parts may arrive one by one."""
    answer = b""
    while not answer.endswith(end):
        part = connection.recv(1000)
        assert part, answer
        answer += part


def is_closed_within(connection, seconds):
    connection.settimeout(seconds)
    try:
        return connection.recv(1000) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("text", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"])
def test_a_client_that_does_not_finish_its_header_is_disconnected(listen, monkeypatch, text):
    monkeypatch.setattr(rest_endpoint, "RestConnection", partial(RestConnection, idle_seconds=0.2))
    with connect(listen().port, text) as connection:
        if text.endswith(b"GET"):
            receive(connection, b"hello")
        assert is_closed_within(connection, 4)  # uvicorn's own limit, for a connection after its answer, is 5 s


def test_a_client_may_wait_long_for_its_answer(listen, monkeypatch, gate):
    monkeypatch.setattr(rest_endpoint, "RestConnection", partial(RestConnection, idle_seconds=0.1))
    with connect(listen().port, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
        assert not is_closed_within(connection, 0.5)
        gate.set()
        connection.settimeout(LONG)
        receive(connection, b"waited")


def test_idle_connections_make_room_for_others(listen, monkeypatch, caplog):
    monkeypatch.setattr(rest_endpoint, "most_connections", lambda: 3)
    monkeypatch.setattr(RestConnection, "_logged", float("-inf"))
    port = listen().port
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(port)) for _ in range(20)]
        assert get(f"http://127.0.0.1:{port}/") == b"hello"
        assert sum(is_closed_within(each, 0.05) for each in idle) >= 17
    assert [each.message for each in caplog.records if "more than 3 connections" in each.message] == [
        "REST has more than 3 connections: those that send no request are closed."
    ]


def test_a_client_is_told_that_all_connections_are_in_use(listen, monkeypatch, gate):
    monkeypatch.setattr(rest_endpoint, "most_connections", lambda: 1)
    endpoint = listen()
    with connect(endpoint.port, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") as running:
        while not endpoint._server.server_state.tasks:
            threading.Event().wait(0.005)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(f"http://127.0.0.1:{endpoint.port}/")
        gate.set()
        receive(running, b"waited")
