"""The TLS files of a server."""

import subprocess

import pytest

from kerasrec.errors import UsageError
from kerasrec.serving.server.tls import ServerTLS, server_tls


def test_matching_files_are_accepted(certificates):
    tls = ServerTLS(certificates / "server.pem", certificates / "server.key", certificates / "ca.pem")
    assert tls.credentials() is not None
    assert server_tls(tls.cert, tls.key, None) == ServerTLS(tls.cert, tls.key)
    assert server_tls(None, None, None) is None


@pytest.mark.parametrize(
    ("cert", "key", "text"),
    [
        ("server.pem", "client.key", "but received .*server.pem and .*client.key: .*(?i:mismatch)"),
        ("nowhere.pem", "server.key", "nowhere.pem and .*server.key: .*No such file"),
        ("server.key", "server.key", "server.key and .*server.key: "),
    ],
)
def test_the_error_names_files_that_do_not_match(certificates, cert, key, text):
    with pytest.raises(UsageError, match=text):
        ServerTLS(certificates / cert, certificates / key)


def test_a_key_with_a_password_is_refused_without_a_prompt(certificates, tmp_path):
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


def test_the_error_names_a_file_without_ca_certificates(certificates):
    with pytest.raises(UsageError, match="CA certificates as a PEM file, but received .*server.key: .*--tls-client-ca"):
        ServerTLS(certificates / "server.pem", certificates / "server.key", certificates / "server.key")


@pytest.mark.parametrize(
    ("given", "missing"),
    [((0, 1, 1), "--tls-cert"), ((1, 0, 0), "--tls-key"), ((0, 0, 1), "--tls-cert and --tls-key")],
)
def test_certificate_and_key_must_both_be_given(certificates, given, missing):
    files = [certificates / name if is_given else None for name, is_given in zip(("a", "b", "c"), given, strict=True)]
    with pytest.raises(UsageError, match=f"but {missing} is missing"):
        server_tls(*files)
