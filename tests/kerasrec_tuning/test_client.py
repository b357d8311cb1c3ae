from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kerasrec.errors import UsageError
from kerasrec_tuning import client as client_module
from kerasrec_tuning.calls import rpc_handler
from kerasrec_tuning.client import ChiefClient
from kerasrec_tuning.errors import ChiefUnavailable


@pytest.fixture
def serve(address):
    """Starts a fake chief that answers some calls."""
    servers = []

    def start(**answers):
        server = grpc.server(ThreadPoolExecutor(2))
        server.add_generic_rpc_handlers((rpc_handler(answers),))
        server.add_insecure_port(address)
        server.start()
        servers.append(server)

    yield start
    for server in servers:
        server.stop(None).wait()


@pytest.fixture
def client(address):
    client = ChiefClient(address, "w1", patience=0.5)
    yield client
    client.leave()


def test_a_missing_chief_is_reported_after_the_patience(client, address):
    with pytest.raises(ChiefUnavailable, match=f"No chief has answered at {address} for 0 s. Start it with --chief"):
        client.hello()


def test_a_server_that_is_not_a_chief_is_reported(client, serve):
    serve()
    with pytest.raises(
        ChiefUnavailable,
        match=r"The endpoint at .* is not the chief of a search \(UNIMPLEMENTED\). Check --chief-address",
    ):
        client.hello()


def test_a_worker_learns_the_settings_and_the_patience(client, serve):
    heartbeats = []
    serve(
        Hello=lambda request: {"ready": True, "welcome": True, "settings": {"a": 3}, "search": "s1", "lost_after": 7.0},
        Alive=lambda request: heartbeats.append(request) or {},
    )
    assert client.hello()["settings"] == {"a": 3}
    assert client.patience == 7.0


def test_a_taken_name_is_requested_again_and_then_reported(client, serve, monkeypatch):
    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.05)
    tokens = []
    serve(Hello=lambda request: tokens.append(request["token"]) or {"ready": True, "welcome": False})
    with pytest.raises(UsageError, match="A worker w1 is already running. Choose another name for --worker."):
        client.hello()
    assert len(tokens) == 5 and len(set(tokens)) == 1


def test_the_worker_waits_for_a_chief_that_is_loading_its_data(client, serve, monkeypatch):
    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.02)
    ready = {"ready": True, "welcome": True, "settings": {}, "search": "s1", "lost_after": 7.0}
    answers = [*[{"ready": False}] * 20, ready]
    serve(Hello=lambda request: answers.pop(0), Alive=lambda request: {})
    assert client.hello() == ready
    assert answers == []


def test_heartbeats_continue_until_the_worker_leaves(address, serve, monkeypatch):
    import threading

    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.05)
    heartbeats, twice = [], threading.Event()

    def alive(request):
        heartbeats.append(request)
        if len(heartbeats) == 2:
            twice.set()
        return {}

    left = []
    serve(
        Hello=lambda request: {"ready": True, "welcome": True, "settings": {}, "search": "s1", "lost_after": 1.0},
        Alive=alive,
        Leave=lambda request: left.append(request) or {},
    )
    client = ChiefClient(address, "w1", patience=5.0)
    client.hello()
    assert twice.wait(10)
    client.leave()
    client.leave()  # once is enough
    assert len(left) == 1
    assert heartbeats[0] == left[0] == {"worker": "w1", "token": client.token}
