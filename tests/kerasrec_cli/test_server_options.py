"""The options of a server as the keyword arguments of a client."""

from pathlib import Path

import pytest

from kerasrec.serving.client import TLS, Client
from kerasrec_cli.server_options import client_settings


def test_options_become_settings_of_a_client():
    settings = client_settings("lines", 2.5, 3, None, None, None, None)
    assert settings == {"model": "lines", "timeout": 2.5, "version": 3, "label": None, "tls": None}
    Client("localhost:8500", **settings).close()


@pytest.mark.parametrize("given", [("ca", None, None), (None, "cert", "key"), ("ca", "cert", "key")])
def test_any_tls_file_turns_on_tls(given):
    paths = [Path(name) if name else None for name in given]
    assert client_settings("lines", 5.0, None, "stable", *paths)["tls"] == TLS(*paths)
