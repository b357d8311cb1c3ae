"""The files of TLS."""

import subprocess

import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.server.tls import ServerTLS, server_tls


def test_files_that_fit_are_taken(certificates):
    tls = ServerTLS(certificates / "server.pem", certificates / "server.key", certificates / "ca.pem")
    assert tls.credentials() is not None
    assert server_tls(tls.cert, tls.key, None) == ServerTLS(tls.cert, tls.key)
    assert server_tls(None, None, None) is None


@pytest.mark.parametrize(
    ("cert", "key", "text"),
    [
        ("server.pem", "client.key", "are none: .*(?i:mismatch)"),
        ("nowhere.pem", "server.key", "nowhere.pem and .*server.key are none: .*No such file"),
        ("server.key", "server.key", "are none"),
    ],
)
def test_files_that_do_not_fit_are_named(certificates, cert, key, text):
    with pytest.raises(UsageError, match=text):
        ServerTLS(certificates / cert, certificates / key)


def test_a_key_with_a_password_is_refused_and_asks_nobody_for_it(certificates, tmp_path):
    locked = tmp_path / "locked.key"
    arguments = [
        "openssl",
        "ec",
        "-in",
        certificates / "server.key",
        "-out",
        locked,
        "-aes128",
        "-passout",
        "pass:secret",
    ]
    subprocess.run(arguments, check=True, capture_output=True)
    with pytest.raises(UsageError, match="private key, without a password"):
        ServerTLS(certificates / "server.pem", locked)


def test_authorities_that_are_none_are_named(certificates):
    with pytest.raises(UsageError, match="server.key is none: .*--tls-client-ca"):
        ServerTLS(certificates / "server.pem", certificates / "server.key", certificates / "server.key")


@pytest.mark.parametrize(
    ("given", "missing"),
    [((0, 1, 1), "--tls-cert"), ((1, 0, 0), "--tls-key"), ((0, 0, 1), "--tls-cert and --tls-key")],
)
def test_a_part_alone_is_not_enough(certificates, given, missing):
    files = [certificates / name if is_given else None for name, is_given in zip(("a", "b", "c"), given, strict=True)]
    with pytest.raises(UsageError, match=f"but {missing} is missing"):
        server_tls(*files)
