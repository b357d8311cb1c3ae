"""Valid and invalid settings of a client, and certificates that work or do not."""

from pathlib import Path

import grpc
import pytest

from kerasrec.decoding import Reading
from kerasrec.errors import BadTLS, ServerUnavailable, UsageError
from kerasrec.serving.client import TLS, Client
from kerasrec.serving.client.connection import Connection


def connection(**changes):
    defaults = {"target": "localhost:8500", "model": "lines", "timeout": 5.0, "version": None, "label": None}
    return Connection(**{**defaults, "tls": None, "retries": 4, **changes})


@pytest.mark.parametrize(
    "target", ["localhost:1", "10.0.0.1:65535", "[::1]:8500", "a-b.example.org:8500", "unix:/run/x", "dns:///a:1"]
)
def test_addresses_are_accepted(target):
    assert connection(target=target).target == target


@pytest.mark.parametrize(
    "target",
    ["", "localhost", ":8500", "localhost:", "localhost:http", "localhost:0", "localhost:65536", "a b:1", "::1:8500"]
    + ["http://localhost:8501", "localhost:8500/v1"],
)
def test_invalid_addresses_are_refused(target):
    with pytest.raises(UsageError, match="Expected a server's HOST:PORT, such as localhost:8500") as refused:
        connection(target=target)
    assert repr(target) in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model": ""}, "name of a model"),
        ({"timeout": 0.0}, r"above 0 seconds and below 1,000,000, but received 0\.0\. Give 5"),
        ({"timeout": float("nan")}, "but received nan"),
        ({"timeout": float("inf")}, "below 1,000,000, but received inf"),
        ({"timeout": 1e12}, "below 1,000,000, but received 1000000000000"),
        ({"version": -1}, "version from 0 to 9223372036854775807, but received -1"),
        ({"version": 2**63}, "but received 9223372036854775808"),
        ({"model": "caf\udce9"}, r"name of a model in UTF-8, but received 'caf\\udce9'"),
        ({"label": "caf\udce9"}, "name of a label in UTF-8"),
        ({"target": "caf\udce9:1"}, "name of a server in UTF-8"),
        ({"version": 1, "label": "stable"}, "version 1 and label 'stable'"),
        ({"retries": 5}, "Expected 0 to 4 retries, but received 5"),
        ({"retries": -1}, "but received -1"),
    ],
)
def test_invalid_settings_are_refused(changes, problem):
    with pytest.raises(UsageError, match=problem):
        connection(**changes)


def test_localhost_is_reached_without_the_proxy(server, monkeypatch, free_port):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    for host in ("127.0.0.1", "localhost"):
        with Client(f"{host}:{server.target.partition(':')[2]}", retries=0) as made:
            assert made.read(b"a").text == "a"


@pytest.fixture
def tls_server(serve, certificates):
    """Starts a server that uses TLS: `tls_server("server", asks=True)`."""

    def start(name="server", asks=False):
        pair = ((certificates / f"{name}.key").read_bytes(), (certificates / f"{name}.pem").read_bytes())
        ca = (certificates / "ca.pem").read_bytes() if asks else None
        credentials = grpc.ssl_server_credentials([pair], ca, asks)
        return serve(lambda content: Reading("read", 1.0, ()), credentials=credentials).target

    return start


def client(target, tls):
    return Client(target, tls=tls, retries=0)


def test_a_trusted_certificate_is_accepted(tls_server, certificates):
    with client(tls_server(), TLS(certificates / "ca.pem")) as made:
        assert made.read(b"a").text == "read"
        assert made.is_ready()


def test_the_longest_timeout_and_the_greatest_version_work(server):
    server.states = {2**63 - 1: "AVAILABLE"}
    with Client(server.target, timeout=999_999.0, version=2**63 - 1) as made:
        assert made.read(b"a").text == "a"


def test_files_may_be_given_as_text(tls_server, certificates):
    tls = TLS(*(str(certificates / name) for name in ("ca.pem", "client.pem", "client.key")))
    with client(tls_server(asks=True), tls) as made:
        assert made.read(b"a").text == "read"


def test_a_client_presents_its_certificate_if_required(tls_server, certificates):
    tls = TLS(certificates / "ca.pem", certificates / "client.pem", certificates / "client.key")
    with client(tls_server(asks=True), tls) as made:
        assert made.read(b"a").text == "read"


@pytest.mark.parametrize(
    ("name", "ca", "problem"),
    [
        ("server", "stranger", "is not signed by the given CA"),
        ("server", None, "is not signed by the given CA"),
        ("other_host", "ca", "is for another host"),
    ],
)
def test_a_server_that_is_not_trusted_is_reported_as_such(tls_server, certificates, name, ca, problem):
    tls = TLS(certificates / f"{ca}.pem" if ca else None)
    with client(tls_server(name), tls) as made, pytest.raises(BadTLS, match=problem):
        made.read(b"a")


def test_a_server_without_tls_is_reported_as_such(server, certificates):
    with client(server.target, TLS(certificates / "ca.pem")) as made, pytest.raises(BadTLS, match="does not use TLS"):
        made.is_ready()


@pytest.mark.parametrize(("tls", "hint"), [(False, "requires TLS"), (True, "requires a client certificate")])
def test_the_error_says_what_the_server_may_require(tls_server, certificates, tls, hint):
    target = tls_server(asks=True)
    with client(target, TLS(certificates / "ca.pem") if tls else None) as made:
        with pytest.raises(ServerUnavailable, match=hint):
            made.read(b"a")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (("none.pem", None, None), "none.pem cannot be read: No such file"),
        (("server.key", None, None), "server.key"),
        (("text", None, None), "text"),
        (("ca.pem", "client.pem", None), "only cert is given. Add key"),
        (("ca.pem", None, "client.key"), "only key is given. Add cert"),
        (("ca.pem", "client.pem", "server.key"), "client.pem and .*server.key"),
        (("ca.pem", "text", "client.key"), "text and .*client.key"),
        (("ca.pem", "client.pem", "locked.key"), "must not have a password"),
    ],
)
def test_the_error_names_files_that_are_not_certificates(certificates, files, problem):
    import subprocess

    (certificates / "text").write_bytes("h\u00e9".encode("latin-1"))
    locked = ["openssl", "ec", "-in", "client.key", "-out", "locked.key", "-aes128", "-passout", "pass:secret"]
    subprocess.run(locked, cwd=certificates, check=True, capture_output=True)
    paths = [Path(certificates / name) if name else None for name in files]
    with pytest.raises(UsageError, match=problem):
        Client("localhost:8500", tls=TLS(*paths))
