from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kerasrec.errors import UsageError
from kerasrec_tuning import client as client_module
from kerasrec_tuning.calls import handler
from kerasrec_tuning.client import ChiefClient
from kerasrec_tuning.errors import ChiefUnavailable


@pytest.fixture
def serve(address):
    """Starts a stand-in for a chief that answers some calls."""
    servers = []

    def start(**answers):
        server = grpc.server(ThreadPoolExecutor(2))
        server.add_generic_rpc_handlers((handler(answers),))
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


def test_a_chief_that_is_not_there_is_missed_soon(client, address):
    with pytest.raises(ChiefUnavailable, match=f"No chief answers at {address}, for 0 s. Start it with --chief"):
        client.hello()


def test_a_server_that_is_no_chief_is_named(client, serve):
    serve()
    with pytest.raises(ChiefUnavailable, match=r"is no chief of a search \(UNIMPLEMENTED\). Check --chief-address"):
        client.hello()


def test_a_worker_learns_the_settings_and_the_patience(client, serve):
    heard = []
    serve(
        Hello=lambda said: {"ready": True, "welcome": True, "settings": {"a": 3}, "search": "s1", "lost_after": 7.0},
        Alive=lambda said: heard.append(said) or {},
    )
    assert client.hello()["settings"] == {"a": 3}
    assert client.patience == 7.0


def test_a_name_that_is_taken_is_asked_for_again_and_then_named(client, serve, monkeypatch):
    monkeypatch.setattr(client_module, "ALIVE_SECONDS", 0.05)
    asked = []
    serve(Hello=lambda said: asked.append(said["token"]) or {"ready": True, "welcome": False})
    with pytest.raises(UsageError, match="A worker w1 is at work already. Choose another name for --worker."):
        client.hello()
    assert len(asked) == 5 and len(set(asked)) == 1


def test_a_chief_that_is_loading_its_data_is_waited_for(client, serve, monkeypatch):
    monkeypatch.setattr(client_module, "ALIVE_SECONDS", 0.02)
    ready = {"ready": True, "welcome": True, "settings": {}, "search": "s1", "lost_after": 7.0}
    answers = [*[{"ready": False}] * 20, ready]
    serve(Hello=lambda said: answers.pop(0), Alive=lambda said: {})
    assert client.hello() == ready
    assert answers == []


def test_signs_of_life_go_on_until_the_worker_leaves(address, serve, monkeypatch):
    import threading

    monkeypatch.setattr(client_module, "ALIVE_SECONDS", 0.05)
    said, twice = [], threading.Event()

    def alive(values):
        said.append(values)
        if len(said) == 2:
            twice.set()
        return {}

    left = []
    serve(
        Hello=lambda said: {"ready": True, "welcome": True, "settings": {}, "search": "s1", "lost_after": 1.0},
        Alive=alive,
        Leave=lambda said: left.append(said) or {},
    )
    client = ChiefClient(address, "w1", patience=5.0)
    client.hello()
    assert twice.wait(10)
    client.leave()
    client.leave()  # once is enough
    assert len(left) == 1
    assert said[0] == left[0] == {"worker": "w1", "token": client.token}
