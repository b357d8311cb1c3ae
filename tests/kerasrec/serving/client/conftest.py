"""Servers without a model: what the client makes of their answers."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kerasrec.decoding import Character, Reading
from kerasrec.errors import BadImage
from kerasrec.serving.client.testing import FakeServer


def read_text(content: bytes) -> Reading:
    """Reads a text file as if it were a picture of it, 10 px a character; what begins with "bad" is refused."""
    text = content.decode()
    if text.startswith("bad"):
        raise BadImage("assertion failed: [Expected a picture, but received] [3] [bytes.]\n\t [[{{node Assert}}]]")
    characters = (Character(each, 0.5, 10.0 * i, 10.0 * i + 9) for i, each in enumerate(text))
    return Reading(text, 0.25, tuple(characters))


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    """Starts fake servers that read text files: `serve(model="other")`."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(FakeServer(*(arguments or (read_text,)), **options))


@pytest.fixture
def server(serve: Callable[..., FakeServer]) -> FakeServer:
    """A fake server that reads text files."""
    return serve()


@pytest.fixture
def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with NAME.pem and NAME.key: ca, stranger (another CA), and signed by ca: server, client, other_host."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "stranger"):
        openssl("req", "-x509", *new, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    hosts = {"server": "IP:127.0.0.1,DNS:localhost", "client": "DNS:client", "other_host": "DNS:example.org"}
    for name, host in hosts.items():
        openssl("req", *new, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "extension").write_text(f"subjectAltName={host}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extension")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
    return folder
