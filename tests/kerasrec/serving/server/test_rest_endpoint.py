"""The HTTP port."""

import ssl
import threading
import urllib.request

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kerasrec.serving.server.failure import CannotServe
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
