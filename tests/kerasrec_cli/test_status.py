"""`kerasrec status`, against a server without a model."""

import socket

import pytest

from kerasrec.decoding import Reading
from kerasrec.serving.client.testing import FakeServer


@pytest.fixture
def server():
    with FakeServer(lambda content: Reading("", 1.0, ())) as made:
        yield made


def test_the_exit_code_of_a_ready_server_is_0(kerasrec, server):
    server.states = {10: "AVAILABLE", 9: "END"}
    result = kerasrec("status", "--server", server.target)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"model lines at {server.target}",
        "",
        "version  state",
        "9        END",
        "10       AVAILABLE",
        "",
        "ready",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"states": {1: "LOADING"}}, "not ready: No version of model 'lines'"),
        ({"healthy": False}, "is starting or shutting down"),
    ],
)
def test_the_exit_code_of_a_server_that_is_not_ready_is_1(kerasrec, server, changes, words):
    for name, value in changes.items():
        setattr(server, name, value)
    result = kerasrec("status", "--server", server.target)
    assert result.exit_code == 1
    assert "version  state" in result.stdout
    assert words in result.stderr
    assert "\nready" not in result.stdout


def test_a_server_without_health_checks_is_judged_by_its_model(kerasrec, server):
    server.healthy = None
    assert kerasrec("status", "--server", server.target).exit_code == 0


def test_one_version_is_shown(kerasrec, server):
    server.states = {1: "AVAILABLE", 2: "LOADING"}
    result = kerasrec("status", "--server", server.target, "--model-version", 2)
    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()[2:]] == [["version", "state"], ["2", "LOADING"]]


def test_a_missing_model_or_server_is_reported(kerasrec, server):
    result = kerasrec("status", "--server", server.target, "--model", "other")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {server.target} does not serve model 'other'")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        result = kerasrec("status", "--server", f"localhost:{closed.getsockname()[1]}")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: No server answers at localhost:")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing option '--server'"),
        (["--server", "localhost"], "Expected a server's HOST:PORT"),
        (["--server", "localhost:1", "--timeout", "0"], "above 0 seconds"),
        (["--server", "localhost:1", "--tls-ca", "nowhere.pem"], "nowhere.pem cannot be read"),
        (["--server", "localhost:1", "--timeout", "inf"], "below 1,000,000, but received inf"),
        (["--server", "localhost:1", "--model", ""], "name of a model"),
        (["--server", "localhost:1", "--model", "caf\udce9"], r"UTF-8, but received 'caf\udce9'"),
        (["--server", "localhost:1", "--model-version", "99999999999999999999999"], "9223372036854775807"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, arguments, words):
    result = kerasrec("status", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
