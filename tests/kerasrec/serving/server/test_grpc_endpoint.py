"""The gRPC port and the health service."""

import contextlib
import socket

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from kerasrec.serving.server import grpc_endpoint
from kerasrec.serving.server.core import ServingCore
from kerasrec.serving.server.failure import CannotServe
from kerasrec.serving.server.grpc_endpoint import GrpcEndpoint
from kerasrec.serving.server.servable import ComputeSettings
from kerasrec.serving.server.tls import ServerTLS

LONG = 20  # seconds, longer than anything here takes
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def listen():
    endpoints = []

    def make(host="127.0.0.1", port=0, tls=None):
        endpoints.append(GrpcEndpoint(ServingCore(), host, port, ComputeSettings(), tls))
        endpoints[-1].start()
        return endpoints[-1]

    yield make
    for endpoint in endpoints:
        endpoint.stop(0)


def check(channel, service=""):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=LONG).status


def test_health_follows_the_models(listen):
    endpoint = listen()
    with grpc.insecure_channel(f"127.0.0.1:{endpoint.port}") as channel:
        for is_serving in (False, True, True, False, True):
            endpoint.set_serving(is_serving)
            for service in ("", "ModelService", "PredictionService"):
                assert check(channel, service) == (SERVING if is_serving else NOT_SERVING)
        with pytest.raises(grpc.RpcError) as caught:
            check(channel, "tensorflow.serving.PredictionService")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_clients_that_watch_the_health_see_the_shutdown(listen):
    endpoint = listen()
    endpoint.set_serving(True)
    with grpc.insecure_channel(f"127.0.0.1:{endpoint.port}") as channel:
        statuses = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=LONG)
        assert next(statuses).status == SERVING
        endpoint.retire()
        endpoint.set_serving(True)
        assert next(statuses).status == NOT_SERVING
        statuses.cancel()


def test_the_error_names_a_port_in_use(listen):
    taken = listen().port
    with pytest.raises(CannotServe, match=f"Port {taken} of 127.0.0.1 is not available: .*choose another --port"):
        listen(port=taken)


def test_an_ipv6_address_works(listen):
    try:
        endpoint = listen("::1")
    except CannotServe:
        pytest.skip("this machine has no IPv6")
    endpoint.set_serving(True)
    with grpc.insecure_channel(f"[::1]:{endpoint.port}") as channel:
        assert check(channel) == SERVING


def secure(certificates, port, name=None, ca="ca"):
    pair = [(certificates / f"{name}.{kind}").read_bytes() for kind in ("key", "pem")] if name else (None, None)
    credentials = grpc.ssl_channel_credentials((certificates / f"{ca}.pem").read_bytes(), *pair)
    return grpc.secure_channel(f"127.0.0.1:{port}", credentials)


def refused(channel):
    with pytest.raises(grpc.RpcError) as caught:
        check(channel)
    return caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_client_verifies_the_servers_certificate(listen, certificates):
    endpoint = listen(tls=ServerTLS(certificates / "server.pem", certificates / "server.key"))
    endpoint.set_serving(True)
    with secure(certificates, endpoint.port) as channel:
        assert check(channel) == SERVING
    with secure(certificates, endpoint.port, ca="stranger") as stranger:
        assert refused(stranger)
    with grpc.insecure_channel(f"127.0.0.1:{endpoint.port}") as plain:
        assert refused(plain)


def test_mutual_tls_accepts_only_known_clients(listen, certificates):
    tls = ServerTLS(*(certificates / name for name in ("server.pem", "server.key", "ca.pem")))
    endpoint = listen(tls=tls)
    endpoint.set_serving(True)
    with secure(certificates, endpoint.port, "client") as known:
        assert check(known) == SERVING
    for name in (None, "stranger"):
        with secure(certificates, endpoint.port, name) as unknown:
            assert refused(unknown)


def test_connections_that_send_nothing_are_closed_and_make_room_for_others(listen, monkeypatch):
    monkeypatch.setattr(grpc_endpoint, "IDLE_SECONDS", 1.0)
    monkeypatch.setattr(grpc_endpoint, "most_connections", lambda: 3)
    endpoint = listen()
    endpoint.set_serving(True)
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", endpoint.port)
        idle = [stack.enter_context(socket.create_connection(address, timeout=LONG)) for _ in range(20)]
        for connection in idle:
            while connection.recv(1000):  # the server's greeting, and then the end
                pass
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{endpoint.port}"))
        assert check(channel) == SERVING
